"""Hostile documents of 250 KB and inputs of 10 MB: refused, without a hang, a crash, a print or a flood of memory."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from harness.report.model import Report
from tests.saml.children import in_child, measured
from tests.saml.hostile import DOCUMENTS, SIZE
from tests.saml.world import accepted, judged, key, metadata

TEN_MB = 10_000_000


def said(report: Report) -> str:
    return "ACCEPTED" if accepted(report) else "refused: " + ", ".join(sorted(report.error_codes))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_refused_without_a_hang(name: str) -> None:
    metadata(), key()  # made here, so that the child only judges
    xml = DOCUMENTS[name]()
    assert len(xml) <= SIZE + 15_000
    ended = in_child(lambda: said(judged(xml, engines=True)))
    assert not ended.timed_out
    assert ended.result.startswith("refused: ")
    assert ended.printed == ""


def repeated(unit: bytes, start: bytes = b"", end: bytes = b"") -> bytes:
    return start + unit * ((TEN_MB - len(start) - len(end)) // len(unit)) + end


def har(post: bytes) -> bytes:
    """A HAR whose one request was posted with this text or these params."""
    return b'{"log":{"entries":[{"request":{"url":"https://signin.aws.amazon.com/saml","postData":{' + post + b"}}}]}}"


INPUTS: dict[str, Callable[[], bytes]] = {
    "base64 junk": lambda: repeated(b"QUJD"),
    "base64 of empty elements": lambda: base64.b64encode(repeated(b"<a/>", b"<r>", b"</r>")[:7_500_000]),
    "empty elements": lambda: repeated(b"<a/>"),
    "empty elements in a root": lambda: repeated(b"<a/>", b"<r>", b"</r>"),
    "attributes": lambda: repeated(b'a="x" ', b"<a ", b"/>"),
    "one huge attribute": lambda: repeated(b"x", b'<a a="', b'"/>'),
    "one huge text": lambda: repeated(b"x", b"<a>", b"</a>"),
    "one huge comment": lambda: repeated(b"x", b"<a><!--", b"--></a>"),
    "open brackets": lambda: repeated(b"["),
    "open braces": lambda: repeated(b'{"a":'),
    "small objects": lambda: repeated(b"{},", b"[", b"{}]"),
    "small lists": lambda: repeated(b"[],", b"[", b"[]]"),
    "small objects with a key": lambda: repeated(b'{"a":1},', b"[", b"{}]"),
    "many keys": lambda: b"{" + b",".join(b'"%d":0' % n for n in range(900_000)) + b"}",
    "many keys that end with a backslash": lambda: b"{" + b",".join(b'"%d\\\\":0' % n for n in range(750_000)) + b"}",
    "as many keys as are read": lambda: b"{" + b",".join(b'"%d" :0' % n for n in range(600_000)) + b"}",
    "one huge number": lambda: repeated(b"1", b"[", b"]"),
    "a HAR of small entries": lambda: repeated(b'{"a":1},', b'{"log":{"entries":[', b"{}]}}"),
    "a HAR of small posts": lambda: repeated(
        b'{"request":{"postData":{"text":"SAMLResponse=x"}}},', b'{"log":{"entries":[', b"{}]}}"
    ),
    "a HAR with many fields": lambda: har(repeated(b"a&", b'"text":"SAMLResponse=PHIvPg==&', b'"')),
    "a HAR with many params": lambda: har(repeated(b'{"name":"a","value":""},', b'"params":[', b"{}]")),
    "a form with many fields": lambda: repeated(b"a&", b"SAMLResponse=PHIvPg==&"),
    "percent signs": lambda: repeated(b"%41"),
    "percent signs in a form": lambda: repeated(b"%41", b"SAMLResponse="),
    "HTML with open inputs": lambda: repeated(b"<input ", b"<html>"),
    "HTML with one long word": lambda: b"<html><input " + b"a" * 1_900_000 + b">" + b" " * 8_000_000,
    "HTML with quotes": lambda: repeated(b'a="', b"<html><input "),
    "HTML with closed inputs": lambda: repeated(b"<input>", b"<html>"),
    "blanks": lambda: repeated(b" "),
    "binary": lambda: repeated(bytes(range(256))),
}


@pytest.mark.parametrize("name", INPUTS)
def test_ten_megabytes_of_anything_are_judged_without_a_hang(name: str) -> None:
    """How fast is the benchmark's affair; here only a hang counts."""
    raw = INPUTS[name]()
    from tests.saml.children import judge_capture

    ended = in_child(lambda: judge_capture(raw), seconds=20)
    assert not ended.timed_out
    assert not ended.result.startswith("raised ")
    assert ended.printed == ""


@pytest.mark.parametrize(
    "name",
    [
        "base64 junk",
        "empty elements in a root",
        "attributes",
        "one huge text",
        "open brackets",
        "small objects",
        "small lists",
        "small objects with a key",
        "a HAR of small posts",
        "a HAR with many fields",
        "percent signs",
    ],
)
def test_ten_megabytes_of_anything_are_judged_within_300_megabytes(name: str) -> None:
    words, megabytes = measured(INPUTS[name]())
    print(f"{name}: {megabytes} MB, {words}")
    assert megabytes < 300


def test_a_genuine_response_is_accepted_in_a_child_too() -> None:
    """So that a refusal above is one of the document, not of the child."""
    from tests.saml.world import issued

    xml = issued()
    assert in_child(lambda: said(judged(xml, engines=True))).result == "ACCEPTED"


def test_ten_megabytes_of_metadata_are_read_without_a_hang() -> None:
    from harness.errors import HarnessError
    from harness.saml.metadata import read_metadata

    documents = (
        b'<md xmlns="urn:x">' + b"xmlns:" * 3_900 + b"x" * 9_900_000 + b"</md>",
        repeated(
            b"<KeyDescriptor/>",
            b'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">',
            b"</EntityDescriptor>",
        )[:4_000_000],
    )

    def read() -> str:
        for raw in documents:
            try:
                read_metadata(raw)
            except HarnessError as error:
                print(end=str(error)[:0])
        return "read"

    ended = in_child(read, seconds=20)
    assert ended.result == "read"
    assert json.dumps(ended.printed) == '""'
