"""What fires the rules on metadata, certificates and the accounts of a scenario."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import NameOID

from harness.aws.account import Aws
from harness.saml import names
from harness.saml.keys import Certificate, SigningKey
from harness.saml.metadata import Metadata, read_metadata
from harness.saml.signing import sign
from tests.aws.responses import ACCOUNT, ISSUER, NOW, attributes, trust
from tests.rules.world import Case, declared, holding, key, metadata, response

DESCRIPTOR = f'<EntityDescriptor xmlns="{names.MD}"'
NAMED = f'{DESCRIPTOR} entityID="{ISSUER}">'
TENANT_WIDE = "accounts.accesscontrol.windows.net"


def with_bom() -> Aws:
    return holding(read_metadata(b"\xef\xbb\xbf" + metadata().raw))


def edited(old: str, new: str) -> Aws:
    return holding(metadata(edits=[(old, new)]))


def changed_after_signing() -> Aws:
    named = metadata(edits=[(DESCRIPTOR, f'{DESCRIPTOR} ID="_m1"')]).raw
    return holding(read_metadata(sign(named, "_m1", key()).replace(b"login.example", b"login.evil.example")))


def of_several() -> Aws:
    other = metadata(key("other"), issuer="https://other.example/").raw.decode()
    both = f'<EntitiesDescriptor xmlns="{names.MD}">{metadata().raw.decode()}{other}</EntitiesDescriptor>'
    return holding(read_metadata(both.encode()))


def with_half_a_certificate() -> Aws:
    text = metadata(key(), key("second")).raw.decode()
    return holding(read_metadata(text.replace(key("second").certificate.base64, "MIIC8DCC", 1).encode()))


def forgotten_at_the_rollover() -> Aws:
    """The pair's own provider still holds the old certificate; that of another account has the new one."""
    other = "arn:aws:iam::444455556666:saml-provider/Entra"
    return declared(holds=metadata(key("old")), others={other: metadata()})


def short() -> Metadata:
    return metadata(key("curve", kind="ec"))


def signed_by_a_curve() -> bytes:
    return response(by=key("curve", kind="ec"), method=names.ECDSA_SHA256)


def strange(public: object, *extensions: str) -> SigningKey:
    """A certificate for any public key, with unknown extensions; the second is renamed to the first."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "strange")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    builder = builder.public_key(public).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=900))  # type: ignore[arg-type]
    for oid in extensions:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=False)
    issuer = key().private
    der = builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    if extensions:
        first, second = (x509.ObjectIdentifier(oid) for oid in extensions)
        der = der.replace(bytes(_encoded(second)), bytes(_encoded(first)))
    return SigningKey(issuer, Certificate(der))


def _encoded(oid: x509.ObjectIdentifier) -> list[int]:
    first, second, *rest = map(int, oid.dotted_string.split("."))
    return [first * 40 + second, *rest]


def beside(other: SigningKey) -> Aws:
    """The signer's certificate first, another one after it."""
    return holding(metadata(key(), other))


def small_rsa() -> SigningKey:
    modulus = 0xC5 << 760 | (1 << 700) + 0x1D3
    return strange(rsa.RSAPublicNumbers(65537, modulus | 1).public_key())


def expires_in(days: int) -> SigningKey:
    return key(f"expires in {days}", until=days)


def signed_by(days: int) -> dict[str, object]:
    return {"by": lambda: expires_in(days), "aws": lambda: holding(metadata(expires_in(days)))}


METADATA = (
    Case("MET001", "", aws=with_bom),
    Case("MET002", "MET002", aws=lambda: beside(key(TENANT_WIDE))),
    Case("MET003", "SIG002 MET003", aws=lambda: holding(metadata(key("of another app")))),
    Case("MET004", "MET004", aws=lambda: edited(' use="signing"', ' use="encryption"')),
    Case("MET005", "", aws=changed_after_signing),
    Case("MET006", "AST006 MET006", aws=lambda: holding(read_metadata(
        metadata().raw.replace(b"IDPSSODescriptor", b"SPSSODescriptor")))),
    Case("MET007", "MET007", xml=signed_by_a_curve, aws=lambda: holding(short())),
    Case("MET008", "MET008", aws=lambda: holding(metadata(key(), *(key(f"c{n}", kind="ec") for n in range(10))))),
    Case("MET009", "", aws=of_several),
    Case("MET010", "", aws=lambda: edited(DESCRIPTOR, f'{DESCRIPTOR} validUntil="2026-10-31T00:00:00Z"')),
    Case("MET011", "MET011", aws=with_half_a_certificate),
    Case("MET013", "MET013", aws=forgotten_at_the_rollover),
    Case("MET012", "MET012", aws=lambda: edited(NAMED, f"{NAMED}<?edited by hand?>")),
)  # fmt: skip

CERTIFICATES = (
    Case("CRT001", "CRT001", **signed_by(0)),
    Case("CRT002", "", **signed_by(30)),
    Case("CRT002", "", **signed_by(7), name="7 days"),
    Case("CRT003", "", **signed_by(31)),
    Case("CRT003", "", **signed_by(60), name="60 days"),
    Case("CRT004", "", aws=lambda: beside(key("short", bits=1024))),
    Case("CRT005", "CRT005", aws=lambda: beside(small_rsa())),
    Case("CRT006", "CRT006", aws=lambda: beside(strange(key().private.public_key(), "1.2.3.4.5", "1.2.3.4.6"))),
    Case("CRT007", "", by=lambda: key("from tomorrow", since=1),
         aws=lambda: holding(metadata(key("from tomorrow", since=1)))),
    Case("CRT008", "", aws=lambda: holding(metadata(key("second"), key()))),
    Case("CRT009", "CRT009", aws=lambda: beside(strange(ed25519.Ed25519PrivateKey.generate().public_key()))),
)  # fmt: skip

TAGGED = {"says": attributes(**{"PrincipalTag:Team": "blue"})}
NAMING_ACS = {"Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}
ADDRESSED = {"Condition": NAMING_ACS["Condition"] | {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}

TRUST = (
    Case("TRU001", "TRU001",
         aws=lambda: declared(provider=f"{ACCOUNT}:saml-provider/entra", policy=trust(**NAMING_ACS))),
    Case("TRU002", "TRU002", aws=lambda: declared(role=f"{ACCOUNT}:role/admin")),
    Case("TRU003", "TRU003", aws=lambda: declared(policy=trust(f"{ACCOUNT}:saml-provider/Other", **NAMING_ACS))),
    Case("TRU004", "TRU004", {"says": attributes(SessionDuration="7200")},
         aws=lambda: declared(policy=trust(**NAMING_ACS))),
    Case("TRU005", "TRU005", TAGGED, aws=lambda: declared(policy=trust(**NAMING_ACS))),
    Case("TRU006", "TRU006", {"says": attributes(SourceIdentity="ada")},
         aws=lambda: declared(policy=trust(**NAMING_ACS))),
    Case("TRU007", "", aws=declared),
    Case("TRU008", "", aws=lambda: declared(policy=trust(**ADDRESSED))),
)  # fmt: skip

CASES = METADATA + CERTIFICATES + TRUST
