"""Entra's sign-in as a browser goes through it: by request, by tile, by access URL; with a session and without."""

from __future__ import annotations

import base64
from urllib.parse import quote, urlencode, urlsplit

import pytest
from lxml import etree, html

from harness.entra.idp import EntraIdp
from harness.saml.metadata import read_metadata
from harness.scenario.model import Scenario
from harness.web.clock import SimulatedClock
from harness.web.entra_places import Places
from harness.web.server import Served
from tests.entra.test_signin import REQUEST_ID, deflated, request
from tests.web.conftest import NOW
from tests.web.test_serve import Browser

BRITTA = "britta@contoso.com"


@pytest.fixture
def app_id(idp: EntraIdp) -> str:
    return idp.scenario.guid("app", "AWS")


def asking(served: Served, tenant: str = "common", xml: bytes | None = None, **more: str) -> str:
    query = urlencode({"SAMLRequest": deflated(xml or request())} | more)
    return f"{served.entra_url}/{tenant}/saml2?{query}"


def change_app(idp: EntraIdp, **fields: object) -> None:
    def step(before: Scenario) -> Scenario:
        app = before.apps[0].model_copy(update=fields)
        return before.model_copy(update={"apps": (app, *before.apps[1:])})

    idp.change(step)


def through(browser: Browser, page: str, upn: str = BRITTA, stay: str = "no") -> str:
    """Through the steps of a sign-in to the page that posts the response."""
    _, page = browser.submit(page, loginfmt=upn)
    assert html.fromstring(page).cssselect("input[name=passwd]")
    _, page = browser.submit(page, passwd="wrong horse")
    assert html.fromstring(page).cssselect("#KmsiDescription")
    assert html.fromstring(page).cssselect("#idBtn_Back")
    return browser.submit(page, stay=stay)[1]


def posted(page: str) -> etree._Element:
    (field,) = html.fromstring(page).cssselect("form[name=hiddenform] input[name=SAMLResponse]")
    return etree.fromstring(base64.b64decode(field.get("value")))


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_service_provider_asks_and_is_answered(served: Served, binding: str) -> None:
    browser = Browser()
    if binding == "redirect":
        _, page = browser.open(asking(served, RelayState="a&b"))
    else:
        fields = {"SAMLRequest": base64.b64encode(request()).decode(), "RelayState": "a&b"}
        _, page = browser.open(f"{served.entra_url}/common/saml2", fields, Origin="https://signin.aws.amazon.com")
    page = through(browser, page)
    assert posted(page).get("InResponseTo") == REQUEST_ID
    form = html.fromstring(page).forms[0]
    assert form.action == f"{served.aws_url}/saml"
    assert form.fields["RelayState"] == "a&b"
    status, picker = browser.submit(page)
    assert status == 200
    assert len(html.fromstring(picker).cssselect(".saml-role")) == 4


def test_a_session_answers_at_once_with_the_instant_it_began(served: Served) -> None:
    browser = Browser()
    first = posted(through(browser, browser.open(asking(served))[1]))
    assert isinstance(served.clock, SimulatedClock)
    served.clock.set(NOW.replace(hour=23))
    second = posted(browser.open(asking(served))[1])
    assert second.get("IssueInstant") != first.get("IssueInstant")
    for response in (first, second):
        assert response.find(".//{*}AuthnStatement").get("AuthnInstant") == "2026-11-01T09:00:00.000Z"


def test_forced_authentication_asks_again(served: Served) -> None:
    browser = Browser()
    through(browser, browser.open(asking(served))[1])
    _, page = browser.open(asking(served, xml=request(ForceAuthn="true")))
    assert html.fromstring(page).cssselect("input[name=loginfmt]")


def test_a_passive_request_shows_no_page_to_sign_in(served: Served) -> None:
    _, page = Browser().open(asking(served, xml=request(IsPassive="true")))
    assert "how Entra answers that is not known" in page
    browser = Browser()
    through(browser, browser.open(asking(served))[1])
    assert posted(browser.open(asking(served, xml=request(IsPassive="true")))[1]) is not None


def test_signing_out_ends_the_session(served: Served) -> None:
    browser = Browser()
    through(browser, browser.open(asking(served))[1], stay="yes")
    kept = dict(browser.cookies)
    browser.open(f"{served.entra_url}/common/oauth2/logout")
    browser.cookies = kept  # the cookie itself is worth nothing any more
    assert html.fromstring(browser.open(asking(served))[1]).cssselect("input[name=loginfmt]")


def test_an_unknown_user_is_told_so_where_clients_look(served: Served) -> None:
    browser = Browser()
    _, page = browser.submit(browser.open(asking(served))[1], loginfmt="<x>@contoso.com")
    (alert,) = html.fromstring(page).cssselect(".alert-error")
    assert alert.text_content() == "saml-harness: there is no user <x>@contoso.com in this tenant."


def test_no_password_is_refused_and_any_is_taken_and_none_is_repeated(served: Served) -> None:
    browser = Browser()
    _, page = browser.submit(browser.open(asking(served))[1], loginfmt=BRITTA)
    _, again = browser.submit(page, passwd="")
    assert html.fromstring(again).cssselect("#passwordError")
    _, stay = browser.submit(again, passwd="secret-word")
    assert "secret-word" not in stay


def test_the_hint_fills_in_the_name(served: Served) -> None:
    _, page = Browser().open(asking(served, login_hint=BRITTA))
    assert html.fromstring(page).forms[0].fields["loginfmt"] == BRITTA


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "AADSTS750054"),
        ("SAMLRequest=x", "AADSTS75005"),
        ("appid=00000000-0000-4000-8000-000000000000", "AADSTS700016"),
        ("%61ppid=00000000-0000-4000-8000-000000000000", "AADSTS700016"),
        ("appid=x&appid=y", "AADSTS75005"),
    ],
    ids=["nothing", "rubbish", "unknown app", "the name encoded", "two apps"],
)
def test_a_bad_request_gets_entras_page_with_the_code(served: Served, query: str, code: str) -> None:
    status, page = Browser().open(f"{served.entra_url}/common/saml2?{query}")
    assert status == 403
    shown = html.fromstring(page)
    (message,) = shown.cssselect("#service_exception_message")
    assert message.text_content().startswith(code)
    assert f'"sErrorCode":"{code.removeprefix("AADSTS")}"' in page
    text = shown.text_content()
    assert all(line in text for line in ("Request Id: ", "Correlation Id: ", "Timestamp: 2026-11-01T09:00:00Z"))


def test_another_tenant_is_not_served(served: Served) -> None:
    status, page = Browser().open(asking(served, tenant="fabrikam.com"))
    assert (status, "this mock has one tenant" in page) == (404, True)


@pytest.mark.parametrize("tenant", ["contoso.com", "CONTOSO.com", "common"])
def test_the_tenant_is_known_by_its_names(served: Served, tenant: str) -> None:
    assert Browser().open(asking(served, tenant=tenant))[0] == 200


@pytest.mark.parametrize("tenant", ["contoso.com", "Contoso.COM", "Organizations"])
def test_another_site_may_post_its_request_to_any_name_of_the_tenant(served: Served, tenant: str) -> None:
    fields = {"SAMLRequest": base64.b64encode(request()).decode()}
    address = f"{served.entra_url}/{tenant}/saml2"
    status, page = Browser().open(address, fields, Origin="https://signin.aws.amazon.com")
    assert (status, len(html.fromstring(page).cssselect("input[name=loginfmt]"))) == (200, 1)


ACCESS = [
    "/api/signin/{app_id}?tenantId=x",
    "/signin/AWS/{plain}",
    "/contoso.com/signin/AWS/{plain}",
    "/applications/redirecttofederatedapplication.aspx?Operation=SignIn&applicationId={app_id}",
]


@pytest.mark.parametrize("form", ACCESS)
def test_every_access_url_leads_to_a_response_without_a_request(served: Served, app_id: str, form: str) -> None:
    browser = Browser()
    _, page = browser.open(served.entra_url + form.format(app_id=app_id, plain=app_id.replace("-", "")))
    response = posted(through(browser, page))
    assert response.get("InResponseTo") is None
    assert response.find(".//{*}SubjectConfirmationData").get("InResponseTo") is None


def test_my_apps_shows_the_tiles_of_who_is_signed_in(served: Served) -> None:
    browser = Browser()
    _, front = browser.open(served.entra_url)
    _, page = browser.submit(front, user=BRITTA)
    (tile,) = html.fromstring(page).cssselect(".tiles a")
    assert tile.text_content() == "AWS"
    _, page = browser.open(served.entra_url + tile.get("href"))
    assert posted(page).findtext(".//{*}NameID") == BRITTA


def test_an_app_that_does_not_let_one_in_has_no_tile(served: Served, idp: EntraIdp) -> None:
    change_app(idp, assignments=())
    browser = Browser()
    _, page = browser.submit(browser.open(served.entra_url)[1], user=BRITTA)
    assert not html.fromstring(page).cssselect(".tiles a")
    status, page = browser.open(asking(served))
    assert (status, "AADSTS50105" in page) == (403, True)


def test_a_sign_on_url_is_shown_and_not_followed(served: Served, idp: EntraIdp, app_id: str) -> None:
    change_app(idp, sign_on_url="https://signin.aws.amazon.com/console")
    status, page = Browser().open(f"{served.entra_url}/api/signin/{app_id}")
    assert (status, "https://signin.aws.amazon.com/console" in page) == (200, True)


def test_session_control_stands_between_and_changes_nothing(served: Served, idp: EntraIdp) -> None:
    change_app(idp, session_control=True)
    browser = Browser()
    page = through(browser, browser.open(asking(served, RelayState="state"))[1])
    hop = html.fromstring(page).forms[0]
    assert urlsplit(hop.action).path == "/session-control"
    _, passed = browser.submit(page)
    form = html.fromstring(passed).forms[0]
    assert form.action == f"{served.aws_url}/saml"
    assert (form.fields["SAMLResponse"], form.fields["RelayState"]) == (
        hop.fields["SAMLResponse"],
        hop.fields["RelayState"],
    )
    assert browser.submit(passed)[0] == 200


@pytest.mark.parametrize(
    "acs",
    [
        "http://[",
        "https://evil.example/steal",
        "//evil.example/x",
        "javascript:alert(1)",
        "https://signin.aws.amazon.com@evil.example/",
    ],
)
def test_no_form_ever_leaves_for_another_host(served: Served, acs: str) -> None:
    fields = {"SAMLResponse": "x"}
    _, page = Browser().open(f"{served.entra_url}/session-control?acs={quote(acs, safe='')}", fields)
    assert urlsplit(html.fromstring(page).forms[0].action).netloc == urlsplit(served.aws_url).netloc
    true = urlsplit(Places("https://signin.aws.amazon.com", true_names=True).acs(acs))
    assert true.hostname == "signin.aws.amazon.com"


def test_true_names_are_posted_to_as_they_are() -> None:
    places = Places("https://signin.aws.amazon.com", true_names=True)
    for acs in ("https://us-east-1.signin.aws.amazon.com/saml/acs/X", "https://signin.amazonaws.cn/saml"):
        assert places.acs(acs) == acs
    assert places.acs("https://signin.aws.amazon.com:8443/saml") == "https://signin.aws.amazon.com/saml"


def test_the_page_that_posts_runs_its_one_script_and_no_other(served: Served) -> None:
    _, page = Browser().open(f"{served.entra_url}/signin?user={BRITTA}")
    assert page.startswith('<html><head><title>Working...</title></head><body><form method="POST" name="hiddenform"')
    assert page.count("<script") == 1
    assert '<script language="javascript">document.forms[0].submit();</script></body></html>' in page


def test_a_value_from_the_outside_is_never_markup(served: Served) -> None:
    for url in (
        asking(served, RelayState='"><script>x</script>'),
        asking(served, login_hint='"><script>x</script>'),
        f"{served.entra_url}/common/saml2?appid=%3Cscript%3Ex",
        f"{served.entra_url}/%3Cscript%3Ex/saml2?SAMLRequest=x",
    ):
        assert "<script>x" not in Browser().open(url)[1]
    fields = {"SAMLResponse": '"><script>x</script>', "RelayState": '"><script>x</script>'}
    page = Browser().open(f"{served.entra_url}/session-control?acs=https%3A%2F%2Fx%2Fsaml", fields)[1]
    assert "<script>x" not in page
    assert dict(html.fromstring(page).forms[0].fields) == fields


@pytest.mark.parametrize("query", ["", "?appid={app_id}"])
@pytest.mark.parametrize("name", ["federationmetadata", "FederationMetadata"])
def test_metadata_without_an_app_is_the_tenants_and_has_another_key(
    served: Served, idp: EntraIdp, app_id: str, query: str, name: str
) -> None:
    path = f"/contoso.com/{name}/2007-06/{name}.xml{query.format(app_id=app_id)}"
    _, text = Browser().open(served.entra_url + path)
    (entity,) = read_metadata(text.encode()).entities
    subject = "CN=Microsoft Azure Federated SSO Certificate" if query else "CN=accounts.accesscontrol.windows.net"
    assert [one.subject for one in entity.signing] == [subject]
    assert entity.entity_id == idp.issuer
