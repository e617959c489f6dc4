"""The report for programs. The form is published in ``report.schema.json`` beside this file."""

import json
from collections.abc import Sequence
from typing import Any

from harness.report.model import Accepted, AwsAnswer, Finding, Opinions, PairAnswer, Refused, Report
from harness.report.verdict import chosen, exit_code, headline
from harness.saml.model import Assertion
from harness.saml.times import show_instant

FORMAT = "saml-harness report"
VERSION = 1


def as_json(reports: Sequence[Report], *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> str:
    """All reports in one document."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "reports": [report_as_data(report, chosen(report, select, ignore)) for report in reports],
    }
    return written(document)


def written(document: dict[str, Any]) -> str:
    """The text of a document: ASCII without any control character but line breaks."""
    return json.dumps(document, indent=2, ensure_ascii=True).replace("\x7f", "\\u007f") + "\n"


def report_as_data(report: Report, findings: Sequence[Finding]) -> dict[str, Any]:
    """One report as plain data. It holds facts and findings, never the response itself."""
    return {
        "source": report.source,
        "at": show_instant(report.at),
        "verdict": headline(report),
        "exit_code": exit_code(report),
        "unreadable": report.unreadable,
        "aws": _answers(report.signin, report.sts),
        "aws_when_fresh": None if report.when_fresh is None else _answers(*report.when_fresh),
        "findings": [finding_as_data(finding) for finding in findings],
        "checks": [
            {"code": check.rule.code, "outcome": check.outcome.value, "reason": check.reason or None}
            for check in report.checks
        ],
        "signatures": [opinions_as_data(one) for one in report.signatures],
        "signed": None if report.signed is None else _facts(report.signed),
        "claimed": None if report.claimed is None else _facts(report.claimed),
    }


def _answers(signin: AwsAnswer, sts: Sequence[PairAnswer]) -> dict[str, Any]:
    return {
        "signin": answer_as_data(signin),
        "sts": [
            {
                "role": None if one.pair is None else str(one.pair.role),
                "provider": None if one.pair is None else str(one.pair.provider),
                "answer": answer_as_data(one.answer),
            }
            for one in sts
        ],
    }


def answer_as_data(answer: AwsAnswer) -> dict[str, Any]:
    """One answer of AWS as plain data."""
    if isinstance(answer, Accepted):
        session = answer.session
        return {
            "answer": "accepted",
            "basis": answer.basis.value,
            "assumed": list(answer.assumed),
            "session": {
                "name": session.name,
                "seconds": session.seconds,
                "issuer": session.issuer,
                "subject": session.subject,
                "subject_type": session.subject_type,
                "audience": session.audience,
                "source_identity": session.source_identity,
                "tags": dict(session.tags),
                "transitive_tag_keys": list(session.transitive_tag_keys),
            },
        }
    if isinstance(answer, Refused):
        return {
            "answer": "refused",
            "basis": answer.basis.value,
            "code": answer.code or None,
            "http_status": answer.http_status,
            "message": answer.message,
            "cause": answer.cause,
            "others": list(answer.others),
        }
    return {"answer": "unknown", "reason": answer.reason}


def opinions_as_data(one: Opinions) -> dict[str, Any]:
    """One signature with each engine's word as plain data."""
    return {
        "where": one.where,
        "signed_element": one.signed_element,
        "signed_id": one.signed_id,
        "algorithm": one.method,
        "key_thumbprint": one.key_thumbprint,
        "engines": [{"engine": engine, "word": word, "reason": reason or None} for engine, word, reason in one.words],
    }


def finding_as_data(finding: Finding) -> dict[str, Any]:
    """One finding as plain data."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "where": finding.where or None,
        "line": finding.line or None,
        "got": finding.got,
        "expected": finding.expected,
        "fix": finding.fix,
        "claimed": finding.claimed,
    }


def _facts(assertion: Assertion) -> dict[str, Any]:
    return {
        "id": assertion.id,
        "issuer": assertion.issuer,
        "issue_instant": None if assertion.issue_instant is None else assertion.issue_instant.text,
        "name_id": None if assertion.name_id is None else assertion.name_id.value,
        "audiences": [] if assertion.conditions is None else [list(one) for one in assertion.conditions.audiences],
        "attributes": [{"name": one.name, "values": list(one.values)} for one in assertion.attributes],
    }
