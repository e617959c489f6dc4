"""What a stranger holds: one signed response, what the identity provider publishes, and a key of his own.

Never the identity provider's key, so that whatever he makes could be made by anybody. Everything is byte
surgery on what was captured: moving elements of a tree would rewrite prefixes and break the signature.
"""

import base64
import re
from dataclasses import dataclass
from functools import cached_property

from harness.cases.recipe import FORGED, USER
from harness.errors import HarnessError
from harness.saml.keys import Certificate, SigningKey
from harness.saml.signing import sign

_SIGNATURE = re.compile(rb"<Signature .*?</Signature>", re.DOTALL)


@dataclass(frozen=True)
class Captured:
    """One response off the wire. ``another`` is a second one, which the stranger got for himself."""

    xml: bytes
    another: bytes
    metadata: bytes
    """The identity provider's metadata, which is public and signed."""
    intruder: SigningKey
    certificate: Certificate
    """The identity provider's certificate, which stands in every response."""
    provider: Certificate
    """The certificate for which assertions are encrypted: public too."""

    @cached_property
    def assertion(self) -> bytes:
        """The signed assertion."""
        return assertion_in(self.xml)

    @cached_property
    def seal(self) -> bytes:
        """The first Signature in the document."""
        return _first(_SIGNATURE, self.xml)

    def signature(self, content: bytes = b"") -> bytes:
        """That Signature with something put at its end."""
        return self.seal.removesuffix(b"</Signature>") + content + b"</Signature>"

    @cached_property
    def bare(self) -> bytes:
        """The signed assertion without its signature, which is what was digested."""
        return _SIGNATURE.sub(b"", self.assertion)

    @property
    def assertion_id(self) -> bytes:
        return identity(self.assertion)

    def evil(self, own_id: bytes = b"_evil") -> bytes:
        """An unsigned assertion about somebody else."""
        return self.bare.replace(self.assertion_id, own_id).replace(USER.encode(), FORGED.encode())

    def around(self, content: bytes, extensions: bytes = b"", detail: bytes = b"") -> bytes:
        """The captured envelope around other content."""
        raw = change(self.xml, self.assertion, content)
        if extensions:
            raw = change(raw, b"<samlp:Status>", extensions + b"<samlp:Status>")
        return change(raw, b"</samlp:Status>", detail + b"</samlp:Status>") if detail else raw

    def twin(self) -> tuple[bytes, bytes]:
        """Of a response signed as a whole: the original without its signature, and a forged response."""
        original = self.xml.replace(self.seal, b"")
        forged = original.replace(identity(original), b"_evil_r", 1)
        return original, forged.replace(self.assertion_id, b"_evil_a").replace(USER.encode(), FORGED.encode())

    def tampered(self, old: bytes | str, new: bytes | str = b"") -> bytes:
        """The captured response with one text changed."""
        return change(self.xml, old, new)

    def forged(self) -> bytes:
        """The captured envelope around an unsigned assertion about somebody else."""
        return self.around(self.evil(self.assertion_id))

    def forged_in_place(self) -> bytes:
        """The captured response with another user written in, signature and all left as it was."""
        return self.xml.replace(USER.encode(), FORGED.encode())

    def resigned(self, **how: object) -> bytes:
        """The forged response, signed with the stranger's own key."""
        return sign(self.forged(), self.assertion_id.decode(), self.intruder, **how)  # type: ignore[arg-type]

    @property
    def posted(self) -> bytes:
        """The response as a browser posts it."""
        return base64.b64encode(self.xml)


def assertion_in(raw: bytes) -> bytes:
    """The bytes of the first Assertion."""
    return _first(re.compile(rb"<Assertion .*?</Assertion>", re.DOTALL), raw)


def identity(raw: bytes) -> bytes:
    """The first ID in these bytes."""
    return _first(re.compile(rb'(?<= ID=")[^"]*'), raw)


def after_issuer(element: bytes, content: bytes) -> bytes:
    """Content right after the first Issuer, where a signature stands."""
    return element.replace(b"</Issuer>", b"</Issuer>" + content, 1)


def within(element: bytes, content: bytes) -> bytes:
    """Content at the end of an assertion."""
    return element.removesuffix(b"</Assertion>") + content + b"</Assertion>"


def change(raw: bytes, old: bytes | str, new: bytes | str) -> bytes:
    """Byte surgery that must find its place exactly once. Raises HarnessError."""
    old, new = (one.encode() if isinstance(one, str) else one for one in (old, new))
    if raw.count(old) != 1:
        raise HarnessError(f"{raw.count(old)} places for {old[:80]!r}; a case changes exactly one")
    return raw.replace(old, new)


def first(raw: bytes, old: bytes, new: bytes) -> bytes:
    """The same where the first of several places is meant. Raises HarnessError when there is none."""
    if old not in raw:
        raise HarnessError(f"no place for {old[:80]!r}")
    return raw.replace(old, new, 1)


def _first(pattern: re.Pattern[bytes], raw: bytes) -> bytes:
    found = pattern.search(raw)
    if found is None:
        raise HarnessError(f"what was captured holds no {pattern.pattern!r}")
    return found[0]
