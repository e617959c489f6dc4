"""Each check of the door, of the profile and of AWS's is switched off in turn, and some case must notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

import pytest

from harness.aws import acceptance, granting
from harness.aws.acceptance import CHECKS, Condition
from harness.cases.catalogue import chosen
from harness.cases.core import Case
from harness.cases.run import Result, run
from harness.cases.workshop import Workshop
from harness.cli.judging import judge
from harness.rules.registry import REGISTRY
from harness.saml import document, dsig
from harness.saml.document import DocumentFlaw, Flaw
from harness.saml.dsig import SignatureFlaw

HELD_BY_THE_LAST_GATE = {
    "base64_is_clean", "document_has_no_flaws", "root_is_a_response", "document_is_built_as_saml_says",
    "there_is_exactly_one_assertion", "signatures_keep_the_profile",
}  # fmt: skip
"""Conditions of AWS without which there is still no session: before one is granted, everything that can be proven is
looked at again, whatever was asked before. With that gate open too, a case must notice."""


NOTHING_TO_GRANT = {"nothing_inside_is_encrypted", "assertion_can_be_opened"}
"""Conditions without which there is still no session, because what it would hold cannot be read."""


def cases_about(kind: StrEnum) -> list[Case]:
    """The cases that expect a rule about this kind of flaw, a few of them."""
    codes = {code for code, one in REGISTRY.items() if one.flaw is kind}
    codes |= {"SIG016"} if kind in (SignatureFlaw.CHILDREN, SignatureFlaw.SIGNED_INFO) else set()
    return [case for case in chosen() if codes & case.expected.codes][:12]


def missed(cases: list[Case], workshop: Workshop) -> bool:
    """Whether a case fails, asked of one after the other until one does."""
    return any(one.result is not Result.PASS for one in run(cases, judge, workshop))


@pytest.mark.parametrize("kind", SignatureFlaw)
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
    for name in ("flaws_of_bytes", "_flaws_of_tree"):
        monkeypatch.setattr(document, name, without(kind, getattr(document, name)))
    monkeypatch.setattr(document, "_malformed", spared(kind, document._malformed))
    assert missed(cases, workshop)


@pytest.fixture(scope="module")
def objections(workshop: Workshop) -> dict[str, list[Case]]:
    """By the name of each of AWS's conditions: the cases in which it objects."""
    found: dict[str, list[Case]] = {}

    def noted(condition: Condition, case: Case) -> Condition:
        def holds(asked: object) -> object:
            if (said := condition.holds(asked)) is not None:  # type: ignore[arg-type]
                found.setdefault(condition.holds.__name__, []).append(case)
            return said

        return replace(condition, holds=holds)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        for case in chosen():
            patch.setattr(acceptance, "CHECKS", tuple(noted(condition, case) for condition in CHECKS))
            judge(case.material(workshop))
    return found


@pytest.mark.parametrize("condition", CHECKS, ids=lambda condition: condition.holds.__name__)
def test_a_condition_of_aws_cannot_be_forgotten(
    condition: Condition, objections: dict[str, list[Case]], monkeypatch: pytest.MonkeyPatch, workshop: Workshop
) -> None:
    name = condition.holds.__name__
    cases = [*dict.fromkeys(objections[name])]
    monkeypatch.setattr(acceptance, "CHECKS", tuple(one for one in CHECKS if one is not condition))
    assert missed(cases, workshop) is (name not in HELD_BY_THE_LAST_GATE | NOTHING_TO_GRANT)
    monkeypatch.setattr(granting, "proven", lambda asked: asked.attempt.received.facts)
    assert missed(cases, workshop) is (name not in NOTHING_TO_GRANT)


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
