"""Beside AWS's words: our report of the same response, and the audit log as a page."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from flask.testing import FlaskClient
from lxml import html

from harness.aws.attempts import MAX_KEPT
from harness.web.server import create_aws_app
from tests.web.conftest import PROD, World
from tests.web.test_signin import ADELE, BRITTA, DEVOPS, HOSTILE, NOAH, post
from tests.web.test_sts_api import assume, tampered

Browser = FlaskClient


def link(page: Any) -> str:
    """Where a page says that the report is."""
    (found,) = html.fromstring(page.get_data(as_text=True)).xpath("//a[starts-with(@href, '/inspect/')]/@href")
    return found


def text(page: Any) -> str:
    assert page.status_code == 200
    return " ".join(" ".join(html.fromstring(page.get_data(as_text=True)).itertext()).split())


def test_an_error_page_links_to_what_is_wrong_and_the_cure(aws_browser: Browser, world: World) -> None:
    report = text(aws_browser.get(link(post(aws_browser, world.response(NOAH)))))
    assert "Answered Your request included an invalid SAML response. To logout, click here." in report
    assert "AWS004 error There is no Role." in report
    assert "fix Entra, Enterprise application, Users and groups" in report


def test_the_report_is_of_the_moment_and_the_accounts_it_was_posted_to(aws_browser: Browser, world: World) -> None:
    old = world.response(ADELE)
    world.now += timedelta(minutes=6)
    refused = post(aws_browser, old)
    world.client("iam").delete_saml_provider(SAMLProviderArn=f"arn:aws:iam::{PROD}:saml-provider/WAAD")
    world.now += timedelta(days=30)
    report = text(aws_browser.get(link(refused)))
    assert "Posted to the sign-in page 2026-11-01T09:06:00Z" in report
    assert "Token must be redeemed within 5 minutes of issuance" in report
    assert "Specified provider doesn't exist" not in report


def test_the_picker_and_the_console_link_to_the_report_too(aws_browser: Browser, world: World) -> None:
    assert "AWS would accept" in text(aws_browser.get(link(post(aws_browser, world.response(BRITTA)))))
    post(aws_browser, world.response(BRITTA), roleIndex=DEVOPS)
    assert "AWS would accept" in text(aws_browser.get(link(aws_browser.get("/console"))))


@pytest.mark.parametrize("posted", ["", "***", HOSTILE, base64.b64encode(f"<a>{HOSTILE}</a>".encode()).decode()])
def test_a_report_of_anything_can_be_read_and_reflects_no_markup(aws_browser: Browser, posted: str) -> None:
    page = aws_browser.get(link(post(aws_browser, posted)))
    assert page.status_code == 200
    assert b"<script>alert" not in page.data


def test_a_refusal_of_sts_names_its_report(world: World) -> None:
    app = create_aws_app(world.store, lambda: world.now).test_client()
    call = {
        "Action": "AssumeRoleWithSAML",
        "RoleArn": f"arn:aws:iam::{PROD}:role/contoso-prod-aws-admin",
        "PrincipalArn": f"arn:aws:iam::{PROD}:saml-provider/WAAD",
        "SAMLAssertion": tampered(world.response()),
    }
    refused = app.post("/", data=call)
    assert refused.status_code == 400
    report = text(app.get(refused.headers["x-saml-harness-report"].removeprefix("http://localhost")))
    assert "Response signature invalid" in report
    assert "What is wrong: " in report
    assert "SIG003 error" in report


def test_reports_are_kept_for_the_last_responses_alone(aws_browser: Browser) -> None:
    first = link(post(aws_browser, "x"))
    for _ in range(MAX_KEPT):
        post(aws_browser, "y")
    gone = aws_browser.get(first)
    assert gone.status_code == 404
    assert "there is no such report" in gone.get_data(as_text=True)


def test_large_responses_push_others_out(aws_browser: Browser, world: World) -> None:
    for _ in range(60):
        post(aws_browser, "A" * 120_000)
    kept = world.store.attempts.recent(1000)
    assert 10 < len(kept) < 50
    assert sum(len(one.posted) for one in kept) <= 4_000_000


def test_the_audit_page_lists_every_attempt(aws_browser: Browser, world: World) -> None:
    post(aws_browser, world.response(NOAH))
    post(aws_browser, world.response(BRITTA), roleIndex=DEVOPS)
    assume(world)
    with pytest.raises(ClientError):
        assume(world, SAMLAssertion="AAAA")
    rows = html.fromstring(aws_browser.get("/audit").get_data(as_text=True)).xpath("//tbody/tr")
    said = [" ".join(" ".join(row.itertext()).split()) for row in rows]
    assert [("granted" in one, "sign-in page" in one) for one in said] == [
        (False, False), (True, False), (True, True), (False, True),
    ]  # fmt: skip
    assert "noah@contoso.com none Your request included an invalid SAML response" in said[3]
    assert DEVOPS in said[2]
    assert rows[0].xpath(".//a/@href")[0].startswith("/inspect/")


def test_what_is_refused_by_its_parameters_is_recorded_too(world: World) -> None:
    with pytest.raises(ClientError):
        assume(world, role=f"arn:aws:iam::{PROD}:user/somebody")
    (event,) = world.store.events
    assert (event["errorCode"], event["errorMessage"]) == ("ValidationError", "Request ARN is invalid")
    assert event["userIdentity"] == {"type": "SAMLUser"}
