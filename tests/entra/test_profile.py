"""What is worked out of a tenant once is right for as long as the tenant stands, and no longer."""

from datetime import timedelta

import pytest

from harness.entra.idp import EntraIdp
from harness.entra.refusals import EntraRefusal
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
