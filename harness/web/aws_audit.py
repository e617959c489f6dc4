"""The audit log as a page."""

from flask import Blueprint, render_template

from harness.aws.store import AwsStore


def add_audit(blueprint: Blueprint, store: AwsStore) -> None:
    """``/audit``: the last events, newest first."""

    @blueprint.get("/audit")
    def audit_page() -> str:
        return render_template("aws_audit.html", title="Audit log (mock)", events=store.events[::-1][:500])
