"""The strict signature profile: what it takes, and one live vector for each thing it refuses.

Vectors are made with Entra's own key where they can be, so that only the profile stands between them and trust.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import pytest
from lxml import etree

from harness.saml import names
from harness.saml.document import Document, parse
from harness.saml.dsig import SignatureFlaw, verify
from harness.saml.names import DS, ENVELOPED, EXC_C14N
from tests.saml.libraries import NAIVE_PARSER, sign_by_template, signxml_verifies, xmlsec_verifies
from tests.saml.sealing import digest_of, plainly_sealed, prefix_list, pretty, reference, sealed, signed_info, transform
from tests.saml.world import (
    FORGED,
    USER,
    accepted,
    assert_refused,
    change,
    forged,
    fully_accepted,
    id_of,
    issued,
    judged,
    key,
    metadata,
    other_key,
    resigned,
    signature_flaws,
    signature_in,
    taken,
    unsigned,
)
from tests.saml.wrapping import response_around

INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"


def standard() -> str:
    return reference("#" + id_of(unsigned()), digest_of(unsigned()))


def renamed(xml: bytes) -> bytes:
    """The same response with every SAML element prefixed, as other identity providers write it."""
    text = re.sub(r"<(/?)([A-Z])", r"<\1saml2:\2", xml.decode())
    text = text.replace(f'xmlns="{names.SAML}"', f'xmlns:saml2="{names.SAML}"')
    return text.replace("samlp:", "saml2p:").replace("xmlns:samlp", "xmlns:saml2p").encode()


def with_prefixes_of_the_response(tokens: list[str]) -> bytes:
    """Signed with a PrefixList whose namespaces stand on the Response alone."""
    xml = change(unsigned(), "<samlp:Response ", '<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" ')
    listed = transform(EXC_C14N, prefix_list(" ".join(tokens)))
    digest = digest_of(xml, prefixes=[token for token in tokens if token != "#default"])
    return sealed(signed_info(reference("#" + id_of(xml), digest, transforms=(transform(ENVELOPED), listed))), xml)


CONTROLS: dict[str, Callable[[], bytes]] = {
    "assertion signed": issued,
    "both signed": lambda: issued("both"),
    "signed by hand": plainly_sealed,
    "other prefixes": lambda: resigned(renamed(unsigned())),
    "pretty-printed before signing": lambda: resigned(pretty(unsigned())),
    "prefixes on the Response": lambda: with_prefixes_of_the_response(["xs", "samlp"]),
    "an empty PrefixList": lambda: with_prefixes_of_the_response([]),
    "unknown and repeated prefixes": lambda: with_prefixes_of_the_response(["xs", "xs", "nowhere"]),
    "sixteen prefixes": lambda: with_prefixes_of_the_response(["xs", *(f"p{n}" for n in range(15))]),
    "no KeyInfo": lambda: re.sub(rb"<KeyInfo>.*</KeyInfo>", b"", issued()),
    "KeyInfo with a KeyName": lambda: issued().replace(b"<KeyInfo>", b"<KeyInfo><KeyName>contoso</KeyName>"),
    "base64 wrapped in lines": lambda: re.sub(
        rb"(<SignatureValue>)(.*?)(</SignatureValue>)",
        lambda found: found[1] + re.sub(rb"(.{64})", rb"\1\n", found[2]) + b"\n" + found[3],
        issued(),
    ),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_what_the_profile_allows_is_verified_by_all_three(name: str) -> None:
    xml = CONTROLS[name]()
    report = judged(xml, engines=True)
    assert fully_accepted(report)
    assert not report.error_codes
    words = [word for one in report.signatures for _, word, _ in one.words]
    assert set(words) == {"verifies"}
    assert xmlsec_verifies(xml)


def test_a_signed_response_verifies_although_aws_wants_the_assertion_signed() -> None:
    received = taken(issued("response"))
    assert [one.verified for one in received.all_signatures] == [True]
    assert received.signed is not None
    assert "SIG001" in judged(issued("response")).error_codes


def with_the_default_prefix_by_name() -> bytes:
    """``#default`` means the default namespace in scope; lxml drops it, so nobody could tell what was signed."""
    xml = renamed(unsigned()).replace(b"<saml2p:Response ", b'<saml2p:Response xmlns="urn:contoso:default" ')
    listed = (transform(ENVELOPED), transform(EXC_C14N, prefix_list("#default")))
    return signed_by_xmlsec(signed_info(reference("#" + id_of(xml), b"", transforms=listed)), xml)


def signed_by_xmlsec(info: str, xml: bytes | None = None) -> bytes:
    text = xml or unsigned()
    template = f'<Signature xmlns="{DS}">{info}<SignatureValue/></Signature>'
    return sign_by_template(text, id_of(text).encode(), template, key())


def twice(xml: bytes) -> bytes:
    seal = signature_in(xml)
    return xml.replace(seal, seal + seal)


def moved_to_the_end() -> bytes:
    seal = signature_in(issued())
    return issued().replace(seal, b"").replace(b"</Assertion>", seal + b"</Assertion>")


REFUSED: dict[str, tuple[SignatureFlaw, bool, Callable[[], bytes]]] = {
    # name: (the flaw, whether bare xmlsec verifies it all the same, the document)
    "at the end": (SignatureFlaw.MISPLACED, True, moved_to_the_end),
    "before the Issuer": (SignatureFlaw.MISPLACED, True, lambda: sealed(signed_info(standard()), position=0)),
    "a twin": (SignatureFlaw.REPEATED, False, lambda: twice(issued())),
    "an Object": (SignatureFlaw.CHILDREN, True, lambda: sealed(signed_info(standard()), after="<Object/>")),
    "two SignatureValues": (
        SignatureFlaw.CHILDREN,
        False,
        lambda: sealed(signed_info(standard()), after="<SignatureValue>AAAA</SignatureValue>"),
    ),
    "no SignatureValue": (
        SignatureFlaw.CHILDREN,
        False,
        lambda: re.sub(rb"<SignatureValue>.*?</SignatureValue>", b"", issued()),
    ),
    "an empty Signature": (
        SignatureFlaw.CHILDREN,
        False,
        lambda: issued().replace(signature_in(issued()), f'<Signature xmlns="{DS}"/>'.encode()),
    ),
    "text in the Signature": (
        SignatureFlaw.CHILDREN,
        True,
        lambda: change(issued(), "</SignedInfo>", "</SignedInfo>junk"),
    ),
    "a RetrievalMethod": (
        SignatureFlaw.KEY_INFO,
        True,
        lambda: change(issued(), "<KeyInfo>", '<KeyInfo><RetrievalMethod URI="file:///etc/hostname"/>'),
    ),
    "a RetrievalMethod inside KeyValue": (
        SignatureFlaw.KEY_INFO,
        True,
        lambda: change(
            issued(), "<KeyInfo>", '<KeyInfo><KeyValue><RetrievalMethod URI="file:///etc/hostname"/></KeyValue>'
        ),
    ),
    "a foreign element in X509Data": (
        SignatureFlaw.KEY_INFO,
        True,
        lambda: change(issued(), "<X509Data>", "<X509Data><Other/>"),
    ),
    "a Reference with a Type": (
        SignatureFlaw.SIGNED_INFO,
        True,
        lambda: plainly_sealed(more=' Type="http://www.w3.org/2000/09/xmldsig#Manifest"'),
    ),
    "text in the Reference": (
        SignatureFlaw.SIGNED_INFO,
        True,
        lambda: sealed(signed_info(standard().replace("</Transforms>", "</Transforms>junk"))),
    ),
    "two DigestValues": (
        SignatureFlaw.SIGNED_INFO,
        False,
        lambda: sealed(
            signed_info(standard().replace("</DigestValue>", "</DigestValue><DigestValue>AAAA</DigestValue>"))
        ),
    ),
    "two SignatureMethods": (
        SignatureFlaw.SIGNED_INFO,
        False,
        lambda: sealed(signed_info(f'<SignatureMethod Algorithm="{names.RSA_SHA256}"/>' + standard())),
    ),
    "inclusive canonicalisation of SignedInfo": (
        SignatureFlaw.CANONICALIZATION,
        True,
        lambda: signed_by_xmlsec(signed_info(standard(), c14n=INCLUSIVE)),
    ),
    "canonicalisation with comments": (
        SignatureFlaw.CANONICALIZATION,
        True,
        lambda: sealed(signed_info(standard(), c14n=EXC_C14N + "WithComments")),
    ),
    "RSA-SHA224": (
        SignatureFlaw.METHOD,
        True,
        lambda: sealed(
            signed_info(standard(), method="http://www.w3.org/2001/04/xmldsig-more#rsa-sha224"), hashed="sha224"
        ),
    ),
    "RSA-MD5": (
        SignatureFlaw.METHOD,
        True,
        lambda: sealed(signed_info(standard(), method="http://www.w3.org/2001/04/xmldsig-more#rsa-md5"), hashed="md5"),
    ),
    "an unknown algorithm": (
        SignatureFlaw.METHOD,
        False,
        lambda: sealed(signed_info(standard(), method="urn:contoso:rsa")),
    ),
    "a SignatureMethod with a child": (
        SignatureFlaw.METHOD,
        True,
        lambda: sealed(signed_info(standard(), inside="<HMACOutputLength>8</HMACOutputLength>")),
    ),
    "digest MD5": (
        SignatureFlaw.DIGEST_METHOD,
        True,
        lambda: sealed(
            signed_info(
                reference(
                    "#" + id_of(unsigned()),
                    digest_of(unsigned(), algorithm="md5"),
                    digest_method="http://www.w3.org/2001/04/xmldsig-more#md5",
                )
            )
        ),
    ),
    "SHA-1": (SignatureFlaw.SHA1, True, lambda: issued("assertion", "sha1")),
    "two References": (SignatureFlaw.REFERENCES, True, lambda: sealed(signed_info(standard() * 2))),
    "no Reference": (SignatureFlaw.REFERENCES, False, lambda: sealed(signed_info(""))),
    "an empty URI": (SignatureFlaw.URI, True, lambda: whole_document('URI=""')),
    "a Signature of another element": (
        SignatureFlaw.OTHER_ELEMENT,
        True,
        lambda: response_around(
            issued()[issued().index(b"<Assertion ") : issued().index(b"</samlp:Response>")].replace(
                signature_in(issued()), b""
            )
        ).replace(b"<samlp:Status>", signature_in(issued()) + b"<samlp:Status>"),
    ),
    "an XPath transform": (
        SignatureFlaw.TRANSFORMS,
        True,
        lambda: plainly_sealed(
            transforms=(transform(ENVELOPED), transform(XPATH, "<XPath>true()</XPath>"), transform(EXC_C14N))
        ),
    ),
    "canonicalisation twice": (
        SignatureFlaw.TRANSFORMS,
        True,
        lambda: plainly_sealed(transforms=(transform(ENVELOPED), transform(EXC_C14N), transform(EXC_C14N))),
    ),
    "the transforms in the other order": (
        SignatureFlaw.TRANSFORMS,
        False,
        lambda: plainly_sealed(transforms=(transform(EXC_C14N), transform(ENVELOPED))),
    ),
    "inclusive canonicalisation as transform": (
        SignatureFlaw.TRANSFORMS,
        True,
        lambda: signed_by_xmlsec(
            signed_info(
                reference("#" + id_of(unsigned()), b"", transforms=(transform(ENVELOPED), transform(INCLUSIVE)))
            )
        ),
    ),
    "seventeen prefixes": (
        SignatureFlaw.PREFIX_LIST,
        True,
        lambda: with_prefixes_of_the_response(["xs", *(f"p{n}" for n in range(16))]),
    ),
    "the default prefix by name": (SignatureFlaw.PREFIX_LIST, True, with_the_default_prefix_by_name),
    "junk in the SignatureValue": (
        SignatureFlaw.BASE64,
        False,
        lambda: change(issued(), "</SignatureValue>", "\u00a0</SignatureValue>"),
    ),
    "an element in the SignatureValue": (
        SignatureFlaw.BASE64,
        True,
        lambda: change(issued(), "</SignatureValue>", "<x/></SignatureValue>"),
    ),
    "an empty DigestValue": (SignatureFlaw.BASE64, False, lambda: plainly_sealed(value="")),
    "changed content": (SignatureFlaw.DIGEST, False, lambda: issued().replace(USER.encode(), FORGED.encode())),
    "text behind the Signature": (
        SignatureFlaw.DIGEST,
        False,
        lambda: change(issued(), "</Signature>", "</Signature> "),
    ),
    "another key": (SignatureFlaw.VALUE, False, lambda: resigned(unsigned(), other_key())),
}


def whole_document(uri: str) -> bytes:
    """The whole document signed by an empty URI, the Signature standing in the Response."""
    text = unsigned()
    info = signed_info(reference("", digest_of(text, element="Response"))).replace('URI=""', uri)
    return sealed(info, text, element="Response")


@pytest.mark.parametrize("name", REFUSED)
def test_one_departure_from_the_profile_is_one_flaw(name: str) -> None:
    flaw, _, build = REFUSED[name]
    received = taken(build())
    assert not received.flaws
    # A twin is content of the element to the other one, whose digest is broken by it.
    others = {"digest"} if flaw is SignatureFlaw.REPEATED else set()
    assert signature_flaws(received) - others == {str(flaw)}
    assert received.signed is None


@pytest.mark.parametrize("name", REFUSED)
def test_no_departure_from_the_profile_is_accepted(name: str) -> None:
    report = judged(REFUSED[name][2](), engines=True)
    assert not accepted(report)
    assert report.error_codes
    assert "SIG020" not in report.error_codes


@pytest.mark.parametrize("name", REFUSED)
def test_the_vector_is_live_where_it_says_so(name: str) -> None:
    _, alive, build = REFUSED[name]
    assert xmlsec_verifies(build()) == alive


def test_every_flaw_has_a_vector() -> None:
    covered = {flaw for flaw, _, _ in REFUSED.values()}
    assert covered == set(SignatureFlaw)


def test_what_cannot_be_canonicalised_is_refused_even_if_the_door_let_it_pass() -> None:
    """Wrappers have taken a failed canonicalisation for empty bytes, whose digest anybody can write down."""
    xml = change(issued(), "<samlp:Response ", '<samlp:Response xmlns:z="relative" ')
    root = etree.fromstring(xml, NAIVE_PARSER)
    checks = verify(Document(xml, root, (), bom=False), metadata().keys)
    assert [str(flaw.kind) for one in checks for flaw in one.flaws] == ["canonicalization"]
    assert next(flaw.got for one in checks for flaw in one.flaws).startswith("it fails: ")
    assert checks[0].signed is None


def test_a_digest_of_nothing_proves_nothing() -> None:
    xml = sealed(signed_info(reference("#" + id_of(forged()), hashlib.sha256(b"").digest())), forged())
    assert signature_flaws(taken(xml)) == {"digest"}
    assert "SIG003" in assert_refused(xml).error_codes


def test_a_document_with_a_flaw_is_not_asked_for_its_signatures() -> None:
    document = parse(change(issued(), "<samlp:Status>", "<samlp:Status><!---->"))
    assert document.flaws
    assert verify(document, metadata().keys) == ()


def test_a_signature_lets_pass_only_the_bytes_whose_digest_matched() -> None:
    check = taken(issued()).all_signatures[0]
    assert check.signed is not None
    assert b"<Signature" not in check.signed
    assert USER.encode() in check.signed
    assert signxml_verifies(issued())
