"""A rollover by hand: certificates on Entra's side, metadata uploads on AWS's, and a real sign-in for every account."""

from collections.abc import Mapping, Sequence
from datetime import UTC

from flask import Blueprint, abort, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from harness.aws.iam import IamProviders
from harness.aws.query import ApiError
from harness.aws.store import AwsStore
from harness.entra.directory import app_id_of
from harness.entra.idp import EntraIdp
from harness.report.as_text import answer_cells
from harness.report.model import Accepted, Refused
from harness.report.plain import plain
from harness.saml.document import UTF8_BOM
from harness.saml.keys import Certificate
from harness.saml.wire import read_captures
from harness.trial import Trial, try_sign_in, try_sign_ins, visitors_of
from harness.web.aws_api import Clock
from harness.web.careful import wants_page
from harness.web.inspections import Inspections


def rollover_blueprint(idp: EntraIdp, store: AwsStore, inspections: Inspections, clock: Clock) -> Blueprint:
    """``/rollover``: what every provider trusts, what signs, a sign-in for each, and the field for an upload."""
    blueprint = Blueprint("rollover", __name__)

    @blueprint.get("/rollover")
    def show() -> AnyResponse:
        trials = [*try_sign_ins(idp, store.aws, clock())]
        if not wants_page():
            return jsonify([as_data(one) for one in trials])
        return _page(idp, trials)

    @blueprint.post("/rollover")
    def upload() -> AnyResponse:
        refusals = _upload(store, clock)
        if refusals:
            return _page(idp, [*try_sign_ins(idp, store.aws, clock())], refusals)
        return redirect(url_for("rollover.show"), 303)

    @blueprint.get("/rollover/response")
    def look() -> AnyResponse:
        """A fresh response of the user who tries this provider, in the inspector."""
        now, aws = clock(), store.aws
        provider = aws.providers.get(request.args.get("provider", ""))
        if provider is None:
            abort(404, "saml-harness: there is no such SAML provider")
        trial = try_sign_in(idp, aws, now, provider, visitors_of(idp.scenario).get(str(provider.arn)))
        if not trial.posted or trial.visitor is None:
            abort(404, f"saml-harness: nothing was posted: {trial.reason}")
        capture = read_captures(trial.posted.encode())[0]
        if isinstance(capture, Exception):
            abort(404, f"saml-harness: {capture}")
        kept = inspections.keep(capture, now, f"tried for {provider.arn}", aws)
        return redirect(url_for("inspect.show", inspection_id=kept), 303)

    return blueprint


def _upload(store: AwsStore, clock: Clock) -> Sequence[str]:
    """Give the document to each provider that was ticked, as UpdateSAMLProvider; what IAM refused, in its words."""
    sent, chosen = request.files.get("document"), request.form.getlist("provider")
    raw = sent.read() if sent is not None else b""
    if not raw or not chosen:
        return ["saml-harness: choose a metadata document, and tick the providers that it is for"]
    if request.form.get("bom") == "remove":
        raw = raw.removeprefix(UTF8_BOM)
    refusals, providers = [], IamProviders(store)
    for arn in chosen:
        call = {"SAMLProviderArn": arn, "SAMLMetadataDocument": raw.decode("utf-8", "replace")}
        try:
            providers.update(call, arn.split(":")[4] if arn.count(":") == 5 else "", clock())
        except ApiError as error:
            refusals.append(f"IAM for {arn}: {error.code}: {error}")
    if refusals and raw.startswith(UTF8_BOM):
        refusals.append("saml-harness: the document begins with a byte order mark, which IAM does not take")
    return refusals


def _page(idp: EntraIdp, trials: Sequence[Trial], refusals: Sequence[str] = ()) -> AnyResponse:
    page = render_template(
        "rollover.html",
        title="Rollover by hand",
        rows=[(one, as_data(one), [_short(key) for key in one.trusted]) for one in trials],
        apps=[(app, app_id_of(idp.scenario, app)) for app in idp.scenario.apps],
        tenant=idp.scenario.tenant_id,
        refusals=[plain(one, 1000) for one in refusals],
    )
    return make_response(page, 400 if refusals else 200)


def _short(key: Certificate) -> str:
    return f"{key.thumbprint[:8]}, until {key.not_after.astimezone(UTC):%Y-%m-%d}"


def as_data(trial: Trial) -> Mapping[str, object]:
    """One row, for programs."""
    return {
        "account": trial.arn.account,
        "alias": trial.alias,
        "provider": str(trial.arn),
        "trusted": [key.thumbprint for key in trial.trusted],
        "user": trial.visitor.upn if trial.visitor else None,
        "role": str(trial.visitor.pair.role) if trial.visitor else None,
        "signed_by": trial.signed_by.thumbprint if trial.signed_by else None,
        "outcome": _outcome(trial),
        "said": plain(answer_cells(trial.answer)[1].plain.replace("\n", " "), 1000) if trial.answer else trial.reason,
    }


def _outcome(trial: Trial) -> str:
    if trial.answer is None:
        return "not tried" if trial.visitor is None else "refused by Entra"
    if isinstance(trial.answer, Accepted):
        return "accepted"
    return "refused" if isinstance(trial.answer, Refused) else "unknown"
