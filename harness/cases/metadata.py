"""Mistakes in the metadata that was uploaded to AWS, and forgeries of it."""

import re
from collections.abc import Callable
from dataclasses import replace

from harness.cases.core import ACCEPTED, UNKNOWN, ResponseSpec, fault
from harness.cases.words import BAD_SIGNATURE, OTHER_ISSUER
from harness.cases.workshop import ENTRA, INTRUDER, ISSUER, MetadataSpec, Workshop
from harness.saml import names
from harness.saml.signing import sign

_DESCRIPTOR = re.compile(rb'<KeyDescriptor use="signing">.*?</KeyDescriptor>')
_START = f'xmlns="{names.MD}">'


def _edited(spec: ResponseSpec, old: str, new: str) -> ResponseSpec:
    return spec.meets(metadata=MetadataSpec(edits=((old, new),)))


def _rewritten(spec: ResponseSpec, rewrite: Callable[[bytes, Workshop], bytes]) -> ResponseSpec:
    return spec.meets(metadata=MetadataSpec(rewrite=rewrite))


def _with(spec: ResponseSpec, *keys: str) -> ResponseSpec:
    return spec.meets(metadata=MetadataSpec(keys))


@fault(expect="MET001", aws=ACCEPTED)
def byte_order_mark(spec: ResponseSpec) -> ResponseSpec:
    """The file is as Entra serves it, with a byte order mark that IAM's documents forbid."""
    return spec.meets(metadata=MetadataSpec(bom=True))


@fault(expect="MET002", aws=ACCEPTED, refs=("entra: metadata without appid",))
def metadata_of_the_whole_tenant(spec: ResponseSpec) -> ResponseSpec:
    """The metadata lists the tenant's own certificate: it was fetched without the application's ID."""
    return _with(spec, ENTRA, "Tenant")


@fault(expect="MET004", aws=BAD_SIGNATURE, classes="I6")
def keys_for_encryption_only(spec: ResponseSpec) -> ResponseSpec:
    """Every KeyDescriptor of the identity provider is for encryption."""
    return _rewritten(spec, lambda raw, _: raw.replace(b'use="signing"', b'use="encryption"'))


@fault(expect="MET004", aws=BAD_SIGNATURE, classes="I6")
def keys_by_name_only(spec: ResponseSpec) -> ResponseSpec:
    """KeyDescriptors hold a KeyName and no certificate."""
    named = b'<KeyDescriptor use="signing"><KeyInfo xmlns="%b"><KeyName>k</KeyName></KeyInfo></KeyDescriptor>'
    return _rewritten(spec, lambda raw, _: _DESCRIPTOR.sub(named % names.DS.encode(), raw))


@fault(expect="MET004", aws=BAD_SIGNATURE, classes="I6")
def no_keys_at_all(spec: ResponseSpec) -> ResponseSpec:
    """The metadata lists no certificate. IAM is seen to take it; no signature can fit."""
    return _rewritten(spec, lambda raw, _: _DESCRIPTOR.sub(b"", raw))


@fault(expect="MET005", aws=ACCEPTED, classes="I1")
def edited_by_hand(spec: ResponseSpec) -> ResponseSpec:
    """An endpoint was changed after the identity provider signed the document."""
    return _rewritten(spec, lambda raw, _: raw.replace(b"/saml2", b"/saml2/"))


@fault(expect="", aws=ACCEPTED, classes="I1")
def signature_removed(spec: ResponseSpec) -> ResponseSpec:
    """The metadata's own signature was taken out. IAM trusts whoever uploads, signed or not."""
    signature = re.compile(rb"<Signature .*?</Signature>")
    return _rewritten(spec, lambda raw, _: signature.sub(b"", raw))


@fault(expect="MET005 SIG002 MET003", aws=BAD_SIGNATURE, classes="I1 I10")
def swapped_for_a_strangers(spec: ResponseSpec) -> ResponseSpec:
    """Somebody else's certificate was put into the document: nothing that Entra signs fits any more."""

    def swap(raw: bytes, workshop: Workshop) -> bytes:
        own, other = (workshop.certificate(name).base64.encode() for name in (ENTRA, INTRUDER))
        head, tail = raw.split(b"<IDPSSODescriptor")
        return head + b"<IDPSSODescriptor" + tail.replace(own, other)

    return _rewritten(spec, swap)


@fault(expect="AST006 MET006", aws=OTHER_ISSUER, classes="I5")
def metadata_of_a_service_provider(spec: ResponseSpec) -> ResponseSpec:
    """The file describes a service provider: that of AWS, perhaps."""
    return _rewritten(spec, lambda raw, _: raw.replace(b"IDPSSODescriptor", b"SPSSODescriptor"))


@fault(expect="AST006 MET006", aws=OTHER_ISSUER, classes="I5")
def identity_provider_of_another_protocol(spec: ResponseSpec) -> ResponseSpec:
    """The IDPSSODescriptor supports SAML 1.1 only."""
    return _rewritten(spec, lambda raw, _: raw.replace(names.SAMLP.encode(), b"urn:oasis:names:tc:SAML:1.1:protocol"))


def _shortest(_: bytes, workshop: Workshop) -> bytes:
    certificate = workshop.certificate("P-256").base64
    return (
        f'<EntityDescriptor xmlns="{names.MD}" entityID="{ISSUER}"><IDPSSODescriptor '
        f'protocolSupportEnumeration="{names.SAMLP}"><KeyDescriptor><KeyInfo xmlns="{names.DS}"><X509Data>'
        f"<X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor>"
        "</EntityDescriptor>"
    ).encode()


@fault(expect="MET007", aws=UNKNOWN)
def metadata_shorter_than_iam_takes(spec: ResponseSpec) -> ResponseSpec:
    """The document is so short that IAM cannot have taken it; its key is on a curve, which AWS may not know."""
    spec = replace(spec, key="P-256", method=names.ECDSA_SHA256)
    return _rewritten(spec, _shortest)


@fault(expect="MET008", aws=ACCEPTED)
def eleven_keys(spec: ResponseSpec) -> ResponseSpec:
    """The metadata lists one key more than IAM takes."""
    return _with(spec, ENTRA, *(f"spare {number}" for number in range(10)))


def _aggregate(entity_id: str, first: bool) -> Callable[[bytes, Workshop], bytes]:
    """The document beside one of a stranger, inside an EntitiesDescriptor."""

    def rewrite(raw: bytes, workshop: Workshop) -> bytes:
        own = raw.partition(b"?>")[2]
        other = workshop.metadata(MetadataSpec((INTRUDER,))).partition(b"?>")[2]
        other = other.replace(b'"_metadata"', b'"_other"').replace(ISSUER.encode(), entity_id.encode())
        both = other + own if first else own + other
        return b'<EntitiesDescriptor xmlns="%b">' % names.MD.encode() + both + b"</EntitiesDescriptor>"

    return rewrite


@fault(expect="MET009", aws=ACCEPTED, classes="I4")
def several_identity_providers(spec: ResponseSpec) -> ResponseSpec:
    """The document describes two identity providers."""
    return _rewritten(spec, _aggregate("https://other.example/", first=True))


@fault(expect="MET009", aws=ACCEPTED, classes="I4")
def identity_provider_in_capitals(spec: ResponseSpec) -> ResponseSpec:
    """A second entity is named like the first but for the case of its letters."""
    return _rewritten(spec, _aggregate(ISSUER.upper(), first=True))


@fault(expect="MET013", aws=BAD_SIGNATURE, classes="I4 G9", refs=("CVE-2026-49283",))
def signed_by_another_entity_of_the_document(spec: ResponseSpec) -> ResponseSpec:
    """The response says our Issuer and is signed with the key of the other entity in the same document."""
    return _rewritten(replace(spec, key=INTRUDER), _aggregate("https://other.example/", first=True))


@fault(expect="MET010", aws=ACCEPTED, classes="I3")
def valid_until_yesterday(spec: ResponseSpec) -> ResponseSpec:
    """The metadata's validUntil has passed. AWS ignores it."""
    until = spec.shown(-86_400)
    return _edited(spec, _START + "<Signature", f'validUntil="{until}" {_START}<Signature')


@fault(expect="MET011", aws=ACCEPTED, classes="I7")
def half_a_certificate(spec: ResponseSpec) -> ResponseSpec:
    """One certificate of two was cut off in an editor."""

    def cut(raw: bytes, workshop: Workshop) -> bytes:
        return raw.replace(workshop.certificate("next").base64.encode(), b"MIIC8DCC")

    return spec.meets(metadata=MetadataSpec((ENTRA, "next"), rewrite=cut))


@fault(expect="MET005", aws=ACCEPTED, classes="I7")
def certificate_on_many_lines(spec: ResponseSpec) -> ResponseSpec:
    """The certificate is wrapped and indented, as editors leave it."""

    def wrap(raw: bytes, workshop: Workshop) -> bytes:
        text = workshop.certificate(ENTRA).base64
        lines = "\r\n    ".join(text[at : at + 64] for at in range(0, len(text), 64))
        return raw.replace(text.encode(), f"\r\n    {lines}\r\n".encode())

    return _rewritten(spec, wrap)


@fault(expect="MET012", aws=ACCEPTED, classes="I9")
def instruction_in_metadata(spec: ResponseSpec) -> ResponseSpec:
    """The document holds a processing instruction."""
    return _edited(spec, _START + "<Signature", f"{_START}<?edited by hand?><Signature")


@fault(expect="CRT004", aws=ACCEPTED, classes="E11")
def short_key_beside_the_signers(spec: ResponseSpec) -> ResponseSpec:
    """A second key has 1024 bits."""
    return _with(spec, ENTRA, "RSA 1024")


@fault(expect="CRT005", aws=ACCEPTED, classes="E11")
def key_of_768_bits(spec: ResponseSpec) -> ResponseSpec:
    """A second key has fewer bits than IAM takes."""
    return _with(spec, ENTRA, "RSA 768")


@fault(expect="CRT006", aws=ACCEPTED, classes="I7")
def certificate_that_repeats_an_extension(spec: ResponseSpec) -> ResponseSpec:
    """A certificate holds one X.509 extension twice, which AWS documents as refused."""
    return _with(spec, ENTRA, "repeated extension")


@fault(expect="CRT009", aws=ACCEPTED, classes="E11")
def key_of_another_kind(spec: ResponseSpec) -> ResponseSpec:
    """A second certificate carries an Ed25519 key, with which no SAML signature is made."""
    return _with(spec, ENTRA, "Ed25519")


def _nested(raw: bytes, workshop: Workshop) -> bytes:
    """A stranger's entity around the signed one: the signature inside is still good."""
    own = raw.partition(b"?>")[2]
    other = workshop.metadata(MetadataSpec((INTRUDER,))).partition(b"?>")[2]
    other = re.sub(rb"<Signature .*?</Signature>", b"", other).replace(b'"_metadata"', b'"_forged"')
    return other.replace(b"</EntityDescriptor>", b"<Extensions>" + own + b"</Extensions></EntityDescriptor>")


@fault(expect="SIG002 MET003", aws=BAD_SIGNATURE, classes="I2")
def signed_metadata_inside_a_forged_one(spec: ResponseSpec) -> ResponseSpec:
    """A stranger's entity holds the genuine one, signature and all: only the outer one describes anything."""
    return _rewritten(spec, _nested)


@fault(expect="", aws=ACCEPTED, classes="I1 I10")
def signed_by_a_stranger(spec: ResponseSpec) -> ResponseSpec:
    """The document is signed by somebody else, whose certificate is inside: that proves integrity, never origin."""

    def resign(raw: bytes, workshop: Workshop) -> bytes:
        bare = re.sub(rb"<Signature .*?</Signature>", b"", raw)
        return sign(bare, "_metadata", workshop.key(INTRUDER))

    return _rewritten(spec, resign)


_ENDPOINT = re.compile(rb"<SingleSignOnService [^>]*/>")
_SEAL = re.compile(rb"<Signature .*?</Signature>")


@fault(expect="", aws=ACCEPTED, classes="I8", refs=("CVE-2023-45683",))
def endpoint_that_is_a_script(spec: ResponseSpec) -> ResponseSpec:
    """The sign-in address is a script: whoever shows it as a link runs it, and AWS never follows it."""
    script = f'<SingleSignOnService Binding="{names.HTTP_REDIRECT}" Location="javascript:alert(1)"/>'.encode()
    return _rewritten(spec, lambda raw, _: _ENDPOINT.sub(script, _SEAL.sub(b"", raw)))


@fault(expect="", aws=ACCEPTED, classes="I8")
def no_endpoint_at_all(spec: ResponseSpec) -> ResponseSpec:
    """The metadata names no sign-in address. IAM is seen to take it: sign-in starts at the identity provider."""
    return _rewritten(spec, lambda raw, _: _ENDPOINT.sub(b"", _SEAL.sub(b"", raw)))
