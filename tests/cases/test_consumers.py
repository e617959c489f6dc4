"""The export, fed to service providers in three languages, as any other one would be tested with it."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness.cases.catalogue import chosen
from harness.cases.export import INDEX
from harness.saml.times import show_instant
from tests.cases.differences import ALL, DIFFERENCES, EXACT, FAMILIES
from tests.cli.running import run
from tests.judges.consumers import judge_named
from tests.judges.shape import Missing, Sample, Word

CAPTURED = "britta@contoso.com"
"""Whose response was captured, and who signs in where a control is accepted."""
BROKEN_TEXT = frozenset({"parsing/invalid-utf8", "parsing/overlong-utf8", "parsing/surrogate"})
"""ruby-saml repeats their bytes in its refusal, which no JSON can carry: each is given a process of its own."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export as of now: the judges ask the wall clock."""
    folder = tmp_path_factory.mktemp("export")
    assert run("cases", "export", folder, "--at", show_instant(datetime.now(UTC))).code == 0
    return folder


@pytest.fixture(scope="module")
def index(folder: Path) -> dict[str, Any]:
    """cases.json, with the cases of these families alone."""
    found = json.loads((folder / INDEX).read_text())
    return found | {
        "cases": [
            one
            for one in found["cases"]
            if one["family"] in FAMILIES and one["world"] is None and one["id"] not in EXACT
        ]
    }


@pytest.fixture(scope="module", params=ALL)
def words(request: pytest.FixtureRequest, folder: Path, index: dict[str, Any]) -> tuple[str, dict[str, Word]]:
    """A judge's name, and what it says of each case."""
    judge = judge_named(request.param)
    try:
        judge.version()
    except Missing as missing:
        pytest.skip(str(missing))
    samples = {one["id"]: _sample(folder, index, one) for one in index["cases"]}
    plain = {name: sample for name, sample in samples.items() if name not in BROKEN_TEXT}
    said = dict(zip(plain, judge.judge_many([*plain.values()]), strict=True))
    return request.param, said | {name: judge.judge(samples[name]) for name in sorted(BROKEN_TEXT)}


def _sample(folder: Path, index: dict[str, Any], case: dict[str, Any]) -> Sample:
    # What is posted need not be ASCII: that is what some cases are about.
    posted = (folder / case["file"]).read_bytes().decode("latin-1")
    metadata = (folder / index["metadata"]).read_bytes()
    return Sample(posted, index["certificate"], metadata, index["issuer"], index["audience"], index["acs"])


def test_each_answers_as_the_case_asks_but_for_the_written_reasons(
    words: tuple[str, dict[str, Word]], index: dict[str, Any]
) -> None:
    name, said = words
    wanted = {one["id"]: one["expected"]["accepted"] for one in index["cases"]}
    differs = {case for case, word in said.items() if wanted[case] is not None and word.accepted != wanted[case]}
    known = {case for judge, case in DIFFERENCES if judge == name}
    new = {case: said[case].says for case in sorted(differs - known)}
    assert not new, "without a written reason"
    assert known - differs == set(), "written down, but it no longer differs"


def test_none_of_them_lets_a_stranger_in(words: tuple[str, dict[str, Word]], index: dict[str, Any]) -> None:
    attacks = {one["id"] for one in index["cases"] if one["kind"] == "attack"}
    let_in = {case: word.says for case, word in words[1].items() if case in attacks and word.accepted}
    assert {case: says for case, says in let_in.items() if says != f"NameID {CAPTURED}"} == {}


def test_each_accepts_some_and_refuses_some(words: tuple[str, dict[str, Word]]) -> None:
    accepted = [word.accepted for word in words[1].values()]
    assert sum(accepted) > 20
    assert accepted.count(False) > 100


@cache
def _known_cases() -> frozenset[str]:
    return frozenset(case.id for case in chosen(*FAMILIES))


def test_every_line_names_a_case_a_judge_and_a_reason() -> None:
    assert {case for _, case in DIFFERENCES} | EXACT | BROKEN_TEXT <= _known_cases()
    assert {judge for judge, _ in DIFFERENCES} == set(ALL)
    assert all(reason.endswith(".") and len(reason) > 20 for reason in DIFFERENCES.values())
