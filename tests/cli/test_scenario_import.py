"""``saml-harness scenario import DIR``: what is written, what is said, and what is refused."""

from pathlib import Path

import pytest

from tests.cli.running import run
from tests.scenario.test_export import exported


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return exported(tmp_path)


def test_a_folder_becomes_a_scenario_that_preflight_takes(folder: Path, tmp_path: Path):
    ran = run("scenario", "import", folder, "-o", tmp_path / "production.scenario.toml")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines()[-1] == (
        f"saml-harness: wrote {tmp_path}/production.scenario.toml: 1 app, 5 app roles, 4 users, 2 accounts; "
        "its private keys are throw-away ones"
    )
    assert "claims are not exported; it has the tutorial's three" in ran.err
    text = (tmp_path / "production.scenario.toml").read_text()
    assert text.startswith("# Made by `saml-harness scenario import`")
    assert "Every private key behind it is a throw-away one" in text
    assert "PRIVATE" not in text
    assert run("scenario", "check", tmp_path / "production.scenario.toml").code == 0
    told = run("preflight", tmp_path / "production.scenario.toml", "--at", "2026-11-23T09:00:00Z")
    assert "2 of 4 sign-ins will work." in told.out


def test_an_existing_file_is_refreshed_only_when_forced(folder: Path, tmp_path: Path):
    path = tmp_path / "production.scenario.toml"
    assert run("scenario", "import", folder, "-o", path).code == 0
    again = run("scenario", "import", folder, "-o", path)
    assert again.code == 2
    assert "exists; --force overwrites it" in again.err
    path.write_text(path.read_text().replace("[[apps]]\n", "[[apps]]\ntoken_lifetime = 7200\n"))
    assert run("scenario", "import", folder, "-o", path, "--force").code == 0
    assert "token_lifetime = 7200" in path.read_text()


def test_a_broken_export_leaves_the_file_as_it_was(folder: Path, tmp_path: Path):
    path = tmp_path / "production.scenario.toml"
    path.write_text("mine")
    (folder / "entra" / "AWS.json").write_text("{")
    ran = run("scenario", "import", folder, "-o", path, "--force")
    assert ran.code == 2
    assert path.read_text() == "mine"
    path.unlink()
    ran = run("scenario", "import", folder, "-o", path)
    assert "entra/AWS.json: not JSON" in ran.err
    assert not path.exists()


def test_one_source_is_wanted(folder: Path, tmp_path: Path):
    assert run("scenario", "import", "-o", tmp_path / "x.scenario.toml").code == 2
    assert run("scenario", "import", folder, "--roles", "r.txt", "-o", tmp_path / "x.scenario.toml").code == 2
