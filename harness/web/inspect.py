"""The inspector: a response decoded, the signed part marked, both answers, and every finding with its cure.

Of this run at each hop, or whatever was captured elsewhere and is pasted or uploaded here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from harness.aws.account import Aws
from harness.errors import UnreadableInput
from harness.report.as_text import answer_cells, pair_label
from harness.report.entry_words import finding_parts
from harness.report.model import Accepted, AwsAnswer, Outcome, PairAnswer, Refused, Report, Severity
from harness.report.plain import plain
from harness.report.verdict import headline
from harness.saml.metadata import read_metadata
from harness.saml.received import Received
from harness.saml.times import parse_instant
from harness.saml.wire import Capture, read_captures
from harness.web.aws_api import Clock
from harness.web.inspections import Inspection, Inspections, judge
from harness.web.tree import Line, lines_of

MAX_AT_ONCE = 20
MAX_RAW = 20_000
MAX_PAIRS = 200


def inspect_blueprint(inspections: Inspections, clock: Clock) -> Blueprint:
    """``/inspect`` with its field, ``/inspect/<id>`` of one response, and its bytes."""
    blueprint = Blueprint("inspect", __name__)

    @blueprint.get("/inspect")
    def front() -> str:
        return _front(inspections)

    @blueprint.post("/inspect")
    def take() -> AnyResponse:
        try:
            kept = _take(inspections, clock())
        except UnreadableInput as error:
            return make_response(_front(inspections, str(error)), 400)
        target = url_for("inspect.front") if len(kept) > 1 else url_for("inspect.show", inspection_id=kept[0])
        return redirect(target, 303)

    @blueprint.get("/inspect/<inspection_id>")
    def show(inspection_id: str) -> str:
        found = _found(inspections, inspection_id)
        return _page(found, clock() if request.args.get("at") == "now" else None)

    @blueprint.get("/inspect/<inspection_id>/response.xml")
    def download(inspection_id: str) -> AnyResponse:
        page = Response(_found(inspections, inspection_id).capture.xml, mimetype="application/octet-stream")
        page.headers["Content-Disposition"] = 'attachment; filename="response.xml"'
        return page

    @blueprint.app_template_global()
    def inspectable(xml: bytes, relay_state: str | None, user: str) -> str:
        """What the page that posts a response needs to link to it: the response is kept, and its path given."""
        capture = Capture("XML", xml, (len(xml) + 2) // 3 * 4, relay_state=relay_state)
        kept = inspections.keep(capture, clock(), f"issued by Entra to {user}" if user else "issued by Entra")
        return url_for("inspect.show", inspection_id=kept)

    return blueprint


def _found(inspections: Inspections, inspection_id: str) -> Inspection:
    found = inspections.get(inspection_id)
    if found is None:
        abort(404, "saml-harness: there is no such report; the last responses are kept while the mock runs")
    return found


def _front(inspections: Inspections, fault: str = "") -> str:
    return render_template("inspect_front.html", title="Inspect", recent=inspections.recent(), fault=plain(fault, 2000))


def _take(inspections: Inspections, now: datetime) -> Sequence[str]:
    """Keep what was pasted or uploaded, and say under which IDs. Raises UnreadableInput."""
    upload, pasted = request.files.get("file"), request.form.get("text", "")
    raw = upload.read() if upload is not None and upload.filename else pasted.encode("utf-8", "replace")
    captures = read_captures(raw, "the upload" if upload is not None and upload.filename else "the text")
    readable = [one for one in captures if isinstance(one, Capture)]
    if not readable:
        raise next(one for one in captures if isinstance(one, UnreadableInput))
    at, aws = _instant(request.form.get("at", "")), _metadata()
    return [inspections.keep(one, at or one.posted_at or now, "brought here", aws) for one in readable[-MAX_AT_ONCE:]]


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text) if text.strip() else None
    except ValueError as error:
        raise UnreadableInput(f"the instant: {error}") from None


def _metadata() -> Aws | None:
    """The accounts that the uploaded metadata stands for; None where none was, for those of this run."""
    upload = request.files.get("metadata")
    if upload is None or not upload.filename:
        return None
    metadata = read_metadata(upload.read(), "the metadata")
    if not metadata.keys:
        raise UnreadableInput("the metadata: it holds no signing certificate of an identity provider")
    return Aws(declared=False, fallback=metadata)


def _page(inspection: Inspection, at: datetime | None) -> str:
    judged = judge(inspection, at)
    report, documents = judged.report, _documents(judged.received)
    return render_template(
        "inspect.html",
        title="Inspect a response",
        inspection=inspection,
        report=report,
        headline=plain(headline(report), 1000),
        answers=[_cells("sign-in page", report.signin), *map(_pair_cells, report.sts[:MAX_PAIRS])],
        more_answers=max(0, len(report.sts) - MAX_PAIRS),
        fresh=None if report.when_fresh is None else _cells("sign-in page", report.when_fresh[0]),
        counted=_counted(report),
        findings=[(check.rule, one, [*finding_parts(one)]) for check in report.checks for one in check.findings],
        skipped=[check for check in report.checks if check.outcome is Outcome.SKIP],
        documents=documents,
        places=frozenset(line.path for _, lines in documents for line in lines if line.path),
        raw=[] if judged.received.document.root is not None else _raw(inspection.capture.xml),
    )


def _counted(report: Report) -> str:
    """``2 errors, 1 note``."""
    counts = Counter(one.severity for one in report.findings)
    words = [f"{counts[one]} {one}{'s' if counts[one] > 1 else ''}" for one in Severity if counts[one]]
    return ", ".join(words) or "nothing"


def _pair_cells(one: PairAnswer) -> tuple[str, str, str, str]:
    return _cells(pair_label(one), one.answer)


def _cells(door: str, answer: AwsAnswer) -> tuple[str, str, str, str]:
    """A row: the door, a word for its colour, the answer in one word, and in full."""
    word, told = answer_cells(answer)
    kind = "good" if isinstance(answer, Accepted) else "bad" if isinstance(answer, Refused) else "unclear"
    return plain(door), kind, word.plain, told.plain


def _documents(received: Received) -> Sequence[tuple[str, Sequence[Line]]]:
    """The document, and the assertion that was opened in it, each under its name."""
    found = []
    for name, document, checks in (
        ("The document", received.document, received.signatures),
        ("The decrypted assertion", received.inner, received.inner_signatures),
    ):
        if document is not None and document.root is not None:
            signed = {one.where.rpartition("/")[0]: one.signed_element for one in checks if one.verified}
            found.append((name, lines_of(document.root, signed)))
    return found


def _raw(xml: bytes) -> list[str]:
    text = xml[:MAX_RAW].decode("utf-8", "replace")
    return [plain(line, MAX_RAW) for line in text.splitlines()]
