"""Forms that change something need the token of their page; programs and the SAML endpoint do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.entra.idp import EntraIdp
from harness.web.server import Served, serve
from tests.web.conftest import NOW
from tests.web.test_serve import Browser


@pytest.fixture
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, lambda: NOW) as running:
        yield running


def test_a_form_without_its_token_is_refused_and_changes_nothing(served: Served) -> None:
    status, page = Browser().open(f"{served.entra_url}/clock", {"advance": "300"})
    assert status == 403
    assert "does not carry the token of its page" in page
    assert served.clock() == NOW


def test_another_browsers_token_is_refused(served: Served) -> None:
    mine, other = Browser(), Browser()
    _, page = mine.open(f"{served.entra_url}/clock", Accept="text/html")
    other.open(f"{served.entra_url}/clock", Accept="text/html")
    assert other.cookies["saml-harness-forms"] != mine.cookies["saml-harness-forms"]
    other.url = mine.url
    assert other.use(page, "/clock", advance="300")[0] == 403


def test_both_sides_take_each_others_token(served: Served) -> None:
    browser = Browser()
    _, page = browser.open(f"{served.entra_url}/clock", Accept="text/html")
    browser.url = served.aws_url
    assert browser.use(page, "/clock", advance="300")[0] == 200


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_every_type_a_form_of_another_site_could_send_needs_the_token(served: Served, kind: str) -> None:
    status, _ = Browser().open(f"{served.aws_url}/clock", {"advance": "300"}, **{"Content-Type": kind})
    assert status == 403
    assert served.clock() == NOW


def test_the_cookie_of_the_token_is_out_of_reach_of_scripts(served: Served) -> None:
    import urllib.request

    asked = urllib.request.Request(f"{served.entra_url}/clock", headers={"Accept": "text/html"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("saml-harness-forms=")
    assert cookie.endswith("; HttpOnly; Path=/; SameSite=Lax")
