"""The console page, logging out, and the federation endpoint as AWS documents it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from tests.web.conftest import PROD, World
from tests.web.test_signin import ADELE, post
from tests.web.test_sts_api import assume

Browser = FlaskClient


def shown(aws_browser: Browser) -> dict[str, str]:
    """The terms of the console page with what they say."""
    page = html.fromstring(aws_browser.get("/console").get_data(as_text=True))
    return {term.text: term.getnext().text for term in page.iter("dt")}


def test_the_console_shows_who_one_is(aws_browser: Browser, world: World) -> None:
    post(aws_browser, world.response(ADELE))
    terms = shown(aws_browser)
    assert terms["Account"] == "111122223333 (contoso-prod)"
    assert terms["Role"] == "contoso-prod-read-only-user"
    assert terms["Session name"] == "adele@contoso.com"
    assert terms["Console session ends"] == terms["Credentials expire"] == "2026-11-01T10:00:00Z"
    assert terms["https://aws.amazon.com/SAML/Attributes/RoleSessionName"] == "adele@contoso.com"
    assert "https://aws.amazon.com/SAML/Attributes/Role" not in terms


def test_the_environment_variables_work_as_they_are_copied(aws_browser: Browser, world: World) -> None:
    post(aws_browser, world.response(ADELE))
    page = aws_browser.get("/console", base_url="http://localhost:8401").get_data(as_text=True)
    lines = html.fromstring(page).find(".//pre").text.splitlines()
    found = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    assert found.pop("AWS_ENDPOINT_URL") == "http://localhost:8401"
    sts = world.client("sts", found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"], found["AWS_SESSION_TOKEN"])
    assert sts.get_caller_identity()["Arn"].endswith("assumed-role/contoso-prod-read-only-user/adele@contoso.com")


def test_logging_out_follows_no_redirect(aws_browser: Browser, world: World) -> None:
    post(aws_browser, world.response(ADELE))
    page = aws_browser.get("/oauth?Action=logout&redirect_uri=https://evil.example")
    assert page.status_code == 200
    assert "Location" not in page.headers
    assert aws_browser.get("/console").status_code == 403


def test_the_cookie_is_a_careful_one(aws_browser: Browser, world: World) -> None:
    cookie = post(aws_browser, world.response(ADELE)).headers["Set-Cookie"]
    assert cookie.startswith("saml-harness-aws=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    secure = aws_browser.post("/saml", data={"SAMLResponse": world.response(ADELE)}, base_url="https://localhost")
    assert "Secure" in secure.headers["Set-Cookie"]


def test_a_cookie_of_nobody_opens_nothing(aws_browser: Browser) -> None:
    aws_browser.set_cookie("saml-harness-aws", "guessed")
    assert aws_browser.get("/console").status_code == 403


PATHS = ["/", "/console", "/logout", "/audit", "/inspect/nothing", "/federation", "/static/saml-metadata.xml"]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_has_the_careful_headers(aws_browser: Browser, path: str) -> None:
    headers = aws_browser.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def session(credentials: dict[str, Any], **changed: str) -> str:
    parts = {
        "sessionId": credentials["AccessKeyId"],
        "sessionKey": credentials["SecretAccessKey"],
        "sessionToken": credentials["SessionToken"],
    }
    return json.dumps(parts | changed)


def token(aws_browser: Browser, **more: str) -> Any:
    return aws_browser.get("/federation", query_string={"Action": "getSigninToken", **more})


def test_credentials_of_sts_open_the_console_by_a_sign_in_token(aws_browser: Browser, world: World) -> None:
    made = token(aws_browser, Session=session(assume(world)["Credentials"]), SessionDuration="43200")
    assert made.mimetype == "application/json"
    asked = {
        "Action": "login",
        "Issuer": "https://broker.example",
        "Destination": "https://console.aws.amazon.com/s3",
        "SigninToken": made.json["SigninToken"],
    }
    entered = aws_browser.get("/federation", query_string=asked)
    assert (entered.status_code, entered.headers["Location"]) == (302, "/console")
    terms = shown(aws_browser)
    assert terms["Assumed role"] == f"arn:aws:sts::{PROD}:assumed-role/contoso-prod-aws-admin/britta@contoso.com"
    assert terms["Console session ends"] == "2026-11-01T21:00:00Z"
    assert terms["Credentials expire"] == "2026-11-01T10:00:00Z"
    assert terms["Console page asked for, not opened"] == "https://console.aws.amazon.com/s3"


def test_a_sign_in_token_lives_fifteen_minutes(aws_browser: Browser, world: World) -> None:
    made = token(aws_browser, Session=session(assume(world)["Credentials"])).json["SigninToken"]
    world.now += timedelta(minutes=15)
    late = aws_browser.get("/federation", query_string={"Action": "login", "SigninToken": made})
    assert late.status_code == 400
    assert "older than fifteen minutes" in late.get_data(as_text=True)


@pytest.mark.parametrize("part", ["sessionId", "sessionKey", "sessionToken"])
def test_a_wrong_part_of_the_credentials_is_refused(aws_browser: Browser, world: World, part: str) -> None:
    made = token(aws_browser, Session=session(assume(world)["Credentials"], **{part: "wrong"}))
    assert made.status_code == 400
    assert "Invalid credentials parameter" in made.get_data(as_text=True)


@pytest.mark.parametrize("given", ["", "{}", "[]", "no json", '{"sessionId": 1}', "[" * 5000])
def test_what_is_no_session_is_refused(aws_browser: Browser, given: str) -> None:
    made = token(aws_browser, Session=given)
    assert made.status_code == 400
    assert "Session is a JSON object" in made.get_data(as_text=True)


@pytest.mark.parametrize("seconds", ["899", "43201", "x", "²", "", "9" * 5000])
def test_a_console_session_is_from_900_to_43200_seconds(aws_browser: Browser, world: World, seconds: str) -> None:
    made = token(aws_browser, Session=session(assume(world)["Credentials"]), SessionDuration=seconds)
    assert made.status_code == 400
    assert "SessionDuration is a number from 900 to 43200" in made.get_data(as_text=True)


CROSS_SITE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


def test_a_browser_comes_from_entras_site_to_the_console(aws_browser: Browser, world: World) -> None:
    """Under production's names the form is another site's, and a browser says so of the redirect that follows too."""
    data = {"SAMLResponse": world.response(ADELE)}
    entered = aws_browser.post("/saml", data=data, headers=CROSS_SITE | {"Origin": "https://login.microsoftonline.com"})
    assert entered.headers["Location"] == "/console"
    assert aws_browser.get("/console", headers=CROSS_SITE).status_code == 200


def test_a_brokers_link_signs_in(aws_browser: Browser, world: World) -> None:
    made = token(aws_browser, Session=session(assume(world)["Credentials"])).json["SigninToken"]
    asked = {"Action": "login", "SigninToken": made}
    assert aws_browser.get("/federation", query_string=asked, headers=CROSS_SITE).status_code == 302


@pytest.mark.parametrize("path", ["/audit", "/", "/logout", "/inspect"])
def test_no_other_page_is_for_other_sites(aws_browser: Browser, path: str) -> None:
    assert aws_browser.get(path, headers=CROSS_SITE).status_code == 403
