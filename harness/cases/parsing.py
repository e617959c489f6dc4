"""What a stranger does with XML itself: DOCTYPEs, entities, comments, instructions, encodings, namespaces.

Most leave the signature good. What is left is whether two readers of one document read the same.
"""

from collections.abc import Callable

from harness.cases.captured import Captured, change, first
from harness.cases.core import UNKNOWN, Card, add_attack
from harness.cases.recipe import USER
from harness.cases.words import CATCH_ALL, NO_ROLE_PAGE, UNREADABLE, Answer

START = b"<samlp:Response "
STATUS = b"<samlp:Status>"
ENTITY = '<!DOCTYPE r [<!ENTITY e "{}">]>'


def _table(
    rows: tuple[tuple[str, str, Callable[[Captured], bytes], str, str, tuple[str, ...], str | None], ...],
) -> None:
    for name, docstring, forge, codes, classes, refs, fools in rows:
        broken = "XML001" in codes.split()
        page: Answer | None = NO_ROLE_PAGE if broken else None
        card = Card(codes, CATCH_ALL if broken else UNKNOWN, page, classes, refs, fools)
        add_attack(__name__, name, docstring, card, forge)


def _before(text: str) -> Callable[[Captured], bytes]:
    return lambda captured: change(captured.xml, START, text.encode() + START)


def _encoded(name: str, codec: str, mark: bytes = b"") -> Callable[[Captured], bytes]:
    """The document in another encoding, declared under a name."""
    return lambda captured: (
        mark + f'<?xml version="1.0" encoding="{name}"?>'.encode(codec) + captured.xml.decode().encode(codec)
    )


def _entity_for_the_user(captured: Captured) -> bytes:
    text = ENTITY.format(USER).encode()
    return text + first(captured.xml, f">{USER}</NameID>".encode(), b">&e;</NameID>")


def _entity_for_the_id(captured: Captured) -> bytes:
    forged = captured.evil(b"&e;")
    return ENTITY.format(captured.assertion_id.decode()).encode() + captured.around(captured.assertion + forged)


def _laughs(captured: Captured) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    document = f'<!DOCTYPE r [<!ENTITY l0 "lol">{entities}]>'.encode()
    return document + first(captured.xml, USER.encode(), b"&l9;")


def _quadratic(captured: Captured) -> bytes:
    document = ENTITY.format("x" * 20_000).encode()
    return document + first(captured.xml, USER.encode(), b"&e;" * 5_000)


_table((
    ("cut_off", "The last twenty bytes are missing.", lambda one: one.xml[:-20], "XML001", "B1", (), None),
    ("undeclared_prefix", "An element has a prefix that nobody declared.",
     lambda one: one.tampered(STATUS, b"<x:y/>" + STATUS), "XML001", "B1", (), None),
    ("two_roots", "A second Response follows the first.", lambda one: one.xml + one.forged(), "XML001", "B1",
     ("CVE-2022-39299", "CVE-2022-39353"), None),
    ("junk_behind", "Text follows the Response.", lambda one: one.xml + b"junk", "XML001", "B1", (), None),
    ("nul_behind", "A NUL byte follows the Response.", lambda one: one.xml + b"\0", "XML006", "B1 B13", (), None),
    ("doctype", "A DOCTYPE stands in front.", _before("<!DOCTYPE r>"), "XML003", "B2", ("CVE-2025-25291",), "xmlsec"),
    ("external_file", "An entity reads a file.",
     _before('<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>'), "XML003", "B3",
     ("CVE-2017-9672", "CVE-2026-28809"), "xmlsec"),
    ("external_host", "The DOCTYPE is to be fetched.",
     _before('<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">'), "XML003", "B3", ("PYSEC-2017-25",), "xmlsec"),
    ("parameter_entity", "A parameter entity is to be fetched.",
     _before('<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'), "XML003", "B3", (), None),
    ("billion_laughs", "Entities of entities, a billion times.", _laughs, "XML003", "B4", ("OSVDB-124383",), None),
    ("quadratic_blow_up", "One large entity, five thousand times.", _quadratic, "XML003", "B5", (), None),
    ("entity_in_an_id", "A forged Assertion has the signed ID as an entity.", _entity_for_the_id, "XML003", "B6",
     ("CVE-2025-23369",), "xmlsec reader"),
    ("entity_in_the_name", "The NameID is an entity.", _entity_for_the_user, "XML003", "B7", (), "xmlsec"),
    ("default_attributes", "The DOCTYPE adds an attribute to every NameID.",
     _before('<!DOCTYPE r [<!ATTLIST NameID Format CDATA "urn:x">]>'), "XML003", "B8", (), "xmlsec"),
    ("attribute_made_an_id", "The DOCTYPE makes another attribute an ID.",
     _before("<!DOCTYPE r [<!ATTLIST samlp:Response Consent ID #IMPLIED>]>"), "XML003", "B8", (), "xmlsec"),
    ("comment_in_front", "A comment stands before the Response.", _before("<!-- seen by a proxy -->"), "XML004", "B9",
     (), "xmlsec signxml"),
    ("comment_between", "A comment stands between two elements of the envelope.",
     lambda one: one.tampered(STATUS, b"<!-- -->" + STATUS), "XML004", "B9", (), "xmlsec signxml"),
    ("instruction_in_front", "A processing instruction stands before the Response.", _before("<?proxy seen?>"),
     "XML005", "B10", (), "xmlsec signxml"),
    ("instruction_in_the_name", "A processing instruction stands in the NameID: some digests take it for text.",
     lambda one: one.xml.replace(f">{USER}</NameID>".encode(), f"><?p not-an-?>{USER}</NameID>".encode()),
     "XML005", "B10", ("OneUptime #2988",), ""),
    ("version_1_1", "The document says that it is XML 1.1.", _before('<?xml version="1.1"?>'), "XML007", "B14", (),
     "xmlsec signxml"),
    ("version_1_9", "The document says that it is XML 1.9.", _before('<?xml version="1.9"?>'), "XML007", "B14", (),
     "xmlsec signxml"),
    ("version_2_0", "The document says that it is XML 2.0.", _before('<?xml version="2.0"?>'), "XML001", "B14",
     (), None),
    ("unknown_encoding", "The document names an encoding that does not exist.",
     _before('<?xml version="1.0" encoding="klingon"?>'), "XML006", "B12", (), None),
    ("latin_1", "The document is declared as Latin-1.", _before('<?xml version="1.0" encoding="ISO-8859-1"?>'),
     "XML006", "B12", (), "xmlsec signxml"),
    ("windows_1252", "The document is declared as windows-1252.",
     _before('<?xml version="1.0" encoding="windows-1252"?>'), "XML006", "B12", (), "xmlsec signxml"),
    ("reserved_prefix", "The prefix xml is bound to something else.",
     lambda one: one.tampered(START, START + b'xmlns:xml="urn:x" '), "XML001", "B20", ("The Fragile Lock",), None),
    ("empty_name", "An element has an empty prefix, at which one parser's round trip stumbles.",
     lambda one: one.tampered(STATUS, b"<:x/>" + STATUS), "XML001", "B18", ("CVE-2020-15216", "CVE-2020-29509"), None),
    ("double_colon", "An attribute's name begins with two colons.",
     lambda one: one.tampered(START, START + b'::a="x" '), "XML001", "B18", ("CVE-2020-26290",), None),
    ("directive_inside", "A directive stands inside the document.",
     lambda one: one.tampered(STATUS, b"<!d <x>>" + STATUS), "XML001", "B18", ("CVE-2020-27846",), None),
    ("invalid_utf8", "The document holds a byte that is no UTF-8.",
     lambda one: one.xml.replace(b"status:Success", b"status:Success\xff"), "XML001", "B13", (), None),
    ("overlong_utf8", "A character is written longer than UTF-8 allows.",
     lambda one: one.xml.replace(b"status:Success", b"status:Success\xc0\xaf"), "XML001", "B13", (), None),
    ("surrogate", "The document holds half a character.",
     lambda one: one.xml.replace(b"status:Success", b"status:Success\xed\xa0\x80"), "XML001", "B13", (), None),
    ("reference_to_nul", "A character reference names NUL.",
     lambda one: one.xml.replace(b"status:Success", b"status:Success&#0;"), "XML001", "B13", (), None),
    ("id_with_a_leading_digit", "The Response's ID begins with a digit.",
     lambda one: one.xml.replace(b"_r0000000-1111-4222-8333-444444444444", b"1"), "XML009", "C17", (),
     "xmlsec signxml"),
    ("second_id_of_the_response", "The Response has an xml:id beside its ID.",
     lambda one: one.tampered(START, START + b'xml:id="_other" '), "XML010", "C17", (), "xmlsec signxml"),
    ("unknown_element", "An element that SAML does not know stands beside the Assertion.",
     lambda one: one.tampered(b"</samlp:Response>", b'<x xmlns="urn:x"/></samlp:Response>'), "AST001", "B19",
     ("CVE-2021-21238",), "xmlsec signxml"),
    ("response_of_saml_1_1", "The root is a Response of SAML 1.1.",
     lambda one: one.xml.replace(b"SAML:2.0:protocol", b"SAML:1.0:protocol"), "XML017", "B19", (), "xmlsec signxml"),
    ("assertion_of_saml_1_1", "The Assertion is one of SAML 1.1.",
     lambda one: one.xml.replace(b"SAML:2.0:assertion", b"SAML:1.0:assertion"), "AST001 AST002 SIG004", "B19", (), ""),
))  # fmt: skip


for _name, _codec, _mark, _answer in (
    ("UTF-16", "utf-16-le", b"\xff\xfe", UNREADABLE),
    ("UTF-16BE", "utf-16-be", b"", UNREADABLE),
    ("UTF-32", "utf-32-le", b"\xff\xfe\0\0", UNREADABLE),
    ("UTF-7", "utf-7", b"", UNKNOWN),
    ("ISO-2022-JP", "iso2022_jp", b"", UNKNOWN),
    ("Shift_JIS", "shift_jis", b"", UNKNOWN),
):
    add_attack(
        __name__,
        f"encoded_in_{_name.lower().replace('-', '_')}",
        f"The document is written in {_name}, in which a filter of bytes finds nothing.",
        Card("XML006" if _answer is UNKNOWN else "", _answer, None, "B12", (), "xmlsec signxml"),
        _encoded(_name, _codec, _mark),
    )
