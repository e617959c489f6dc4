"""Both sides served for real, and Debian's Chromium driven by Playwright. Nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.load import demo_scenario
from harness.web.server import Served, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
PROD, DEV = "111122223333", "444455556666"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 780}
AXE = Path(__file__).parent.parent / "judges" / "node" / "node_modules" / "axe-core" / "axe.min.js"
STRICT, ALONE = "SAML_HARNESS_NO_SKIPS", "SAML_HARNESS_ALONE"
"""CI's variable, and the one that is set where the suite runs in a network of its own."""
if STRICT in os.environ and ALONE not in os.environ:
    collect_ignore_glob = ["test_[!l]*.py"]
_EXPECTED_NOISE = ("the server responded with a status of 4", "favicon.ico")
keys = KeyStore()


PROGRAM = shutil.which("chromium") or ""
# Root in CI's container has no use for a sandbox; the others keep Chromium from asking its maker for things.
SWITCHES = ("--no-sandbox", "--disable-component-update", "--disable-background-networking")


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")
    if not PROGRAM:
        pytest.skip("needs Debian's chromium")
    with playwright.sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(driver: Playwright) -> Iterator[Browser]:
    browser = driver.chromium.launch(executable_path=PROGRAM, args=SWITCHES)
    yield browser
    browser.close()


@pytest.fixture
def idp() -> EntraIdp:
    return EntraIdp(demo_scenario(), keys)


@pytest.fixture
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, lambda: NOW) as running:
        yield running


@pytest.fixture
def page(chromium: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a fresh browser. The test fails when it asked another machine, broke a policy or a script."""
    options = {"viewport": WIDE, **getattr(request, "param", {})}
    context = chromium.new_context(accept_downloads=True, **options)
    context.set_default_timeout(10_000)
    asked: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda sent: asked.append(sent.url))
    context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    opened = context.new_page()
    yield opened
    context.close()
    assert not [url for url in asked if not url.startswith((served.entra_url, served.aws_url))]
    assert not [one for one in complaints if not any(noise in one for noise in _EXPECTED_NOISE)]
