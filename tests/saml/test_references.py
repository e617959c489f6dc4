"""References and transforms (what a signature may point at), and bytes that no signature covers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from harness.saml import names
from harness.saml.names import DS, ENVELOPED, EXC_C14N
from tests.saml.libraries import signxml_verifies, xmlsec_verifies
from tests.saml.sealing import STANDARD, digest_of, plainly_sealed, reference, sealed, signed_info, transform
from tests.saml.test_dsig import signed_by_xmlsec
from tests.saml.world import (
    FORGED,
    USER,
    accepted,
    assert_refused,
    change,
    fully_accepted,
    id_of,
    issued,
    judged,
    sessions,
    signature_flaws,
    signature_in,
    taken,
    unsigned,
)

ID = id_of(unsigned())
OUTER = id_of(unsigned(), b"Response")

INJECTED = [
    f"#{ID}') | id('{OUTER}",
    f"#_nobody {ID}",
    f"#{ID} ",
    f"#{ID}\n",
    f"#xpointer(id('{ID}'))",
]
"""Fragments that libxmlsec puts into an XPath: it signs and verifies all of them."""

FOREIGN = [
    "#xpointer(/)",
    "#element(/1)",
    "#xpointer(//*[count(//*)>0])",
    ID,
    f" #{ID}",
    f"##{ID}",
    f"#\t{ID}",
    "#%5F" + ID[1:],
    f"?x#{ID}",
    "#",
    "file:///etc/hostname",
    "http://127.0.0.1:9/x",
    "./response.xml",
    f"#{ID}#",
    "#1" + ID,
    f"#{ID}:x",
    "#\u00b2" + ID,
]


@pytest.mark.parametrize("uri", INJECTED)
def test_a_uri_that_xmlsec_takes_for_an_xpath_is_refused(uri: str) -> None:
    xml = signed_by_xmlsec(signed_info(reference(uri, b"")))
    assert xmlsec_verifies(xml)
    assert signature_flaws(taken(xml)) == {"reference URI"}
    assert "SIG007" in assert_refused(xml, engines=True).error_codes


@pytest.mark.parametrize("uri", FOREIGN)
def test_a_uri_that_is_not_an_id_is_refused(uri: str) -> None:
    xml = sealed(signed_info(reference(uri, digest_of(unsigned()))))
    assert signature_flaws(taken(xml)) == {"reference URI"}
    report = assert_refused(xml, engines=True)
    assert "SIG007" in report.error_codes
    assert {word for one in report.signatures for engine, word, _ in one.words if engine != "strict"} == {"not asked"}


def test_a_reference_without_a_uri_is_refused() -> None:
    assert signature_flaws(taken(sealed(signed_info(reference(None, digest_of(unsigned())))))) == {"reference URI"}


def test_a_signature_over_the_whole_document_by_an_empty_uri_is_refused() -> None:
    info = signed_info(reference("", digest_of(unsigned(), element="Response")))
    xml = sealed(info, element="Response")
    assert xmlsec_verifies(xml)
    assert signxml_verifies(xml)
    assert signature_flaws(taken(xml)) == {"reference URI"}


def test_no_file_named_by_a_reference_is_opened(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    canary = tmp_path / "canary.xml"
    canary.write_text("<canary>do not read</canary")
    xml = sealed(signed_info(reference(canary.as_uri(), b"x" * 32)))
    xmlsec_verifies(xml)
    assert "canary" in capfd.readouterr().err, "the bare library reads it and complains: the canary is alive"
    judged(xml, engines=True)
    assert capfd.readouterr() == ("", "")


XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER = "http://www.w3.org/2002/06/xmldsig-filter2"
TRANSFORMS: dict[str, tuple[str, ...]] = {
    "none": (),
    "enveloped alone": (transform(ENVELOPED),),
    "canonicalisation alone": (transform(EXC_C14N),),
    "enveloped twice": (transform(ENVELOPED), transform(ENVELOPED), transform(EXC_C14N)),
    "with comments": (transform(ENVELOPED), transform(EXC_C14N + "WithComments")),
    "inclusive 1.1": (transform(ENVELOPED), transform("http://www.w3.org/2006/12/xml-c14n11")),
    "base64": (transform(ENVELOPED), transform(DS + "base64")),
    "unknown": (transform(ENVELOPED), transform("urn:contoso:x"), transform(EXC_C14N)),
    "xslt": (transform("http://www.w3.org/TR/1999/REC-xslt-19991116"), *STANDARD),
    "xpath without subject": (transform(ENVELOPED), transform(XPATH, "<XPath>not(ancestor-or-self::NameID)</XPath>")),
    "xpath filter": (transform(ENVELOPED), transform(FILTER, f'<XPath xmlns="{FILTER}" Filter="intersect">/</XPath>')),
    "a child of enveloped": (transform(ENVELOPED, "<x/>"), transform(EXC_C14N)),
    "a child of canonicalisation": (transform(ENVELOPED), transform(EXC_C14N, "<x/>")),
    "a thousand": (transform(ENVELOPED), *(transform(EXC_C14N),) * 999),
    "an algorithm of another case": (transform(ENVELOPED), transform(EXC_C14N.upper())),
    "no algorithm": (transform(ENVELOPED), "<Transform/>"),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_other_than_the_two_are_refused(name: str) -> None:
    xml = plainly_sealed(transforms=TRANSFORMS[name])
    assert signature_flaws(taken(xml)) == {"transforms"}
    assert "SIG010" in assert_refused(xml, engines=True).error_codes


def test_signxml_ignores_a_transform_that_the_profile_refuses() -> None:
    """Why the list is exact: one library would say that this document is fine."""
    assert signxml_verifies(plainly_sealed(transforms=TRANSFORMS["unknown"]))


@pytest.mark.parametrize(
    "value",
    [
        "digest in lower case",
        "digest cut",
        "digest padded",
        "digest and one byte more",
    ],
)
def test_a_digest_that_only_resembles_the_right_one_is_refused(value: str) -> None:
    digest = digest_of(unsigned())
    changed = {
        "digest cut": digest[:-1],
        "digest padded": digest + b"\0",
        "digest and one byte more": b"\0" + digest,
        "digest in lower case": digest.lower() if digest.lower() != digest else digest[::-1],
    }[value]
    xml = sealed(signed_info(reference("#" + ID, changed)))
    assert signature_flaws(taken(xml)) == {"digest"}


def test_two_signed_infos_are_refused_whichever_comes_first() -> None:
    genuine = issued()[issued().index(b"<SignedInfo>") : issued().index(b"</SignedInfo>") + len(b"</SignedInfo>")]
    forgery = genuine.replace(b"<DigestValue>", b"<DigestValue>AAAA")
    for pair in (genuine + forgery, forgery + genuine):
        assert "SIG016" in assert_refused(change(issued(), genuine, pair)).error_codes


def test_a_signed_info_elsewhere_is_refused() -> None:
    genuine = issued()[issued().index(b"<SignedInfo>") : issued().index(b"</SignedInfo>") + len(b"</SignedInfo>")]
    hidden = change(issued(), "</KeyInfo>", b"</KeyInfo><Object>" + genuine + b"</Object>")
    assert "SIG016" in assert_refused(hidden).error_codes


def test_a_redeclared_prefix_of_a_value_type_changes_no_fact() -> None:
    """``xsi:type="xs:string"``: the prefix stands in content, so no canonical form protects it."""
    typed = unsigned().replace(
        b"<AttributeValue>", f'<AttributeValue xmlns:xsi="{names.XSI}" xsi:type="xs:string">'.encode()
    )
    typed = change(typed, "<samlp:Response ", '<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" ')
    signed = plainly_sealed(typed)
    redeclared = change(signed, 'http://www.w3.org/2001/XMLSchema"', 'urn:evil"')
    assert xmlsec_verifies(redeclared)
    assert fully_accepted(judged(signed))
    assert taken(redeclared).signed == taken(signed).signed


def test_a_relative_namespace_and_a_signature_over_nothing_are_refused() -> None:
    """libxml2 cannot canonicalise below it; some wrappers took that for an empty text with a known digest."""
    forged = unsigned().replace(USER.encode(), FORGED.encode())
    xml = sealed(signed_info(reference("#" + ID, hashlib.sha256(b"").digest())), forged)
    xml = change(xml, "<samlp:Response ", '<samlp:Response xmlns:z="1" ')
    assert "XML015" in assert_refused(xml).error_codes


def outside_the_signed_element(xml: bytes) -> list[int]:
    """Positions of bytes that the assertion's digest does not cover: the envelope and the Signature itself."""
    start, end = xml.index(b"<Assertion "), xml.index(b"</Assertion>") + len(b"</Assertion>")
    seal = xml.index(signature_in(xml))
    after = seal + len(signature_in(xml))
    return [*range(start), *range(seal, after), *range(end, len(xml))]


REPLACEMENTS = (
    lambda byte: bytes([byte ^ 1]),
    lambda byte: b"",
    lambda byte: b"<" if byte != 60 else b">",
    lambda byte: bytes([byte, byte]),
)


@pytest.mark.parametrize("number", range(4), ids=["flip", "delete", "markup", "double"])
def test_a_changed_byte_outside_the_signed_element_never_changes_a_session(number: int) -> None:
    xml = issued()
    genuine = dict(sessions(judged(xml)))  # type: ignore[arg-type]
    survived = 0
    # Every position is flipped; of the other changes each position gets one.
    positions = outside_the_signed_element(xml) if number == 0 else outside_the_signed_element(xml)[number - 1 :: 3]
    for at in positions:
        mutant = xml[:at] + REPLACEMENTS[number](xml[at]) + xml[at + 1 :]
        report = judged(mutant)
        if accepted(report):
            survived += 1
            assert dict(sessions(report)) == genuine, (at, mutant[max(0, at - 40) : at + 40])  # type: ignore[arg-type]
            assert report.signed is not None
    print(f"{len(positions)} positions, {survived} mutants accepted with the same session")
    assert survived < len(positions)
    assert survived or number == 2, "an envelope holds texts that may change"
