"""The door: every flaw has a document that shows it and a near miss that passes."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from harness.saml.document import MESSAGE, METADATA, UTF8_BOM, DocumentFlaw, Limits, line_at, parse, path_of
from tests.saml.libraries import xmlsec_verifies
from tests.saml.world import assert_refused, change, fully_accepted, issued, judged

F = DocumentFlaw


def kinds(raw: bytes, limits: Limits = MESSAGE) -> set[DocumentFlaw]:
    return {flaw.kind for flaw in parse(raw, limits).flaws}  # type: ignore[misc]


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


def attributes(count: int) -> bytes:
    return b"<a " + b" ".join(b'a%d="x"' % n for n in range(count)) + b"/>"


def namespaces(count: int) -> bytes:
    return b"<a " + b" ".join(b'xmlns:n%d="urn:n%d"' % (n, n) for n in range(count)) + b"/>"


def elements(count: int) -> bytes:
    return b"<a>" + b"<b></b>" * (count - 1) + b"</a>"


def empty_elements(count: int) -> bytes:
    return b"<a>" + b"<b/>" * (count - 1) + b"</a>"


FLAWED: dict[str, tuple[DocumentFlaw, bytes, bytes]] = {
    # name: (the flaw, the document, a near miss)
    "two roots": (F.MALFORMED, b"<a/><a/>", b"<a/>\n"),
    "text after the root": (F.MALFORMED, b"<a/>x", b"<a/>  "),
    "an undeclared prefix": (F.MALFORMED, b"<p:a/>", b'<p:a xmlns:p="urn:p"/>'),
    "nothing": (F.MALFORMED, b"", b"<a/>"),
    "an entity that is not defined": (F.MALFORMED, b"<a>&e;</a>", b"<a>&amp;e;</a>"),
    "a character XML forbids": (F.MALFORMED, b"<a>&#0;</a>", b"<a>&#9;</a>"),
    "a surrogate": (F.MALFORMED, b"<a>\xed\xa0\x80</a>", "<a>\U0001f511</a>".encode()),
    "an overlong form": (F.MALFORMED, b"<a>\xc0\xaf</a>", b"<a>/</a>"),
    "U+FFFE": (F.MALFORMED, "<a>\ufffe</a>".encode(), "<a>\ufffd</a>".encode()),
    "an unclosed end": (F.MALFORMED, b"<a>]]></a>", b"<a>]]&gt;</a>"),
    "xml bound to another namespace": (F.MALFORMED, b'<a xmlns:xml="urn:x"/>', b'<a xml:lang="de"/>'),
    "an attribute twice": (F.MALFORMED, b'<a b="1" b="2"/>', b'<a b="1" B="2"/>'),
    "an attribute twice by two prefixes": (
        F.MALFORMED,
        b'<a xmlns:p="urn:p" xmlns:q="urn:p" p:b="1" q:b="2"/>',
        b'<a xmlns:p="urn:p" xmlns:q="urn:q" p:b="1" q:b="2"/>',
    ),
    "a colon where no name may have one": (F.MALFORMED, b"<:a/>", b"<a/>"),
    "too large": (F.TOO_LARGE, b"<a>" + b" " * 999_994 + b"</a>", b"<a>" + b" " * 999_993 + b"</a>"),
    "a DOCTYPE": (F.DOCTYPE, b"<!DOCTYPE a><a/>", b"<a>&lt;!DOCTYPE a></a>"),
    "a comment": (F.COMMENT, b"<a><!----></a>", b"<a>&lt;!----></a>"),
    "a comment in the prolog": (F.COMMENT, b"<!-- x --><a/>", b"<a>-- x --</a>"),
    "a comment in the epilog": (F.COMMENT, b"<a/><!-- x -->", b"<a/>"),
    "an instruction": (F.INSTRUCTION, b"<a><?x y?></a>", b"<a>&lt;?x y?></a>"),
    "an instruction in the prolog": (F.INSTRUCTION, b"<?x?><a/>", b"<?xml version='1.0'?><a/>"),
    "an instruction in the epilog": (F.INSTRUCTION, b"<a/><?x?>", b"<a/>"),
    "a style sheet": (
        F.INSTRUCTION,
        b'<?xml-stylesheet href="file:///etc/hostname"?><a/>',
        b"<?xml version='1.0' ?><a/>",
    ),
    "XML 1.1": (F.VERSION, b'<?xml version="1.1"?><a/>', b'<?xml version="1.0"?><a/>'),
    "XML 1.9": (F.VERSION, b'<?xml version="1.9"?><a/>', b'<?xml version="1.0" standalone="yes"?><a/>'),
    "XML 1.": (F.VERSION, b'<?xml version="1."?><a/>', b'<?xml version="1.0" encoding="UTF-8"?><a/>'),
    "a duplicate ID": (F.DUPLICATE_ID, b'<a ID="x"><b ID="x"/></a>', b'<a ID="x"><b ID="X"/></a>'),
    "a duplicate of ID and Id": (F.DUPLICATE_ID, b'<a ID="x"><b Id="x"/></a>', b'<a ID="x"><b Id="y"/></a>'),
    "a duplicate under id": (F.DUPLICATE_ID, b'<a ID="x"><b id="x"/></a>', b'<a ID="x"><b aid="x"/></a>'),
    "a duplicate under xml:id": (F.DUPLICATE_ID, b'<a ID="x"><b xml:id="x"/></a>', b'<a ID="x"><b IDREF="x"/></a>'),
    "a duplicate under a namespace": (
        F.DUPLICATE_ID,
        b'<a ID="x" xmlns:w="urn:w"><b w:ID="x"/></a>',
        b'<a ID="x" xmlns:w="urn:w"><b w:IDs="x"/></a>',
    ),
    "a duplicate ID by reference": (
        F.DUPLICATE_ID,
        b'<a ID="x"><b ID="&#120;"/></a>',
        b'<a ID="x"><b ID="&#121;"/></a>',
    ),
    "an ID that begins with a digit": (F.ID_NOT_NCNAME, b'<a ID="1x"/>', b'<a ID="_1x"/>'),
    "an ID with a colon": (F.ID_NOT_NCNAME, b'<a ID="x:y"/>', b'<a ID="x.y-z"/>'),
    "an empty ID": (F.ID_NOT_NCNAME, b'<a ID=""/>', b"<a/>"),
    "an ID with a blank": (F.ID_NOT_NCNAME, b'<a ID=" x"/>', b'<a ID="x"/>'),
    "an ID with a quote": (F.ID_NOT_NCNAME, b"""<a ID="x') | id('y"/>""", b'<a ID="xy"/>'),
    "an ID that begins with a raised digit": (
        F.ID_NOT_NCNAME,
        '<a ID="\u00b2x"/>'.encode(),
        '<a ID="\u00e4x"/>'.encode(),
    ),
    "a lower-case id": (F.FOREIGN_ID, b'<a id="x"/>', b'<a ident="x"/>'),
    "an iD": (F.FOREIGN_ID, b'<a iD="x"/>', b'<a Id="x"/>'),
    "an xml:id": (F.FOREIGN_ID, b'<a xml:id="x"/>', b'<a xml:lang="x"/>'),
    "an ID in a namespace": (F.FOREIGN_ID, b'<a xmlns:w="urn:w" w:ID="x"/>', b'<a xmlns:w="urn:w" w:x="x" ID="x"/>'),
    "49 levels": (F.TOO_DEEP, nested(49), nested(48)),
    "4,001 elements": (F.TOO_MANY_ELEMENTS, elements(4_001), elements(4_000)),
    "4,001 empty elements": (F.TOO_MANY_ELEMENTS, empty_elements(4_001), empty_elements(4_000)),
    "4,001 elements and a comment that counts": (
        F.TOO_MANY_ELEMENTS,
        elements(4_001).replace(b"<b>", b"<b><![CDATA[" + b"</" * 4_000 + b"]]>", 1),
        elements(3_999).replace(b"<b>", b"<b><![CDATA[" + b"</" * 4_000 + b"]]>", 1),
    ),
    "65 namespaces": (F.TOO_MANY_NAMESPACES, namespaces(65), namespaces(64)),
    "33 attributes": (F.TOO_MANY_ATTRIBUTES, attributes(33), attributes(32)),
    "a relative namespace": (F.RELATIVE_NAMESPACE, b'<a xmlns:z="1"/>', b'<a xmlns:z="urn:1"/>'),
    "a relative namespace inside": (
        F.RELATIVE_NAMESPACE,
        b'<a><b xmlns="x/y"/></a>',
        b'<a xmlns="urn:x"><b xmlns=""/></a>',
    ),
    "a relative namespace by reference": (F.RELATIVE_NAMESPACE, b'<a xmlns:z="&#49;"/>', b'<a xmlns:z="urn&#58;1"/>'),
    "a relative namespace behind a quoted decoy": (
        F.RELATIVE_NAMESPACE,
        b"""<a b='xmlns="u:' xmlns:z="1" c='"'/>""",
        b"""<a b='xmlns="u:' xmlns:z="urn:1" c='"'/>""",
    ),
    "a relative namespace behind a decoy in text": (
        F.RELATIVE_NAMESPACE,
        b"""<a>xmlns="u:<b xmlns:z='1'/>"</a>""",
        b"""<a>xmlns="1"<b xmlns:z='urn:1'/>"</a>""",
    ),
    "a NUL": (F.ENCODING, b"<a>\0</a>", b"<a>0</a>"),
}


@pytest.mark.parametrize("name", FLAWED)
def test_the_flaw_is_seen(name: str) -> None:
    flaw, flawed, _ = FLAWED[name]
    assert kinds(flawed) == {flaw}


@pytest.mark.parametrize("name", FLAWED)
def test_the_near_miss_passes(name: str) -> None:
    _, _, clean = FLAWED[name]
    document = parse(clean)
    assert document.flaws == ()
    assert document.root is not None


def test_every_kind_of_flaw_has_a_document() -> None:
    assert {flaw for flaw, _, _ in FLAWED.values()} == set(DocumentFlaw)


TEXT = issued().decode()
ENCODED = {
    "UTF-16 LE": TEXT.encode("utf-16-le"),
    "UTF-16 BE": TEXT.encode("utf-16-be"),
    "UTF-16 LE with BOM": b"\xff\xfe" + TEXT.encode("utf-16-le"),
    "UTF-16 BE with BOM": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-32 LE": TEXT.encode("utf-32-le"),
    "UTF-32 BE": TEXT.encode("utf-32-be"),
    "UTF-32 LE with BOM": b"\xff\xfe\0\0" + TEXT.encode("utf-32-le"),
    **{
        name: f'<?xml version="1.0" encoding="{name}"?>'.encode() + TEXT.encode(codec)
        for name, codec in (
            ("Shift_JIS", "shift_jis"),
            ("ISO-2022-JP", "iso2022_jp"),
            ("windows-1252", "cp1252"),
            ("ISO-8859-1", "latin-1"),
            ("EUC-JP", "euc_jp"),
            ("GB18030", "gb18030"),
            ("HZ-GB-2312", "hz"),
            ("UTF-16", "utf-8"),
            ("no-such-thing", "utf-8"),
        )
    },
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>' + TEXT.replace("+", "+-").encode(),
    "UTF-7 after many blanks": b'<?xml version="1.0"'
    + b" " * 400
    + b'encoding="UTF-7"?>'
    + TEXT.replace("+", "+-").encode(),
    "windows-1252 after many blanks": b'<?xml version="1.0"'
    + b"\n" * 400
    + b'encoding="windows-1252"?>'
    + TEXT.encode(),
    "UTF-7 behind a BOM": UTF8_BOM + b'<?xml version="1.0" encoding="UTF-7"?>' + TEXT.replace("+", "+-").encode(),
}


@pytest.mark.parametrize("name", ENCODED)
def test_no_encoding_but_utf8_comes_through(name: str) -> None:
    assert kinds(ENCODED[name]) == {F.ENCODING}
    assert "XML006" in assert_refused(ENCODED[name]).error_codes


def test_ebcdic_is_not_read() -> None:
    for page in ("cp037", "cp500", "cp1140"):
        text = f'<?xml version="1.0" encoding="{page}"?>' + TEXT
        assert kinds(text.encode(page)) <= {F.ENCODING, F.MALFORMED}
        assert_refused(text.encode(page))


@pytest.mark.parametrize("name", ["utf-8", "UTF-8", "Utf8", "us-ascii", "ASCII"])
def test_utf8_and_ascii_come_through_under_all_their_names(name: str) -> None:
    assert fully_accepted(judged(f'<?xml version="1.0" encoding="{name}"?>'.encode() + issued()))


def test_a_byte_order_mark_of_utf8_is_noticed_and_taken() -> None:
    document = parse(UTF8_BOM + issued())
    assert document.bom
    assert document.flaws == ()
    assert not parse(issued()).bom


def doctype(subset: str) -> bytes:
    return f"<!DOCTYPE samlp:Response [{subset}]>".encode() + issued()


def laughs() -> str:
    rows = ['<!ENTITY l0 "ha">', *(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 11))]
    return "".join(rows)


@pytest.mark.parametrize(
    "subset",
    [
        "",
        '<!ENTITY e "x">',
        laughs(),
        f'<!ENTITY big "{"x" * 50_000}">',
        '<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;',
        '<!ATTLIST samlp:Response Destination CDATA "https://evil.example/">',
        "<!ATTLIST Assertion Foo ID #IMPLIED>",
    ],
)
def test_a_doctype_is_refused_whatever_it_says(subset: str) -> None:
    assert kinds(doctype(subset)) == {F.DOCTYPE}
    assert "XML003" in assert_refused(doctype(subset)).error_codes


@pytest.mark.parametrize("blanks", [0, 400])
def test_a_doctype_in_utf7_is_refused(blanks: int) -> None:
    """The bytes ``<!DOCTYPE`` do not occur in it, and the signature still verifies for a parser that takes it."""
    declaration = b'<?xml version="1.0" ' + b" " * blanks + b'encoding="UTF-7"?>'
    hidden = b"+ADwAIQ-DOCTYPE x [+ADwAIQ-ATTLIST samlp:Response Consent CDATA 'urn:evil'+AD4]+AD4"
    xml = declaration + hidden + issued().replace(b"+", b"+-")
    assert xmlsec_verifies(xml)
    assert_refused(xml)
    assert parse(xml).flaws


def test_an_external_entity_is_never_opened(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("the canary sang")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        port = listener.getsockname()[1]
        for address in (canary.as_uri(), f"http://127.0.0.1:{port}/x.dtd"):
            for subset in (f'<!ENTITY e SYSTEM "{address}">', f'<!ENTITY % e SYSTEM "{address}"> %e;'):
                xml = f"<!DOCTYPE r [{subset}]><r>&e;</r>".encode()
                assert "sang" not in repr(parse(xml))
            assert parse(f'<!DOCTYPE r SYSTEM "{address}"><r/>'.encode()).root is None
        with pytest.raises(TimeoutError):
            listener.accept()


def test_metadata_may_be_larger_than_a_message() -> None:
    assert kinds(elements(20_001), METADATA) == set()
    assert kinds(namespaces(65), METADATA) == set()
    assert kinds(nested(49), METADATA) == {F.TOO_DEEP}


def test_a_document_with_a_flaw_keeps_its_root_where_one_can_be_read() -> None:
    document = parse(b"<a>\n<!----></a>")
    assert document.root is not None
    assert document.flaws[0].line == 2
    assert document.flaws[0].where == "/a"


def test_no_more_than_ten_ids_are_reported() -> None:
    many = b"<a>" + b"".join(b'<b ID="%d"/>' % n for n in range(500)) + b"</a>"
    assert len(parse(many).flaws) == 10


def test_a_path_names_an_element_by_local_names_and_position() -> None:
    root = parse(b'<r xmlns="urn:r">\n<a/><b/>\n<a><c/></a></r>').root
    assert root is not None
    assert path_of(root[2][0]) == "/r/a[2]/c"
    assert line_at(root, "/r/a[2]/c") == 3
    assert line_at(root, "/r/a[2]/@Name") == 3
    assert line_at(root, "/r/nothing") in (0, 1)


@pytest.mark.parametrize(
    "value",
    ["NameID", "AttributeValue", "Audience", "Issuer"],
)
def test_a_comment_inside_a_signed_value_is_refused_although_the_signature_still_verifies(value: str) -> None:
    end = f"</{value}>".encode()
    at = issued().index(end, issued().index(b"</Signature>") if value != "Issuer" else issued().index(b"<Assertion"))
    xml = issued()[: at - 3] + b"<!---->" + issued()[at - 3 :]
    assert xmlsec_verifies(xml)
    assert "XML004" in assert_refused(xml).error_codes


def test_a_cdata_section_changes_no_fact() -> None:
    plain = change(
        issued(),
        '<NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">britta',
        '<NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"><![CDATA[britta]]>',
    )
    assert xmlsec_verifies(plain)
    assert judged(plain).signed == judged(issued()).signed
