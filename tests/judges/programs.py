"""Judges that are programs of their own, many samples to a process: ruby-saml, Lasso, node-saml, samlify."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.judges.shape import (
    DRIVERS,
    NODE_MODULES,
    Judge,
    Missing,
    Sample,
    Word,
    certificates,
    debian_version,
    run,
)

BATCH = 100
"""Samples handed to one process; each takes a few milliseconds, and the process has a time limit."""


class DrivenJudge(Judge):
    """A judge behind a driver script: JSON requests on its stdin, JSON answers in the last line it prints."""

    def command(self) -> Sequence[str | Path]:
        """The interpreter and the driver."""
        raise NotImplementedError

    def words(self, samples: Sequence[Sample]) -> list[Word]:
        """One word for each sample, from as few processes as the batch size allows."""
        starts = range(0, len(samples), BATCH)
        return [word for start in starts for word in self._batch(samples[start : start + BATCH])]

    def _batch(self, samples: Sequence[Sample]) -> list[Word]:
        words = self._ask(samples)
        if isinstance(words, list):
            return words
        if len(samples) == 1:
            return [Word(accepted=False, says=words)]
        # One sample has brought the whole process down: give each its own, and blame only the guilty.
        return [word for sample in samples for word in self._batch([sample])]

    def _ask(self, samples: Sequence[Sample]) -> list[Word] | str:
        """The answers of one process, or the words for its failure."""
        try:
            child = run(self.command(), json.dumps([_request(sample) for sample in samples]))
        except subprocess.TimeoutExpired as error:
            return f"{self.name} gave no answer in {error.timeout:.0f} s"
        except OSError as error:
            return f"{self.name} could not be started: {error}"
        if child.returncode != 0:
            return f"{self.name} ended with status {child.returncode}: {child.stderr.strip()[-500:]}"
        return self._read(child.stdout, len(samples))

    def _read(self, printed: str, expected: int) -> list[Word] | str:
        try:
            # What the program itself printed comes before the line the driver prints last.
            words = [Word(**answer) for answer in json.loads(printed.strip().rpartition("\n")[2])]
        except (ValueError, TypeError) as error:
            return f"{self.name} answered something else than JSON words ({error}): {printed[-200:]!r}"
        if len(words) != expected:
            return f"{self.name} answered {len(words)} of {expected} samples"
        return words


def _request(sample: Sample) -> dict[str, object]:
    return {
        "response": sample.response,
        "certificates": certificates(sample.certificate_pem),
        "metadata": base64.b64encode(sample.metadata).decode(),
        "issuer": sample.issuer,
        "audience": sample.audience,
        "acs": sample.acs,
    }


class RubySaml(DrivenJudge):
    """ruby-saml: schema, every signature, time, audience, destination; keys from the metadata."""

    name = "ruby-saml"

    def command(self) -> Sequence[str | Path]:
        """Debian's ruby."""
        return ["ruby", DRIVERS / "ruby_saml.rb"]

    def version(self) -> str:
        """The version of the Debian package."""
        return debian_version("ruby-saml")


class Lasso(DrivenJudge):
    """Lasso, the library under mod_auth_mellon; keys from the metadata."""

    name = "lasso"

    def command(self) -> Sequence[str | Path]:
        """The system's own Python: the binding is packaged for no other."""
        return ["/usr/bin/python3", DRIVERS / "lasso_sp.py"]

    def version(self) -> str:
        """The version of the Debian package."""
        return debian_version("python3-lasso")


class NodeSaml(DrivenJudge):
    """@node-saml/node-saml: a signature demanded on either part, issuer, audience, time."""

    name = "node-saml"

    def command(self) -> Sequence[str | Path]:
        """Node."""
        return ["node", DRIVERS / "node_saml.mjs"]

    def version(self) -> str:
        """The version of the npm package."""
        return node_version("@node-saml/node-saml")


class Samlify(DrivenJudge):
    """samlify: signature, issuer and time; neither audience nor destination; keys from the metadata."""

    name = "samlify"

    def command(self) -> Sequence[str | Path]:
        """Node."""
        return ["node", DRIVERS / "samlify.mjs"]

    def version(self) -> str:
        """The version of the npm package."""
        return node_version("samlify")


@cache
def node_version(package: str) -> str:
    """The version of an npm package installed for the judges; raises Missing when there is none."""
    if not shutil.which("node"):
        raise Missing(f"{package} needs node: apt-get install nodejs")
    manifest = NODE_MODULES / package / "package.json"
    if not manifest.is_file():
        raise Missing(f"{package} is not installed: npm ci --ignore-scripts in tests/judges/node")
    return str(json.loads(manifest.read_text(encoding="utf-8"))["version"])
