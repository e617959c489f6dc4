"""Both sides served in real time, under their true names too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from harness.entra.idp import EntraIdp
from harness.scenario.load import demo_scenario
from harness.web.authority import make_authority
from harness.web.hosts import SERVED
from harness.web.server import Served, serve


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def idp() -> EntraIdp:
    return EntraIdp(demo_scenario())


@pytest.fixture(scope="module")
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, now, authority=make_authority(SERVED, now())) as running:
        yield running
