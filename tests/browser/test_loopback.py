"""The suite where there is no other machine: in a network that has nothing but loopback.

CI runs it there and nowhere else, which `conftest` sees to; by hand it runs as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import ALONE, STRICT

HERE = Path(__file__).parent
_ALONE_WITH = ["unshare", "--map-root-user", "--net", "sh", "-c"]


def alone(*command: str, timeout: int) -> subprocess.CompletedProcess[str]:
    """Run a command in a network namespace of its own, whose loopback is up."""
    script = 'ip link set lo up && exec "$@"'
    environment = os.environ | {ALONE: "1"}
    return subprocess.run(
        [*_ALONE_WITH, script, "sh", *command],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment,
        cwd=HERE.parent.parent,
        check=False,
    )


def test_the_browser_suite_needs_nothing_but_loopback() -> None:
    if STRICT not in os.environ:
        pytest.skip(f"the suite runs as it is; with {STRICT}=1 it runs in a network of its own instead")
    if shutil.which("chromium") is None:
        pytest.skip("needs Debian's chromium")
    pytest.importorskip("playwright", reason="needs the extra `browser`")
    if shutil.which("unshare") is None or shutil.which("ip") is None or alone("true", timeout=20).returncode:
        pytest.skip("needs to be allowed a network namespace: unshare, ip")
    listed = alone("ip", "-brief", "link", timeout=20).stdout.split()
    assert [word for word in listed if word.endswith(":") or word in ("lo", "eth0")] == ["lo"]
    suites = [str(path) for path in sorted(HERE.glob("test_*.py")) if path != Path(__file__)]
    done = alone(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *suites, timeout=900)
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
