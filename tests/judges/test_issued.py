"""What our mock Entra issues, judged by programs no one here wrote: judge by signing option by number of roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from harness.entra.directory import audience_of
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.model import App, AppRole, Assignment, Certificate, Scenario, User
from tests.judges import samples
from tests.judges.consumers import JUDGES, Judge, Missing, Sample
from tests.judges.expected import REFUSES
from tests.judges.schemas import metadata_schema_errors, schema_errors

ROLES = (1, 10, 250)
USER = "ada@contoso.example"
KEYS = KeyStore()


def idp_for(signing: str, roles: int) -> EntraIdp:
    """A tenant with one app that signs as asked, and one user with so many roles."""
    option, _, algorithm = signing.partition("-")
    now = datetime.now(UTC)
    values = [
        f"arn:aws:iam::111122223333:role/Admin-{number},arn:aws:iam::111122223333:saml-provider/WAAD"
        for number in range(roles)
    ]
    app = App(
        name="AWS",
        signing_option=option,
        signing_algorithm=algorithm or "sha256",
        certificates=(
            Certificate(
                name="one", not_before=now - timedelta(days=1), not_after=now + timedelta(days=900), active=True
            ),
        ),
        roles=tuple(AppRole(name=f"r{number}", value=value) for number, value in enumerate(values)),
        assignments=tuple(Assignment(to=USER, role=f"r{number}") for number in range(roles)),
    )
    user = User(upn=USER, display_name="Ada Löv & <Co>", given_name="Ada", surname="Löv", mail=USER)
    return EntraIdp(Scenario(version=1, name="judged", apps=(app,), users=(user,)), KEYS)


def issued(signing: str, roles: int) -> Sample:
    """A fresh response with everything a service provider must know to judge it."""
    idp, now = idp_for(signing, roles), datetime.now(UTC)
    response = idp.respond(USER, now)
    return Sample(
        response=response.base64,
        certificate_pem=response.signed_by.pem,
        metadata=idp.federation_metadata(now),
        issuer=idp.issuer,
        audience=audience_of(idp.scenario, idp.scenario.apps[0]),
        acs=response.acs,
    )


@cache
def table() -> Mapping[tuple[str, int], tuple[Sample, Sample, Sample]]:
    """For each signing option and number of roles: a good response and two tampered twins."""
    found = {}
    for signing in samples.SIGNINGS:
        for roles in ROLES:
            good = issued(signing, roles)
            xml = samples.xml_of(good)
            twins = (samples.flipped_role(xml), samples.flipped_signature(xml))
            found[signing, roles] = (good, *(samples.with_xml(good, twin) for twin in twins))
    return found


def installed(judge: Judge) -> Judge:
    try:
        judge.version()
    except Missing as missing:
        pytest.skip(str(missing))
    return judge


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: judge.name)
def test_what_we_issue_is_accepted_and_its_tampered_twins_are_refused(judge: Judge) -> None:
    rows = table()
    flat = [one for row in rows.values() for one in row]
    words = iter(installed(judge).judge_many(flat))
    for signing, roles in rows:
        good, role, signature = next(words), next(words), next(words)
        refusal = REFUSES.get((judge.name, signing))
        assert good.accepted == (refusal is None), f"{signing}, {roles} roles: {good.says} (expected: {refusal})"
        assert not role.accepted, f"{signing}, {roles} roles: a changed role was accepted"
        assert not signature.accepted, f"{signing}, {roles} roles: a changed signature was accepted"
        if good.accepted and judge.reads_attributes:
            assert len(good.attributes["https://aws.amazon.com/SAML/Attributes/Role"]) == roles
            assert good.attributes["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"] == ["Löv"]


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: judge.name)
def test_only_a_certificate_that_is_trusted_opens_the_door(judge: Judge) -> None:
    """Old and new certificate trusted: accepted. The other one alone: refused, with a fresh response each time."""
    good = issued("assertion", 1)
    stranger = samples.some_order(keys=samples.some_keys("stranger"), issuer=good.issuer)
    other = replace(good, certificate_pem=stranger.keys.certificate_pem, metadata=samples.metadata_xml(stranger))
    assert [word.accepted for word in installed(judge).judge_many([good, other])] == [True, False]


@pytest.mark.parametrize("signing", samples.SIGNINGS)
@pytest.mark.parametrize("roles", ROLES)
def test_what_we_issue_is_valid_against_the_schemas_of_oasis(signing: str, roles: int) -> None:
    good = table()[signing, roles][0]
    assert schema_errors(samples.xml_of(good)) == []
    assert metadata_schema_errors(good.metadata) == []
