"""What every judge and every producer shares: the sample, the word, and the absence of a program.

A judge is a program no one here wrote that reads a SAML response and says whether it would let the
person in. It is used as its authors mean it to be used, in the settings an AWS-like service would
choose, and its words are passed on unchanged: the harness is checked against them, not they against it.
"""

from __future__ import annotations

import gc
import re
import subprocess
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.judges import ledger

HERE = Path(__file__).parent
DRIVERS = HERE / "drivers"
NODE_MODULES = HERE / "node" / "node_modules"
TIME_LIMIT = 30.0
"""Seconds a child process may take; a judge that needs longer has not accepted anything."""

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Missing(Exception):
    """The program is not installed here; the text says what to install."""


@dataclass(frozen=True)
class Sample:
    """One posted response with everything a service provider must know to judge it."""

    response: str
    """The base64 text of the form field SAMLResponse."""
    certificate_pem: str
    """The trusted certificate; several may follow each other."""
    metadata: bytes
    """The identity provider's metadata, for the judges that read their keys from it."""
    issuer: str
    audience: str
    acs: str


@dataclass(frozen=True)
class Word:
    """What a judge said about one sample."""

    accepted: bool
    says: str
    attributes: dict[str, list[str]] = field(default_factory=dict)
    """The attributes as the judge read them; empty where the program reports none."""


class Judge:
    """A program that answers yes or no to a response. Every answer is entered in the ledger."""

    name: str
    reads_attributes = True
    """Whether the program hands out attribute values; a bare signature checker does not."""

    def version(self) -> str:
        """The installed program's version; raises Missing when it is not installed."""
        raise NotImplementedError

    def judge(self, sample: Sample) -> Word:
        """What this judge says about one sample."""
        return self.judge_many([sample])[0]

    def judge_many(self, samples: Sequence[Sample]) -> list[Word]:
        """One word for each sample, in order. Raises Missing, and nothing else."""
        version = self.version()
        with warnings.catch_warnings():
            # The suite turns warnings into errors; what a judge warns its own authors of is not ours.
            warnings.simplefilter("ignore")
            words = self.words(samples)
            gc.collect()  # files that a judge left open are closed here, not with a warning in another test
        ledger.judged(self.name, version, [word.accepted for word in words])
        return words

    def words(self, samples: Sequence[Sample]) -> list[Word]:
        """One word for each sample; the part each judge defines."""
        return [self.word(sample) for sample in samples]

    def word(self, sample: Sample) -> Word:
        """The word on one sample, for the judges that see one at a time."""
        raise NotImplementedError

    def refusal(self, error: BaseException) -> Word:
        """An exception out of a judge is a refusal in that judge's own words."""
        return Word(accepted=False, says=f"{type(error).__name__}: {error}".removesuffix(": "))


def certificates(pem: str) -> list[str]:
    """The single certificates of a PEM text."""
    return _CERTIFICATE.findall(pem)


def run(command: Sequence[str | Path], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a child to its end. Raises TimeoutExpired after TIME_LIMIT, OSError if it cannot start."""
    return subprocess.run(
        [str(part) for part in command],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=TIME_LIMIT,
        check=False,
    )


def debian_version(package: str) -> str:
    """The version of an installed Debian package; raises Missing when there is none."""
    try:
        asked = run(["dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package])
    except OSError as error:
        raise Missing(f"{package}: this machine has no dpkg ({error})") from error
    status, _, version = asked.stdout.partition(" ")
    if status != "installed":
        raise Missing(f"{package} is not installed: apt-get install {package}")
    return version
