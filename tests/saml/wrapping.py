"""Signature wrapping by byte surgery: a stranger holds one signed response and moves its parts about.

Each attack names the libraries that still verify it when they are used bare: those keep it alive. One that no
library verifies any more is kept where its shape itself must be refused, and is never counted as live.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from harness.saml.signing import sign
from tests.saml.world import (
    DS,
    FORGED,
    NOW,
    SAML,
    SAMLP,
    USER,
    assertion_in,
    change,
    forged,
    id_of,
    idp,
    issued,
    key,
    metadata,
    resigned,
    signature_in,
    unsigned,
)

BOTH = frozenset({"xmlsec", "signxml"})
XMLSEC = frozenset({"xmlsec"})
SIGNXML = frozenset({"signxml"})
DEAD: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Attack:
    """One wrapping. ``codes`` are findings that must be among those reported."""

    name: str
    build: Callable[[], bytes]
    alive: frozenset[str]
    codes: frozenset[str]


ATTACKS: list[Attack] = []


def attack(alive: frozenset[str], *codes: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    def register(build: Callable[[], bytes]) -> Callable[[], bytes]:
        ATTACKS.append(Attack(build.__name__, build, alive, frozenset(codes)))
        return build

    return register


def evil(identity: str = "_evil") -> bytes:
    """An unsigned assertion about somebody else, under an ID of its own."""
    return assertion_in(forged()).replace(id_of(forged()).encode(), identity.encode())


def genuine() -> bytes:
    """The signed assertion."""
    return assertion_in(issued())


def bare() -> bytes:
    """The signed assertion without its signature, which is what was digested."""
    return genuine().replace(signature_in(issued()), b"")


def signature(content: bytes = b"") -> bytes:
    """The assertion's signature, with something put at its end."""
    return signature_in(issued()).replace(b"</Signature>", content + b"</Signature>")


def response_around(content: bytes, extensions: bytes = b"", detail: bytes = b"") -> bytes:
    """The genuine envelope around other content."""
    around = change(issued(), genuine(), content)
    if extensions:
        around = change(around, b"<samlp:Status>", extensions + b"<samlp:Status>")
    return change(around, b"</samlp:Status>", detail + b"</samlp:Status>") if detail else around


def within(assertion: bytes, content: bytes) -> bytes:
    """Content at the end of an assertion."""
    return assertion.removesuffix(b"</Assertion>") + content + b"</Assertion>"


def after_issuer(assertion: bytes, content: bytes) -> bytes:
    return assertion.replace(b"</Issuer>", b"</Issuer>" + content, 1)


def signed_envelope() -> tuple[bytes, bytes, bytes]:
    """A response signed as a whole: without its signature, that signature, and a forged twin without one."""
    whole = issued("response")
    seal = signature_in(whole)
    original = whole.replace(seal, b"")
    twin = original.replace(id_of(original, b"Response").encode(), b"_evil_r")
    return original, seal, twin.replace(id_of(original).encode(), b"_evil_a").replace(USER.encode(), FORGED.encode())


@attack(DEAD, "SIG016")
def xsw1_original_response_inside_its_signature() -> bytes:
    original, seal, twin = signed_envelope()
    return after_issuer(twin, seal.replace(b"</Signature>", original + b"</Signature>"))


@attack(BOTH, "SIG006")
def xsw2_original_response_beside_its_signature() -> bytes:
    original, seal, twin = signed_envelope()
    return after_issuer(twin, seal + original)


@attack(BOTH, "SIG004")
def xsw2_original_response_before_its_signature() -> bytes:
    original, seal, twin = signed_envelope()
    return after_issuer(twin, original + seal)


@attack(BOTH, "AST002")
def xsw3_forged_assertion_first() -> bytes:
    return response_around(evil() + genuine())


@attack(BOTH, "AST002")
def xsw3_forged_assertion_last() -> bytes:
    return response_around(genuine() + evil())


@attack(BOTH, "AST002")
def xsw4_signed_assertion_inside_the_forged_one() -> bytes:
    return response_around(within(evil(), genuine()))


@attack(BOTH, "AST002")
def xsw4_signed_assertion_in_advice_of_the_forged_one() -> bytes:
    return response_around(
        evil().replace(b"<AttributeStatement>", b"<Advice>" + genuine() + b"</Advice><AttributeStatement>")
    )


@attack(BOTH, "SIG006")
def xsw5_forged_assertion_keeps_the_signature() -> bytes:
    return response_around(after_issuer(evil(), signature()) + bare())


@attack(DEAD, "SIG016")
def xsw6_original_assertion_inside_the_moved_signature() -> bytes:
    return response_around(after_issuer(evil(), signature(bare())))


@attack(BOTH, "AST002")
def xsw7_forged_assertion_in_extensions() -> bytes:
    return response_around(genuine(), b"<samlp:Extensions>" + evil() + b"</samlp:Extensions>")


@attack(BOTH, "AST002")
def xsw7_signed_assertion_in_extensions() -> bytes:
    return response_around(evil(), b"<samlp:Extensions>" + genuine() + b"</samlp:Extensions>")


@attack(BOTH, "AST002")
def xsw7_signed_assertion_in_foreign_extensions() -> bytes:
    return response_around(evil(), b'<e:Extensions xmlns:e="urn:contoso:x">' + genuine() + b"</e:Extensions>")


@attack(SIGNXML, "SIG016")
def xsw8_original_assertion_in_an_object() -> bytes:
    return response_around(after_issuer(evil(), signature(b"<Object>" + bare() + b"</Object>")))


@attack(BOTH, "SIG016")
def forged_assertion_in_an_object_of_the_assertion_signature() -> bytes:
    return response_around(genuine().replace(b"</Signature>", b"<Object>" + evil() + b"</Object></Signature>"))


@attack(BOTH, "SIG016")
def forged_assertion_in_an_object_of_the_response_signature() -> bytes:
    return issued("both").replace(b"</Signature>", b"<Object>" + evil() + b"</Object></Signature>", 1)


@attack(BOTH, "SIG017")
def forged_assertion_in_key_info() -> bytes:
    return issued("both").replace(b"<KeyInfo>", b"<KeyInfo>" + evil(), 1)


@attack(XMLSEC, "SIG017")
def forged_assertion_in_key_value() -> bytes:
    return issued("both").replace(b"<KeyInfo>", b"<KeyInfo><KeyValue>" + evil() + b"</KeyValue>", 1)


@attack(XMLSEC, "SIG017")
def forged_assertion_in_key_name() -> bytes:
    return issued().replace(b"<KeyInfo>", b"<KeyInfo><KeyName>" + evil() + b"</KeyName>", 1)


@attack(XMLSEC, "SIG017")
def forged_assertion_in_issuer_serial() -> bytes:
    hideout = b"<X509Data><X509IssuerSerial>" + evil() + b"</X509IssuerSerial></X509Data>"
    return issued().replace(b"<KeyInfo>", b"<KeyInfo>" + hideout, 1)


@attack(DEAD, "SIG005")
def second_signature_with_the_same_value_hides_a_forged_assertion() -> bytes:
    decoy = signature(b"<Object>" + evil() + b"</Object>")
    return response_around(genuine().replace(b"</Signature>", b"</Signature>" + decoy))


@attack(BOTH, "AST002")
def signed_assertion_in_status_detail() -> bytes:
    return response_around(evil(), detail=b"<samlp:StatusDetail>" + genuine() + b"</samlp:StatusDetail>")


@attack(BOTH, "SIG006")
def signature_of_the_assertion_stands_in_the_response() -> bytes:
    signed_elsewhere = b"<samlp:Extensions>" + bare() + b"</samlp:Extensions>"
    return after_issuer(response_around(evil(), signed_elsewhere), signature())


@attack(BOTH, "SIG001")
def signed_metadata_in_extensions_of_a_forged_response() -> bytes:
    document = metadata().raw.partition(b"?>")[2]
    return response_around(evil(), b"<samlp:Extensions>" + document + b"</samlp:Extensions>")


@attack(BOTH, "SIG004")
def signed_logout_response_around_a_forged_assertion() -> bytes:
    logout = b'<samlp:LogoutResponse xmlns:samlp="%b" ID="_logout" Version="2.0"><Issuer xmlns="%b">x</Issuer>' % (
        SAMLP,
        SAML,
    )
    signed = sign(logout + b"</samlp:LogoutResponse>", "_logout", key())
    return response_around(evil(), b"<samlp:Extensions>" + signed + b"</samlp:Extensions>")


@attack(XMLSEC, "SIG004")
def signature_of_the_assertion_stands_in_an_attribute_value() -> bytes:
    value = b"<AttributeValue>" + FORGED.encode()
    assert value in evil()
    return response_around(evil().replace(value, b"<AttributeValue>" + signature() + bare() + FORGED.encode(), 1))


@attack(BOTH, "SIG004")
def signature_of_the_assertion_stands_in_a_wrapper() -> bytes:
    wrapper = b'<w:Wrapper xmlns:w="urn:contoso:w">' + signature() + bare() + b"</w:Wrapper>"
    return response_around(evil() + wrapper)


@attack(XMLSEC, "XML008")
def forged_assertion_with_the_same_id_comes_last() -> bytes:
    return response_around(genuine() + evil(id_of(issued())))


@attack(DEAD, "XML008")
def forged_assertion_with_the_same_id_comes_first() -> bytes:
    return response_around(evil(id_of(issued())) + genuine())


def _decoy(attribute: str) -> bytes:
    """A forged assertion that carries the signed ID under another name, before the signed one."""
    identity = f'{attribute}="{id_of(issued())}"'.encode()
    return response_around(evil().replace(b"<Assertion ", b"<Assertion " + identity + b" ", 1) + genuine())


for _name, _attribute in (
    ("Id", "Id"),
    ("id", "id"),
    ("iD", "iD"),
    ("xml_id", "xml:id"),
    ("namespaced_ID", "samlp:ID"),
):
    _alive = {"Id": BOTH, "id": BOTH, "iD": BOTH, "xml_id": SIGNXML, "namespaced_ID": DEAD}[_name]
    ATTACKS.append(
        Attack(
            f"signed_id_as_{_name}_on_a_forged_assertion",
            lambda at=_attribute: _decoy(at),
            _alive,
            frozenset({"XML008"}),
        )
    )


@attack(BOTH, "AST002")
def two_assertions_both_validly_signed() -> bytes:
    second = idp().respond("adele@contoso.com", NOW + timedelta(milliseconds=5)).xml
    return response_around(evil() + genuine() + assertion_in(second))


@attack(BOTH, "AST002")
def signed_response_inside_a_forged_response() -> bytes:
    return response_around(evil(), b"<samlp:Extensions>" + issued("response") + b"</samlp:Extensions>")


@attack(BOTH, "XML017")
def root_is_a_wrapper_around_the_signed_response() -> bytes:
    return b'<w:Wrapper xmlns:w="urn:contoso:w">' + evil() + issued() + b"</w:Wrapper>"


@attack(BOTH, "AST002")
def forged_advice_inside_a_signed_response() -> bytes:
    """Made by the identity provider itself: legal, and declared unsupported."""
    advice = b"<Advice>" + evil() + b"</Advice><AttributeStatement>"
    return resigned(unsigned().replace(b"<AttributeStatement>", advice))


@attack(BOTH, "AST001")
def two_issuers_and_a_signature_between() -> bytes:
    issuer = re.search(rb"<Issuer>.*?</Issuer>", genuine())
    assert issuer
    return response_around(evil().replace(issuer[0], issuer[0] + signature() + issuer[0]) + bare())


__all__ = ["ATTACKS", "DS", "Attack"]
