"""Clients that nobody here wrote, run as their users run them: in a home of their own, with nothing of ours inside."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HOMES = Path(os.environ.get("SAML_HARNESS_CLIENTS", Path(__file__).with_name(".venv")))
"""Where `.ci/clients` puts them, each in an environment of its own."""


@dataclass
class Client:
    """One program, its folder and what it finds in its environment."""

    path: Path
    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing is inherited but the search path: no credentials, endpoints, proxies or settings of the user's."""
        return {
            "PATH": f"{self.path.parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "USER": "adele",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "BROWSER": "true",
            **self.variables,
        }

    def run(self, *arguments: object, stdin: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run it to its end. Without a terminal: what asks for a password reads standard input."""
        return subprocess.run(
            [self.path, *map(str, arguments)],
            capture_output=True,
            text=True,
            input=stdin,
            timeout=timeout,
            env=self.environment,
            cwd=self.home,
            start_new_session=True,
            check=False,
        )

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start it, for one that waits to be spoken to."""
        return subprocess.Popen(
            [self.path, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=self.home,
            start_new_session=True,
        )


def client(package: str, program: str, home: Path, **variables: str) -> Client:
    """A client that is installed. Skips where it is not."""
    path = HOMES / package / "bin" / program
    if not path.exists():
        pytest.skip(f"{package} is not installed: .ci/clients installs it")
    return Client(path, home, variables)
