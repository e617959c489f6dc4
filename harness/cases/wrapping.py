"""Signatures that are genuine and stand where they prove nothing: a stranger moves the parts of a response about.

Each case names the libraries that still verify it when they are used bare: those keep it alive. One that no library
verifies any more is kept where its shape itself must be refused.
"""

import re

from harness.cases.captured import Captured, after_issuer, assertion_in, change, first, within
from harness.cases.core import OF_ASSERTION, OF_BOTH, OF_RESPONSE, UNKNOWN, Card, Kind, add_attack, attack
from harness.cases.recipe import FORGED, USER
from harness.cases.words import ACCEPTED, BAD_SIGNATURE, UNSIGNED
from harness.saml import names

PAPER = "Somorovsky et al. 2012"
BOTH, XMLSEC, SIGNXML, DEAD = "xmlsec signxml reader", "xmlsec reader", "signxml reader", ""


@attack(expect="SIG001", aws=UNSIGNED, classes="C1", refs=(PAPER, "CVE-2026-28323", "CVE-2023-48703"), fools=DEAD)
def signature_removed(captured: Captured) -> bytes:
    """Every signature is taken out and another user written in."""
    return captured.forged()


@attack(expect="SIG001 AST001", aws=UNSIGNED, classes="C1", fools=DEAD)
def signature_of_another_namespace(captured: Captured) -> bytes:
    """The Signature is renamed into a namespace that only looks like the right one."""
    return captured.xml.replace(names.DS.encode() + b'"><SignedInfo', b'http://www.w3.org/2000/09/xmldsig"><SignedInfo')


@attack(expect="AST002 SIG001 SIG016", classes="C3", refs=(PAPER,), fools=DEAD, of=OF_RESPONSE)
def xsw1_original_response_inside_its_signature(captured: Captured) -> bytes:
    """A forged Response holds the genuine Signature, which holds the genuine Response."""
    original, twin = captured.twin()
    return after_issuer(twin, captured.signature(original))


@attack(expect="SIG006 AST001 AST002 SIG001", classes="C4", refs=(PAPER,), fools=BOTH, of=OF_RESPONSE)
def xsw2_original_response_beside_its_signature(captured: Captured) -> bytes:
    """A forged Response holds the genuine Signature, and the genuine Response beside it."""
    original, twin = captured.twin()
    return after_issuer(twin, captured.seal + original)


@attack(expect="SIG004 SIG006 AST001 AST002 SIG001", classes="C4", refs=(PAPER,), fools=BOTH, of=OF_RESPONSE)
def xsw2_original_response_before_its_signature(captured: Captured) -> bytes:
    """The same with the genuine Response first."""
    original, twin = captured.twin()
    return after_issuer(twin, original + captured.seal)


XSW3 = ("CVE-2022-41912", "CVE-2026-25922", "CVE-2025-47949", PAPER)


@attack(expect="AST002 SIG019", classes="C5 C22", refs=XSW3, fools=BOTH)
def xsw3_forged_assertion_first(captured: Captured) -> bytes:
    """An unsigned Assertion stands before the genuine one, and a reader takes the first."""
    return captured.around(captured.evil() + captured.assertion)


@attack(expect="AST002", classes="C5", refs=XSW3, fools=BOTH)
def xsw3_forged_assertion_last(captured: Captured) -> bytes:
    """An unsigned Assertion stands after the genuine one, and a reader takes the last."""
    return captured.around(captured.assertion + captured.evil())


@attack(expect="AST001 AST002", classes="C6", refs=("CVE-2020-5390", PAPER), fools=BOTH)
def xsw4_signed_assertion_inside_the_forged_one(captured: Captured) -> bytes:
    """The genuine Assertion lies inside the forged one."""
    return captured.around(within(captured.evil(), captured.assertion))


@attack(expect="AST002", classes="C6", refs=(PAPER,), fools=BOTH)
def xsw4_signed_assertion_in_advice_of_the_forged_one(captured: Captured) -> bytes:
    """The genuine Assertion lies in the forged one's Advice, where SAML allows assertions."""
    advice = b"<Advice>" + captured.assertion + b"</Advice><AttributeStatement>"
    return captured.around(captured.evil().replace(b"<AttributeStatement>", advice))


@attack(expect="AST002 SIG006", classes="C7", refs=(PAPER,), fools=BOTH)
def xsw5_forged_assertion_keeps_the_signature(captured: Captured) -> bytes:
    """The forged Assertion carries the genuine Signature, the genuine one comes after it without."""
    return captured.around(after_issuer(captured.evil(), captured.seal) + captured.bare)


@attack(expect="AST002 SIG016", classes="C8", refs=(PAPER,), fools=DEAD)
def xsw6_original_assertion_inside_the_moved_signature(captured: Captured) -> bytes:
    """The forged Assertion carries the genuine Signature, which holds the genuine Assertion."""
    return captured.around(after_issuer(captured.evil(), captured.signature(captured.bare)))


@attack(expect="AST002 SIG019", classes="C9", refs=("CVE-2026-63182", PAPER), fools=BOTH)
def xsw7_forged_assertion_in_extensions(captured: Captured) -> bytes:
    """The forged Assertion lies in Extensions, before the genuine one."""
    return captured.around(captured.assertion, b"<samlp:Extensions>" + captured.evil() + b"</samlp:Extensions>")


@attack(expect="AST002", classes="C9", refs=("CVE-2026-63182", PAPER), fools=BOTH)
def xsw7_signed_assertion_in_extensions(captured: Captured) -> bytes:
    """The genuine Assertion lies in Extensions, and the forged one where it should be."""
    return captured.around(captured.evil(), b"<samlp:Extensions>" + captured.assertion + b"</samlp:Extensions>")


@attack(expect="AST001 AST002", classes="C9", fools=BOTH)
def xsw7_signed_assertion_in_foreign_extensions(captured: Captured) -> bytes:
    """The same in an Extensions element of another namespace."""
    home = b'<e:Extensions xmlns:e="urn:contoso:x">' + captured.assertion + b"</e:Extensions>"
    return captured.around(captured.evil(), home)


@attack(expect="AST002 SIG016", classes="C10", refs=(PAPER,), fools=SIGNXML)
def xsw8_original_assertion_in_an_object(captured: Captured) -> bytes:
    """The forged Assertion carries the genuine Signature, whose Object holds the genuine Assertion."""
    return captured.around(
        after_issuer(captured.evil(), captured.signature(b"<Object>" + captured.bare + b"</Object>"))
    )


@attack(expect="SIG016 AST002", classes="C11", refs=("samael object attack",), fools=BOTH)
def forged_assertion_in_an_object_of_the_assertions_signature(captured: Captured) -> bytes:
    """The genuine Assertion's Signature holds an Object with a forged one: unsigned, though inside what is signed."""
    return captured.tampered(b"</Signature>", b"<Object>" + captured.evil() + b"</Object></Signature>")


@attack(expect="SIG016 AST002 SIG019", classes="C11", refs=("samael object attack",), fools=BOTH, of=OF_BOTH)
def forged_assertion_in_an_object_of_the_responses_signature(captured: Captured) -> bytes:
    """The same in the Response's Signature, where the forged Assertion is the first of the document."""
    return first(captured.xml, b"</Signature>", b"<Object>" + captured.evil() + b"</Object></Signature>")


@attack(expect="SIG017 AST002 SIG019", classes="C11", fools=BOTH, of=OF_BOTH)
def forged_assertion_in_key_info(captured: Captured) -> bytes:
    """The forged Assertion lies in KeyInfo, which no signature covers."""
    return first(captured.xml, b"<KeyInfo>", b"<KeyInfo>" + captured.evil())


@attack(expect="SIG017 AST002 SIG019", classes="C11", fools=XMLSEC, of=OF_BOTH)
def forged_assertion_in_key_value(captured: Captured) -> bytes:
    """The forged Assertion lies in a KeyValue."""
    return first(captured.xml, b"<KeyInfo>", b"<KeyInfo><KeyValue>" + captured.evil() + b"</KeyValue>")


@attack(expect="SIG017 AST002", classes="C11", fools=XMLSEC)
def forged_assertion_in_key_name(captured: Captured) -> bytes:
    """The forged Assertion lies in a KeyName."""
    return first(captured.xml, b"<KeyInfo>", b"<KeyInfo><KeyName>" + captured.evil() + b"</KeyName>")


@attack(
    expect="AST001 AST002 SIG003 SIG005 SIG016",
    aws=BAD_SIGNATURE,
    classes="C12",
    refs=("CVE-2022-39299", "xml-crypto issue 174"),
    fools=DEAD,
)
def second_signature_with_the_same_value_hides_a_forged_assertion(captured: Captured) -> bytes:
    """A second Signature repeats the first one's value and holds a forged Assertion in an Object."""
    decoy = captured.signature(b"<Object>" + captured.evil() + b"</Object>")
    return captured.tampered(b"</Signature>", b"</Signature>" + decoy)


@attack(expect="AST002", classes="C13", refs=("CVE-2024-45409",), fools=BOTH)
def signed_assertion_in_status_detail(captured: Captured) -> bytes:
    """The genuine Assertion lies in StatusDetail, where anything may stand."""
    detail = b"<samlp:StatusDetail>" + captured.assertion + b"</samlp:StatusDetail>"
    return captured.around(captured.evil(), detail=detail)


@attack(expect="SIG003", aws=BAD_SIGNATURE, classes="C13 D2", refs=("CVE-2024-45409",), fools=DEAD)
def digest_value_in_status_detail(captured: Captured) -> bytes:
    """StatusDetail holds the digest of the forged content, for a reader that looks for DigestValue anywhere."""
    digest = b'<DigestValue xmlns="%b">AAAA</DigestValue>' % names.DS.encode()
    detail = b"<samlp:StatusDetail>" + digest + b"</samlp:StatusDetail></samlp:Status>"
    return captured.tampered(b"</samlp:Status>", detail).replace(USER.encode(), FORGED.encode())


@attack(expect="AST002 SIG001 SIG006", classes="C15", refs=("CVE-2024-8698",), fools=BOTH)
def signature_of_the_assertion_stands_in_the_response(captured: Captured) -> bytes:
    """The genuine Signature stands in the Response and refers to the Assertion that it was made for."""
    elsewhere = b"<samlp:Extensions>" + captured.bare + b"</samlp:Extensions>"
    return after_issuer(captured.around(captured.evil(), elsewhere), captured.seal)


@attack(expect="AST001 AST002 SIG001 SIG004 SIG006", classes="C15", refs=("CVE-2024-8698",), fools=XMLSEC)
def signature_of_the_assertion_stands_in_an_attribute_value(captured: Captured) -> bytes:
    """Signature and genuine Assertion lie in an AttributeValue of the forged one."""
    value = b"<AttributeValue>" + FORGED.encode()
    forged = captured.evil().replace(value, b"<AttributeValue>" + captured.seal + captured.bare + FORGED.encode(), 1)
    return captured.around(forged)


@attack(expect="AST001 AST002 SIG001 SIG004 SIG006", classes="C15", fools=BOTH)
def signature_of_the_assertion_stands_in_a_wrapper(captured: Captured) -> bytes:
    """Signature and genuine Assertion lie in an element of another namespace."""
    wrapper = b'<w:Wrapper xmlns:w="urn:contoso:w">' + captured.seal + captured.bare + b"</w:Wrapper>"
    return captured.around(captured.evil() + wrapper)


@attack(expect="SIG004 AST001", classes="C15", fools="xmlsec signxml")
def signature_at_the_end_of_its_assertion(captured: Captured) -> bytes:
    """The genuine Signature stands at the end of its Assertion: nothing is forged, but the schema puts it elsewhere."""
    return captured.around(within(captured.bare, captured.seal))


@attack(expect="SIG001", aws=UNSIGNED, classes="C14", refs=("CVE-2024-6800",), fools=BOTH)
def signed_metadata_in_extensions_of_a_forged_response(captured: Captured) -> bytes:
    """A forged Response carries the identity provider's signed metadata: a good signature over something else."""
    document = captured.metadata.partition(b"?>")[2]
    return captured.around(captured.evil(), b"<samlp:Extensions>" + document + b"</samlp:Extensions>")


@attack(expect="XML008 AST002", classes="C16", refs=("CVE-2026-63182",), fools=XMLSEC)
def forged_assertion_with_the_same_id_comes_last(captured: Captured) -> bytes:
    """Two Assertions have the signed ID, the genuine one first."""
    return captured.around(captured.assertion + captured.evil(captured.assertion_id))


@attack(expect="XML008 AST002", classes="C16", refs=("CVE-2026-63182",), fools=DEAD)
def forged_assertion_with_the_same_id_comes_first(captured: Captured) -> bytes:
    """Two Assertions have the signed ID, the forged one first."""
    return captured.around(captured.evil(captured.assertion_id) + captured.assertion)


def _decoy(captured: Captured, attribute: bytes) -> bytes:
    start = b"<Assertion " + attribute + b'="' + captured.assertion_id + b'" '
    return captured.around(captured.evil().replace(b"<Assertion ", start, 1) + captured.assertion)


for _name, _attribute, _alive, _codes, _classes in (
    ("capital_i", b"Id", BOTH, "XML008 AST002", "C17"),
    ("small_letters", b"id", BOTH, "XML008 XML010 AST002", "C17"),
    ("capital_d", b"iD", BOTH, "XML008 XML010 AST002", "C17"),
    ("xml_id", b"xml:id", SIGNXML, "XML008 XML010 AST002", "C17"),
    ("id_of_a_foreign_namespace", b'xmlns:w="urn:w" w:Id', BOTH, "XML008 XML010 AST002", "C18"),
    ("id_of_another_namespace", b"samlp:ID", DEAD, "XML008 XML010 AST002", "C18"),
):
    add_attack(
        __name__,
        f"signed_id_as_{_name}_on_a_forged_assertion",
        f"A forged Assertion carries the signed ID in the attribute {_attribute.decode()}.",
        Card(_codes, UNKNOWN, None, _classes, ("The Fragile Lock",) if _classes == "C18" else (), _alive),
        lambda captured, attribute=_attribute: _decoy(captured, attribute),  # type: ignore[misc]
        OF_ASSERTION,
    )


@attack(expect="SIG003 SIG005 AST001", aws=BAD_SIGNATURE, classes="C19", fools=DEAD)
def second_signature_beside_the_first(captured: Captured) -> bytes:
    """The Assertion carries its genuine Signature twice."""
    return captured.tampered(captured.seal, captured.seal * 2)


@attack(expect="AST001 SIG003 SIG005", aws=BAD_SIGNATURE, classes="C19", fools=DEAD)
def signature_of_a_stranger_beside_the_first(captured: Captured) -> bytes:
    """The Assertion carries a second Signature, made with a stranger's key."""
    own = re.search(rb"<Signature .*?</Signature>", captured.resigned())
    return captured.tampered(captured.seal, captured.seal + (own[0] if own else b""))


def _broken(captured: Captured, last: bool) -> bytes:
    mark = b"<SignatureValue>"
    at = (captured.xml.rindex(mark) if last else captured.xml.index(mark)) + len(mark) + 8
    digit = b"A" if captured.xml[at : at + 1] != b"A" else b"B"
    return captured.xml[:at] + digit + captured.xml[at + 1 :]


@attack(expect="SIG002", aws=BAD_SIGNATURE, classes="C20", fools="xmlsec", of=OF_BOTH)
def response_signature_broken_beside_a_good_one(captured: Captured) -> bytes:
    """The Response's signature value is damaged, the Assertion's is good."""
    return _broken(captured, last=False)


@attack(expect="SIG002 SIG003", aws=BAD_SIGNATURE, classes="C20", fools=DEAD, of=OF_BOTH)
def assertion_signature_broken_inside_a_signed_response(captured: Captured) -> bytes:
    """The Assertion's signature value is damaged, and with it what the Response's signature covers."""
    return _broken(captured, last=True)


@attack(expect="AST002", classes="C21", refs=("CVE-2022-41912",), fools=BOTH)
def two_assertions_both_validly_signed(captured: Captured) -> bytes:
    """The stranger's own signed Assertion stands after the captured one, and a forged one before both."""
    return captured.around(captured.evil() + captured.assertion + assertion_in(captured.another))


@attack(expect="AST005", aws=ACCEPTED, classes="C23", refs=("samael ancestor attack",), kind=Kind.CONTROL)
def envelope_changed_around_a_signed_assertion(captured: Captured) -> bytes:
    """Destination is changed in the unsigned envelope. The session is still the captured user's and nothing else."""
    return captured.tampered(
        b'Destination="https://signin.aws.amazon.com/saml"', b'Destination="https://x.example/saml"'
    )


@attack(expect="", aws=ACCEPTED, classes="C23", kind=Kind.CONTROL)
def inert_decoy_in_extensions(captured: Captured) -> bytes:
    """Extensions hold an element called Assertion of another namespace, which must change nothing."""
    decoy = b'<e:Assertion xmlns:e="urn:evil"><e:NameID>' + FORGED.encode() + b"</e:NameID></e:Assertion>"
    return captured.around(captured.assertion, b"<samlp:Extensions>" + decoy + b"</samlp:Extensions>")


@attack(expect="AST002 SIG001", classes="C24", fools=BOTH, of=OF_RESPONSE)
def signed_response_inside_a_forged_response(captured: Captured) -> bytes:
    """A forged Response holds the genuine, signed one in its Extensions."""
    _, twin = captured.twin()
    home = b"<samlp:Extensions>" + captured.xml + b"</samlp:Extensions><samlp:Status>"
    return twin.replace(b"<samlp:Status>", home)


@attack(expect="XML017", classes="C24 J5", fools=BOTH)
def root_is_a_wrapper_around_the_signed_response(captured: Captured) -> bytes:
    """The root is no Response; a forged Assertion and the genuine Response lie in it."""
    return b'<w:Wrapper xmlns:w="urn:contoso:w">' + captured.evil() + captured.xml + b"</w:Wrapper>"


@attack(expect="XML017", classes="J1 J5", refs=("GHSA-pcgw-qcv5-h8ch",))
def signed_assertion_in_a_logout_request(captured: Captured) -> bytes:
    """A LogoutRequest carries the genuine Assertion, for an endpoint that looks for any signature."""
    start = b'<samlp:LogoutRequest xmlns:samlp="%b" ID="_l" Version="2.0">' % names.SAMLP.encode()
    return start + captured.assertion + b"</samlp:LogoutRequest>"


@attack(expect="AST001 AST002 SIG006", classes="C7", fools=BOTH)
def signature_between_two_issuers(captured: Captured) -> bytes:
    """The forged Assertion has two Issuers with the genuine Signature between them."""
    issuer = captured.bare[captured.bare.index(b"<Issuer>") : captured.bare.index(b"</Issuer>") + len(b"</Issuer>")]
    return captured.around(change(captured.evil(), issuer, issuer + captured.seal + issuer) + captured.bare)


@attack(expect="SIG003", aws=BAD_SIGNATURE, fools=DEAD)
def user_changed_after_signing(captured: Captured) -> bytes:
    """The plainest forgery: another user's name is written into the signed Assertion."""
    return captured.xml.replace(USER.encode(), FORGED.encode())


@attack(expect="SIG003", aws=BAD_SIGNATURE, fools=DEAD)
def role_changed_after_signing(captured: Captured) -> bytes:
    """Another role is written into the signed Assertion."""
    return captured.xml.replace(b"role/Admin", b"role/Boss")
