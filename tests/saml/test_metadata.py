"""Identity-provider metadata: who may sign, what changed, and the overlap document for a rollover."""

from __future__ import annotations

import re

import pytest

from harness.entra.metadata import write_metadata
from harness.errors import HarnessError, UnreadableInput
from harness.saml.document import UTF8_BOM
from harness.saml.keys import Certificate, SigningKey
from harness.saml.metadata import Metadata, diff, merge, read_metadata
from harness.saml.names import DS, MD, SAMLP
from tests.saml.libraries import signxml_verifies, xmlsec_verifies
from tests.saml.world import ec_key, fully_accepted, idp, issued, judged, key, metadata, other_key, resigned, unsigned

TENANT = "5c8f22c0-6a66-437d-8485-6d20124ca763"
ENTITY = f"https://sts.windows.net/{TENANT}/"


def written(*keys: SigningKey, bom: bool = True, tenant: str = TENANT) -> bytes:
    """Entra's document that lists these keys; the first one signs it."""
    return write_metadata(tenant, [one.certificate for one in keys], keys[0], bom=bom, document_id="_m")


def descriptor(certificate: Certificate | str, use: str = ' use="signing"') -> str:
    text = certificate if isinstance(certificate, str) else certificate.base64
    return (
        f'<md:KeyDescriptor{use}><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>{text}'
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def entity(keys: str, name: str = ENTITY, role: str = "IDPSSODescriptor", protocol: str = SAMLP) -> str:
    """An EntityDescriptor in another identity provider's writing."""
    return (
        f'<md:EntityDescriptor xmlns:md="{MD}" entityID="{name}">\n  '
        f'<md:{role} protocolSupportEnumeration="{protocol}">{keys}'
        f'<md:SingleSignOnService Binding="urn:b" Location="https://idp.contoso.com/"/></md:{role}>\n'
        "</md:EntityDescriptor>"
    )


def entities(*members: str) -> bytes:
    return f'<md:EntitiesDescriptor xmlns:md="{MD}">{"".join(members)}</md:EntitiesDescriptor>'.encode()


def test_the_metadata_of_entra_is_read() -> None:
    document = read_metadata(written(key(), other_key()))
    assert document.entity_ids == (ENTITY,)
    assert document.keys == (key().certificate, other_key().certificate)
    assert document.keys_for(ENTITY) == document.keys
    assert document.document.bom
    assert [location for _, location in document.entities[0].endpoints] == [
        f"https://login.microsoftonline.com/{TENANT}/saml2"
    ] * 2


def test_the_mark_of_entra_can_be_left_out() -> None:
    assert written(key()).startswith(UTF8_BOM + b"<?xml")
    assert written(key(), bom=False).startswith(b"<?xml")
    assert not read_metadata(written(key(), bom=False)).document.bom


def test_its_own_signature_proves_integrity() -> None:
    document = read_metadata(written(key()))
    assert document.signature is not None
    assert document.signature.verified
    assert xmlsec_verifies(written(key()), key().certificate)
    assert signxml_verifies(written(key()), key().certificate)


def test_a_changed_document_fails_its_own_signature() -> None:
    changed = read_metadata(written(key()).replace(b"saml2", b"saml3"))
    assert changed.signature is not None
    assert not changed.signature.verified


def test_a_signed_document_inside_a_forged_one_proves_nothing() -> None:
    genuine = written(key(), bom=False).partition(b"?>")[2]
    seal = re.search(rb"<Signature .*?</Signature>", genuine)
    assert seal
    forged = entity(descriptor(other_key().certificate)).replace(
        "<md:EntityDescriptor ", '<md:EntityDescriptor ID="_f" '
    )
    holder = f'<md:Extensions xmlns:md="{MD}">'.encode() + genuine.replace(seal[0], b"") + b"</md:Extensions>"
    opening, _, rest = forged.encode().partition(b">")
    wrapped = read_metadata(opening + b">" + seal[0] + holder + rest)
    assert xmlsec_verifies(wrapped.raw, key().certificate)
    assert wrapped.signature is not None
    assert not wrapped.signature.verified
    assert read_metadata(entities(genuine.decode())).signature is None


def test_an_unsigned_document_has_no_signature() -> None:
    assert read_metadata(entity(descriptor(key().certificate)).encode()).signature is None


def test_it_describes_nineteen_claims_and_three_places_of_keys() -> None:
    raw = written(key(), other_key())
    assert raw.count(b"<auth:ClaimType ") == 19
    assert raw.count(b"<KeyDescriptor ") == 6
    assert raw.count(b"<RoleDescriptor ") == 2
    assert b"\n" not in raw


@pytest.mark.parametrize(
    ("keys", "signing", "other"),
    [
        (descriptor(key().certificate), 1, 0),
        (descriptor(key().certificate, ""), 1, 0),
        (descriptor(key().certificate, ' use="encryption"'), 0, 1),
        (descriptor(key().certificate, ' use="elsewhere"'), 0, 1),
        (descriptor(key().certificate, ' use=""'), 0, 1),
        (descriptor(key().certificate) + descriptor(other_key().certificate, ' use="encryption"'), 1, 1),
        (descriptor(key().certificate) + descriptor(other_key().certificate, ""), 2, 0),
        (descriptor(key().certificate) * 2, 1, 0),
        (
            f'<md:KeyDescriptor><ds:KeyInfo xmlns:ds="{DS}"><ds:KeyName>k</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>',
            0,
            0,
        ),
        ("", 0, 0),
    ],
)
def test_keys_that_may_sign_are_those_for_signing_or_for_any_use(keys: str, signing: int, other: int) -> None:
    document = read_metadata(entity(keys).encode())
    assert len(document.keys) == signing
    assert document.entities[0].encryption_only == other


@pytest.mark.parametrize("layout", ["\n  {}\n  ", "\r\n{}\r\n", "&#10;{}"])
def test_a_certificate_may_be_wrapped_in_lines(layout: str) -> None:
    lines = "\n".join(re.findall(".{1,64}", key().certificate.base64))
    document = read_metadata(entity(descriptor(layout.format(lines))).encode())
    assert document.keys == (key().certificate,)


@pytest.mark.parametrize("text", ["", "AAAA", "!!!", "-----BEGIN CERTIFICATE-----", "MIIC" * 40])
def test_a_certificate_that_cannot_be_read_is_named(text: str) -> None:
    document = read_metadata(entity(descriptor(text) + descriptor(key().certificate)).encode())
    assert document.keys == (key().certificate,)
    assert len(document.entities[0].unreadable) == 1


def test_several_entities_are_told_apart() -> None:
    document = read_metadata(
        entities(
            entity(descriptor(key().certificate), "urn:one"),
            entity(descriptor(other_key().certificate), "urn:two"),
            entity(descriptor(other_key("sp").certificate), "urn:sp", "SPSSODescriptor"),
        )
    )
    assert document.entity_ids == ("urn:one", "urn:two")
    assert document.entity_count == 3
    assert document.keys_for("urn:one") == (key().certificate,)
    assert document.keys_for("urn:two") == (other_key().certificate,)
    assert document.keys_for("urn:sp") == document.keys_for("URN:ONE") == document.keys_for(None) == ()


def test_a_role_of_another_protocol_is_no_identity_provider() -> None:
    assert (
        read_metadata(
            entity(descriptor(key().certificate), protocol="urn:oasis:names:tc:SAML:1.1:protocol").encode()
        ).entities
        == ()
    )


def test_keys_of_a_role_descriptor_are_not_trusted() -> None:
    """Entra writes two of them, for another protocol."""
    raw = written(key()).replace(key().certificate.base64.encode(), other_key().certificate.base64.encode(), 2)
    assert read_metadata(raw).keys == (key().certificate,)


def test_a_key_of_another_entity_signs_nothing_for_this_one() -> None:
    from harness.aws.account import Aws
    from harness.rules import Policy
    from harness.saml.wire import Capture
    from harness.validate import check
    from tests.saml.world import AT, accepted

    document = read_metadata(
        entities(
            entity(descriptor(key().certificate), idp().issuer),
            entity(descriptor(other_key().certificate), "urn:other"),
        )
    )
    policy = Policy(Aws(declared=False, fallback=document), document.keys)
    forged = resigned(unsigned(), other_key())
    assert not accepted(check(Capture("XML", forged, len(forged)), policy, AT, ask_engines=False))


@pytest.mark.parametrize("raw", [b"", b"hello", b"<a", b"<a/>", issued(), b"<!DOCTYPE x>" + written(key(), bom=False)])
def test_what_is_no_metadata_is_refused_by_name(raw: bytes) -> None:
    with pytest.raises(UnreadableInput, match=r"^meta\.xml: "):
        read_metadata(raw, "meta.xml")


def test_equal_documents_do_not_differ() -> None:
    assert not diff(read_metadata(written(key())), read_metadata(written(key(), bom=False))).any


def test_a_difference_names_keys_and_entities_and_endpoints() -> None:
    old, new = (
        read_metadata(written(key(), other_key())),
        read_metadata(written(other_key(), ec_key("SECP256R1"), tenant=TENANT[::-1])),
    )
    change = diff(old, new)
    assert change.added == (ec_key("SECP256R1").certificate,)
    assert change.removed == (key().certificate,)
    assert change.entity_ids is not None
    assert change.endpoints is not None
    assert change.any


def read_back(documents: list[Metadata]) -> tuple[Metadata, bytes]:
    merged = merge(documents)
    return read_metadata(merged.raw), merged.raw


def test_a_merged_document_lists_every_key_in_all_three_places() -> None:
    again, raw = read_back(
        [
            read_metadata(written(key())),
            read_metadata(written(other_key())),
            read_metadata(written(key(), other_key("third"))),
        ]
    )
    assert again.keys == (key().certificate, other_key().certificate, other_key("third").certificate)
    for one in again.keys:
        assert raw.count(one.base64.encode()) == 3
    assert again.document.flaws == ()
    assert again.entity_ids == (ENTITY,)


def test_a_merged_document_is_as_iam_wants_it() -> None:
    merged = merge([read_metadata(written(key())), read_metadata(written(other_key()))])
    assert merged.raw.startswith(b"<?xml ")
    assert b"<Signature" not in merged.raw
    assert merged.signature_dropped
    assert merged.added == (other_key().certificate,)
    assert len(merged.raw) < 10_000_000


def test_a_merged_document_accepts_responses_of_both_keys() -> None:
    both = merge([metadata(), read_metadata(_same_tenant(other_key()))])
    trusted = read_metadata(both.raw).keys
    assert fully_accepted(judged(issued(), *trusted))
    assert fully_accepted(judged(resigned(unsigned(), other_key()), *trusted))


def _same_tenant(one: SigningKey) -> bytes:
    return write_metadata(idp().scenario.tenant_id, [one.certificate], one)


def test_merging_a_document_with_itself_adds_nothing() -> None:
    merged = merge([metadata(), metadata()])
    assert merged.added == ()
    assert read_metadata(merged.raw).keys == metadata().keys


def test_documents_of_different_entities_are_not_merged() -> None:
    with pytest.raises(UnreadableInput, match="different identity providers"):
        merge([read_metadata(written(key())), read_metadata(written(other_key(), tenant=TENANT[::-1]))])


@pytest.mark.parametrize(
    "raw",
    [
        entities(entity(descriptor(key().certificate)), entity(descriptor(key().certificate), "urn:two")),
        entities(entity(descriptor(key().certificate)), entity("", "urn:sp", "SPSSODescriptor")),
        entity("", ENTITY, "SPSSODescriptor").encode(),
    ],
)
def test_only_documents_of_one_identity_provider_are_merged(raw: bytes) -> None:
    for documents in (
        [read_metadata(written(key())), read_metadata(raw)],
        [read_metadata(raw), read_metadata(written(key()))],
    ):
        with pytest.raises(UnreadableInput):
            merge(documents)


NAMELESS = entity(descriptor(key().certificate)).replace("entityID", "entityid").encode()


@pytest.mark.parametrize("first", [True, False])
def test_a_document_without_an_entity_id_is_refused_and_no_crash(first: bool) -> None:
    pair = [read_metadata(NAMELESS), read_metadata(written(key()))]
    with pytest.raises(HarnessError):
        merge(pair if first else pair[::-1])


KEY_NAME = re.sub("<ds:X509Data>.*</ds:X509Data>", "<ds:KeyName>k</ds:KeyName>", descriptor("x"))
AWKWARD = {
    "another writing": entity(descriptor(key().certificate)).encode(),
    "EntitiesDescriptor": entities(entity(descriptor(key().certificate))),
    "signed inside EntitiesDescriptor": entities(written(key(), bom=False).decode().partition("?>")[2]),
    "a KeyName last": entity(descriptor(key().certificate) + KEY_NAME).encode(),
    "an encryption key only": entity(descriptor(key().certificate, ' use="encryption"')).encode(),
    "no key": entity("").encode(),
    "two certificates in one KeyDescriptor": entity(
        descriptor(key().certificate).replace(
            "</ds:X509Data>",
            f"</ds:X509Data><ds:X509Data><ds:X509Certificate>{other_key('second').certificate.base64}</ds:X509Certificate></ds:X509Data>",
        )
    ).encode(),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_a_merge_holds_every_key_or_is_refused(name: str) -> None:
    """A merge that silently lacks a key stops every sign-in on the day of the rollover."""
    first, second = read_metadata(AWKWARD[name]), read_metadata(written(other_key()))
    for documents in ([first, second], [second, first]):
        try:
            merged = merge(documents)
        except HarnessError:
            continue
        assert set(read_metadata(merged.raw).keys) == {*first.keys, *second.keys}
        assert b"SignatureValue" not in merged.raw
