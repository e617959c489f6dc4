"""One real sign-in for every SAML provider: who tries, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.aws.account import Aws
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.report.model import Accepted
from harness.scenario.load import demo_scenario
from harness.scenario.model import Scenario
from harness.trial import Trial, try_sign_ins, visitors_of
from harness.world import aws_of

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
PROD, DEV = (f"arn:aws:iam::{account}:saml-provider/WAAD" for account in ("111122223333", "444455556666"))
keys = KeyStore()


@pytest.fixture
def aws() -> Aws:
    return aws_of(EntraIdp(demo_scenario(), keys), NOW)


def trials(scenario: Scenario, aws: Aws) -> dict[str, Trial]:
    return {str(one.arn): one for one in try_sign_ins(EntraIdp(scenario, keys), aws, NOW)}


def test_every_provider_is_tried_by_a_user_who_holds_a_role_behind_it(aws: Aws) -> None:
    found = trials(demo_scenario(), aws)
    assert [*found] == [PROD, DEV]
    for trial in found.values():
        assert isinstance(trial.answer, Accepted)
        assert trial.answer.session.name == "britta@contoso.com"
        assert trial.signed_by in trial.trusted


def test_the_first_user_of_the_scenario_with_such_a_role_tries() -> None:
    demo = demo_scenario()
    found = visitors_of(demo.model_copy(update={"users": demo.users[::-1]}))
    assert found[PROD].upn.startswith("guest_fabrikam.com")
    assert found[DEV].upn == "britta@contoso.com"


def test_a_provider_behind_which_nobody_holds_a_role_is_not_tried(aws: Aws) -> None:
    demo = demo_scenario()
    found = trials(demo.model_copy(update={"users": demo.users[1:]}), aws)
    assert isinstance(found[PROD].answer, Accepted)
    assert (found[DEV].answer, found[DEV].posted) == (None, "")
    assert found[DEV].reason == "no user of the scenario holds a role behind it"


def test_what_entra_refuses_is_told_as_entras_word(aws: Aws) -> None:
    demo = demo_scenario()
    app = demo.apps[0].model_copy(update={"certificates": ()})
    found = trials(demo.model_copy(update={"apps": (app,)}), aws)
    assert found[PROD].answer is None
    assert found[PROD].reason.startswith("Entra: AADSTS")
