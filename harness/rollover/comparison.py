"""One app for all accounts beside an app for each: the work, the risk, the lengths and the budgets."""

import random
from collections import Counter

from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.report.model import Outcome
from harness.report.sheet import Entry, Section
from harness.rollover.stage import Cuts, Stage, set_stage
from harness.scenario.model import Scenario

STS_LIMIT = 100_000
MANIFEST_LIMIT = 1_200


def comparison(one_for_all: Scenario, one_each: Scenario) -> Section:
    """What changes with an app for each account. Lengths are those of responses that were signed for it."""
    before, after = _Arrangement(one_for_all), _Arrangement(one_each)
    rows = (
        ("certificates to make, activate and delete", before.apps, after.apps, "work in Entra, at every rollover"),
        ("metadata documents", before.apps, after.apps, "each goes to its own accounts: more can be mixed up"),
        ("providers to update", before.accounts, after.accounts, "work in AWS, twice at every rollover"),
        ("expiry dates to watch", before.apps, after.apps, "each sends its own mails"),
        ("accounts that one activation can lock out", before.at_once, after.at_once, "the risk of one mistake"),
        ("app roles of the largest app", before.roles, after.roles, f"Entra takes {MANIFEST_LIMIT:,} entries"),
        ("longest response", before.longest, after.longest, f"in base64; STS takes {STS_LIMIT:,} characters"),
        ("tiles in My Apps", before.tiles, after.tiles, "of the user with the most: one for each app"),
    )
    entries = tuple(
        Entry(name, Outcome.PASS, why, f"one app for all: {old:,}; one each: {new:,}; {why}")
        for name, old, new, why in rows
    )
    return Section("comparison", "One app for all accounts, or one for each", entries)


class _Arrangement:
    """What is counted of one way to arrange the apps."""

    def __init__(self, scenario: Scenario) -> None:
        self.stage: Stage = set_stage(scenario, samples=1_000_000)
        self.apps = len(self.stage.apps)
        self.accounts = len(self.stage.entrances)
        self.at_once = max(Counter(one.app for one in self.stage.entrances).values())
        self.roles = max(len(app.roles) for app in scenario.apps if app.name in self.stage.apps)
        entries = Counter((user, one.app) for one in self.stage.entrances for user, _ in one.samples)
        self.tiles = max(Counter(user for user, _ in entries).values())
        self.longest = self._longest(*max(sorted(entries), key=lambda one: entries[one]))

    def _longest(self, user: str, app: str) -> int:
        """The base64 length of a response of whoever enters most accounts by one app."""
        cut = Cuts(self.stage.scenario).cut(user, app)
        at = cut.apps[0].certificates[0].not_before
        return len(EntraIdp(cut, KeyStore(), random.Random(1)).respond(user, at).base64)
