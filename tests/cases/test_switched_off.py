"""Each check of the door and of the signature profile is switched off in turn, and some case must notice."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import pytest

from harness.cases.catalogue import chosen
from harness.cases.core import Case
from harness.cases.run import Result, run
from harness.cases.workshop import Workshop
from harness.cli.judging import judge
from harness.rules.core import REGISTRY
from harness.saml import document, dsig
from harness.saml.document import DocumentFlaw, Flaw
from harness.saml.dsig import SignatureFlaw

SECOND_LINE = {
    SignatureFlaw.UNCANONICAL: "the door refuses every document whose canonicalisation is known to fail",
}
"""Checks that no case reaches, each with its reason."""


def cases_about(kind: StrEnum) -> list[Case]:
    """The cases that expect a rule about this kind of flaw, a few of them."""
    codes = {code for code, one in REGISTRY.items() if one.flaw is kind}
    codes |= {"SIG016"} if kind in (SignatureFlaw.CHILDREN, SignatureFlaw.SIGNED_INFO) else set()
    return [case for case in chosen() if codes & case.expected.codes][:12]


def missed(cases: list[Case], workshop: Workshop) -> bool:
    return any(one.result is not Result.PASS for one in run(cases, judge, workshop))


@pytest.mark.parametrize("kind", [kind for kind in SignatureFlaw if kind not in SECOND_LINE])
def test_a_check_of_the_profile_cannot_be_forgotten(
    kind: SignatureFlaw, monkeypatch: pytest.MonkeyPatch, workshop: Workshop
) -> None:
    cases = cases_about(kind)
    assert cases
    assert not missed(cases, workshop)
    seen = dsig._Reading.flaw

    def overlooks(reading: dsig._Reading, found: SignatureFlaw, *rest: object) -> None:
        if found is not kind:
            seen(reading, found, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(dsig._Reading, "flaw", overlooks)
    assert missed(cases, workshop)


@pytest.mark.parametrize("kind", DocumentFlaw)
def test_a_check_of_the_door_cannot_be_forgotten(
    kind: DocumentFlaw, monkeypatch: pytest.MonkeyPatch, workshop: Workshop
) -> None:
    cases = cases_about(kind)
    assert cases
    assert not missed(cases, workshop)
    for name in ("_flaws_of_bytes", "_flaws_of_tree"):
        monkeypatch.setattr(document, name, without(kind, getattr(document, name)))
    monkeypatch.setattr(document, "_malformed", spared(kind, document._malformed))
    assert missed(cases, workshop)


def without(kind: DocumentFlaw, look):
    def overlooks(*arguments: object) -> Iterator[Flaw]:
        return (flaw for flaw in look(*arguments) if flaw.kind is not kind)

    return overlooks


def spared(kind: DocumentFlaw, named):
    def renamed(*arguments: object) -> Flaw:
        flaw = named(*arguments)
        other = DocumentFlaw.VERSION if kind is DocumentFlaw.MALFORMED else DocumentFlaw.MALFORMED
        return Flaw(other, flaw.where, flaw.line, flaw.got) if flaw.kind is kind else flaw

    return renamed
