"""The accepted response that every case departs from, and how a departure is judged."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harness.aws.account import Aws
from harness.report.model import Report
from harness.rules import Policy
from harness.saml.keys import SigningKey, make_signing_key
from harness.saml.metadata import Metadata, read_metadata
from harness.saml.wire import read_capture
from harness.validate import check
from tests.aws import responses
from tests.aws.responses import NOW


@cache
def key(name: str = "Entra", *, kind: str = "rsa", bits: int = 2048, since: int = -100, until: int = 900) -> SigningKey:
    """A signing key made when first asked for; ``since`` and ``until`` are days from the instant judged at."""
    private = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, bits)
    return make_signing_key(name, NOW + timedelta(days=since), NOW + timedelta(days=until), private=private)


def response(**differs: object) -> bytes:
    """A response that is accepted without any error or warning, but for what differs."""
    return responses.response(**({"by": key()} | differs))  # type: ignore[arg-type]


def metadata(*keys: SigningKey, edits: Sequence[tuple[str, str]] = (), **how: str) -> Metadata:
    """Metadata of the usual identity provider, with edits to its text."""
    raw = responses.metadata(*(keys or (key(),)), **how).raw.decode()
    return read_metadata(responses.edited(raw, edits).encode())


def holding(held: Metadata | None = None) -> Aws:
    """No scenario: every provider is taken to hold this metadata."""
    return responses.assumed(held or metadata())


def declared(**how: object) -> Aws:
    """A scenario with one provider and one role."""
    return responses.declared(**({"holds": metadata()} | how))  # type: ignore[arg-type]


def judged(
    xml: bytes,
    aws: Aws | None = None,
    *,
    posted: bytes | None = None,
    role: str | None = None,
    opens: Sequence[rsa.RSAPrivateKey] = (),
    allow_sha1: bool = False,
    engines: bool = False,
) -> Report:
    """The report on a response as it is posted. ``posted`` stands for the base64 where that is what differs."""
    aws = aws or holding()
    trusted = tuple(dict.fromkeys(one for held in aws.documents for one in held.keys))
    policy = Policy(aws, trusted, role=role, allow_sha1=allow_sha1)
    capture = read_capture(base64.b64encode(xml) if posted is None else posted)
    return check(capture, policy, NOW, decrypt_keys=opens, ask_engines=engines)


@dataclass(frozen=True)
class Case:
    """One difference that fires the rule ``code``, and every error code that the report then holds.

    ``differs`` goes to the response; ``meets`` to the judging. ``xml`` and ``aws`` are called when the case runs.
    """

    code: str
    errors: str
    differs: Mapping[str, object] = field(default_factory=dict)
    meets: Mapping[str, object] = field(default_factory=dict)
    xml: Callable[[], bytes] | None = None
    aws: Callable[[], Aws] | None = None
    by: Callable[[], SigningKey] | None = None
    posted: Callable[[], bytes] | None = None
    name: str = ""

    @property
    def id(self) -> str:
        return f"{self.code}-{self.name}" if self.name else self.code

    def report(self) -> Report:
        signer = {} if self.by is None else {"by": self.by()}
        xml = response(**signer, **self.differs) if self.xml is None else self.xml()
        posted = None if self.posted is None else self.posted()
        return judged(xml, None if self.aws is None else self.aws(), posted=posted, **self.meets)  # type: ignore[arg-type]


def param(case: Case):
    return pytest.param(case, id=case.id)


def once(old: str, new: str = "") -> dict[str, object]:
    """A change made before signing: the identity provider's own."""
    return {"edits": [(old, new)]}


def tampered(old: str, new: str = "") -> dict[str, object]:
    """A change made after signing: a stranger's."""
    return {"tampered": [(old, new)]}
