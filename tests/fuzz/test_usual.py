"""Mutants of usual responses, signed after the change where possible: what one look reads, the long way reads too."""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest
from lxml import etree

from harness.saml import received
from tests.saml.world import NOW, idp, issued, sealed, taken, unsigned

MUTANTS = int(os.environ.get("HARNESS_FUZZ_MUTANTS", "5000"))
FIRST = int(os.environ.get("HARNESS_FUZZ_SEED", "0"))
PIECES = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        *"<>&\"'= \t\r\n\0\x01\x7f\x85\u2028\ufeff\ufffe\uffff\ud800\U0001f511x1",
        "&amp;", "&#13;", "&#x9;", "]]>", "<!-- x -->", "<?x y?>", "<![CDATA[<x/>]]>", "<x/>", "<x></x>", "\r\n",
        ' x="y"', ' xmlns:x="urn:x"', ' xmlns=""', ' ID="_x"', "</AttributeValue><AttributeValue>",
        "</AttributeValue>",
        "<AttributeValue/>", "</Attribute>", '<Attribute Name="x"><AttributeValue>', '"><AttributeValue>',
        "</Assertion>", "</samlp:Response>", "<Subject>", "+00:00", ".1234567891", "2026-02-30T00:00:00Z",
        "xmlns " * 70, "<x>" * 50, "x" * 1_000,
    )
)  # fmt: skip


def changed(dice: random.Random, xml: bytes) -> bytes:
    """One change: a piece put in, a stretch left out or doubled, or two stretches that change places."""
    place, length = dice.randrange(len(xml)), dice.choice((1, 1, 2, 8, 40, 200))
    match dice.randrange(4):
        case 0:
            return xml[:place] + dice.choice(PIECES) + xml[place:]
        case 1:
            return xml[:place] + xml[place + length :]
        case 2:
            return xml[: place + length] + xml[place:]
    middle, end = place + length, place + length + dice.choice((1, 8, 40))
    return xml[:place] + xml[middle:end] + xml[place:middle] + xml[end:]


def mutant(seed: int) -> bytes:
    dice = random.Random(seed)
    made = dice.choice((issued(), unsigned(), unsigned(), idp().respond("adele@contoso.com", NOW).xml))
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        made = changed(dice, made)
    if b"<Signature" in made:
        return made
    try:
        return sealed(made)
    except (AssertionError, ValueError, StopIteration, etree.C14NError):
        return made  # no longer XML, or without an assertion to sign


def test_whatever_is_read_at_one_look_the_long_way_reads_too(monkeypatch: pytest.MonkeyPatch) -> None:
    words: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + MUTANTS):
        xml = mutant(seed)
        one = taken(xml)
        if one.usual is None:
            words["the long way"] += 1
            continue
        with monkeypatch.context() as patch:
            patch.setattr(received, "read_usual", lambda *_: None)
            other = taken(xml)
        for name in ("flaws", "shape", "signatures", "own_signature", "response", "claimed", "signed", "encrypted"):
            assert getattr(one, name) == getattr(other, name), (seed, name, xml)
        assert (other.assertion_count, other.is_alone) == (1, True), (seed, xml)
        words["at one look"] += 1
    print(dict(words))
    assert words["at one look"] >= MUTANTS * 0.05
