"""A document as lines to show: indented, each part with its kind, what a signature covers marked.

Only for reading: white space between elements is dropped, long values are cut. Nothing here is trusted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from harness.report.plain import plain
from harness.saml.names import short

MAX_LINES = 4_000
MAX_VALUE = 300
_SIGNATURE = "Signature"
_XML = "http://www.w3.org/XML/1998/namespace"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: how deep it stands, its parts as (kind, text), where it is, and what covers it."""

    depth: int
    parts: tuple[tuple[str, str], ...]
    path: str = ""
    """Of the element that begins here, by local names, as findings name their place."""
    signed: str = ""
    """The element whose signature covers this line: ``Assertion``, ``Response``, or nothing."""


@dataclass(frozen=True, slots=True)
class _Step:
    node: etree._Element
    depth: int
    path: str
    signed: str


def lines_of(root: etree._Element, signed: Mapping[str, str]) -> tuple[Line, ...]:
    """The lines of a document. ``signed`` maps the path of each verified element to its name.

    A document of more lines is cut, and the last line says so.
    """
    found: list[Line] = []
    for line in _walk(root, signed):
        if len(found) == MAX_LINES:
            return (*found, Line(0, (("cut", f"more than {MAX_LINES:,} lines; the rest is not shown"),)))
        found.append(line)
    return tuple(found)


def _walk(root: etree._Element, signed: Mapping[str, str]) -> Iterator[Line]:
    """Depth first without recursion: a stack of elements to open and of lines to close them with."""
    first = f"/{short(str(root.tag))}"
    stack: list[_Step | Line] = [_Step(root, 0, first, signed.get(first, ""))]
    while stack:
        step = stack.pop()
        if isinstance(step, Line):
            yield step
            continue
        if not isinstance(step.node.tag, str):
            yield Line(step.depth, (("odd", plain(f"not shown: {type(step.node).__name__.strip('_')}")),), "", "")
            continue
        opening = _opening(step.node)
        below = [*_below(step, signed)]
        text = _text(step.node.text)
        if not below:
            closing = (("value", text), *_closing(step.node)) if text else (("mark", "/>"),)
            start = (*opening, ("mark", ">")) if text else opening
            yield Line(step.depth, (*start, *closing), step.path, step.signed)
            continue
        yield Line(step.depth, (*opening, ("mark", ">")), step.path, step.signed)
        stack.append(Line(step.depth, _closing(step.node), "", step.signed))
        stack.extend(reversed(below))
        if text:
            stack.append(Line(step.depth + 1, (("value", text),), "", step.signed))


def _below(step: _Step, signed: Mapping[str, str]) -> Iterator[_Step | Line]:
    """The children, each with its path, and the text between them."""
    children = [*step.node]
    alike = Counter(str(child.tag) for child in children)
    met: Counter[str] = Counter()
    for child in children:
        tag = str(child.tag)
        met[tag] += 1
        path = f"{step.path}/{short(tag)}" + ("" if alike[tag] == 1 else f"[{met[tag]}]")
        # A signature covers its element without itself.
        own = short(tag) == _SIGNATURE and step.path in signed
        covered = "" if own else signed.get(path, step.signed)
        yield _Step(child, step.depth + 1, path, covered)
        if tail := _text(child.tail):
            yield Line(step.depth + 1, (("value", tail),), "", step.signed)


def _opening(node: etree._Element) -> tuple[tuple[str, str], ...]:
    parts = [("mark", "<"), ("tag", _name(node))]
    for name, value in (*_declared(node), *_attributes(node)):
        parts += [("name", f" {name}"), ("mark", '="'), ("value", value), ("mark", '"')]
    return tuple(parts)


def _closing(node: etree._Element) -> tuple[tuple[str, str], ...]:
    return (("mark", "</"), ("tag", _name(node)), ("mark", ">"))


def _name(node: etree._Element) -> str:
    local = plain(etree.QName(node).localname)
    return f"{plain(node.prefix)}:{local}" if node.prefix else local


def _declared(node: etree._Element) -> Iterable[tuple[str, str]]:
    above = node.getparent()
    known = {} if above is None else above.nsmap
    for prefix, uri in node.nsmap.items():
        if known.get(prefix) != uri:
            yield (f"xmlns:{plain(prefix)}" if prefix else "xmlns"), plain(uri, MAX_VALUE)


def _attributes(node: etree._Element) -> Iterable[tuple[str, str]]:
    prefixes = {uri: prefix for prefix, uri in node.nsmap.items() if prefix} | {_XML: "xml"}
    for key, value in node.attrib.items():
        name = etree.QName(str(key))
        prefix = f"{prefixes.get(name.namespace, '?')}:" if name.namespace else ""
        yield plain(prefix + name.localname), plain(value, MAX_VALUE)


def _text(text: str | None) -> str:
    return plain(text.strip(), MAX_VALUE) if text and not text.isspace() else ""
