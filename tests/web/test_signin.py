"""The sign-in endpoint and the role picker, read as real clients read them."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from lxml import etree, html

from harness.arn import Arn
from harness.aws.from_scenario import aws_from_scenario
from harness.aws.store import AwsStore, PickerPage, with_provider
from harness.web.aws_signin import create_aws_signin
from tests.judges.schemas import metadata_schema_errors
from tests.web.conftest import PROD, World

BRITTA, ADELE, NOAH = "britta@contoso.com", "adele@contoso.com", "noah@contoso.com"
DEVOPS = "arn:aws:iam::444455556666:role/contoso-dev-devops-user"


def post(aws_browser: FlaskClient, response: str, **more: str):
    return aws_browser.post("/saml", data={"SAMLResponse": response, "RelayState": ""} | more)


def picker(aws_browser: FlaskClient, world: World) -> html.HtmlElement:
    page = post(aws_browser, world.response(BRITTA))
    assert page.status_code == 200
    return html.fromstring(page.get_data(as_text=True))


def test_saml2aws_finds_accounts_and_roles(aws_browser: FlaskClient, world: World) -> None:
    """Its selectors: ``fieldset > div.saml-account``, ``div.saml-account-name``, every ``label`` with its ``for``."""
    found = {
        account.cssselect("div.saml-account-name")[0].text: [
            (label.text, label.get("for")) for label in account.cssselect("label")
        ]
        for account in picker(aws_browser, world).cssselect("fieldset > div.saml-account")
    }
    assert list(found) == ["Account: contoso-prod (111122223333)", "Account: contoso-dev (444455556666)"]
    assert ("contoso-dev-devops-user", DEVOPS) in found["Account: contoso-dev (444455556666)"]
    assert sum(map(len, found.values())) == 4


def soup(aws_browser: FlaskClient, world: World) -> BeautifulSoup:
    return BeautifulSoup(post(aws_browser, world.response(BRITTA)).get_data(as_text=True), "html.parser")


def test_gimme_aws_creds_finds_accounts_and_roles(aws_browser: FlaskClient, world: World) -> None:
    """From each ``div.saml-role`` to its label, and two parents up to the first inner div of the first div. The ARN
    is taken as it stands, so a blank in it would be part of the name."""
    found = {
        role.label["for"]: role.parent.parent.find("div").find("div").text
        for role in soup(aws_browser, world).find_all("div", attrs={"class": "saml-role"})
    }
    assert found[DEVOPS] == "Account: contoso-dev (444455556666)"
    assert len(found) == 4
    assert all(arn == arn.strip() for arn in found)


def test_okta_aws_cli_finds_accounts_and_roles(aws_browser: FlaskClient, world: World) -> None:
    """``fieldset > div.saml-account``, in it the name and every ``label.saml-role-description`` with its ``for``."""
    found = {
        label.get("for"): (account.cssselect("div.saml-account-name")[0].text_content().strip(), label.text_content())
        for account in picker(aws_browser, world).cssselect("fieldset > div.saml-account")
        for label in account.cssselect("label.saml-role-description")
    }
    assert found[DEVOPS] == ("Account: contoso-dev (444455556666)", "contoso-dev-devops-user")
    assert len(found) == 4


def test_console_hopper_works_on_the_page(aws_browser: FlaskClient, world: World) -> None:
    """It finds the radio of a role, checks it, puts a RelayState into the hidden field and submits the form."""
    page = picker(aws_browser, world)
    form = page.get_element_by_id("saml_form")
    (radio,) = [one for one in page.cssselect(".saml-role input.saml-radio") if one.get("value") == DEVOPS]
    fields = {field.get("name"): field.get("value") for field in form.cssselect("input[type=hidden]")}
    assert set(fields) >= {"RelayState", "SAMLResponse", "name", "portal"}
    fields |= {"RelayState": "https://eu-west-1.console.aws.amazon.com/ec2", radio.get("name"): radio.get("value")}
    assert aws_browser.post(form.get("action"), data=fields).status_code == 302
    assert "https://eu-west-1.console.aws.amazon.com/ec2" in aws_browser.get("/console").get_data(as_text=True)


def test_aws_adfs_finds_accounts(aws_browser: FlaskClient, world: World) -> None:
    names = picker(aws_browser, world).xpath('.//div[@class="saml-account-name"]/text()')
    parts = [re.search(r"Account: *([^(]+) *\(([0-9]+)\)", name).groups() for name in names]
    assert parts == [("contoso-prod ", "111122223333"), ("contoso-dev ", "444455556666")]
    assert [name.strip() for name in names] == [
        "Account: contoso-prod (111122223333)",
        "Account: contoso-dev (444455556666)",
    ]


def test_aws_okta_processor_finds_accounts_and_roles(aws_browser: FlaskClient, world: World) -> None:
    """Direct children of the fieldset, ``.string`` of the name, the first nested ``div.saml-account`` alone."""
    found: dict[str, list[tuple[str, str]]] = {}
    fieldset = soup(aws_browser, world).find("fieldset")
    for account in fieldset.find_all("div", attrs={"class": "saml-account"}, recursive=False):
        name = account.find("div", attrs={"class": "saml-account-name"}).string
        nested = account.find("div", attrs={"class": "saml-account"})
        roles = nested.find_all("div", attrs={"class": "saml-role"}, recursive=False)
        found[name] = [(role.find("input")["id"], role.find("label").string) for role in roles]
    assert {name: len(roles) for name, roles in found.items()} == {
        "Account: contoso-prod (111122223333)": 2,
        "Account: contoso-dev (444455556666)": 2,
    }
    assert (DEVOPS, "contoso-dev-devops-user") in found["Account: contoso-dev (444455556666)"]


def test_the_role_that_is_picked_is_entered(aws_browser: FlaskClient, world: World) -> None:
    form = picker(aws_browser, world).get_element_by_id("saml_form")
    fields = {field.get("name"): field.get("value") for field in form.cssselect("input[type=hidden]")}
    assert form.get("action") == "/saml"
    entered = aws_browser.post(form.get("action"), data=fields | {"roleIndex": DEVOPS})
    assert (entered.status_code, entered.headers["Location"]) == (302, "/console")
    shown = aws_browser.get("/console").get_data(as_text=True)
    assert "assumed-role/contoso-dev-devops-user/britta@contoso.com" in shown
    assert "AWS_SESSION_TOKEN=" in shown
    world.now += timedelta(hours=2)
    assert aws_browser.get("/console").status_code == 403


def test_one_role_needs_no_picker(aws_browser: FlaskClient, world: World) -> None:
    assert post(aws_browser, world.response(ADELE)).status_code == 302
    assert "contoso-prod-read-only-user" in aws_browser.get("/console").get_data(as_text=True)
    aws_browser.get("/logout")
    assert aws_browser.get("/console").status_code == 403


def test_of_several_roles_the_last_that_works_is_still_picked(aws_browser: FlaskClient, world: World) -> None:
    """What AWS does with the others on its page is not known; here they are counted, and the report says why."""
    for account, name in (
        (PROD, "contoso-prod-aws-admin"),
        (PROD, "contoso-prod-read-only-user"),
        ("444455556666", "contoso-dev-finance-admin"),
    ):
        world.client("iam", account).delete_role(RoleName=name)
    page = picker(aws_browser, world)
    assert [radio.get("value") for radio in page.cssselect("input.saml-radio")] == [DEVOPS]
    assert "3 more in the response cannot be assumed" in page.text_content()


def test_no_role_is_the_invalid_response_page(aws_browser: FlaskClient, world: World) -> None:
    page = html.fromstring(post(aws_browser, world.response(NOAH)).get_data(as_text=True))
    content = page.get_element_by_id("content")
    assert content.find("h2").text == "Amazon Web Services Sign In"
    words = " ".join(content.find("p").text_content().split())
    assert words == "Your request included an invalid SAML response. To logout, click here."


def test_a_refusal_is_shown_in_the_words_of_the_page(aws_browser: FlaskClient, world: World) -> None:
    old = world.response(ADELE)
    world.now += timedelta(minutes=6)
    text = html.fromstring(post(aws_browser, old).get_data(as_text=True)).get_element_by_id("content").text_content()
    assert (
        "Token must be redeemed within 5 minutes of issuance (Service: AWSSecurityTokenService; Status Code: 400;"
        in text
    )


def test_the_age_counts_while_the_user_looks(aws_browser: FlaskClient, world: World) -> None:
    response = world.response(BRITTA)
    assert post(aws_browser, response).status_code == 200
    world.now += timedelta(minutes=6)
    assert "Token must be redeemed" in post(aws_browser, response, roleIndex=DEVOPS).get_data(as_text=True)


@pytest.mark.parametrize(
    ("relay_state", "shown"),
    [
        ("https://console.aws.amazon.com/console/home?region=us-west-2", True),
        ("https://eu-west-1.console.aws.amazon.com/s3/", True),
        ("https://111122223333-x1.us-east-1.console.aws.amazon.com/ec2?region=us-east-1#Instances:", True),
        ("https://console.amazonaws.cn/", True),
        ("https://eu-west-1.console.amazonaws-us-gov.com/", True),
        ("http://localhost/console", True),
        ("http://localhost.evil.example/", False),
        ("https://console.aws.amazon.com@evil.example/", False),
        ("http://console.aws.amazon.com/", False),
        ("https://evil.example/https://console.aws.amazon.com/", False),
        ("//evil.example/", False),
        ("https://console.aws.amazon.com.evil.example/", False),
        ("https://evil.example/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_relay_state_is_shown_and_never_followed(
    aws_browser: FlaskClient, world: World, relay_state: str, shown: bool
) -> None:
    entered = post(aws_browser, world.response(ADELE), RelayState=relay_state)
    assert entered.headers["Location"] == "/console"
    assert (
        html.fromstring(aws_browser.get("/console").get_data(as_text=True)).text_content().find(relay_state) >= 0
    ) is shown


HOSTILE = '"><script>alert(1)</script>'


def test_nothing_of_a_post_is_reflected_unescaped(aws_browser: FlaskClient, world: World) -> None:
    for fields in ({"SAMLResponse": HOSTILE}, {"SAMLResponse": world.response(BRITTA), "RelayState": HOSTILE}):
        page = aws_browser.post("/saml", data=fields)
        assert b"<script>alert" not in page.data
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_picker_works_without_a_script_and_has_no_inline_handler(aws_browser: FlaskClient, world: World) -> None:
    page = picker(aws_browser, world)
    assert page.cssselect("#input_signin_button button[type=submit]")
    assert not [name for element in page.iter() for name in element.attrib if name.lower().startswith("on")]


@pytest.mark.parametrize("posted", ["", "***", base64.b64encode(b"<a/>").decode(), "A" * 500_000])
def test_what_is_no_response_is_refused_and_no_crash(aws_browser: FlaskClient, posted: str) -> None:
    assert post(aws_browser, posted).status_code in (400, 413)


def test_an_account_without_alias_is_named_by_its_number(world: World) -> None:
    store = AwsStore(replace(world.store.aws, aliases={}))
    page = html.fromstring(post(create_aws_signin(store, lambda: world.now).test_client(), world.response(BRITTA)).data)
    assert [one.text for one in page.cssselect("div.saml-account-name")] == [
        "Account: 111122223333",
        "Account: 444455556666",
    ]


def test_its_own_metadata_is_valid_and_lists_where_to_post(aws_browser: FlaskClient) -> None:
    document = aws_browser.get("/static/saml-metadata.xml").data
    assert metadata_schema_errors(document) == []
    root = etree.fromstring(document)
    assert root.get("entityID") == "urn:amazon:webservices"
    services = root.findall(".//{*}AssertionConsumerService")
    assert len(services) == 30
    assert (services[0].get("Location"), services[0].get("isDefault")) == ("https://signin.aws.amazon.com/saml", "true")
    assert [one.text.rpartition(":")[2] for one in root.findall(".//{*}NameIDFormat")][:3] == [
        "transient",
        "persistent",
        "emailAddress",
    ]


def test_a_providers_metadata_carries_its_id(aws_browser: FlaskClient, world: World) -> None:
    made = world.client("iam").create_saml_provider(
        SAMLMetadataDocument=world.idp.federation_metadata(world.now, bom=False).decode(), Name="Own"
    )
    uuid = world.client("iam").get_saml_provider(SAMLProviderArn=made["SAMLProviderArn"])["SAMLProviderUUID"]
    document = aws_browser.get(f"/static/saml/{uuid}/saml-metadata.xml").get_data(as_text=True)
    assert f'Location="https://signin.aws.amazon.com/saml/acs/{uuid}"' in document
    assert aws_browser.get("/static/saml/SAMLSPNOBODY/saml-metadata.xml").status_code == 404


def test_the_page_of_august_2023_carries_its_data(world: World) -> None:
    """What gimme-aws-creds reads first: a ``meta`` element named data, with JSON in base64."""
    world.store.picker = PickerPage.AUGUST_2023
    app = create_aws_signin(world.store, lambda: world.now).test_client()
    response = world.response(BRITTA)
    page = html.fromstring(post(app, response, RelayState="x").get_data(as_text=True))
    data = json.loads(base64.b64decode(page.xpath("//meta[@name='data']/@content")[0]))
    assert list(data) == [
        "roles_accounts", "invalid_accounts", "foreign_accounts", "RelayState", "SAMLResponse", "name", "portal",
        "policy", "problems", "region",
    ]  # fmt: skip
    assert list(data["roles_accounts"]) == ["contoso-prod (111122223333)", "contoso-dev (444455556666)"]
    assert DEVOPS in data["roles_accounts"]["contoso-dev (444455556666)"]
    assert (data["SAMLResponse"], data["RelayState"]) == (response, "x")
    assert page.xpath("//meta[@name='csrf_token']/@content")
    assert not page.cssselect(".saml-account")
    form = page.forms[0]
    fields = {field.get("name"): field.get("value") for field in form.cssselect("input[type=hidden]")}
    assert app.post(form.action, data=fields | {"roleIndex": DEVOPS}).status_code == 302


def test_a_role_that_is_not_offered_cannot_be_picked(aws_browser: FlaskClient, world: World) -> None:
    page = post(aws_browser, world.response(ADELE), roleIndex=DEVOPS)
    assert page.status_code == 400
    words = "SAML Assertion doesn&#39;t contain the requested Role and Metadata in the attributes"
    assert words in page.get_data(as_text=True)


def test_a_declared_providers_own_address_is_always_the_same(aws_browser: FlaskClient, world: World) -> None:
    held = world.client("iam").get_saml_provider(SAMLProviderArn=f"arn:aws:iam::{PROD}:saml-provider/WAAD")
    again = aws_from_scenario(world.idp.scenario, lambda _: world.idp.federation_metadata(world.now, bom=False))
    assert held["SAMLProviderUUID"] in {one.unique_id for one in again.providers.values()}
    assert re.fullmatch("SAMLSP[A-Z0-9]{16}", held["SAMLProviderUUID"])
    assert aws_browser.get(f"/static/saml/{held['SAMLProviderUUID']}/saml-metadata.xml").status_code == 200


@pytest.mark.parametrize(
    ("partition", "host", "entity_id"),
    [
        ("aws-cn", "signin.amazonaws.cn", "urn:amazon:webservices:cn-north-1"),
        ("aws-us-gov", "signin.amazonaws-us-gov.com", "urn:amazon:webservices:govcloud"),
    ],
)
def test_the_metadata_of_a_provider_is_that_of_its_partition(
    world: World, partition: str, host: str, entity_id: str
) -> None:
    (old, *_) = world.store.aws.providers.values()
    provider = replace(old, arn=Arn(partition, PROD, "saml-provider", "Own"), unique_id="SAMLSPOWN")
    app = create_aws_signin(AwsStore(with_provider(world.store.aws, provider)), lambda: world.now).test_client()
    root = etree.fromstring(app.get("/static/saml/SAMLSPOWN/saml-metadata.xml").data)
    assert root.get("entityID") == entity_id
    assert root.find(".//{*}AssertionConsumerService").get("Location") == f"https://{host}/saml/acs/SAMLSPOWN"


def test_the_front_page_lists_the_providers_with_their_addresses(aws_browser: FlaskClient, world: World) -> None:
    text = aws_browser.get("/").get_data(as_text=True)
    for provider in world.store.aws.providers.values():
        assert str(provider.arn) in text
        assert f"/saml/acs/{provider.unique_id}" in text
