"""What is known of IAM's SAML providers, row by row, asked by boto3: literal codes, statuses and messages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harness.entra.idp import EntraIdp
from harness.saml.keys import make_signing_key
from tests.web.conftest import NOW, PROD, Refusal, World

HELD = f"arn:aws:iam::{PROD}:saml-provider/WAAD"
MISSING = f"arn:aws:iam::{PROD}:saml-provider/nobody"
ABSENT_KEY = "SAMLPK" + "A" * 16
Refused = tuple[str, int, str]
"""Code, HTTP status and message."""


@cache
def pem(kind: str = "rsa-2048", form: str = "PKCS8") -> str:
    bits = int(kind.removeprefix("rsa-")) if kind.startswith("rsa-") else 0
    key = rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
    shape = getattr(serialization.PrivateFormat, form)
    return key.private_bytes(serialization.Encoding.PEM, shape, serialization.NoEncryption()).decode()


@dataclass
class Iam:
    """IAM of one account, with what the rows call again and again. Limits are left to the server to find."""

    world: World

    @property
    def client(self) -> Any:
        return self.world.client("iam", parameter_validation=False)

    @property
    def document(self) -> str:
        return self.world.idp.federation_metadata(NOW, bom=False).decode()

    def create(self, text: str | None = None, name: str = "New", **more: Any) -> Any:
        return self.client.create_saml_provider(SAMLMetadataDocument=text or self.document, Name=name, **more)

    def update(self, arn: str = HELD, **more: Any) -> Any:
        return self.client.update_saml_provider(SAMLProviderArn=arn, **more)

    def get(self, arn: str = HELD) -> Any:
        return self.client.get_saml_provider(SAMLProviderArn=arn)

    def key_ids(self) -> list[str]:
        return [one["KeyId"] for one in self.get()["PrivateKeyList"]]

    def changed(self, pattern: str, by: str) -> str:
        """The document with something replaced, which must be there."""
        text, count = re.subn(pattern, by, self.document, flags=re.DOTALL)
        assert count
        return text


def invalid_input(message: str) -> Refused:
    return ("InvalidInput", 400, message)


def validation(message: str) -> Refused:
    return ("ValidationError", 400, message)


NOT_PARSED = invalid_input("Could not parse metadata")
NO_IDP = invalid_input("SAML Providers must reference at least one SAML assertion issuer.")
CERTIFICATE = "<X509Certificate>[^<]+</X509Certificate>"
ENTITIES = '<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">{}</EntitiesDescriptor>'

DOCUMENTS: dict[str, tuple[Callable[[Iam], str], Refused | None]] = {
    "no-entity-id": (lambda iam: iam.changed(' entityID="[^"]+"', ""), NOT_PARSED),
    "wrong-root": (lambda iam: iam.changed("EntityDescriptor", "Something"), NOT_PARSED),
    "bad-base64": (lambda iam: iam.changed(CERTIFICATE, "<X509Certificate>***</X509Certificate>"), NOT_PARSED),
    "bad-der": (lambda iam: iam.changed(CERTIFICATE, "<X509Certificate>AAAA</X509Certificate>"), NOT_PARSED),
    "no-identity-provider": (lambda iam: iam.changed("IDPSSODescriptor", "SPSSODescriptor"), NO_IDP),
    "byte-order-mark": (lambda iam: "\ufeff" + iam.document, NOT_PARSED),
    "doctype": (lambda iam: iam.document.replace("?>", "?><!DOCTYPE x>", 1), NOT_PARSED),
    "too-short": (
        lambda _: "<short/>",
        validation(
            "1 validation error detected: Value '<short/>' at 'sAMLMetadataDocument' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1000"
        ),
    ),
    "entities-descriptor": (lambda iam: ENTITIES.format(iam.document.partition("?>")[2]), None),
    "no-certificate": (lambda iam: iam.changed("<KeyDescriptor.*?</KeyDescriptor>", ""), None),
    "encryption-only": (lambda iam: iam.changed('use="signing"', 'use="encryption"'), None),
    "no-sign-on-service": (lambda iam: iam.changed("<SingleSignOnService[^>]*/>", ""), None),
    "valid-until-past": (lambda iam: iam.changed(" entityID=", ' validUntil="2001-01-01T00:00:00Z" entityID='), None),
    "valid-until-absent": (lambda iam: iam.document, None),
    "trailing-comment": (lambda iam: iam.document + "<!-- end -->", None),
}

KEYS: dict[str, tuple[Callable[[Iam], Any], Refused | None]] = {
    "create-required-without-key": (
        lambda iam: iam.create(AssertionEncryptionMode="Required"),
        validation("Unable to set assertion encryption mode to Required because no private key is provided."),
    ),
    "update-required-without-key": (
        lambda iam: iam.update(AssertionEncryptionMode="Required"),
        invalid_input("Failed to set assertion encryption mode to Required because no private key is present."),
    ),
    "nothing-to-update": (
        lambda iam: iam.update(),
        validation("Unable to update identity provider. No updates are defined for metadata or encryption assertion."),
    ),
    "add-and-remove-together": (
        lambda iam: iam.update(AddPrivateKey=pem(), RemovePrivateKey=ABSENT_KEY),
        validation(
            "Unable to add and remove private keys in the same request. Set a value for only one of the two parameters."
        ),
    ),
    "third-key": (
        lambda iam: [iam.update(AddPrivateKey=pem()) for _ in range(3)],
        ("LimitExceeded", 409, "Private key limit of 2 is reached."),
    ),
    "remove-last-while-required": (
        lambda iam: (
            iam.update(AddPrivateKey=pem(), AssertionEncryptionMode="Required"),
            iam.update(RemovePrivateKey=iam.key_ids()[0]),
        ),
        invalid_input("Failed to remove private key."),
    ),
    "unknown-key-id": (
        lambda iam: iam.update(RemovePrivateKey=ABSENT_KEY),
        invalid_input("Failed to remove private key because the Key ID does not match a private key."),
    ),
    "bad-pem": (lambda iam: iam.update(AddPrivateKey="no key"), invalid_input("Invalid private key.")),
    "key-pkcs8": (lambda iam: iam.update(AddPrivateKey=pem()), None),
    "key-pkcs1": (lambda iam: iam.update(AddPrivateKey=pem(form="TraditionalOpenSSL")), None),
    "key-rsa-1024": (lambda iam: iam.update(AddPrivateKey=pem("rsa-1024")), None),
    "key-ec": (lambda iam: iam.update(AddPrivateKey=pem("ec")), None),
    "same-key-twice": (lambda iam: [iam.update(AddPrivateKey=pem()) for _ in range(2)], None),
}

NO_MANIFEST = ("NoSuchEntity", 404, f"Manifest not found for arn {MISSING}")
PROVIDERS: dict[str, tuple[Callable[[Iam], Any], Refused | None]] = {
    "unknown-provider-get": (lambda iam: iam.get(MISSING), NO_MANIFEST),
    "unknown-provider-update": (lambda iam: iam.update(MISSING, AddPrivateKey=pem()), NO_MANIFEST),
    "unknown-provider-delete": (lambda iam: iam.client.delete_saml_provider(SAMLProviderArn=MISSING), NO_MANIFEST),
    "another-entity-id-on-update": (
        lambda iam: iam.update(SAMLMetadataDocument=iam.changed(' entityID="[^"]+"', ' entityID="https://x.example"')),
        None,
    ),
}


def row(name: str, call: Callable[[Iam], Any], expected: Refused | None) -> Any:
    return pytest.param(call, expected, id=f"4/{name}")


ROWS = [
    *(row(name, lambda iam, text=text: iam.create(text(iam)), says) for name, (text, says) in DOCUMENTS.items()),
    *(row(name, call, says) for name, (call, says) in (KEYS | PROVIDERS).items()),
]


@pytest.mark.parametrize(("call", "expected"), ROWS)
def test_iam_answers(world: World, refusal: Refusal, call: Callable[[Iam], Any], expected: Refused | None) -> None:
    iam = Iam(world)
    if expected is not None:
        assert refusal(lambda: call(iam)) == expected
    else:
        call(iam)


def uuid_has_its_form(iam: Iam) -> None:
    assert re.fullmatch("SAMLSP[A-Z0-9]{16}", iam.get(iam.create()["SAMLProviderArn"])["SAMLProviderUUID"])


def key_id_has_its_form(iam: Iam) -> None:
    iam.update(AddPrivateKey=pem())
    assert re.fullmatch("SAMLPK[A-Z0-9]{16}", iam.key_ids()[0])


def made_again_has_another_uuid(iam: Iam) -> None:
    seen = set()
    for _ in range(2):
        arn = iam.create()["SAMLProviderArn"]
        seen.add(iam.get(arn)["SAMLProviderUUID"])
        iam.client.delete_saml_provider(SAMLProviderArn=arn)
    assert len(seen) == 2


def valid_for_a_century(iam: Iam) -> None:
    held = iam.get(iam.create()["SAMLProviderArn"])
    assert held["CreateDate"] == NOW
    assert held["ValidUntil"] == datetime(2126, 11, 1, 9, 0, tzinfo=UTC)


def update_keeps_uuid_and_creation(iam: Iam) -> None:
    arn = iam.create()["SAMLProviderArn"]
    before = iam.get(arn)
    iam.world.now += timedelta(days=1)
    iam.update(arn, SAMLMetadataDocument=iam.document)
    after = iam.get(arn)
    assert (after["SAMLProviderUUID"], after["CreateDate"]) == (before["SAMLProviderUUID"], before["CreateDate"])
    assert after["ValidUntil"] == before["ValidUntil"] + timedelta(days=1)


def nothing_is_set_by_default(iam: Iam) -> None:
    held = iam.get(iam.create()["SAMLProviderArn"])
    assert (held["AssertionEncryptionMode"], held["PrivateKeyList"], held["Tags"]) == ("Allowed", [], [])


def tags_are_echoed_and_then_sorted(iam: Iam) -> None:
    tags = [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]
    made = iam.create(Tags=tags)
    assert made["Tags"] == tags
    assert iam.get(made["SAMLProviderArn"])["Tags"] == tags[::-1]


def document_is_returned_byte_for_byte(iam: Iam) -> None:
    text = iam.document.replace("?>", "?>\r\n \r\t ", 1)
    assert iam.get(iam.create(text)["SAMLProviderArn"])["SAMLMetadataDocument"] == text


TRUE = (
    uuid_has_its_form,
    key_id_has_its_form,
    made_again_has_another_uuid,
    valid_for_a_century,
    update_keeps_uuid_and_creation,
    nothing_is_set_by_default,
    tags_are_echoed_and_then_sorted,
    document_is_returned_byte_for_byte,
)


@pytest.mark.parametrize("holds", [pytest.param(one, id=f"4/{one.__name__.replace('_', '-')}") for one in TRUE])
def test_iam_keeps_its_ways(world: World, holds: Callable[[Iam], None]) -> None:
    holds(Iam(world))


def test_a_provider_of_a_leap_day_is_valid_to_the_end_of_february(world: World) -> None:
    iam = Iam(world)
    iam.world.now = datetime(2096, 2, 29, 9, 0, tzinfo=UTC)
    assert iam.get(iam.create()["SAMLProviderArn"])["ValidUntil"] == datetime(2196, 2, 29, 9, 0, tzinfo=UTC)
    iam.world.now = datetime(2000, 2, 29, 9, 0, tzinfo=UTC)
    iam.update(SAMLMetadataDocument=iam.document)
    assert iam.get()["ValidUntil"] == datetime(2100, 2, 28, 9, 0, tzinfo=UTC)


def certificates(count: int) -> str:
    """Key descriptors with that many certificates."""
    made = [make_signing_key(f"k{n}", NOW, NOW + timedelta(days=1), private=shared(n)) for n in range(count)]
    return "".join(
        '<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>'
        f"{one.certificate.base64}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        for one in made
    )


@cache
def shared(number: int) -> Any:
    return ec.generate_private_key(ec.SECP256R1())


def with_keys(idp: EntraIdp, count: int) -> str:
    text = idp.federation_metadata(NOW, bom=False).decode()
    inside = re.compile("(<IDPSSODescriptor[^>]*>)(?:<KeyDescriptor.*?</KeyDescriptor>)+", re.DOTALL)
    return inside.sub(lambda found: found[1] + certificates(count), text)


def test_a_provider_holds_ten_keys_and_no_more(world: World, refusal: Refusal) -> None:
    """The quota is documented, the words are not known: ours say so."""
    iam = Iam(world)
    iam.create(with_keys(world.idp, 10))
    code, status, message = refusal(lambda: iam.create(with_keys(world.idp, 11), "Other"))
    assert (code, status) == ("LimitExceeded", 409)
    assert message == "saml-harness: a provider holds at most 10 keys"


def test_an_account_holds_a_hundred_providers_and_no_more(world: World, refusal: Refusal) -> None:
    iam = Iam(world)
    for number in range(99):
        iam.create(name=f"p{number}")
    assert refusal(lambda: iam.create(name="one-more"))[:2] == ("LimitExceeded", 409)


def test_a_duplicate_name_is_refused_in_our_words(world: World, refusal: Refusal) -> None:
    code, status, message = refusal(lambda: Iam(world).create(name="WAAD"))
    assert (code, status) == ("EntityAlreadyExists", 409)
    assert message.startswith("saml-harness: ")


def test_a_mode_that_does_not_exist_is_refused(world: World, refusal: Refusal) -> None:
    expected = validation("saml-harness: AssertionEncryptionMode is Required or Allowed")
    assert refusal(lambda: Iam(world).update(AssertionEncryptionMode="Sometimes")) == expected
    assert refusal(lambda: Iam(world).create(AssertionEncryptionMode="required")) == expected
