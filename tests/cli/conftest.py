"""A folder with what the demo company issues, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import AT, BRITTA, GUEST, NOAH, run


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The per-user state folder, so that no test writes into the user's own."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        patch.setenv("COLUMNS", "120")
        patch.delenv("NO_COLOR", raising=False)
        yield folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, state: Path) -> Path:
    """response.b64 of Britta, noah.b64, guest.b64, response.xml and metadata.xml."""
    folder = tmp_path_factory.mktemp("made")
    for user, name in ((BRITTA, "response.b64"), (NOAH, "noah.b64"), (GUEST, "guest.b64")):
        assert run("issue", "--user", user, "--at", AT, "-o", folder / name).code == 0
    done = run("issue", "--user", BRITTA, "--at", AT, "-o", folder / "response.xml", "--xml",
               "--metadata-out", folder / "metadata.xml")  # fmt: skip
    assert done.code == 0
    return folder
