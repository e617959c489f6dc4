"""Both sides served, with a tenant that a test may change."""

from collections.abc import Iterator

import pytest

from harness.entra.idp import EntraIdp
from harness.web.server import Served, serve
from tests.web.conftest import NOW


@pytest.fixture
def idp(idp: EntraIdp) -> EntraIdp:
    """One of its own, since tests change the tenant."""
    return EntraIdp(idp.scenario, idp.keys)


@pytest.fixture
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, lambda: NOW) as running:
        yield running
