"""Encrypted assertions at both doors: each provider opens them with its own keys, newest first."""

from __future__ import annotations

import base64
import re

from flask.testing import FlaskClient
from lxml import html

from harness.aws.intake import opening_keys
from harness.entra.idp import EntraIdp
from harness.web.aws_signin import create_aws_signin
from tests.web.conftest import DEV, PROD, Refusal, World
from tests.web.sealing import give_key, pair_of_keys, sealed
from tests.web.test_signin import post
from tests.web.test_sts_api import ADMIN, FINANCE, assume, provider

CATCH_ALL = (
    "Invalid base64 SAMLResponse (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: "
    "AuthSamlInvalidSamlResponseException; Request ID: "
)


def names(page: str) -> list[str]:
    """The accounts of a picker."""
    return [one.text for one in html.fromstring(page).cssselect("div.saml-account-name")]


def test_sts_opens_an_encrypted_assertion_with_the_key_of_the_provider(world: World) -> None:
    give_key(world, provider(PROD), "prod")
    granted = assume(world, SAMLAssertion=sealed(world, "prod"))
    assert granted["Subject"] == "britta@contoso.com"


def test_of_two_keys_either_opens_so_that_they_can_be_rolled(world: World, refusal: Refusal) -> None:
    give_key(world, provider(PROD), "old")
    give_key(world, provider(PROD), "new")
    for name in ("new", "old"):
        assert assume(world, SAMLAssertion=sealed(world, name))["Subject"] == "britta@contoso.com"
    assert refusal(lambda: assume(world, SAMLAssertion=sealed(world, "other")))[0] == "SamlHarnessUnknown"


def test_the_newest_key_is_tried_first(world: World) -> None:
    for name in ("old", "new"):
        give_key(world, provider(PROD), name)
    tried = opening_keys([world.store.aws.providers[provider(PROD)]])
    assert [key.private_numbers() for key in tried] == [
        pair_of_keys(name).private.private_numbers() for name in ("new", "old")
    ]


def test_a_key_of_one_account_opens_nothing_for_another(world: World, refusal: Refusal) -> None:
    give_key(world, provider(PROD), "prod")
    code, _, message = refusal(lambda: assume(world, FINANCE, DEV, SAMLAssertion=sealed(world, "prod")))
    assert (code, "encrypted" in message) == ("SamlHarnessUnknown", True)


def test_required_refuses_a_plain_assertion(world: World, refusal: Refusal) -> None:
    give_key(world, provider(PROD), "prod", "Required")
    code, status, message = refusal(lambda: assume(world))
    assert (code, status) == ("InvalidIdentityToken", 400)
    assert message.startswith(CATCH_ALL)
    assert assume(world, SAMLAssertion=sealed(world, "prod"))["Subject"] == "britta@contoso.com"


def test_the_picker_offers_what_each_provider_can_open(aws_browser: FlaskClient, world: World) -> None:
    give_key(world, provider(PROD), "prod")
    page = post(aws_browser, sealed(world, "prod")).get_data(as_text=True)
    assert names(page) == ["Account: contoso-prod (111122223333)"]
    assert "2 more in the response cannot be assumed" in page
    give_key(world, provider(DEV), "prod")
    page = post(aws_browser, sealed(world, "prod")).get_data(as_text=True)
    assert names(page) == ["Account: contoso-prod (111122223333)", "Account: contoso-dev (444455556666)"]


def test_required_is_posted_to_at_the_providers_own_address(aws_browser: FlaskClient, world: World) -> None:
    uuid = give_key(world, provider(PROD), "prod", "Required")
    response = sealed(world, "prod")
    elsewhere = post(aws_browser, response)
    assert elsewhere.status_code == 400
    assert f"own address, /saml/acs/{uuid}" in elsewhere.get_data(as_text=True)
    page = aws_browser.post(f"/saml/acs/{uuid}", data={"SAMLResponse": response})
    assert names(page.get_data(as_text=True)) == ["Account: contoso-prod (111122223333)"]
    form = html.fromstring(page.get_data(as_text=True)).get_element_by_id("saml_form")
    picked = {"SAMLResponse": response, "roleIndex": ADMIN}
    assert aws_browser.post(form.get("action"), data=picked).headers["Location"] == "/console"


def test_an_address_of_no_provider_is_refused(aws_browser: FlaskClient, world: World) -> None:
    page = aws_browser.post("/saml/acs/SAMLSPNOBODY", data={"SAMLResponse": world.response()})
    assert page.status_code == 400
    assert "no SAML provider has the ID SAMLSPNOBODY" in page.get_data(as_text=True)


def test_every_failure_to_open_reads_the_same(aws_browser: FlaskClient, world: World) -> None:
    """Another key, cut ciphertext, changed ciphertext: one answer, so nobody can ask it as an oracle."""
    give_key(world, provider(PROD), "prod")
    xml = base64.b64decode(sealed(world, "prod")).decode()
    values = re.findall("<[a-z]+:CipherValue>([^<]+)<", xml)
    changes = [(value, cut) for value in values for cut in (value[:-8] + "AAAAAAA=", value[: len(value) // 8 * 4])]
    damaged = [base64.b64encode(xml.replace(*change).encode()).decode() for change in changes]
    tried = [sealed(world, "other"), *damaged]
    said = {re.sub('inspect/[^"]+', "", post(aws_browser, one).get_data(as_text=True)) for one in tried}
    assert len(said) == 1


def test_what_entra_encrypts_is_opened_at_the_providers_own_address(world: World) -> None:
    """The whole way: the certificate uploaded to Entra's app, its key to AWS's provider, and Required."""
    (app, *others) = world.idp.scenario.apps
    pem = pair_of_keys("prod").certificate.pem
    changed = app.model_copy(update={"encryption_certificate": pem})
    idp = EntraIdp(world.idp.scenario.model_copy(update={"apps": (changed, *others)}), world.idp.keys)
    uuid = give_key(world, provider(PROD), "prod", "Required")
    response = idp.respond("adele@contoso.com", world.now)
    assert b"EncryptedAssertion" in response.xml
    assert b"adele" not in response.xml
    browser = create_aws_signin(world.store, lambda: world.now).test_client()
    entered = browser.post(f"/saml/acs/{uuid}", data={"SAMLResponse": response.base64})
    assert (entered.status_code, entered.headers["Location"]) == (302, "/console")
    assert "assumed-role/contoso-prod-read-only-user/adele@contoso.com" in browser.get("/console").get_data(
        as_text=True
    )
