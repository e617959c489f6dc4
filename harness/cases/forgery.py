"""Keys and algorithms of a stranger's choice: what he signs himself, and what he says about the signature."""

import base64
import hashlib
import hmac
import re
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import rsa

from harness.cases.captured import Captured, change, identity
from harness.cases.core import OF_CURVE, UNKNOWN, Card, Kind, add_attack, attack
from harness.cases.words import ACCEPTED, BAD_SIGNATURE
from harness.cases.workshop import MetadataSpec, World
from harness.errors import HarnessError
from harness.saml import names
from harness.saml.document import parse_own
from harness.saml.dsig import canonical
from harness.saml.keys import make_signing_key
from harness.saml.signing import sign

_KEY_INFO = re.compile(rb"<KeyInfo>.*?</KeyInfo>")
_VALUE = re.compile(rb"(?<=<SignatureValue>)[^<]*")
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
CURVE = World(metadata=MetadataSpec(("P-256",)))
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@attack(expect="SIG002 MET003", aws=BAD_SIGNATURE, classes="E1 G20", refs=("CVE-2020-2021",), fools="")
def signed_by_a_stranger(captured: Captured) -> bytes:
    """A forged Assertion is signed with the stranger's own key, his certificate in KeyInfo."""
    return captured.resigned()


@attack(expect="SIG002", aws=BAD_SIGNATURE, classes="E2", refs=("CVE-2021-21239",), fools="")
def signed_by_a_key_value(captured: Captured) -> bytes:
    """The same with a bare RSAKeyValue in KeyInfo."""
    return _KEY_INFO.sub(b"<KeyInfo>" + _key_value(captured) + b"</KeyInfo>", captured.resigned())


def _key_value(captured: Captured) -> bytes:
    public = captured.intruder.private.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise HarnessError("the stranger's key is not RSA")
    modulus = base64.b64encode(public.public_numbers().n.to_bytes(public.key_size // 8, "big"))
    return b"<KeyValue><RSAKeyValue><Modulus>%b</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>" % modulus


@attack(expect="SIG002 MET003", aws=BAD_SIGNATURE, classes="E3", fools="")
def signed_by_a_namesake(captured: Captured) -> bytes:
    """The stranger's certificate has the name, serial number and dates of the identity provider's."""
    own = captured.certificate
    twin = make_signing_key(
        own.subject.removeprefix("CN="), own.not_before, own.not_after - timedelta(0),
        private=captured.intruder.private, serial=own.x509.serial_number,
    )  # fmt: skip
    return sign(captured.forged(), captured.assertion_id.decode(), twin)


@attack(expect="SIG002", aws=BAD_SIGNATURE, classes="E1 E4", refs=("CVE-2019-1006",), fools="")
def signed_by_a_stranger_under_the_genuine_certificate(captured: Captured) -> bytes:
    """The stranger signs, and KeyInfo shows the identity provider's certificate."""
    info = captured.certificate.base64.encode()
    return captured.resigned().replace(captured.intruder.certificate.base64.encode(), info)


@attack(expect="", aws=ACCEPTED, classes="E4", refs=("CVE-2019-1006",), fools="xmlsec", kind=Kind.CONTROL)
def key_value_of_a_stranger_beside_the_certificate(captured: Captured) -> bytes:
    """KeyInfo of the genuine response says two things. It is unsigned and never trusted: nothing changes."""
    return captured.tampered(b"</X509Data></KeyInfo>", b"</X509Data>" + _key_value(captured) + b"</KeyInfo>")


@attack(expect="SIG018", aws=ACCEPTED, classes="E4", fools="xmlsec signxml", kind=Kind.CONTROL)
def certificate_of_a_stranger_in_key_info(captured: Captured) -> bytes:
    """KeyInfo of the genuine response shows the stranger's certificate."""
    return captured.tampered(captured.certificate.base64, captured.intruder.certificate.base64)


@attack(expect="SIG018", aws=ACCEPTED, classes="E6", refs=("CVE-2020-7711",), fools="xmlsec signxml", kind=Kind.CONTROL)
def certificate_that_is_garbage(captured: Captured) -> bytes:
    """KeyInfo of the genuine response holds no certificate but garbage."""
    return captured.tampered(captured.certificate.base64, "Z2FyYmFnZQ==")


@attack(expect="SIG018", aws=ACCEPTED, classes="E6", fools="xmlsec signxml", kind=Kind.CONTROL)
def certificate_cut_off(captured: Captured) -> bytes:
    """KeyInfo of the genuine response holds half a certificate."""
    text = captured.certificate.base64
    return captured.tampered(text, text[:400])


@attack(expect="SIG018", aws=ACCEPTED, classes="E6", fools="xmlsec signxml", kind=Kind.CONTROL)
def key_info_missing(captured: Captured) -> bytes:
    """The genuine Signature has no KeyInfo."""
    return _KEY_INFO.sub(b"", captured.xml)


for _name, _uri, _refs in (
    ("a_file", "file:///etc/passwd", ("CVE-2021-40690",)),
    ("a_host", "http://127.0.0.1:9/key", ("CVE-2021-40690",)),
    ("itself", "#_a0000000-1111-4222-8333-444444444444", ()),
):
    add_attack(
        __name__,
        f"retrieval_method_to_{_name}",
        f"KeyInfo asks to fetch a key from {_name.replace('_', ' ')}.",
        Card("SIG017", UNKNOWN, None, "E5", _refs, "xmlsec signxml"),
        lambda captured, uri=_uri: captured.tampered(  # type: ignore[misc]
            b"<KeyInfo>", f'<KeyInfo><RetrievalMethod URI="{uri}"/>'
        ),
    )


def _relabelled(captured: Captured, uri: str, inside: str = "") -> bytes:
    old = f'<SignatureMethod Algorithm="{names.RSA_SHA256}"/>'
    return change(captured.xml, old, f'<SignatureMethod Algorithm="{uri}">{inside}</SignatureMethod>')


for _name, _uri, _class, _refs in (
    ("rsa_md5", _MORE + "rsa-md5", "E9", ("CVE-2020-36563",)),
    ("rsa_ripemd160", _MORE + "rsa-ripemd160", "E9", ()),
    ("rsa_sha224", _MORE + "rsa-sha224", "E9", ()),
    ("dsa_sha1", names.DS + "dsa-sha1", "E9", ()),
    ("unknown", "urn:contoso:signature", "E10", ("samlify audit 2026",)),
    ("empty", "", "E10", ("samlify audit 2026",)),
    ("with_a_blank", names.RSA_SHA256 + " ", "E10", ()),
    ("hmac_sha1", names.DS + "hmac-sha1", "E7", ("CVE-2018-7644",)),
):
    add_attack(
        __name__,
        f"method_is_{_name}",
        f"SignatureMethod is {_name.replace('_', ' ')}.",
        Card("SIG012", UNKNOWN, None, _class, _refs),
        lambda captured, uri=_uri: _relabelled(captured, uri),  # type: ignore[misc]
    )

for _name, _uri in (("md5", _MORE + "md5"), ("sha224", _MORE + "sha224"), ("unknown", "urn:x"), ("empty", "")):
    add_attack(
        __name__,
        f"digest_is_{_name}",
        f"DigestMethod is {_name}.",
        Card("SIG013", UNKNOWN, None, "E9" if _name != "unknown" else "E10"),
        lambda captured, uri=_uri: change(  # type: ignore[misc]
            captured.xml, f'<DigestMethod Algorithm="{names.SHA256}"', f'<DigestMethod Algorithm="{uri}"'
        ),
    )


@attack(expect="SIG002", aws=BAD_SIGNATURE, classes="E12", refs=("xmlseclibs 4.0",), fools="")
def method_is_ecdsa_for_an_rsa_key(captured: Captured) -> bytes:
    """SignatureMethod says ECDSA, the key is RSA."""
    return _relabelled(captured, names.ECDSA_SHA256)


@attack(expect="SIG012", classes="E8", refs=("CVE-2009-0217",))
def method_with_an_output_length(captured: Captured) -> bytes:
    """SignatureMethod asks for an HMAC of eight bits."""
    return _relabelled(captured, names.DS + "hmac-sha1", "<HMACOutputLength>8</HMACOutputLength>")


def _hmac(captured: Captured, secret: bytes) -> bytes:
    """The forged response under an HMAC whose secret is public: the identity provider's own certificate."""
    method = _MORE + "hmac-sha256"
    raw = captured.resigned()
    raw = raw.replace(names.RSA_SHA256.encode(), method.encode())
    found = next(parse_own(raw).iter(f"{{{names.DS}}}SignedInfo"))
    value = hmac.new(secret, canonical(found), hashlib.sha256).digest()
    return _VALUE.sub(base64.b64encode(value), raw)


for _name, _of in (("pem", lambda one: one.pem.encode()), ("der", lambda one: one.der),
                   ("spki", lambda one: one.public_bytes)):  # fmt: skip
    add_attack(
        __name__,
        f"hmac_with_the_certificate_as_{_name}",
        f"A forged Assertion is signed with an HMAC; the secret is the public certificate as {_name.upper()}.",
        Card("SIG012", UNKNOWN, None, "E7", ("CVE-2018-7644", "GHSA-6vx8-pcwv-xhf4"), ""),
        lambda captured, secret=_of: _hmac(captured, secret(captured.certificate)),  # type: ignore[misc]
    )


def _values(raw: bytes) -> tuple[int, int]:
    found = _VALUE.search(raw)
    value = base64.b64decode(found[0] if found else b"")
    return int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")


def _encoded(raw: bytes, value: bytes) -> bytes:
    return _VALUE.sub(base64.b64encode(value), raw)


@attack(expect="SIG002", aws=BAD_SIGNATURE, classes="E13", of=OF_CURVE, world=CURVE)
def ecdsa_value_in_der(captured: Captured) -> bytes:
    """The numbers of an ECDSA signature are written in DER, as other formats do."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return _encoded(captured.xml, encode_dss_signature(*_values(captured.xml)))


@attack(expect="SIG002 SIG020", aws=BAD_SIGNATURE, classes="E13", fools="xmlsec", of=OF_CURVE, world=CURVE)
def ecdsa_value_padded(captured: Captured) -> bytes:
    """The numbers of an ECDSA signature are written with a zero byte before each."""
    r, s = _values(captured.xml)
    return _encoded(captured.xml, r.to_bytes(33, "big") + s.to_bytes(33, "big"))


@attack(expect="SIG002 SIG003", aws=BAD_SIGNATURE, classes="E13", of=OF_CURVE, world=CURVE)
def ecdsa_value_of_zeros(captured: Captured) -> bytes:
    """Both numbers of an ECDSA signature are zero, which careless code takes for every message."""
    return _encoded(captured.forged_in_place(), bytes(64))


@attack(expect="", classes="E13 G16", of=OF_CURVE, world=CURVE, kind=Kind.CONTROL, fools="xmlsec signxml")
def ecdsa_value_mirrored(captured: Captured) -> bytes:
    """The second number is replaced by its mirror: still a good signature, so its bytes are no key for replays."""
    r, s = _values(captured.xml)
    return _encoded(captured.xml, r.to_bytes(32, "big") + (P256_ORDER - s).to_bytes(32, "big"))


@attack(expect="SIG002 MET003", aws=BAD_SIGNATURE, classes="C19 E1", fools="xmlsec")
def response_signed_by_a_stranger_around_a_signed_assertion(captured: Captured) -> bytes:
    """The genuine Assertion is left alone; the stranger signs the Response around it."""
    return sign(captured.xml, identity(captured.xml).decode(), captured.intruder)
