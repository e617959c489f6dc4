"""The mock STS answers the cases as the report on the same response does: one truth behind both doors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.cases.catalogue import chosen
from harness.cases.core import Case, Material
from harness.cases.words import Answer, Verdict
from harness.cases.workshop import PROVIDER, ROLE, RoleSpec, Workshop, trust
from harness.cli.judging import judge
from harness.errors import UnreadableInput
from harness.saml.wire import read_capture
from harness.validate import Policy, check

EVERYTHING = ("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity")
NOT_A_VALUE = {"envelope/form-body": "it is a whole form body, and a parameter of STS is a value"}
CASES = [
    case
    for case in chosen()
    if case.world.usual and not case.of_entra and case.id not in NOT_A_VALUE and case.family != "flooding"
]
"""Flooding apart, whose documents are refused by their length before anything else."""


def called(case: Case, workshop: Workshop) -> tuple[Answer, ...]:
    """STS's answer where the account has whatever the response names, and trusts it."""
    material = case.material(workshop)
    role, provider = pair_of(material)
    spec = RoleSpec(trust(provider, [*EVERYTHING], Condition={}), 43200)
    call = {"RoleArn": role, "PrincipalArn": provider}
    usual = material.world.metadata
    world = replace(material.world, declared=True, providers={provider: usual}, roles={role: spec}, call=call)
    return judge(replace(material, world=world)).sts or (read_by_sts(replace(material, world=world)),)


def pair_of(material: Material) -> tuple[str, str]:
    """The first pair of the response, or the usual one."""
    aws = material.workshop.aws(material.world)
    try:
        report = check(read_capture(material.posted), Policy(aws, aws.keys), material.now, ask_engines=False)
    except UnreadableInput:
        return ROLE, PROVIDER
    pair = report.sts[0].pair
    return (ROLE, PROVIDER) if pair is None else (str(pair.role), str(pair.provider))


def read_by_sts(material: Material) -> Answer:
    """What STS says to what the validator cannot even read: it has no such way out."""
    from harness.aws.query import ApiError
    from harness.aws.store import AwsStore
    from harness.aws.sts import Sts

    sts = Sts(AwsStore(material.workshop.aws(material.world)))
    with pytest.raises(ApiError) as refused:
        sts.assume_role_with_saml(material.world.parameters(material.posted), material.now, "{request_id}")
    return Answer(Verdict.REFUSED, refused.value.code, str(refused.value))


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_the_mock_answers_as_the_case_expects(case: Case, workshop: Workshop):
    given = called(case, workshop)
    if case.expected.sts.verdict is Verdict.UNREADABLE:
        assert given[0].code in ("InvalidIdentityToken", "ValidationError", "SamlHarnessUnknown")
    else:
        assert [one for one in given if not case.expected.sts.met_by(one)] == []


def test_most_of_the_catalogue_is_asked():
    assert len(CASES) > 400
