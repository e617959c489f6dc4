"""Our report of a response that was posted here, and the audit log as a page."""

from flask import Blueprint, make_response, render_template
from werkzeug.wrappers import Response as AnyResponse

from harness.aws.attempts import Kept
from harness.aws.intake import opening_keys
from harness.aws.store import AwsStore
from harness.errors import UnreadableInput
from harness.report.as_text import as_text
from harness.rules import Policy
from harness.saml.wire import read_capture
from harness.validate import check


def add_reports(blueprint: Blueprint, store: AwsStore) -> None:
    """``/inspect/<id>`` of a kept attempt, and ``/audit``."""

    @blueprint.get("/inspect/<attempt_id>")
    def inspect(attempt_id: str) -> AnyResponse:
        kept = store.attempts.get(attempt_id)
        if kept is None:
            words = "saml-harness: there is no such report; the last hundred responses are kept while the mock runs"
            return make_response(render_template("aws_refused.html", title="Report", message=words), 404)
        page = render_template("aws_report.html", title="Report", kept=kept, report=report_of(kept))
        return make_response(page)

    @blueprint.get("/audit")
    def audit_page() -> str:
        return render_template("aws_audit.html", title="Audit log (mock)", events=store.events[::-1][:500])


def report_of(kept: Kept) -> str:
    """The report of a kept response, judged against the accounts as they were and at the instant it was posted."""
    try:
        capture = read_capture(kept.posted.encode(), "SAMLResponse")
    except UnreadableInput as error:
        return f"{error}\n"
    policy = Policy(kept.aws, kept.aws.keys, role=kept.role_arn)
    keys = opening_keys([*kept.aws.providers.values()])
    return as_text(check(capture, policy, kept.at, source="the response that was posted", decrypt_keys=keys))
