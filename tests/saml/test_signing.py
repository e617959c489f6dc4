"""Entra's writer: what it writes is canonical byte for byte, and other programs verify it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from lxml import etree

from harness.entra.write import Token, write_response
from harness.saml import names
from harness.saml.signing import sign, signature_text
from tests.saml.libraries import NAIVE_PARSER, signxml_verifies, xmlsec_verifies
from tests.saml.world import NOW, fully_accepted, id_of, idp, issued, judged, key, taken, unsigned

AWKWARD = (
    "a&b<c>d\"e'f",
    "&amp;&#65;",
    "]]>",
    "carriage\rreturn",
    "tab\tand\rreturn",
    "\U0001f511 key, \u00e9\u00e8, e\u0301, \u202eright to left",
    "/></SubjectConfirmation>",
    "</Issuer><Signature/>",
    "<!-- -->",
    "\u0085\u2028\x7f",
    " blanks at both ends ",
    "{}%s\\n",
    "",
)
ROLE = "https://aws.amazon.com/SAML/Attributes/Role"


def token(
    text: str = "plain", *, claims: tuple[tuple[str, tuple[str, ...]], ...] = (), request: str | None = None
) -> Token:
    """A response that says ``text`` wherever it may."""
    return Token(
        response_id="_r",
        assertion_id="_a",
        base=NOW,
        issued=NOW,
        sent=NOW + timedelta(milliseconds=3),
        issuer=idp().issuer + text,
        audience=f"https://signin.aws.amazon.com/saml{text}",
        acs=f"https://signin.aws.amazon.com/saml?{text}",
        name_id=f"britta{text}",
        name_id_format=names.NAMEID_EMAIL,
        claims=claims
        or (("urn:name " + text, (text, "two", text)), (ROLE, ("one", text)), ("urn:again", ("one", text))),
        authn_instant=NOW,
        in_response_to=request,
    )


def canonical_parts(xml: bytes) -> dict[str, bytes]:
    """The canonical form of Response and Assertion without their signatures, by lxml."""
    parts = {}
    for name, namespace in (("Response", names.SAMLP), ("Assertion", names.SAML)):
        root = etree.fromstring(xml, NAIVE_PARSER)
        element = next(root.iter(f"{{{namespace}}}{name}"))
        for own in element.findall(f"{{{names.DS}}}Signature"):
            element.remove(own)
        parts[name] = etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    return parts


def without_line_breaks_in_attributes(text: str) -> str:
    """Attribute values never hold control characters: the scenario refuses them."""
    return text.replace("\r", " ").replace("\t", " ")


@pytest.mark.parametrize("option", ["assertion", "response", "both"])
@pytest.mark.parametrize("text", AWKWARD)
def test_what_is_signed_is_canonical_byte_for_byte(text: str, option: str) -> None:
    """The digest was taken of text that the writer composed; here lxml canonicalises what went on the wire."""
    made = token(without_line_breaks_in_attributes(text), request="_request")
    made = made._replace(name_id="britta" + text, claims=(("urn:n", (text, "two")), (ROLE, ("one", text))))
    xml = write_response(made, key(), option=option)
    checks = taken(xml).all_signatures
    assert [one.verified for one in checks] == [True] * (2 if option == "both" else 1)
    parts = canonical_parts(xml)
    for one in checks:
        assert one.signed == parts[one.signed_element]


@pytest.mark.parametrize("option", ["assertion", "response", "both"])
@pytest.mark.parametrize("text", AWKWARD)
def test_xmlsec_and_signxml_verify_what_is_written(text: str, option: str) -> None:
    xml = write_response(token(without_line_breaks_in_attributes(text)), key(), option=option)
    assert all(xmlsec_verifies(xml, number=number) for number in range(xml.count(b"<Signature ")))
    assert signxml_verifies(xml)


@pytest.mark.parametrize("text", AWKWARD)
def test_what_is_written_is_what_is_read(text: str) -> None:
    text = without_line_breaks_in_attributes(text)
    signed = taken(write_response(token(text, request="_request"), key())).signed
    assert signed is not None
    assert signed.name_id is not None
    assert signed.name_id.value == f"britta{text}"
    assert signed.issuer == idp().issuer + text
    assert signed.attributes[0].name == f"urn:name {text}"
    assert signed.values(ROLE) == ("one", text)
    assert signed.values("urn:again") == ("one", text)
    assert signed.confirmations[0].recipient == f"https://signin.aws.amazon.com/saml?{text}"
    assert signed.confirmations[0].in_response_to == "_request"


def test_a_claim_keeps_its_carriage_returns() -> None:
    signed = taken(write_response(token(claims=(("urn:n", ("a\rb",)),)), key())).signed
    assert signed is not None
    assert signed.values("urn:n") == ("a\rb",)


def test_a_line_feed_in_a_claim_does_not_become_a_second_value() -> None:
    """Whoever could write a line feed into a claim would otherwise add a role of his own."""
    signed = taken(write_response(token(claims=((ROLE, ("one\ntwo", "three")),)), key())).signed
    assert signed is not None
    assert signed.values(ROLE) == ("one\ntwo", "three")


def test_a_response_is_one_line_in_the_shape_of_entra() -> None:
    xml = issued().decode()
    assert "\n" not in xml
    assert not xml.startswith("<?xml")
    assert re.match(r'<samlp:Response ID="_[0-9a-f-]{36}" Version="2.0" IssueInstant="[^"]+Z" Destination="', xml)
    assert re.search(r'<Assertion ID="_[0-9a-f-]{36}" IssueInstant="[^"]+" Version="2.0" xmlns="', xml)
    assert xml.count("samlp:") == 5


def test_every_signature_is_of_its_own() -> None:
    first, second = (idp().respond("britta@contoso.com", NOW).xml for _ in range(2))
    assert id_of(first) != id_of(second)
    assert id_of(first, b"Response") != id_of(second, b"Response")


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
@pytest.mark.parametrize("option", ["assertion", "response", "both"])
def test_every_signing_option_of_entra_is_verified_by_xmlsec(option: str, algorithm: str) -> None:
    xml = issued(option, algorithm)
    assert xml.count(b"<Signature ") == (2 if option == "both" else 1)
    assert all(xmlsec_verifies(xml, number=number) for number in range(xml.count(b"<Signature ")))


def test_sign_puts_the_signature_where_the_schema_wants_it() -> None:
    xml = sign(unsigned(), id_of(unsigned()), key())
    assert re.search(rb"</Issuer><Signature [^>]*>.*</Signature><Subject>", xml)
    assert fully_accepted(judged(xml))
    assert xmlsec_verifies(xml)


@pytest.mark.parametrize(
    ("raw", "identity"), [(b"<a/>", "_a"), (b'<a ID="_a"><b ID="_a"/></a>', "_a"), (b"", "_a"), (b"<a", "_a")]
)
def test_sign_refuses_what_it_cannot_sign(raw: bytes, identity: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        sign(raw, identity, key())


def test_a_signature_text_names_its_prefixes() -> None:
    text = signature_text("_a", b"<a/>", key(), prefixes=["xs", "xsi"])
    assert 'PrefixList="xs xsi"' in text
    assert '#_a"' in text


def test_a_key_of_another_kind_cannot_sign() -> None:
    with pytest.raises(TypeError):
        signature_text("_a", b"<a/>", key(), method=names.ECDSA_SHA256)
