"""Rules that ask the policy alone are run once for it; no rule that looks at a response may be among them."""

from dataclasses import fields

import pytest

from harness.report.model import Outcome
from harness.rules import Policy, run
from harness.rules.core import Evidence, _AsksForMore, _PolicyAlone
from tests.saml.world import AT, issued, policy, taken


def test_a_policy_alone_gives_nothing_of_a_response() -> None:
    alone = _PolicyAlone(policy())
    for field in fields(Evidence):
        if field.name != "policy":
            with pytest.raises(_AsksForMore):
                getattr(alone, field.name)


def test_settled_rules_are_those_of_metadata_certificates_and_what_was_not_asked_for() -> None:
    settled = policy().settled
    assert {code[:3] for code in settled} - {"AWS", "SIG"} == {"MET", "CRT", "TRU"}
    assert {code for code in settled if code[:3] in ("AWS", "SIG")} == {"AWS021", "AWS022", "SIG023"}
    assert all(check.outcome is not Outcome.FAIL for check in settled.values())


def test_settled_or_not_every_rule_comes_to_the_same() -> None:
    class Unsettled(Policy):
        settled = {}  # type: ignore[assignment]  # noqa: RUF012

    given = policy()
    fresh = Unsettled(given.aws, given.keys)
    xml = issued()
    checks = [run(Evidence(taken(xml), one, AT, base64_size=9_000)) for one in (given, fresh)]
    assert checks[0] == checks[1]
