"""A usual response is read at one look, with what the long way reads; whatever is odd about one is left to that way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from harness.saml import received
from harness.saml.document import MESSAGE, parse
from harness.saml.keys import Certificate
from harness.saml.received import Received
from harness.saml.usual import UsualResponse, read_usual
from tests.saml.sealing import pretty
from tests.saml.world import (
    FORGED,
    NOW,
    USER,
    change,
    id_of,
    idp,
    issued,
    key,
    metadata,
    other_key,
    resigned,
    sealed,
    signature_in,
    taken,
    unsigned,
)


def usual(xml: bytes, *keys: Certificate) -> UsualResponse | None:
    return read_usual(xml, keys or metadata().keys)


def the_long_way(xml: bytes, monkeypatch: pytest.MonkeyPatch) -> Received:
    with monkeypatch.context() as patch:
        patch.setattr(received, "read_usual", lambda *_: None)
        return taken(xml)


@pytest.mark.parametrize("user", [one.upn for one in idp().scenario.users if "guest" not in one.upn])
def test_what_is_read_at_one_look_is_what_the_long_way_reads(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    xml = idp().respond(user, NOW).xml
    one, other = taken(xml), the_long_way(xml, monkeypatch)
    assert one.usual is not None
    assert other.usual is None
    for name in (
        "signatures", "all_signatures", "own_signature", "response_signature", "flaws", "shape", "response", "claimed",
        "signed", "facts", "assertion_count", "encrypted", "is_response", "inner", "decryption_failed",
    ):  # fmt: skip
        assert getattr(one, name) == getattr(other, name), name
    assert [element.get("ID") for element in one.assertions] == [element.get("ID") for element in other.assertions]


def test_whatever_a_value_holds_it_is_canonical_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The long way asks libxml2 what the canonical form is."""
    values = "a'b\"c ]] %s {} -- \u00e4\u6f22\u0085\u2028\ufeff\U00010000\U0010ffff\x7f end"
    xml = with_attributes(
        lambda text: (
            text
            + f'<Attribute Name="urn:x\u6f22\'"><AttributeValue>{values}</AttributeValue></Attribute>'.encode()
            + b'<Attribute Name="e"><AttributeValue></AttributeValue><AttributeValue> </AttributeValue></Attribute>'
        )
    )
    one, other = taken(xml), the_long_way(xml, monkeypatch)
    assert one.usual is not None
    assert one.signatures == other.signatures
    assert one.signed == other.signed
    assert one.signed is not None
    assert one.signed.values("urn:x\u6f22'") == (values,)
    assert one.signed.values("e") == ("", " ")


def test_no_more_elements_are_read_at_one_look_than_come_through_the_door() -> None:
    def fits(count: int) -> bool:
        xml = with_values(count)
        assert (usual(xml) is None) >= bool(parse(xml).flaws)
        return usual(xml) is not None

    low, high = 10, MESSAGE.elements
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    assert MESSAGE.elements - 100 < low < MESSAGE.elements


def test_the_tree_is_there_for_whoever_asks() -> None:
    document = taken(issued()).document
    assert document.root is not None
    assert document.root is document.root
    assert parse(issued()).flaws == ()


def test_the_first_trusted_key_that_fits_is_named() -> None:
    own = key().certificate
    found = usual(issued(), other_key().certificate, own)
    assert found is not None
    assert found.signature.key == own


def with_attributes(edit: Callable[[bytes], bytes]) -> bytes:
    """An honest signature over a changed AttributeStatement."""
    xml = unsigned()
    start, end = xml.index(b"<AttributeStatement>"), xml.index(b"</AttributeStatement>")
    return sealed(xml[:start] + edit(xml[start:end]) + xml[end:])


def with_values(count: int) -> bytes:
    """An honest signature over an attribute of so many values."""
    values = "</AttributeValue><AttributeValue>".join(map(str, range(count)))
    return with_attributes(
        lambda text: text + f'<Attribute Name="x"><AttributeValue>{values}</AttributeValue></Attribute>'.encode()
    )


def signed(old: str, new: str) -> bytes:
    """An honest signature over an assertion that differs in one place."""
    return sealed(change(unsigned(), old, new))


def sent(instant: bytes) -> bytes:
    """The response with another IssueInstant of its envelope, which nobody signs."""
    return re.sub(rb'(Version="2.0" IssueInstant=")[^"]*', rb"\g<1>" + instant, issued())


ODD = {
    "a declaration": lambda: b'<?xml version="1.0"?>' + issued(),
    "a comment before": lambda: b"<!-- x -->" + issued(),
    "a comment after": lambda: issued() + b"<!-- x -->",
    "an instruction before": lambda: b"<?x y?>" + issued(),
    "an instruction after": lambda: issued() + b"<?x y?>",
    "a comment in the envelope": lambda: change(issued(), "<samlp:Status>", "<!-- x --><samlp:Status>"),
    "an instruction in the envelope": lambda: change(issued(), "<samlp:Status>", "<?x y?><samlp:Status>"),
    "a DOCTYPE": lambda: b"<!DOCTYPE r>" + issued(),
    "a comment in a value": lambda: issued().replace(b"@contoso.com", b"<!-- x -->@contoso.com"),
    "text in the envelope": lambda: change(issued(), "<samlp:Status>", "x<samlp:Status>"),
    "blanks in the envelope": lambda: change(issued(), "<samlp:Status>", "\n<samlp:Status>"),
    "text after the Signature": lambda: change(issued(), "</Signature>", "</Signature>x"),
    "text in the Signature": lambda: change(issued(), "<KeyInfo>", "x<KeyInfo>"),
    "another attribute": lambda: change(issued(), ' Version="2.0" Issue', ' Version="2.0" Consent="urn:x" Issue'),
    "another ID": lambda: change(issued(), "<samlp:Status>", '<samlp:Status xml:id="_x">'),
    "one ID for both": lambda: issued().replace(id_of(issued(), b"Response").encode(), id_of(issued()).encode()),
    "an ID that is none": lambda: issued().replace(id_of(issued(), b"Response").encode(), b"1x"),
    "a version": lambda: issued().replace(b'Version="2.0"', b'Version="2.1"', 1),
    "a status": lambda: change(issued(), "status:Success", "status:Requester"),
    "another issuer outside": lambda: issued().replace(b"/</Issuer>", b"</Issuer>", 1),
    "extensions": lambda: change(issued(), "<samlp:Status>", "<samlp:Extensions/><samlp:Status>"),
    "an unused relative namespace": lambda: change(issued(), "<samlp:Status>", '<samlp:Status xmlns:x="y">'),
    "a request": lambda: change(issued(), " Destination=", ' InResponseTo="_x" Destination='),
    "an instant in the envelope": lambda: sent(b"now"),
    "a 30th of February": lambda: sent(b"2026-02-30T00:00:00Z"),
    "no KeyInfo": lambda: re.sub(rb"<KeyInfo>.*</KeyInfo>", b"", issued()),
    "another certificate": lambda: issued().replace(
        metadata().keys[0].base64.encode(), other_key().certificate.base64.encode()
    ),
    "an Object": lambda: change(issued(), "</Signature>", "<Object/></Signature>"),
    "two signatures": lambda: change(issued(), "</Signature>", "</Signature>" + signature_in(issued()).decode()),
    "another assertion": lambda: change(issued(), "</samlp:Response>", '<Assertion xmlns="urn:x"/></samlp:Response>'),
    "no assertion": lambda: re.sub(rb"<Assertion .*</Assertion>", b"", issued()),
    "no signature": unsigned,
    "the Response signed": lambda: issued("response"),
    "both signed": lambda: issued("both"),
    "SHA-1": lambda: issued(algorithm="sha1"),
    "a layout": lambda: sealed(pretty(unsigned())),
    "a PrefixList": lambda: resigned(unsigned(), prefixes=["samlp"]),
    "another key": lambda: sealed(unsigned(), other_key()),
    "a name twice": lambda: with_attributes(lambda text: text + text[text.index(b"<Attribute ") :]),
    "an attribute without values": lambda: with_attributes(lambda text: text + b'<Attribute Name="x"></Attribute>'),
    "markup in a value": lambda: with_attributes(
        lambda text: text + b'<Attribute Name="x"><AttributeValue><x></x></AttributeValue></Attribute>'
    ),
    "an attribute of a value": lambda: with_attributes(
        lambda text: text + b'<Attribute Name="x"><AttributeValue a="b">c</AttributeValue></Attribute>'
    ),
    "an attribute of an attribute": lambda: with_attributes(
        lambda text: text + b'<Attribute Name="x" NameFormat="y"><AttributeValue>c</AttributeValue></Attribute>'
    ),
    "text among the attributes": lambda: with_attributes(
        lambda text: text + b'x<Attribute Name="x"><AttributeValue>c</AttributeValue></Attribute>'
    ),
    "text after the attributes": lambda: with_attributes(lambda text: text + b"x"),
    "a reference": lambda: with_attributes(
        lambda text: text + b'<Attribute Name="x"><AttributeValue>a &amp; b</AttributeValue></Attribute>'
    ),
    "two statements": lambda: with_attributes(
        lambda text: text + b'</AttributeStatement><AttributeStatement><Attribute Name="x"><AttributeValue>c'
        b"</AttributeValue></Attribute>"
    ),
    "an empty value": lambda: with_attributes(
        lambda text: text + b'<Attribute Name="x"><AttributeValue/></Attribute>'
    ),
    "a > in a value": lambda: with_attributes(
        lambda text: text + b'<Attribute Name="x"><AttributeValue>a > b</AttributeValue></Attribute>'
    ),
    "a line end of Windows": lambda: sealed(unsigned().replace(USER.encode(), USER.encode() + b"\r\n")),
    "a tab in an attribute": lambda: sealed(unsigned().replace(b"/saml\" ", b"/saml\t\" ")),
    "a tab in the Destination": lambda: issued().replace(b' Destination="', b' Destination="\t'),
    "a control character outside": lambda: issued().replace(b' Destination="', b' Destination="\x01'),
    "a character that XML has not": lambda: issued().replace(b' Destination="', b' Destination="\xef\xbf\xbf'),
    "bytes that are not UTF-8": lambda: issued().replace(b' Destination="', b' Destination="\xff'),
    "a lone surrogate": lambda: issued().replace(b' Destination="', b' Destination="\xed\xa0\x80'),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + issued(),
    "a line after it": lambda: issued() + b"\n",
    "other quotation marks": lambda: issued().replace(b'Version="2.0" I', b"Version='2.0' I", 1),
    "a blank in a tag": lambda: issued().replace(b"</samlp:Status>", b"</samlp:Status >"),
    "another order": lambda: re.sub(rb'(<samlp:Response )(.*?) (xmlns:samlp="[^"]*")', rb"\1\3 \2", issued()),
    "more declarations than are read, in a value": lambda: with_attributes(
        lambda text: text + b'<Attribute Name="x"><AttributeValue>' + b"xmlns " * 61 + b"</AttributeValue></Attribute>"
    ),
    "more declarations than are read, in the Destination": lambda: change(
        issued(), b'Destination="https://signin', b'Destination="' + b"xmlns" * 70 + b"https://signin"
    ),
    "more elements than are read": lambda: with_values(MESSAGE.elements - 40),
    "an advice": lambda: signed("</Conditions>", "</Conditions><Advice></Advice>"),
    "a condition": lambda: signed("</AudienceRestriction>", "</AudienceRestriction><OneTimeUse></OneTimeUse>"),
    "two audiences": lambda: signed("</Audience>", "</Audience><Audience>urn:x</Audience>"),
    "a blank NameID": lambda: sealed(re.sub(rb"(<NameID [^>]*>)[^<]*", rb"\1 ", unsigned())),
    "another confirmation": lambda: signed("cm:bearer", "cm:sender-vouches"),
    "an odd instant": lambda: sealed(re.sub(rb'(NotBefore=")[^"]*', rb"\g<1>yesterday", unsigned())),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_whatever_is_odd_is_left_to_the_long_way(name: str) -> None:
    xml = ODD[name]()
    assert xml != issued()
    assert usual(xml) is None


@pytest.mark.parametrize("name", ODD)
def test_an_odd_response_is_taken_as_if_there_were_no_other_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    xml = ODD[name]()
    one, other = taken(xml), the_long_way(xml, monkeypatch)
    for part in ("flaws", "shape", "signatures", "claimed", "signed", "response", "assertion_count"):
        assert getattr(one, part) == getattr(other, part), part


def test_no_byte_can_be_changed_that_changes_a_signed_fact() -> None:
    original = usual(issued())
    assert original is not None
    kept = 0
    for place in range(0, len(issued()), 3):
        for byte in (b"x", b" ", b"<"):
            found = usual(issued()[:place] + byte + issued()[place + 1 :])
            assert found is None or found.assertion == original.assertion
            kept += found is not None
    assert kept, "a byte of the envelope can be changed"


def test_a_forged_name_is_never_read_at_one_look() -> None:
    assert usual(issued().replace(USER.encode(), FORGED.encode())) is None
    assert usual(sealed(unsigned().replace(USER.encode(), FORGED.encode()), other_key())) is None


def test_a_text_that_nearly_fits_is_given_up_at_once() -> None:
    """The expression fits in one way alone; in many ways it would take longer than anybody waits."""
    long = b"<Issuer>" + b"x" * 100_000 + b"</Issuer>"
    xml = re.sub(rb"<Issuer>[^<]*</Issuer>", long, issued())
    assert usual(xml) is None
    assert usual(re.sub(rb"(<NameID [^>]*>)[^<]*", rb"\1" + b" " * 100_000, xml)) is None
