"""The world of these tests: one mock Entra, the keys it trusts, and words for what became of a response.

Keys are made once in a run. Forgers know the certificate and one signed response, never the private key.
"""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harness.aws.account import Aws
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.report.model import Accepted, Report
from harness.rules import Policy
from harness.saml import names
from harness.saml.document import METADATA, parse
from harness.saml.dsig import canonical
from harness.saml.keys import Certificate, SigningKey, make_signing_key
from harness.saml.metadata import Metadata, read_metadata
from harness.saml.received import Received, receive
from harness.saml.signing import sign, signature_text
from harness.saml.wire import Capture
from harness.scenario.load import demo_scenario
from harness.validate import check

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
AT = NOW + timedelta(seconds=1)
USER = "britta@contoso.com"
FORGED = "mallory@contoso.com"
"""Who an attacker wants to be. It must never be read from signed facts."""

_KEYS = KeyStore()


def idp(option: str = "assertion", algorithm: str = "sha256") -> EntraIdp:
    """The demo company's Entra, signing as asked. All of them share one key."""
    return _idp(option, algorithm)


def issued(option: str = "assertion", algorithm: str = "sha256") -> bytes:
    """One response for the demo company's user, as XML: the same whenever it is asked for."""
    return _issued(option, algorithm)


@cache
def _idp(option: str, algorithm: str) -> EntraIdp:
    scenario = demo_scenario()
    app = scenario.apps[0].model_copy(update={"signing_option": option, "signing_algorithm": algorithm})
    return EntraIdp(scenario.model_copy(update={"apps": (app,)}), _KEYS, random.Random(f"{option} {algorithm}"))


@cache
def _issued(option: str, algorithm: str) -> bytes:
    return idp(option, algorithm).respond(USER, NOW).xml


@cache
def key() -> SigningKey:
    """Entra's signing key."""
    scenario = idp().scenario
    return idp().signing_key(scenario.apps[0], NOW)


@cache
def other_key(name: str = "other") -> SigningKey:
    """A key of somebody else, or of a second certificate. Each name has its own."""
    return make_signing_key(f"Contoso {name}", NOW - timedelta(days=30), NOW + timedelta(days=700))


@cache
def ec_key(curve: str) -> SigningKey:
    """A key on an elliptic curve, named as cryptography names it."""
    private = ec.generate_private_key(getattr(ec, curve)())
    return make_signing_key(f"Contoso {curve}", NOW - timedelta(days=30), NOW + timedelta(days=700), private=private)


@cache
def rsa_key(bits: int) -> SigningKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return make_signing_key(f"Contoso {bits}", NOW - timedelta(days=30), NOW + timedelta(days=700), private=private)


@cache
def metadata() -> Metadata:
    """The metadata of Entra's application."""
    return read_metadata(idp().federation_metadata(NOW))


@cache
def metadata_of(*certificates: Certificate) -> Metadata:
    """The same identity provider, listing other certificates for signing."""
    own = metadata().keys[0].base64.encode()
    raw = metadata().raw
    descriptor = re.search(rb'<KeyDescriptor use="signing">.*?</KeyDescriptor>', raw)
    assert descriptor
    many = b"".join(descriptor[0].replace(own, one.base64.encode()) for one in certificates)
    return read_metadata(raw.replace(descriptor[0], many))


def policy(*certificates: Certificate, allow_sha1: bool = False) -> Policy:
    """What responses are judged against: Entra's metadata, or the same with other certificates."""
    trusted = metadata_of(*certificates) if certificates else metadata()
    return Policy(Aws(declared=False, fallback=trusted), trusted.keys, allow_sha1=allow_sha1)


def judged(
    xml: bytes, *certificates: Certificate, at: datetime = AT, allow_sha1: bool = False, engines: bool = False
) -> Report:
    """The whole validation of a response that was posted as plain base64."""
    capture = Capture("base64", xml, (len(xml) + 2) // 3 * 4)
    return check(capture, policy(*certificates, allow_sha1=allow_sha1), at, ask_engines=engines)


def taken(xml: bytes, *certificates: Certificate, allow_sha1: bool = False) -> Received:
    """The protocol's half alone."""
    return receive(xml, certificates or metadata().keys, allow_sha1=allow_sha1)


def accepted(report: Report) -> bool:
    """Whether any door of AWS would grant a session."""
    return any(isinstance(answer, Accepted) for answer in report.answers)


def fully_accepted(report: Report) -> bool:
    return all(isinstance(answer, Accepted) for answer in report.answers)


def sessions(report: Report) -> tuple[object, ...]:
    """Every session that would be granted, with the pair it is for."""
    return tuple(
        (door, answer.session)
        for door, answer in ((None, report.signin), *((one.pair, one.answer) for one in report.sts))
        if isinstance(answer, Accepted)
    )


def signature_flaws(received: Received) -> set[str]:
    """The kinds of flaws of all signatures."""
    return {str(flaw.kind) for one in received.all_signatures for flaw in one.flaws}


def assert_refused(xml: bytes, *, engines: bool = False) -> Report:
    """No door grants a session, and nothing forged is among the signed facts."""
    report = judged(xml, engines=engines)
    assert not accepted(report)
    assert FORGED not in repr(report.signed)
    assert FORGED not in repr(taken(xml).signed)
    return report


@cache
def unsigned() -> bytes:
    """The user's response with every signature taken out, as it was before signing."""
    return re.sub(rb"<Signature .*?</Signature>", b"", issued())


@cache
def forged() -> bytes:
    """The unsigned response, saying that it is about somebody else with the same roles."""
    return unsigned().replace(USER.encode(), FORGED.encode())


def resigned(xml: bytes, with_key: SigningKey | None = None, *, element: bytes = b"Assertion", **how: object) -> bytes:
    """``xml`` with the Assertion (or Response) signed by Entra's key or another."""
    return sign(xml, id_of(xml, element), with_key or key(), **how)  # type: ignore[arg-type]


def sealed(xml: bytes, with_key: SigningKey | None = None) -> bytes:
    """``xml`` with the Assertion signed and no other byte changed, as Entra would have written it."""
    root = parse(xml, METADATA).root
    assert root is not None
    assertion = next(root.iter(f"{{{names.SAML}}}Assertion"))
    text = signature_text(id_of(xml), canonical(assertion), with_key or key()).encode()
    place = xml.index(b"</Issuer>", xml.index(b"<Assertion ")) + len(b"</Issuer>")
    return xml[:place] + text + xml[place:]


def id_of(xml: bytes, element: bytes = b"Assertion") -> str:
    found = re.search(rb"<(?:\w+:)?" + element + rb'\b[^>]*? ID="([^"]+)"', xml)
    assert found
    return found[1].decode()


def assertion_in(xml: bytes) -> bytes:
    """The first Assertion element's own bytes."""
    return xml[xml.index(b"<Assertion ") : xml.index(b"</Assertion>") + len(b"</Assertion>")]


def signature_in(xml: bytes, number: int = 0) -> bytes:
    """The bytes of one Signature element."""
    return re.findall(rb"<Signature .*?</Signature>", xml)[number]


def change(xml: bytes, old: bytes | str, new: bytes | str) -> bytes:
    """Byte surgery that must find its place exactly once."""
    old, new = (part.encode() if isinstance(part, str) else part for part in (old, new))
    assert xml.count(old) == 1, f"{xml.count(old)} places for {old!r}"
    return xml.replace(old, new)


SAML = names.SAML.encode()
SAMLP = names.SAMLP.encode()
DS = names.DS.encode()
