"""The pytest plugin: fixtures, options, and scenario files collected as tests.

It is loaded in every run of a user's environment, so nothing but pytest and small modules of the standard library
is imported until a fixture asks.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.cases.workshop import Workshop
    from harness.entra.idp import EntraIdp
    from harness.saml.keys import SigningKey
    from harness.scenario.model import Scenario
    from harness.testing import LiveIdp, LiveSp, ResponseFactory, SamlCase, ServiceProvider
    from harness.testing.keyring import KeyRing

SUFFIX = ".scenario.toml"
MARKER = "saml_cases(*names): the cases for which a test that asks for saml_case is run: families, kinds or IDs."


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--saml-cases`` and ``--saml-now``."""
    group = parser.getgroup("saml-harness")
    group.addoption(
        "--saml-cases",
        action="append",
        default=[],
        metavar="NAME",
        help="run tests that ask for saml_case with these cases only: a family, a kind (fault, attack, control), an ID",
    )
    group.addoption(
        "--saml-now",
        default=None,
        metavar="INSTANT",
        help="the instant for responses and scenario files, such as 2026-11-02T09:00:00Z (default: now)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker is known, and the instant of the run is settled."""
    config.addinivalue_line("markers", MARKER)
    config.stash[_NOW] = _instant(config.getoption("--saml-now"))


_NOW = pytest.StashKey[datetime]()


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  (a face: the library is given the instant)
    from harness.saml.times import parse_instant

    try:
        return parse_instant(text)
    except ValueError as error:
        raise pytest.UsageError(f"--saml-now: {error}") from None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A scenario file is a test suite."""
    if not file_path.name.endswith(SUFFIX):
        return None
    from harness.testing.collect import ScenarioFile

    return ScenarioFile.from_parent(parent, path=file_path, now=parent.config.stash[_NOW])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Warnings of scenario files that passed."""
    from harness.testing.summary import warned

    lines = warned(terminalreporter.stats)
    if lines:
        terminalreporter.section("saml-harness: works, but will hurt")
        for line in lines:
            terminalreporter.write_line(line)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``saml_case`` once for each case."""
    if "saml_case" not in metafunc.fixturenames:
        return
    from harness.errors import HarnessError
    from harness.testing.cases import case_ids

    asked = metafunc.config.getoption("--saml-cases")
    marked = [name for mark in metafunc.definition.iter_markers("saml_cases") for name in mark.args]
    try:
        ids = case_ids(marked)
        ids = tuple(one for one in ids if one in case_ids(asked)) if asked else ids
    except HarnessError as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {error}") from None
    metafunc.parametrize("saml_case", ids, ids=ids, indirect=True)


@pytest.fixture(scope="session")
def saml_tenant() -> Scenario:
    """The declared world: the Entra tenant with its apps and users, and the AWS accounts. Override it with yours."""
    from harness.scenario.load import demo_scenario

    return demo_scenario()


@pytest.fixture(scope="session")
def saml_now(pytestconfig: pytest.Config) -> datetime:
    """The instant at which responses are posted and judged: the start of the run, or ``--saml-now``. Override it."""
    return pytestconfig.stash[_NOW]


@pytest.fixture
def saml_account(saml_tenant: Scenario) -> str:
    """The number of the AWS account that `saml_response` signs in to: the tenant's first. Override it."""
    return saml_tenant.accounts[0].id if saml_tenant.accounts else ""


@pytest.fixture(scope="session")
def _saml_keyring() -> KeyRing:
    from harness.testing.keyring import KeyRing

    return KeyRing()


@pytest.fixture
def saml_signing_key(saml_tenant: Scenario, saml_now: datetime, _saml_keyring: KeyRing) -> SigningKey:
    """What the tenant's first app signs with, made once in a run. Override it with a key of your own."""
    return _saml_keyring.signing_key(saml_tenant, saml_now)


@pytest.fixture(scope="session")
def make_saml_idp(_saml_keyring: KeyRing) -> Callable[[Scenario], EntraIdp]:
    """Make the mock Entra of a scenario, as for a fixture of session scope. Its keys are made once in a run."""
    from harness.entra.idp import EntraIdp

    def make(scenario: Scenario) -> EntraIdp:
        return EntraIdp(scenario, _saml_keyring.store(scenario))

    return make


@pytest.fixture
def saml_idp(
    saml_tenant: Scenario, saml_now: datetime, saml_signing_key: SigningKey, _saml_keyring: KeyRing
) -> EntraIdp:
    """The mock Entra of `saml_tenant`. What a test changes in it is gone with the test."""
    return _saml_keyring.idp(saml_tenant, saml_now, saml_signing_key)


@pytest.fixture
def saml_sp(saml_idp: EntraIdp, saml_now: datetime) -> ServiceProvider:
    """The mock AWS of `saml_tenant`. It holds the metadata that `saml_idp` publishes, until ``trust`` replaces it."""
    from harness.testing import ServiceProvider

    return ServiceProvider(saml_idp, saml_now)


@pytest.fixture
def saml_response(
    saml_idp: EntraIdp, saml_sp: ServiceProvider, saml_now: datetime, saml_account: str
) -> ResponseFactory:
    """A factory of responses. Without arguments it makes one that AWS accepts; each argument is one difference."""
    from harness.testing import ResponseFactory

    return ResponseFactory(saml_idp, saml_sp, saml_now, saml_account)


@pytest.fixture
def _saml_live(saml_idp: EntraIdp, saml_now: datetime) -> Iterator[tuple[LiveIdp, LiveSp]]:
    from harness.testing import live

    with live(saml_idp, saml_now) as both:
        yield both


@pytest.fixture
def saml_live_idp(_saml_live: tuple[LiveIdp, LiveSp]) -> LiveIdp:
    """`saml_idp` behind a real server on a free port of this machine."""
    return _saml_live[0]


@pytest.fixture
def saml_live_sp(_saml_live: tuple[LiveIdp, LiveSp]) -> LiveSp:
    """The mock AWS behind a real server: sign-in page, STS, IAM. Browsers and boto3 reach it at its ``url``."""
    return _saml_live[1]


@pytest.fixture(scope="session")
def _saml_workshop(saml_now: datetime) -> Workshop:
    from harness.cases.workshop import Workshop

    return Workshop(saml_now)


@pytest.fixture(scope="session")
def saml_case_metadata(_saml_workshop: Workshop) -> bytes:
    """The metadata that the service provider under test must trust before it is asked any `saml_case`."""
    from harness.cases.workshop import MetadataSpec

    return _saml_workshop.metadata(MetadataSpec())


@pytest.fixture
def saml_case(request: pytest.FixtureRequest, _saml_workshop: Workshop) -> SamlCase:
    """One case of the catalogue after the other: what to post, and what the service provider must make of it."""
    from harness.testing.cases import case_of

    return case_of(request.param, _saml_workshop)
