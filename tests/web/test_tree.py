"""A document as lines: every element once, at the path by which findings name it, nothing lost and nothing run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.entra.idp import EntraIdp
from harness.saml.document import parse, path_of
from harness.web.tree import MAX_LINES, lines_of


def text(xml: bytes) -> list[str]:
    root = parse(xml).root
    assert root is not None
    return [" " * line.depth + "".join(part for _, part in line.parts) for line in lines_of(root, {})]


def test_the_paths_are_those_that_findings_use(idp: EntraIdp) -> None:
    root = parse(idp.respond("britta@contoso.com", datetime(2026, 11, 1, 9, 0, tzinfo=UTC)).xml).root
    assert root is not None
    assert [line.path for line in lines_of(root, {}) if line.path] == [path_of(one) for one in root.iter()]


def test_what_a_verified_signature_covers_is_marked_but_for_the_signature() -> None:
    root = parse(b'<R xmlns="urn:r"><A><Signature><V>x</V></Signature><B>y</B></A><C/></R>').root
    assert root is not None
    marked = [line.path for line in lines_of(root, {"/R/A": "A"}) if line.signed and line.path]
    assert marked == ["/R/A", "/R/A/B"]


@pytest.mark.parametrize(
    ("xml", "lines"),
    [
        (b'<a xmlns="urn:x"/>', ['<a xmlns="urn:x"/>']),
        (b"<a>  <b>t</b> u </a>", ["<a>", " <b>t</b>", " u", "</a>"]),
        (b'<p:a xmlns:p="urn:x" p:b="1"/>', ['<p:a xmlns:p="urn:x" p:b="1"/>']),
        (b"<a><!-- x --><b/></a>", ["<a>", " not shown: Comment", " <b/>", "</a>"]),
        ("<a b='\u202e'>\u200b&lt;i></a>".encode(), ['<a b="\\u202e">\\u200b<i></a>']),
    ],
)
def test_each_kind_of_node_has_its_line(xml: bytes, lines: list[str]) -> None:
    assert text(xml) == lines


def test_a_document_of_too_many_lines_is_cut() -> None:
    root = parse(b"<a>" + b"<c><b/></c>" * (MAX_LINES // 2 - 1) + b"</a>").root
    assert root is not None
    lines = lines_of(root, {})
    assert len(lines) == MAX_LINES + 1
    assert lines[-1].parts == (("cut", "more than 4,000 lines; the rest is not shown"),)
