"""Cases of the mock Entra: its refusals, and what AWS makes of the responses that it gives."""

from __future__ import annotations

import ast
import inspect
import json
from typing import Any

import pytest
import tomli_w

from harness.cases.catalogue import chosen
from harness.cases.core import Case, Kind
from harness.cases.run import Ran, Result, run
from harness.cases.tenants import Tenant
from harness.cases.words import Verdict
from harness.cases.workshop import Workshop
from harness.cli.judging import judge
from harness.entra import refusals
from harness.errors import HarnessError
from harness.scenario.load import parse_scenario

CASES = chosen("entra")
REFUSED = [case for case in CASES if case.expected.entra]


def test_every_refusal_of_a_sign_in_is_expected_by_a_case():
    """Read from the table's own source, so that one which is added there is missed here."""
    tree = ast.parse(inspect.getsource(refusals))
    known = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and str(node.value).startswith("AADSTS") and ":" not in str(node.value)
    }
    assert len(known) > 12
    assert known - {case.expected.entra.partition(":")[0] for case in REFUSED} == set()


def test_where_entra_refuses_nothing_reaches_aws():
    assert len(REFUSED) > 25
    assert {case.expected.sts.verdict for case in REFUSED} == {Verdict.UNREADABLE}
    assert not any(case.expected.codes for case in REFUSED)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_what_is_declared_is_a_scenario_as_a_user_could_write_it(case: Case, workshop: Workshop):
    tenant = case.material(workshop).tenant
    assert tenant is not None
    text = json.dumps(tenant.data).replace("$CERTIFICATE", workshop.certificate("Intruder").base64)
    assert parse_scenario(tomli_w.dumps(without_nulls(json.loads(text))), "case.scenario.toml").apps


def without_nulls(value: Any) -> Any:
    """TOML has no null: a key without a value is left out."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


REPORTED = {
    "no Role attribute": "entra/user-with-default-access-alone entra/nobody-need-be-assigned claims/role-missing",
    "claim names in the wrong case, or left out": "entra/claim-in-small-letters entra/claims-of-aws-left-out "
    "entra/namespace-with-a-slash-too-many claims/role-in-lower-case",
    "certificate rolled, AWS not told": "entra/certificate-rolled-and-aws-not-told "
    "accounts/certificate-rolled-in-entra-only",
    "RoleSessionName from the wrong attribute": "entra/session-name-from-an-empty-attribute "
    "entra/session-name-from-the-display-name claims/session-name-of-a-guest",
    "second instance, one identifier": "entra/identifier-of-another-app "
    "entra/request-without-the-number-of-the-instance",
    "metadata of another app": "accounts/metadata-of-another-application calls/provider-of-another-application",
    "first certificate of the metadata taken": "accounts/signer-listed-second",
    "nested or wrong group": "entra/member-of-a-nested-group entra/user-who-is-not-assigned",
    "reply URL": "entra/reply-url-of-http entra/reply-url-in-other-capitals entra/reply-url-with-a-slash "
    "entra/reply-url-of-another-partition",
    "issuer that is no identifier": "entra/request-of-another-issuer entra/tile-of-no-app",
    "users without a password": "entra/password-asked-of-a-user-without-one",
    "session too short or too long": "controls/shortest-session calls/duration-above-the-roles-maximum "
    "accounts/session-longer-than-the-role-allows",
    "pair too long for the role import": "claims/pair-too-long-for-entra",
    "PATCH appRoles": "entra/app-role-removed-while-enabled entra/app-role-changed-while-enabled "
    "entra/app-role-of-a-value-that-is-taken entra/access-role-left-out entra/too-many-app-roles",
    "blank after the comma, ARNs the other way round": "entra/app-role-with-a-blank-after-the-comma "
    "entra/role-as-a-constant-with-a-blank claims/blank-after-the-comma controls/provider-first",
    "proxied address": "entra/sign-in-through-defender-for-cloud-apps entra/proxied-address-as-reply-url",
    "ID of a request": "entra/request-id-with-a-leading-digit",
    "older than five minutes": "timing/older-than-five-minutes",
    "path missing in the ARN": "entra/path-missing-in-the-app-roles-value calls/role-without-its-path",
}
"""What users of Entra with AWS reported to fail, and the cases of it."""


@pytest.mark.parametrize("failure", REPORTED)
def test_what_users_report_is_in_the_catalogue(failure: str):
    assert chosen(*REPORTED[failure].split())


def test_a_judge_that_lets_everybody_in_fails_every_refusal(workshop: Workshop, ran: dict[str, Ran]):
    fine = ran["entra/tile-in-my-apps"].outcome
    assert fine is not None
    assert {one.result for one in run(REFUSED, lambda _: fine, workshop)} == {Result.FAIL}


def test_a_judge_that_refuses_everybody_fails_every_control(workshop: Workshop, ran: dict[str, Ran]):
    refused = ran["entra/member-of-a-nested-group"].outcome
    assert refused is not None
    controls = [case for case in CASES if case.kind is Kind.CONTROL]
    failed = [*run(controls, lambda _: refused, workshop)]
    assert {one.result for one in failed} == {Result.FAIL}
    assert "Entra says AADSTS50105" in failed[0].reason


def test_the_wrong_words_of_a_refusal_are_told(workshop: Workshop):
    case = next(case for case in REFUSED if case.id == "entra/user-who-is-not-assigned")
    (told,) = run([case], lambda _: judge(chosen("entra/tile-of-no-app")[0].material(workshop)), workshop)
    assert told.reason.startswith("Entra says AADSTS700016")


def test_a_tenant_is_changed_and_never_in_place():
    usual = Tenant()
    usual.app(enabled=False).person(mail=None).role(enabled=False)
    assert usual == Tenant()


def test_a_user_of_nobody_is_a_mistake_of_the_case(workshop: Workshop):
    from harness.cli.asking_entra import ask

    with pytest.raises(HarnessError, match="there is no user"):
        ask(Tenant(user="nobody@contoso.com"), workshop)
