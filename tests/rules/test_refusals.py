"""The two answers keep each other honest: what AWS refuses is also found to be an error, with the same cause."""

import pytest

from harness.aws.acceptance import signin_answer, sts_answers
from harness.report.model import AwsAnswer, Outcome, Refused
from harness.rules import Evidence, Policy, run
from tests.aws import cases as aws_cases
from tests.aws import more_cases as aws_more
from tests.aws.responses import ROLE
from tests.rules.test_cases import CASES
from tests.rules.world import Case, declared, holding, judged, key, metadata, param, response, tampered

SAME_CAUSE = {
    "assertion-too-long": {"AWS019"},
    "request-arn-invalid": {"AWS022"},
    "principal-arn-invalid": {"AWS022"},
    "not-xml": {"XML001"},
    "page-unreadable": {"XML001"},
    "conditions-missing": {"AST010"},
    "not-before-unreadable": {"AST024"},
    "confirmation-repeated": {"AST014"},
    "confirmation-time-missing": {"AST015"},
    "recipient-missing": {"AST015"},
    "name-id-format-missing": {"AST021"},
    "authn-statement-missing": {"AST022"},
    "plaintext-not-allowed": {"AST031"},
    "provider-missing": {"TRU001"},
    "assertion-unsigned": {"SIG001"},
    "issuer-unknown": {"AST006", "MET013"},
    "signature-invalid": {"SIG002", "SIG003", "MET013"},
    "provider-without-keys": {"MET004"},
    "response-expired": {"AST011", "AST016", "AST023"},
    "response-too-old": {"AWS018"},
    "session-name-missing": {"AWS001"},
    "session-name-invalid": {"AWS002"},
    "source-identity-invalid": {"AWS015"},
    "pair-not-offered": {"AWS004", "AWS005", "AWS022"},
    "page-no-role": {"AWS004", "AWS005"},
    "role-missing": {"TRU002"},
    "trust-denies": {"TRU003"},
    "tags-not-trusted": {"TRU005"},
    "source-identity-not-trusted": {"TRU006"},
    "name-id-missing": {"AST020"},
}
"""Cause of a refusal -> the rules of which one must find it."""
NOT_OF_THE_RESPONSE = {
    "2.2/03-duration-too-long",
    "2.2/03-duration-too-short",
    "2.2/16-above-the-roles-maximum",
}
"""DurationSeconds is a parameter of the call to STS; no captured response shows it."""
SHORTER_THAN_ANY_RESPONSE = {"2.2/03-assertion-too-short"}

AWS_CASES = [
    case
    for case in aws_cases.CASES + aws_more.CASES + aws_more.PAGE
    if case.row not in NOT_OF_THE_RESPONSE | SHORTER_THAN_ANY_RESPONSE
]


def unexplained(answers: list[AwsAnswer], errors: frozenset[str]) -> list[str]:
    refusals = [answer for answer in answers if isinstance(answer, Refused)]
    return [one.cause for one in refusals if not SAME_CAUSE.get(one.cause, set()) & errors]


@pytest.mark.parametrize("case", [param(case) for case in CASES])
def test_what_aws_refuses_is_an_error_too(case: Case):
    report = case.report()
    assert not unexplained(list(report.answers), report.error_codes)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.row) for case in AWS_CASES])
def test_what_aws_refuses_in_its_own_cases_is_an_error_too(case: aws_cases.Case):
    attempt = case.attempt()
    sts = sts_answers(attempt, case.requested)
    trusted = tuple(one for held in attempt.aws.documents for one in held.keys)
    policy = Policy(attempt.aws, trusted, role=case.requested)
    evidence = Evidence(attempt.received, policy, attempt.now, attempt.base64_size, attempt.base64_fault)
    errors = {
        finding.code for check in run(evidence) for finding in check.findings if finding.severity == "error"
    }  # fmt: skip
    answers = [signin_answer(attempt, sts), *(one.answer for one in sts)]
    assert not unexplained(answers, frozenset(errors))


def test_an_issuer_that_only_another_provider_knows_is_an_error():
    """All providers' metadata is read, but each pair is judged by that of its own provider."""
    elsewhere = metadata(key(), issuer="https://other.example/")
    others = {"arn:aws:iam::111122223333:saml-provider/Other": metadata()}
    report = judged(response(), declared(holds=elsewhere, others=others))
    assert {answer.cause for answer in report.answers if isinstance(answer, Refused)} == {"issuer-unknown"}
    assert not unexplained(list(report.answers), report.error_codes)


def test_a_pair_that_is_offered_is_no_finding_when_it_is_asked_for():
    """--role-arn may name the pair as STS takes it: role and provider."""
    report = judged(response(), role=f"{ROLE},arn:aws:iam::111122223333:saml-provider/Entra")
    assert not report.error_codes


BROKEN_IN_MANY_WAYS = {
    "edits": [("cm:bearer", "cm:sender-vouches"), ("ada@contoso.example</AttributeValue>", "a b</AttributeValue>")],
    "audience": "https://elsewhere.example/",
    "recipient": "https://elsewhere.example/",
}


def test_a_response_signed_by_an_unknown_key_gets_its_full_diagnosis():
    known = judged(response(**BROKEN_IN_MANY_WAYS))
    unknown = judged(response(by=key("stranger"), **BROKEN_IN_MANY_WAYS))
    assert known.error_codes == {"AST003", "AST004", "AST014", "AWS002"}
    assert unknown.error_codes == known.error_codes | {"SIG002", "MET003"}
    assert not any(finding.claimed for finding in known.findings)


def test_what_is_read_from_unsigned_facts_says_so():
    report = judged(response(by=key("stranger"), **BROKEN_IN_MANY_WAYS))
    claimed = {finding.code for finding in report.findings if finding.claimed}
    assert claimed == {"AST003", "AST004", "AST014", "AWS002"}
    assert report.signed is None
    assert report.claimed is not None


def test_signed_facts_win_over_claimed_ones():
    """A changed role is no signed fact, so the report reads what was signed only where it still verifies."""
    report = judged(response(**tampered("ada@contoso.example</AttributeValue>", "a b</AttributeValue>")))
    assert report.error_codes == {"SIG003", "AWS002"}
    assert {finding.code for finding in report.findings if finding.claimed} == {"AWS002"}


def test_a_skipped_rule_says_why():
    reports = [judged(response()), judged(b"<x/>"), judged(response(signed=()), holding(metadata(key("other"))))]
    skipped = [check for report in reports for check in report.checks if check.outcome is Outcome.SKIP]
    assert len(skipped) > 50
    assert all(check.reason and not check.findings for check in skipped)


def test_nothing_is_skipped_for_an_error_in_a_rule():
    """Every reason of a skip is one of a fixed set of sentences, never the text of an exception."""
    reasons = {check.reason for case in CASES for check in case.report().checks if check.outcome is Outcome.SKIP}
    assert all(reason[0].islower() or reason.startswith(("SHA-1", "SessionDuration")) for reason in reasons)
    assert not any("Error" in reason or "object" in reason for reason in reasons)
