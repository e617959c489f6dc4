"""What is worked out of a tenant once is right for as long as the tenant stands, and no longer."""

from datetime import timedelta

import pytest

from harness.entra.authn_request import AuthnRequest
from harness.entra.idp import MOST_PROFILES, EntraIdp
from harness.entra.refusals import EntraRefusal
from harness.errors import HarnessError
from harness.scenario.model import Scenario
from tests.entra.worlds import ADMIN, NOW, READER, attributes, idp, tree

ADA = "ada@contoso.com"
NAME = "http://schemas.microsoft.com/identity/claims/displayname"
ROLES = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"


def with_user(scenario: Scenario, **changes: object) -> Scenario:
    users = [one.model_copy(update=changes) if one.upn == ADA else one for one in scenario.users]
    return scenario.model_copy(update={"users": tuple(users)})


def with_app(scenario: Scenario, **changes: object) -> Scenario:
    return scenario.model_copy(update={"apps": (scenario.apps[0].model_copy(update=changes),)})


def claims(entra: EntraIdp) -> dict[str, list[str]]:
    return attributes(entra.respond(ADA, NOW))


def test_a_change_of_the_user_shows_in_the_next_response() -> None:
    entra = idp()
    assert claims(entra)[NAME] == ["Ada Lovelace"]
    entra.change(lambda scenario: with_user(scenario, display_name="Ada King"))
    assert claims(entra)[NAME] == ["Ada King"]
    entra.change(lambda scenario: with_user(scenario, display_name=None))
    assert NAME not in claims(entra)


def test_a_role_that_is_taken_away_is_gone_from_the_next_response() -> None:
    entra = idp()
    assert claims(entra)[ROLES] == [ADMIN, READER]
    entra.change(lambda scenario: scenario.model_copy(update={"groups": ()}))
    assert claims(entra)[ROLES] == [READER]
    entra.change(lambda scenario: with_app(scenario, assignments=()))
    with pytest.raises(EntraRefusal, match="AADSTS50105"):
        entra.respond(ADA, NOW)


def test_a_change_of_the_app_shows_in_the_next_response() -> None:
    entra = idp()
    entra.respond(ADA, NOW)
    entra.change(
        lambda scenario: with_app(
            scenario, identifiers=("urn:other#1",), reply_urls=("https://other.example/acs",), token_lifetime=600
        )
    )
    root = tree(entra.respond(ADA, NOW))
    assert root.get("Destination") == "https://other.example/acs"
    assert root.findtext(".//{*}Audience") == "urn:other"
    assert root.find(".//{*}Attribute").get("NameFormat") is None
    entra.change(lambda scenario: with_app(scenario, attribute_name_format=True))
    assert all(one.get("NameFormat") for one in tree(entra.respond(ADA, NOW)).iter("{*}Attribute"))


def test_a_user_is_told_apart_by_app() -> None:
    entra = idp()
    entra.change(
        lambda scenario: scenario.model_copy(
            update={"apps": (*scenario.apps, scenario.apps[0].model_copy(update={"name": "Two", "assignments": ()}))}
        )
    )
    assert entra.respond(ADA, NOW, app="AWS").xml
    with pytest.raises(EntraRefusal, match="AADSTS50105"):
        entra.respond(ADA, NOW, app="Two")


def test_a_name_in_any_case_is_the_same_user() -> None:
    entra = idp()
    assert attributes(entra.respond("ADA@Contoso.com", NOW)) == claims(entra) == attributes(entra.respond(ADA, NOW))


def test_no_two_responses_are_alike() -> None:
    entra = idp()
    one, two = (tree(entra.respond(ADA, NOW + timedelta(seconds=later))) for later in (0, 60))
    for place, attribute in (
        (".", "ID"),
        (".", "IssueInstant"),
        ("{*}Assertion", "ID"),
        (".//{*}Conditions", "NotBefore"),
    ):
        assert one.find(place).get(attribute) != two.find(place).get(attribute)
    assert one.findtext(".//{*}SignatureValue") != two.findtext(".//{*}SignatureValue")


def test_what_a_test_alters_is_what_is_written() -> None:
    entra = idp()
    entra.respond(ADA, NOW)
    altered = entra.respond(ADA, NOW, alter=lambda token: token._replace(claims=(("urn:only", ("this",)),)))
    assert attributes(altered) == {"urn:only": ["this"]}
    formats = entra.respond(ADA, NOW, alter=lambda token: token._replace(name_formats=True))
    assert all(one.get("NameFormat") for one in tree(formats).iter("{*}Attribute"))
    assert not any(one.get("NameFormat") for one in tree(entra.respond(ADA, NOW)).iter("{*}Attribute"))


def test_an_app_without_a_reply_url_answers_requests_that_name_one() -> None:
    entra = idp()
    entra.change(lambda scenario: with_app(scenario, reply_urls=()))
    assert entra.respond(ADA, NOW, request=AuthnRequest("_q", acs="https://x.example/")).acs == "https://x.example/"
    with pytest.raises(HarnessError, match="no reply URL"):
        entra.respond(ADA, NOW)


def test_the_request_is_refused_before_anything_of_the_app_is_missed() -> None:
    entra = idp()
    entra.change(lambda scenario: with_app(with_user(scenario, authentication="x509"), reply_urls=()))
    password = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
    with pytest.raises(EntraRefusal, match="AADSTS75011"):
        entra.respond(ADA, NOW, request=AuthnRequest("_q", authn_contexts=(password,)))


def test_a_certificate_that_is_made_active_signs_the_next_response() -> None:
    more = '[[apps.certificates]]\nname = "2027"\nnot_before = 2026-01-15T07:05:00Z\nnot_after = 2028-01-15T07:02:19Z'
    entra = idp(certificates=more)
    before = entra.respond(ADA, NOW).signed_by
    entra.change(
        lambda scenario: with_app(
            scenario,
            certificates=tuple(
                one.model_copy(update={"active": one.name == "2027"}) for one in scenario.apps[0].certificates
            ),
        )
    )
    assert entra.respond(ADA, NOW).signed_by != before


def test_roles_are_shuffled_anew_for_every_response() -> None:
    entra = idp(app="shuffle_roles = true")
    orders = {tuple(claims(entra)[ROLES]) for _ in range(30)}
    assert orders == {(ADMIN, READER), (READER, ADMIN)}


def test_what_a_name_means_does_not_depend_on_who_was_asked_for_before() -> None:
    """Of two guests one has a name that is the other's at home: the name means the first, whatever came before."""
    entra = idp()
    home = "99999999-2222-4333-8444-555555555555"
    first, second = "b_q.com#ext#_c.com#EXT#@contoso.com", "b_q.com#EXT#@c.com"

    def with_guests(scenario: Scenario) -> Scenario:
        guests = [
            scenario.users[0].model_copy(update={"upn": upn, "home_tenant": home, "object_id": None, "mail": upn})
            for upn in (first, second)
        ]
        changed = with_app(scenario, assignment_required=False)
        return changed.model_copy(update={"users": (*scenario.users, *guests)})

    entra.change(with_guests)
    mail = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"

    def meant(name: str) -> list[str]:
        return attributes(entra.respond(name, NOW))[mail]

    assert [meant(name) for name in (second, "b@q.com", second)] == [[first], [second], [first]]


def test_of_few_users_it_is_remembered_what_they_are_told() -> None:
    entra = idp()
    entra.change(
        lambda scenario: with_app(scenario, assignment_required=False).model_copy(
            update={
                "users": tuple(
                    scenario.users[0].model_copy(update={"upn": f"u{number}@contoso.com", "object_id": None})
                    for number in range(MOST_PROFILES + 20)
                )
            }
        )
    )
    for user in entra.scenario.users:
        entra.respond(user.upn, NOW)
    assert entra._tenant.profile.cache_info().currsize == MOST_PROFILES
