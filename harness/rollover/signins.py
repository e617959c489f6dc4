"""The sign-ins of a rehearsal: each one real, none remembered.

For each visit Entra signs one fresh response with the key that is active then, and AWS reads and verifies it anew
for every account, with the metadata which that account holds. Visits do not depend on each other, so they can be
dealt out to processes.
"""

import random
from dataclasses import dataclass, replace

from harness.aws.acceptance import sts_answers
from harness.aws.account import Aws, SamlProvider
from harness.aws.intake import attempt_of
from harness.entra.certificates import active_certificate
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.entra.refusals import EntraRefusal
from harness.report.model import Accepted, Refused
from harness.rollover.accounts import Held
from harness.rollover.stage import Cuts, Stage
from harness.rollover.timeline import Moment, Timeline, Visit
from harness.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Tried:
    """What one visit came to. ``said`` is why for each entrance, in the order of the visit; "" where the user is in."""

    visit: int
    signed_by: str
    """Name of the certificate that signed; "" where Entra signed nothing."""
    base64_size: int
    said: tuple[str, ...]
    verified: int
    """How many times the response was verified."""


class SignIns:
    """Everything that a visit needs. Read only, so that processes can share it."""

    def __init__(self, timeline: Timeline, stage: Stage, scenario: Scenario, aws: Aws, keys: KeyStore) -> None:
        self.timeline, self.stage, self.aws, self.keys = timeline, stage, aws, keys
        cuts = Cuts(scenario)
        self._cuts = {(one.user, one.app.name): cuts.cut(one.user, one.app.name) for one in timeline.visits}
        self._pairs = [dict(entrance.samples) for entrance in stage.entrances]

    def make(self, number: int) -> Tried:
        """Carry out one visit."""
        visit = self.timeline.visits[number]
        moment = self.timeline.moments[visit.moment]
        try:
            issued = self._idp(visit, number).respond(visit.user, moment.at)
        except EntraRefusal as refusal:
            return Tried(number, "", 0, (f"Entra refuses: {refusal}",) * len(visit.tries), 0)
        posted = issued.base64
        said = [self._answer(visit, moment, posted, entrance, held) for entrance, held in visit.tries]
        signer = active_certificate(visit.app, moment.at).name
        return Tried(number, signer, len(posted), tuple(said), len(said))

    def _idp(self, visit: Visit, number: int) -> EntraIdp:
        """Entra as it is at that instant. The seed is for identifiers, so that every run issues the same ones."""
        cut = self._cuts[visit.user, visit.app.name]
        now = {"certificates": visit.app.certificates, "reply_urls": visit.app.reply_urls}
        scenario = cut.model_copy(update={"apps": (cut.apps[0].model_copy(update=now),)})
        return EntraIdp(scenario, self.keys, random.Random(number))

    def _answer(self, visit: Visit, moment: Moment, posted: str, number: int, held: Held) -> str:
        """Why AWS does not let the user in; "" when it does."""
        pair = self._pairs[number][visit.user]
        provider = self.aws.providers[str(pair.provider)]
        providers: dict[str, SamlProvider] = {}
        if held.document is not None:
            now = replace(provider, metadata=held.document.metadata, unique_id=held.unique_id, required=False)
            providers[str(pair.provider)] = now
        role = self.aws.roles.get(str(pair.role))
        account = Aws(declared=True, providers=providers, roles={} if role is None else {str(pair.role): role})
        trusted = () if held.document is None else held.document.metadata.keys
        attempt = attempt_of(account, posted, moment.at, certificates=trusted, providers=[*providers.values()])
        answer = sts_answers(attempt, str(pair))[0].answer
        if isinstance(answer, Refused):
            return f"AWS answers {answer.code}: {answer.message}"
        if not isinstance(answer, Accepted):
            return f"not known what AWS answers: {answer.reason}"
        return _STALE if visit.stale_address else ""


_STALE = "the browser posts to the address of a provider that was deleted: its unique ID is part of it (inferred)"
