"""Seeded mutants of signed responses, as bytes and as trees. A seed always makes the same changes."""

from __future__ import annotations

import base64
import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lxml import etree

from harness.saml.names import DS, SAML, SAMLP

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
TOKENS = (
    b"<!---->",
    b"<?x y?>",
    b"&e;",
    b"&#0;",
    b"&#65;",
    b"<![CDATA[x]]>",
    b"\0",
    b"\r",
    b"\xef\xbb\xbf",
    b" ",
    b"\n",
    b"<",
    b">",
    b'"',
    b"'",
    b"&",
    b"]]>",
    b"<x/>",
    b"</Assertion>",
    b"<Assertion>",
    b' ID="_a"',
    b' Id="_a"',
    b' xmlns="urn:x"',
    b' xmlns:samlp="urn:x"',
    b"xml:id='_a'",
    b"\xc0\xaf",
    b"\xff",
    b"mallory@contoso.com",
    b"9999999999",
    b"=",
    b"A" * 100,
)
VALUES = (
    "",
    " ",
    "x",
    "_a",
    "2.0",
    "1.1",
    "mallory@contoso.com",
    "urn:x",
    "#",
    "#_a",
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "2026-11-01T09:00:00+01:00",
    "\u0662\u0660\u0662\u0666-11-01T09:00:00Z",
    "\u202e",
    "\U0001f511",
    "arn:aws:iam::111122223333:role/x,arn:aws:iam::111122223333:saml-provider/WAAD",
    "3600",
    "-1",
    "1e9",
    "%s%n",
    "a\nb",
    "x" * 5_000,
)
NAMES = (
    "ID",
    "Id",
    "id",
    "Name",
    "Version",
    "IssueInstant",
    "Destination",
    "Algorithm",
    "URI",
    "Recipient",
    "Method",
    "Format",
    "Value",
)
TAGS = tuple(
    f"{{{namespace}}}{name}"
    for namespace, names in (
        (
            SAML,
            "Assertion Issuer Subject NameID Conditions Attribute AttributeValue AuthnStatement Advice EncryptedID",
        ),
        (SAMLP, "Response Status StatusCode Extensions StatusDetail"),
        (
            DS,
            "Signature SignedInfo Reference Transforms Transform KeyInfo X509Data Object SignatureValue",
        ),
        ("urn:x", "x"),
    )
    for name in names.split()
)


@dataclass(frozen=True)
class Mutant:
    """What is posted, as XML or as it stands in a form field, and how it came to be."""

    seed: int
    posted: bytes
    changes: tuple[str, ...]


def mutant(seed: int, bases: Sequence[bytes]) -> Mutant:
    """The mutant of a seed: one to four changes to one of the bases."""
    dice = random.Random(seed)
    number = dice.randrange(len(bases))
    xml, changes = bases[number], [f"base {number}"]
    kind = dice.random()
    if kind < 0.75:
        others = [etree.fromstring(one, _PARSER) for one in bases]
        root = others.pop(number)
        for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 4))):
            change = dice.choice(TREE)
            changes.append(change.__name__)
            change(dice, root, dice.choice(others))
        xml = etree.tostring(root.getroottree())
    if kind >= 0.7:
        for _ in range(dice.choice((1, 1, 2, 3))):
            slash = dice.choice(BYTES)
            changes.append(slash.__name__)
            xml = slash(dice, xml)
    posted = xml if dice.random() < 0.8 else _posted(dice, xml, changes)
    return Mutant(seed, posted, tuple(changes))


def _posted(dice: random.Random, xml: bytes, changes: list[str]) -> bytes:
    """The value of the form field, now and then with a digit too many or too few."""
    text = base64.b64encode(xml)
    if dice.random() < 0.5:
        changes.append("base64")
        at = dice.randrange(len(text))
        text = (
            text[:at]
            + dice.choice((b"", b"!", b"=", b"%", b"\n", b"-", b"\xc3\xa9", b"A"))
            + text[at + dice.randrange(2) :]
        )
    return text


def flip(dice: random.Random, xml: bytes) -> bytes:
    at = dice.randrange(len(xml))
    return xml[:at] + bytes([xml[at] ^ (1 << dice.randrange(8))]) + xml[at + 1 :]


def cut(dice: random.Random, xml: bytes) -> bytes:
    at = dice.randrange(len(xml))
    return xml[:at] + xml[at + dice.choice((1, 2, 8, 60, 900)) :]


def repeat(dice: random.Random, xml: bytes) -> bytes:
    at = dice.randrange(len(xml))
    end = at + dice.choice((1, 8, 60, 900))
    return xml[:end] + xml[at:end] + xml[end:]


def insert(dice: random.Random, xml: bytes) -> bytes:
    at = dice.choice((0, len(xml), dice.randrange(len(xml)), xml.find(b">", dice.randrange(len(xml))) + 1))
    return xml[:at] + dice.choice(TOKENS) + xml[at:]


def exchange(dice: random.Random, xml: bytes) -> bytes:
    a, b, c, d = sorted(dice.randrange(len(xml) + 1) for _ in range(4))
    return xml[:a] + xml[c:d] + xml[b:c] + xml[a:b] + xml[d:]


def declare(dice: random.Random, xml: bytes) -> bytes:
    head = dice.choice(
        (
            b'<!DOCTYPE x [<!ENTITY e "x">]>',
            b"<?xml version='1.0' encoding='UTF-7'?>",
            b"<?xml version='1.1'?>",
            b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
            b"<?xml version='1.0'" + b" " * 400 + b"encoding='windows-1252'?>",
            b"<!-- x -->",
        )
    )
    return head + xml


def transcode(dice: random.Random, xml: bytes) -> bytes:
    return xml.decode("utf-8", "replace").encode(
        dice.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037")), "replace"
    )


BYTES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    flip,
    flip,
    flip,
    cut,
    repeat,
    insert,
    insert,
    exchange,
    declare,
    transcode,
)


def _pick(dice: random.Random, root: etree._Element, *, inner: bool = False) -> etree._Element:
    nodes = [node for node in root.iter() if isinstance(node.tag, str)]
    if inner and len(nodes) > 1:
        nodes = nodes[1:]
    return dice.choice(nodes)


def drop(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    node = _pick(dice, root, inner=True)
    if (parent := node.getparent()) is not None:
        parent.remove(node)


def double(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    node = _pick(dice, root, inner=True)
    if node.getparent() is not None:
        node.addnext(copy.deepcopy(node))


def double_elsewhere(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    node = copy.deepcopy(_pick(dice, root))
    target = _pick(dice, root)
    target.insert(dice.randint(0, len(target)), node)


def move(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    node, target = _pick(dice, root, inner=True), _pick(dice, root)
    if node is root or any(above is node for above in (target, *target.iterancestors())):
        return
    target.insert(dice.randint(0, len(target)), node)


def graft(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    """A part of another signed response: a stranger may well hold two."""
    target = _pick(dice, root)
    target.insert(dice.randint(0, len(target)), copy.deepcopy(_pick(dice, other)))


def replace_by_twin(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    """An element takes the place of the one with the same name in this response."""
    node = _pick(dice, other, inner=True)
    twins = [one for one in root.iter(node.tag) if one.getparent() is not None]
    if twins:
        twin = dice.choice(twins)
        twin.getparent().replace(twin, copy.deepcopy(node))  # type: ignore[union-attr]


def rename(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    _pick(dice, root).tag = dice.choice(TAGS)


def wrap(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    node = _pick(dice, root, inner=True)
    parent = node.getparent()
    if parent is None:
        return
    shell = etree.Element(dice.choice(TAGS))
    parent.replace(node, shell)
    shell.append(node)


def swap_texts(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    a, b = _pick(dice, root), _pick(dice, root)
    a.text, b.text = b.text, a.text


def edit_text(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    leaves = [node for node in root.iter() if isinstance(node.tag, str) and node.text]
    if leaves:
        leaf = dice.choice(leaves)
        text = leaf.text or ""
        at = dice.randint(0, len(text))
        leaf.text = dice.choice(
            (dice.choice(VALUES), text + " ", " " + text, text[:at] + "x" + text[at:], text.upper(), text[:at])
        )


def edit_tail(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    _pick(dice, root, inner=True).tail = dice.choice((" ", "x", "\n", "mallory"))


def edit_attribute(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    node = dice.choice([one for one in root.iter() if isinstance(one.tag, str) and one.attrib] or [root])
    names = [*node.attrib] or ["ID"]
    name = dice.choice(names)
    value = node.get(name) or ""
    node.set(name, dice.choice((dice.choice(VALUES), value + " ", value[:-1], value + "x", value.swapcase())))


def drop_attribute(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    nodes = [one for one in root.iter() if isinstance(one.tag, str) and one.attrib]
    if nodes:
        node = dice.choice(nodes)
        del node.attrib[dice.choice([*node.attrib])]


def add_attribute(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    ids = [str(value) for value in root.xpath("//@ID")]  # type: ignore[union-attr]
    name = dice.choice((*NAMES, f"{{{SAMLP}}}ID", "{http://www.w3.org/XML/1998/namespace}id", "{urn:x}Id"))
    _pick(dice, root).set(name, dice.choice((*VALUES, *ids)))


def add_note(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    node = _pick(dice, root)
    note = etree.Comment("x") if dice.random() < 0.5 else etree.ProcessingInstruction("x", "y")
    text = node.text or ""
    at = dice.randint(0, len(text))
    node.text, note.tail = text[:at], text[at:]
    node.insert(0, note)


def change_base64(dice: random.Random, root: etree._Element, other: etree._Element) -> None:
    places = [*root.iter(*(f"{{{DS}}}{name}" for name in ("SignatureValue", "DigestValue", "X509Certificate")))]
    if places:
        place = dice.choice(places)
        text = place.text or ""
        at = dice.randint(0, len(text))
        place.text = dice.choice(
            (
                text[:at] + "A" + text[at + 1 :],
                text[:at] + "\n" + text[at:],
                text[:-1],
                text + "=",
                text[:at],
                "",
                text[::-1],
                text * 2,
            )
        )


TREE: tuple[Callable[[random.Random, etree._Element, etree._Element], None], ...] = (
    drop,
    double,
    double_elsewhere,
    move,
    graft,
    replace_by_twin,
    rename,
    wrap,
    swap_texts,
    edit_text,
    edit_text,
    edit_tail,
    edit_attribute,
    edit_attribute,
    drop_attribute,
    add_attribute,
    add_note,
    change_base64,
)
