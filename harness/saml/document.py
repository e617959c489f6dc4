"""The one door through which XML enters a parser. Everything is bounded before it is parsed, and parsed once.

Order matters: bytes are looked at first (size, encoding, DOCTYPE, counts of markup), because the parser
itself expands entities and guesses encodings; then one hardened parse; then one look at the tree.
A document with a flaw keeps its root where one could be read, so that a diagnosis can go on,
but no signature in it is ever asked about.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, pairwise

from lxml import etree

from harness.lazy import lazy
from harness.saml.names import short

UTF8_BOM = b"\xef\xbb\xbf"


class DocumentFlaw(StrEnum):
    """Why a document is refused at the door."""

    MALFORMED = "malformed"
    TOO_LARGE = "too large"
    DOCTYPE = "DOCTYPE"
    COMMENT = "comment"
    INSTRUCTION = "processing instruction"
    ENCODING = "encoding"
    VERSION = "XML version"
    DUPLICATE_ID = "duplicate ID"
    ID_NOT_NCNAME = "ID is no NCName"
    FOREIGN_ID = "ID attribute of another kind"
    TOO_DEEP = "too deep"
    TOO_MANY_ELEMENTS = "too many elements"
    TOO_MANY_NAMESPACES = "too many namespace declarations"
    TOO_MANY_ATTRIBUTES = "too many attributes"
    RELATIVE_NAMESPACE = "relative namespace URI"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw: which kind, where (path of local names and line, 0 when unknown), and what was found."""

    kind: StrEnum
    where: str
    line: int
    got: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that a document must keep. All are inclusive."""

    size: int
    elements: int
    namespaces: int
    attributes: int = 32
    depth: int = 48


# AWS takes about 75 KB of response XML; ten times that leaves room to diagnose what is too large for it. Entra lets
# one user hold 1,500 roles, and sends each twice.
MESSAGE = Limits(size=1_000_000, elements=4_000, namespaces=64)
MAX_NAMESPACE_URI = 200
# IAM's documented limit for a metadata document is 10,000,000 characters.
METADATA = Limits(size=10_000_000, elements=250_000, namespaces=4_000)


_BOUNDS = {
    DocumentFlaw.TOO_LARGE,
    DocumentFlaw.TOO_DEEP,
    DocumentFlaw.TOO_MANY_ELEMENTS,
    DocumentFlaw.TOO_MANY_NAMESPACES,
    DocumentFlaw.TOO_MANY_ATTRIBUTES,
}


@dataclass(frozen=True, eq=False)
class Document:
    """A document that came through the door. ``root`` is None when it could not be parsed or breaks a bound."""

    raw: bytes
    root: etree._Element | None
    flaws: tuple[Flaw, ...]
    bom: bool

    def line_at(self, path: str) -> int:
        """The line of the element (or of the owner of the attribute) at a path of local names; 0 if not there."""
        return line_at(self.root, path)


class KnownDocument(Document):
    """A document on one line whose every character is known, and that no flaw is among them.

    Its tree is for whoever asks.
    """

    def __init__(self, raw: bytes) -> None:
        self.__dict__.update(raw=raw, flaws=(), bom=False)

    @lazy
    def root(self) -> etree._Element | None:
        return parse(self.raw).root

    def line_at(self, path: str) -> int:  # noqa: ARG002  (it is the same everywhere)
        return 1


_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False
)
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"'>]*)""")
_OTHER_ENCODINGS = {b"\xfe\xff", b"\xff\xfe", b"\x4c\x6f"}
"""How a text in UTF-16 or EBCDIC begins: where bytes are not what they seem, no look at bytes shows anything."""
_ENCODINGS = {b"utf-8", b"utf8", b"us-ascii", b"ascii"}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:|\Z", re.ASCII)
# Name characters of XML 1.0 without the colon. Python's \w differs: it takes raised digits. The fifth edition
# lets a name begin with digits of other scripts, the editions before it do not.
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
NCNAME = re.compile(rf"(?!\d)[{_START}][{_START}.0-9\u00b7\u0300-\u036f\u203f-\u2040-]*")
_DECLARATION = b"xmlns"
"""The word with which a namespace declaration begins; it may stand in text as well."""
_PLAIN_ID = re.compile(rb'"([A-Za-z_][A-Za-z0-9_.-]*)"')
_PLAIN_DECLARATION = re.compile(rb"""(?::[^\s=:<>"']+)?="[A-Za-z][A-Za-z0-9+.\-]*:[^"&<]{0,150}\"""")
_MANY_ATTRIBUTES = 400
_MAY_END_AN_ID = {b"ID", b"Id", b"iD", b"id"} | {
    bytes((any_byte, space)) for any_byte in range(256) for space in b" \t\r\n"
}
"""The last two bytes before the = of an attribute whose name may be an ID's: blanks may stand between."""

# One step along the descendants: with // libxml2 merges a set for each node, which is quadratic.
_IDS = etree.XPath("/descendant::*/@*[translate(local-name(), 'id', 'ID') = 'ID']")


def parse(raw: bytes, limits: Limits = MESSAGE) -> Document:
    """Read one document. Never raises for what the bytes hold: flaws are part of the answer."""
    bom = raw.startswith(UTF8_BOM)
    flaws = [*flaws_of_bytes(raw, limits)]
    if flaws:
        return Document(raw, None, tuple(flaws), bom)
    try:
        root = etree.fromstring(raw, _PARSER)  # noqa: TID251  (this is the door)
    except (etree.XMLSyntaxError, ValueError) as error:
        return Document(raw, None, (_malformed(error, limits),), bom)
    flaws = [*_flaws_of_tree(root, raw, limits)]
    beyond = bool(flaws) and any(flaw.kind in _BOUNDS for flaw in flaws)
    return Document(raw, None if beyond else root, tuple(flaws), bom)


def parse_own(text: bytes) -> etree._Element:
    """The root of bytes that this program made itself: what it wrote, or the canonical part of a document that
    came through the door. Never for input."""
    return etree.fromstring(text, _PARSER)  # noqa: TID251  (this is the door)


def path_of(element: etree._Element) -> str:
    """Where an element stands, by local names: ``/Response/Assertion/AttributeStatement/Attribute[3]``."""
    steps = []
    node: etree._Element | None = element
    while node is not None:
        tag = str(node.tag)
        before = len([*node.itersiblings(tag, preceding=True)])
        alone = not before and next(node.itersiblings(tag), None) is None
        steps.append(short(tag) if alone else f"{short(tag)}[{before + 1}]")
        node = node.getparent()
    return "/" + "/".join(reversed(steps))


def line_at(root: etree._Element | None, path: str) -> int:
    """The line of the element (or of the owner of the attribute) at a path of local names; 0 if not there."""
    node = root
    for step in path.strip("/").split("/")[1:]:
        name, _, index = step.rstrip("]").partition("[")
        if node is None or name.startswith("@"):
            break
        position = int(index) - 1 if index.isdigit() else 0
        found = next(islice(node.iterchildren("{*}" + name), position, None), None)
        if found is None:
            break
        node = found
    return 0 if node is None else _line(node)


def reused_ids(outer: etree._Element, inner: etree._Element) -> tuple[Flaw, ...]:
    """IDs of a decrypted document that the message around it uses as well."""
    taken = {str(value) for value in _IDS(outer)}
    return tuple(
        Flaw(DocumentFlaw.DUPLICATE_ID, path_of(value.getparent()), 0, f"{value.attrname}={str(value)[:100]!r}")
        for value in _IDS(inner)
        if value in taken
    )


def _line(element: etree._Element) -> int:
    return element.sourceline or 0


def flaws_of_bytes(raw: bytes, limits: Limits) -> Iterator[Flaw]:
    """What shows in the bytes alone, before anything has read them: bounds, an encoding, a DOCTYPE."""
    if len(raw) > limits.size:
        yield Flaw(DocumentFlaw.TOO_LARGE, "/", 0, f"{len(raw):,} bytes, at most {limits.size:,} are read")
        return
    if b"\x00" in raw or raw[:2] in _OTHER_ENCODINGS:
        yield Flaw(DocumentFlaw.ENCODING, "/", 1, "bytes of UTF-16, UTF-32 or EBCDIC, or a NUL character")
        return
    declared = _DECLARED_ENCODING.match(raw.removeprefix(UTF8_BOM))
    if declared and declared[1].lower() not in _ENCODINGS:
        yield Flaw(DocumentFlaw.ENCODING, "/", 1, f"declared as {declared[1].decode('ascii', 'replace')}")
        return
    if b"<!DOCTYPE" in raw:
        yield Flaw(DocumentFlaw.DOCTYPE, "/", raw.count(b"\n", 0, raw.index(b"<!DOCTYPE")) + 1, "<!DOCTYPE")
    # Each begins with a < that no / follows; of other such characters there are few. So many need as many bytes.
    if len(raw) > 4 * limits.elements and (count := raw.count(b"<") - raw.count(b"</")) > limits.elements:
        got = f"about {count:,} elements, at most {limits.elements:,} are read"
        yield Flaw(DocumentFlaw.TOO_MANY_ELEMENTS, "/", 0, got)
    if (count := raw.count(_DECLARATION)) > limits.namespaces:
        got = f"{count:,} namespace declarations, at most {limits.namespaces:,} are read"
        yield Flaw(DocumentFlaw.TOO_MANY_NAMESPACES, "/", 0, got)


def _malformed(error: etree.XMLSyntaxError | ValueError, limits: Limits) -> Flaw:
    line = (error.lineno or 0) if isinstance(error, etree.XMLSyntaxError) else 0
    said = str(error)
    if "Excessive depth" in said:
        return Flaw(DocumentFlaw.TOO_DEEP, "/", line, f"more than {limits.depth} levels")
    return Flaw(DocumentFlaw.MALFORMED, "/", line, said or "no XML")


def _flaws_of_tree(root: etree._Element, raw: bytes, limits: Limits) -> Iterator[Flaw]:
    if b"<?xml" in raw[:8] and root.getroottree().docinfo.xml_version != "1.0":
        yield Flaw(DocumentFlaw.VERSION, "/", 1, root.getroottree().docinfo.xml_version or "")
    yield from _special_nodes(root)
    # So deep, or so many of one element, there can only be where the bytes show as many in all.
    if raw.count(b"<") > limits.depth and _deeper_than(limits.depth)(root):
        yield Flaw(DocumentFlaw.TOO_DEEP, "/", 0, f"more than {limits.depth} levels")
    if raw.count(b"=") > limits.attributes and _more_attributes_than(limits.attributes)(root):
        element = next(one for one in root.iter() if len(one.attrib) > limits.attributes)
        got = f"{len(element.attrib):,} attributes, at most {limits.attributes} are read"
        yield Flaw(DocumentFlaw.TOO_MANY_ATTRIBUTES, path_of(element), _line(element), got)
    if not _ids_are_plain(raw):
        yield from _id_flaws(root)
    # XML cannot hide the word xmlns, so where each one found begins a plain declaration there are no others.
    if not all(map(_PLAIN_DECLARATION.match, raw.split(_DECLARATION)[1:])):
        yield from _namespace_flaws(root)


def _special_nodes(root: etree._Element) -> Iterator[Flaw]:
    """Comments and processing instructions, before and after the root as well.

    Walked, not asked for by XPath: libxml2 gathers twenty thousand of them in seconds.
    """
    if (
        root.getprevious() is None
        and root.getnext() is None
        and next(root.iter(etree.Comment, etree.ProcessingInstruction), None) is None
    ):
        return
    outside = [*root.itersiblings(preceding=True), *root.itersiblings()]
    for kind, sort, make in (
        (DocumentFlaw.COMMENT, etree._Comment, etree.Comment),
        (DocumentFlaw.INSTRUCTION, etree._ProcessingInstruction, etree.PI),
    ):
        node: etree._Element | None = next((one for one in outside if isinstance(one, sort)), None)
        if node is None:
            node = next(root.iter(make), None)
        if node is not None:
            parent = node.getparent()
            yield Flaw(kind, "/" if parent is None else path_of(parent), _line(node), str(node)[:100])


def _ids_are_plain(raw: bytes) -> bool:
    """Whether every ID-like attribute is an ID or Id with a plain ASCII value of its own.

    XML cannot hide an attribute's name, so the bytes show all of them, and perhaps some text that looks like one:
    then the tree is asked.
    """
    pieces = raw.split(b"=", _MANY_ATTRIBUTES)
    if len(pieces) > _MANY_ATTRIBUTES:
        return False
    found = [(before[-3:], after) for before, after in pairwise(pieces) if before[-2:] in _MAY_END_AN_ID]
    values = {
        match[1] for name, after in found if name in (b" ID", b" Id") and (match := _PLAIN_ID.match(after)) is not None
    }
    return len(values) == len(found)


def _id_flaws(root: etree._Element) -> Iterator[Flaw]:
    """Libraries find a signed element by its ID, each looking under other names: so all of them count."""
    seen: set[str] = set()
    reported = 0
    for value in _IDS(root):
        name = value.attrname
        if name in ("ID", "Id") and NCNAME.fullmatch(value) and value not in seen:
            seen.add(value)
            continue
        if value in seen:
            kind = DocumentFlaw.DUPLICATE_ID
        elif name in ("ID", "Id"):
            kind = DocumentFlaw.ID_NOT_NCNAME
        else:
            kind = DocumentFlaw.FOREIGN_ID
        seen.add(value)
        owner = value.getparent()
        yield Flaw(kind, f"{path_of(owner)}/@{short(name)}", _line(owner), f"{name}={str(value)[:100]!r}")
        reported += 1
        if reported == 10:  # a hostile document may hold thousands; ten show what is wrong
            return


def _namespace_flaws(root: etree._Element) -> Iterator[Flaw]:
    """libxml2 cannot canonicalise below a relative namespace URI; callers have taken that for empty bytes."""
    for _, declared in etree.iterwalk(root, events=("start-ns",)):
        prefix, uri = declared or ("", "")
        if len(uri) > MAX_NAMESPACE_URI:
            # Canonicalisation may write it again for every element, so a long one multiplies.
            got = f"xmlns:{prefix} of {len(uri):,} characters, at most {MAX_NAMESPACE_URI:,} are read"
            yield Flaw(DocumentFlaw.TOO_MANY_NAMESPACES, "/", 0, got)
            return
        if not _ABSOLUTE.match(uri):
            yield Flaw(DocumentFlaw.RELATIVE_NAMESPACE, "/", 0, f"xmlns:{prefix}={uri[:100]!r}")
            return


def _deeper_than(depth: int) -> etree.XPath:
    if depth not in _DEPTH_TESTS:
        _DEPTH_TESTS[depth] = etree.XPath(f"boolean({'/*' * (depth + 1)})", regexp=False)
    return _DEPTH_TESTS[depth]


def _more_attributes_than(count: int) -> etree.XPath:
    if count not in _WIDTH_TESTS:
        _WIDTH_TESTS[count] = etree.XPath(f"boolean(/descendant::*/@*[{count + 1}])", regexp=False)
    return _WIDTH_TESTS[count]


_DEPTH_TESTS: dict[int, etree.XPath] = {}
_WIDTH_TESTS: dict[int, etree.XPath] = {}
