"""Each condition of AWS decides something: with it forgotten, at least one case is answered otherwise."""

import ast
import inspect
from pathlib import Path

import pytest

from harness.aws import acceptance, answers
from harness.aws.acceptance import CHECKS, signin_answer
from harness.report.model import AwsAnswer, Refused, Unknown
from tests.aws import cases, more_cases
from tests.aws.cases import Case


@pytest.fixture(scope="module")
def attempts() -> list[tuple[Case, acceptance.Attempt]]:
    return [(case, case.attempt()) for case in cases.CASES + more_cases.CASES + more_cases.PAGE]


@pytest.fixture(scope="module")
def told(attempts: list[tuple[Case, acceptance.Attempt]]) -> list[object]:
    return [every(case, attempt) for case, attempt in attempts]


def every(case: Case, attempt: acceptance.Attempt) -> object:
    return acceptance.sts_answers(attempt, case.requested), signin_answer(attempt)


@pytest.mark.parametrize("condition", CHECKS, ids=lambda condition: condition.holds.__name__)
def test_no_condition_can_be_forgotten(condition, attempts, told, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(acceptance, "CHECKS", tuple(one for one in CHECKS if one is not condition))
    assert [every(case, attempt) for case, attempt in attempts] != told


def test_every_condition_stands_in_the_list():
    written = {
        function.name
        for module in ("on_document", "on_assertion", "on_pair")
        for function in ast.parse(Path(inspect.getfile(acceptance)).with_name(f"{module}.py").read_text()).body
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
    }
    assert written == {condition.holds.__name__ for condition in CHECKS}


def test_every_refusal_is_caused_by_some_case(told: list[tuple[tuple, AwsAnswer]]):
    answers_given = [answer for sts, page in told for answer in (*(one.answer for one in sts), page)]
    causes = {answer.cause for answer in answers_given if isinstance(answer, Refused)}
    # A region is a matter of the account and the endpoint: no response can cause that refusal.
    assert causes == set(answers.REFUSALS) - {"region-disabled"}


@pytest.mark.parametrize("cause", answers.REFUSALS)
def test_every_refusal_says_how_it_is_known(cause: str):
    assert answers.source_of(cause).endswith(".")
    assert answers.REFUSALS[cause].http_status in (400, 403, None)


def test_a_server_puts_an_id_where_aws_does():
    refused = answers.refuse("session-name-invalid")
    assert answers.with_request_id(refused.message, "42") == refused.message
    assert "Request ID: 42;" in answers.with_request_id(answers.refuse("not-xml").message, "42")
    assert answers.refuse("region-disabled", account="111122223333").message == (
        "STS is not activated in this region for account:111122223333. Your account administrator can activate STS "
        "in this region using the IAM Console."
    )


def test_unknown_always_says_why(told: list[tuple[tuple, AwsAnswer]]):
    reasons = [page.reason for _, page in told if isinstance(page, Unknown)]
    assert reasons
    assert all(reasons)


def test_the_cases_hold_no_row_twice():
    rows = [case.row for case in cases.CASES + more_cases.CASES + more_cases.PAGE]
    assert len(set(rows)) == len(rows)
