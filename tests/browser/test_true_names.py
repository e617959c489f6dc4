"""The journey under production's host names, in a browser that checks every certificate."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.entra.idp import EntraIdp
from harness.web.authority import make_authority
from harness.web.hosts import SERVED
from harness.web.server import Served, serve
from tests.browser.conftest import NOW, PROD, PROGRAM, SWITCHES
from tests.browser.ways import pick, sees

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Playwright

LOGIN, SIGNIN = "https://login.microsoftonline.com", "https://signin.aws.amazon.com"
Open = Callable[..., "BrowserContext"]


@pytest.fixture
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, lambda: NOW, authority=make_authority(SERVED, datetime.now(UTC))) as running:
        yield running


@contextmanager
def browser(driver: Playwright, served: Served, home: Path, *switches: str) -> Iterator[BrowserContext]:
    """Chromium with a profile and a home of its own, and the proxy. Nothing is ignored about certificates."""
    context = driver.chromium.launch_persistent_context(
        home / "profile",
        executable_path=PROGRAM,
        args=[*SWITCHES, *switches],
        proxy={"server": served.real.proxy_url},
        env=os.environ | {"HOME": str(home), "XDG_DATA_HOME": str(home)},
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


def trust(served: Served, home: Path) -> None:
    """Put the authority into a store that is thrown away with its folder."""
    if shutil.which("certutil") is None:
        pytest.skip("needs certutil: apt-get install libnss3-tools")
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    (home / "authority.pem").write_text(served.real.authority.certificate.pem)
    made = ["certutil", "-d", f"sql:{store}", "-N", "--empty-password"]
    added = ["certutil", "-d", f"sql:{store}", "-A", "-t", "C,,", "-n", "mock", "-i", str(home / "authority.pem")]
    for command in (made, added):
        subprocess.run(command, check=True, timeout=30)


def test_the_whole_journey_where_every_certificate_is_checked(
    driver: Playwright, served: Served, tmp_path: Path
) -> None:
    trust(served, tmp_path)
    with browser(driver, served, tmp_path) as context:
        page = context.pages[0]
        posts: list[str] = []
        context.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
        page.goto("https://myapps.microsoft.com/")
        assert page.url == f"{LOGIN}/"
        page.get_by_role("button", name="My Apps of britta@contoso.com").click()
        page.wait_for_url("**/myapps")
        page.get_by_role("link", name="AWS", exact=True).click()
        page.wait_for_url(f"{SIGNIN}/saml")
        assert posts[-1] == f"{SIGNIN}/saml"
        pick(page, "contoso-prod-aws-admin")
        assert page.url == f"{SIGNIN}/console"
        sees(page.get_by_text(f"arn:aws:sts::{PROD}:assumed-role/contoso-prod-aws-admin/britta@contoso.com"))
        cookies = {cookie["domain"]: cookie for cookie in context.cookies()}
        assert {"login.microsoftonline.com", "signin.aws.amazon.com"} <= cookies.keys()
        assert all(cookie["secure"] for cookie in cookies.values())


def test_a_browser_that_was_told_nothing_refuses_the_certificate(
    driver: Playwright, served: Served, tmp_path: Path
) -> None:
    from playwright.sync_api import Error

    with browser(driver, served, tmp_path) as context, pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        context.pages[0].goto(f"{LOGIN}/")


def test_the_pin_that_serve_prints_is_enough(driver: Playwright, served: Served, tmp_path: Path) -> None:
    pin = f"--ignore-certificate-errors-spki-list={served.real.authority.pin}"
    with browser(driver, served, tmp_path, pin) as context:
        assert context.pages[0].goto(f"{LOGIN}/").status == 200


def test_a_single_role_leads_from_entras_site_to_the_console(
    driver: Playwright, served: Served, tmp_path: Path
) -> None:
    """No picker stands between: the browser calls the way to the console cross-site, cookie and all."""
    pin = f"--ignore-certificate-errors-spki-list={served.real.authority.pin}"
    with browser(driver, served, tmp_path, pin) as context:
        page = context.pages[0]
        page.goto("https://myapps.microsoft.com/")
        page.get_by_role("button", name="My Apps of adele@contoso.com").click()
        page.wait_for_url("**/myapps")
        page.get_by_role("link", name="AWS", exact=True).click()
        page.wait_for_url(f"{SIGNIN}/console")
        sees(page.get_by_text(f"arn:aws:sts::{PROD}:assumed-role/contoso-prod-read-only-user/adele@contoso.com"))


@pytest.mark.parametrize("url", ["https://example.com/", "https://console.aws.amazon.com/"])
def test_the_browser_reaches_no_other_host(driver: Playwright, served: Served, tmp_path: Path, url: str) -> None:
    from playwright.sync_api import Error

    with browser(driver, served, tmp_path) as context, pytest.raises(Error, match="ERR_TUNNEL_CONNECTION_FAILED"):
        context.pages[0].goto(url)


def test_plain_http_is_refused_in_the_proxys_words(driver: Playwright, served: Served, tmp_path: Path) -> None:
    with browser(driver, served, tmp_path) as context:
        page = context.pages[0]
        assert page.goto("http://signin.aws.amazon.com/").status == 403
        assert "this proxy takes CONNECT HOST:443 and nothing else" in page.content()
