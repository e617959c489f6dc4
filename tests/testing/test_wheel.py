"""The built wheel, installed alone in a fresh environment, with pytest 8 and with pytest 9.

It builds and installs from the network, so it is run where nothing may be skipped: in CI.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.skipif(
    not os.environ.get("SAML_HARNESS_NO_SKIPS"),
    reason="builds a wheel and installs it from the network; SAML_HARNESS_NO_SKIPS=1 runs it",
)
TESTS = """
import harness
from harness.testing import assert_accepted, assert_aws_refuses


def test_it_is_the_wheel():
    assert "site-packages" in harness.__file__


def test_a_response(saml_response):
    assert_accepted(saml_response())
    assert_aws_refuses(saml_response(session_name="a b"), code="InvalidIdentityToken")


def test_servers(saml_live_idp, saml_live_sp):
    from urllib.request import urlopen

    with urlopen(saml_live_idp.url) as page:
        assert "britta@contoso.com" in page.read().decode()


def test_cases(saml_case, saml_case_metadata):
    assert saml_case.posted
"""


def run(*command: object, cwd: Path) -> str:
    """What a command prints; it must succeed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SAML_HARNESS_NO_SKIPS")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**kept, "XDG_STATE_HOME": str(cwd / "state")}, text=True,
        timeout=600, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT, cwd=folder)
    [found] = folder.glob("saml_harness-*.whl")
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A project of somebody's, with an environment that holds the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("project")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    run(folder / "venv" / "bin" / "pip", "install", "-q", wheel, cwd=folder)
    (folder / "test_ours.py").write_text(TESTS, "utf-8")
    run(folder / "venv" / "bin" / "saml-harness", "scenario", "init", "ours", "-o", "ours.scenario.toml", cwd=folder)
    return folder


def test_the_wheel_holds_the_package_and_nothing_of_the_tests(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {one for one in tops if not one.endswith(".dist-info")} == {"harness"}
    for data in ("report/sheet.html", "report/sheet.schema.json", "scenario/demo.scenario.toml", "py.typed"):
        assert f"harness/{data}" in names


@pytest.mark.parametrize("version", ["8.4", "9"])
def test_the_plugin_works_with_each_pytest(project: Path, version: str):
    python = project / "venv" / "bin" / "python"
    wanted = (f"pytest=={version}.*", "pytest-xdist", "pytest-random-order")
    run(python, "-m", "pip", "install", "-q", *wanted, cwd=project)
    assert f"pytest {version}." in run(python, "-m", "pytest", "--version", cwd=project)
    for how in ((), ("-n", "2", "--random-order")):
        told = run(python, "-m", "pytest", "-q", "--saml-cases", "timing", *how, cwd=project).splitlines()[-1]
        assert "2 failed" in told, "the built-in company's guest, and its user without role"
        assert "passed" in told
        assert "error" not in told


def test_the_command_works_without_pytest(project: Path):
    pip = project / "venv" / "bin" / "pip"
    run(pip, "uninstall", "-q", "-y", "pytest", "pytest-xdist", "pytest-random-order", cwd=project)
    told = run(project / "venv" / "bin" / "saml-harness", "preflight", "ours.scenario.toml", cwd=project)
    assert "2 of 4 sign-ins will work." in told
