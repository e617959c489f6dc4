"""The pictures of the docs, taken anew: ``python -m tests.browser.pictures``. A test takes them as well."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.entra.certificates import activate, create_certificate
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.load import demo_scenario
from harness.scenario.model import Scenario
from harness.web.server import Served, serve
from tests.browser.conftest import NOW, SWITCHES
from tests.browser.ways import sees, to_aws

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = Path(__file__).parent.parent.parent / "docs" / "images"
WINDOW = {"width": 800, "height": 480}


def front(page: Page, served: Served, _: EntraIdp) -> None:
    page.goto(served.entra_url)


def picker(page: Page, served: Served, _: EntraIdp) -> None:
    to_aws(page, served, "britta@contoso.com")
    page.get_by_label("contoso-prod-read-only-user").check()


def inspector(page: Page, served: Served, _: EntraIdp) -> None:
    to_aws(page, served, "noah@contoso.com")
    page.get_by_role("link", name="what is wrong with this response").click()
    sees(page.get_by_role("heading", name="AWS004"))


def signed_part(page: Page, served: Served, idp: EntraIdp) -> None:
    inspector(page, served, idp)
    page.get_by_role("link", name="/Response/Assertion/AttributeStatement").click()
    page.evaluate("window.scrollBy(0, -160)")


def rollover(page: Page, served: Served, idp: EntraIdp) -> None:
    """The new certificate is active, and nobody has uploaded anything."""

    def rolled(scenario: Scenario) -> Scenario:
        (app,) = scenario.apps
        return scenario.model_copy(update={"apps": (activate(create_certificate(app, NOW, name="2027"), "2027"),)})

    idp.change(rolled)
    page.goto(f"{served.aws_url}/rollover")
    sees(page.get_by_role("region", name="Sign-ins"))


PICTURES: dict[str, Callable[[Page, Served, EntraIdp], None]] = {
    "front": front,
    "picker": picker,
    "inspector": inspector,
    "signed-part": signed_part,
    "rollover": rollover,
}


def take(page: Page, served: Served, idp: EntraIdp, folder: Path) -> Iterator[Path]:
    """Take each picture, into a file of its name."""
    page.set_viewport_size(WINDOW)  # type: ignore[arg-type]
    for name, arrive in PICTURES.items():
        arrive(page, served, idp)
        target = folder / f"{name}.png"
        page.screenshot(path=target)
        yield target


if __name__ == "__main__":
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(exist_ok=True)
    idp = EntraIdp(demo_scenario(), KeyStore())
    with sync_playwright() as driver, serve(idp, lambda: NOW) as served:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        for path in take(browser.new_page(), served, idp, IMAGES):
            print(path)
        browser.close()
