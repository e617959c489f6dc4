"""The catalogue is run once for all tests of it."""

import pytest

from harness.cases.catalogue import chosen
from harness.cases.run import Ran, run
from harness.cases.workshop import Workshop
from harness.cli.judging import judge


@pytest.fixture(scope="session")
def workshop() -> Workshop:
    """The keys of this run."""
    return Workshop()


@pytest.fixture(scope="session")
def ran(workshop: Workshop) -> dict[str, Ran]:
    """What the validator says of every case, by its ID."""
    return {one.case.id: one for one in run(chosen(), judge, workshop)}
