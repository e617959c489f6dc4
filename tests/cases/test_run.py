"""The runner: it believes no judge, and outlives those that hang or die."""

import os
import time

import pytest

from harness.cases.catalogue import chosen
from harness.cases.core import Kind, Material
from harness.cases.recipe import FORGED, USER
from harness.cases.run import Outcome, Result, run
from harness.cases.words import ACCEPTED, UNKNOWN
from harness.cases.workshop import Workshop
from harness.cli.judging import judge

SOME = chosen("wrapping/xsw3-forged-assertion-first", "controls/nothing-changed", "claims/role-missing")


def says(answer, codes="", subject=USER):
    return Outcome(frozenset(codes.split()), frozenset(codes.split()), (answer,), answer, frozenset({subject}))


def results(some, judging, workshop, **how):
    return {one.case.id: one for one in run(some, judging, workshop, **how)}


def test_a_judge_that_accepts_everything_fails_every_attack(workshop: Workshop):
    attacks = chosen("attacks")
    assert {one.result for one in run(attacks, lambda _: says(ACCEPTED), workshop)} == {Result.FAIL}


def test_a_judge_that_refuses_everything_fails_every_control_that_aws_takes(workshop: Workshop):
    controls = [case for case in chosen("controls") if case.expected.sts == ACCEPTED]
    assert {one.result for one in run(controls, lambda _: says(UNKNOWN), workshop)} == {Result.FAIL}


def test_a_judge_that_reports_everything_fails_every_control(workshop: Workshop):
    controls = [case for case in chosen("control") if case.kind is Kind.CONTROL]
    alarmed = results(controls, lambda _: says(ACCEPTED, "XML001 SIG001 AST005"), workshop)
    assert {one.result for one in alarmed.values()} == {Result.FAIL}


def test_a_session_for_somebody_else_fails_even_a_control(workshop: Workshop):
    told = results(chosen("controls/nothing-changed"), lambda _: says(ACCEPTED, subject=FORGED), workshop)
    assert told["controls/nothing-changed"].reason == f"a session is granted to {FORGED}"


def test_a_missing_code_and_an_unexpected_one_are_named(workshop: Workshop):
    told = results(chosen("claims/role-missing"), lambda _: says(UNKNOWN, "AWS001", ""), workshop)
    assert told["claims/role-missing"].reason.startswith(
        "missing AWS004; unexpected AWS001; STS says unknown, expected"
    )


def test_a_hang_is_reported_and_the_next_case_is_run(workshop: Workshop):
    def slow(material: Material) -> Outcome:
        if b"U1NJR05" in material.posted or (material.world.usual and _is_first(material)):
            time.sleep(30)
        return judge(material)

    first = SOME[0].material(workshop).posted

    def _is_first(material: Material) -> bool:
        return material.posted == first

    told = results(SOME, slow, workshop, seconds=1.0)
    assert told[SOME[0].id].result is Result.HANG
    assert told[SOME[0].id].reason == "no answer within 1 seconds"
    assert [told[case.id].result for case in SOME[1:]] == [Result.PASS, Result.PASS]


def test_an_exception_is_a_crash_and_the_next_case_is_run(workshop: Workshop):
    def raising(material: Material) -> Outcome:
        if not material.posted:
            raise RuntimeError("no value")
        return judge(material)

    told = results(chosen("envelope/empty", "controls/nothing-changed"), raising, workshop)
    assert told["envelope/empty"].result is Result.CRASH
    assert told["envelope/empty"].reason == "raised RuntimeError: no value"
    assert told["controls/nothing-changed"].result is Result.PASS


def test_the_death_of_the_process_is_a_crash_and_the_next_case_is_run(workshop: Workshop):
    def dying(material: Material) -> Outcome:
        if not material.posted:
            os._exit(7)
        return judge(material)

    told = results(chosen("envelope/empty", "controls/nothing-changed"), dying, workshop)
    assert (told["envelope/empty"].result, told["envelope/empty"].reason) == (Result.CRASH, "the process died")
    assert told["controls/nothing-changed"].result is Result.PASS


def test_what_a_judge_prints_is_not_printed(workshop: Workshop, capfd: pytest.CaptureFixture[str]):
    def loud(material: Material) -> Outcome:
        os.write(1, b"secret")
        os.write(2, b"secret")
        return judge(material)

    assert all(one.result is Result.PASS for one in run(SOME, loud, workshop))
    assert capfd.readouterr() == ("", "")


def test_the_engines_words_are_kept(workshop: Workshop):
    told = results(chosen("controls/nothing-changed"), judge, workshop)["controls/nothing-changed"]
    assert told.outcome is not None
    assert [word.partition(": ")[2] for word in told.outcome.engines] == [
        "strict verifies", "xmlsec verifies", "signxml verifies",
    ]  # fmt: skip
