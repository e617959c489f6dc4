"""Microsoft Graph over HTTP, in its two versions, and the endpoints that hand tokens to its clients."""

import json
import uuid

from flask import Blueprint, Response, request

from harness.entra.graph.call import MAX_BODY, Call, Json, error_body
from harness.entra.graph.errors import ours, oversized
from harness.entra.graph.service import Graph
from harness.entra.graph.tokens import TokenRefusal, clouds, configuration, issue, key_set
from harness.entra.idp import EntraIdp
from harness.web.aws_api import Clock
from harness.web.csrf import for_programs

_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
GRAPH_PATHS = ("/v1.0", "/beta")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_OPTIONS = frozenset(("filter", "select", "top", "skiptoken", "count", "orderby", "expand", "search", "skip"))


def graph_blueprint(idp: EntraIdp, clock: Clock, iam_url: str | None = None) -> Blueprint:
    """``/v1.0`` and ``/beta``; every path below them and every method of HTTP is answered in Graph's form."""
    blueprint = Blueprint("graph", __name__)
    graph = Graph(idp, iam_url)

    @for_programs
    def call(version: str, rest: str = "") -> Response:
        request_id = str(uuid.uuid4())
        client_request_id = request.headers.get("client-request-id", request_id)[:100]
        answer = graph.answer(_call(idp, clock, version, rest), request_id, client_request_id)
        return _reply(answer.status, answer.body, request_id, client_request_id)

    for rule in ("/<any('v1.0', beta):version>", "/<any('v1.0', beta):version>/<path:rest>"):
        blueprint.add_url_rule(
            rule, "call", call, methods=_METHODS, provide_automatic_options=False, strict_slashes=False
        )
    return blueprint


def graph_refusal(status: int, words: str) -> Response:
    """A refusal of HTTP itself, before any call is made, in Graph's form."""
    error = oversized(words) if status == 413 else ours(words, status, "BadRequest")
    request_id = str(uuid.uuid4())
    return _reply(error.status, error_body(error, None, request_id, request_id), request_id, request_id)


def _reply(status: int, body: Json | None, request_id: str, client_request_id: str) -> Response:
    response = Response("" if body is None else json.dumps(body), status)
    if body is not None:
        response.headers["Content-Type"] = _JSON
    response.headers |= {
        "request-id": request_id,
        "client-request-id": client_request_id,
        "OData-Version": "4.0",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return response


def _call(idp: EntraIdp, clock: Clock, version: str, rest: str) -> Call:
    """The request as the library takes it. Of a body that is too large, only so much is read that this shows."""
    request.max_content_length = None
    pieces = [piece for piece in rest.split("/") if piece]
    prefix = pieces[:1] if pieces and idp.scenario.names_tenant(pieces[0], or_any=("myorganization",)) else []
    return Call(
        method=request.method,
        path=tuple(pieces[len(prefix) :]),
        now=clock(),
        base="/".join([request.host_url.rstrip("/"), version, *prefix]),
        query={f"${name}" if name in _OPTIONS else name: value for name, value in request.args.items()},
        body=request.stream.read(MAX_BODY + 1),
        authorization=request.headers.get("Authorization", ""),
    )


def token_blueprint(idp: EntraIdp, clock: Clock) -> Blueprint:
    """The token endpoint and the documents by which clients find it, for the tenant by id, by domain or in common."""
    blueprint = Blueprint("tokens", __name__)

    @blueprint.post("/<tenant>/oauth2/v2.0/token")
    @for_programs
    def token(tenant: str) -> Response:
        now = clock()
        request.max_content_length = request.max_form_memory_size = 100_000
        try:
            _require_tenant(idp, tenant)
            return _plain(issue(idp, request.form.to_dict(), now))
        except TokenRefusal as refusal:
            return _plain(refusal.body(now), 401 if refusal.error == "invalid_client" else 400)

    @blueprint.get("/<tenant>/v2.0/.well-known/openid-configuration")
    def discovery(tenant: str) -> Response:
        try:
            _require_tenant(idp, tenant)
        except TokenRefusal as refusal:
            return _plain(refusal.body(clock()), 400)
        return _plain(configuration(idp, request.host_url.rstrip("/")))

    @blueprint.get("/common/discovery/instance")
    def instance() -> Response:
        return _plain(clouds(request.host_url.rstrip("/")))

    @blueprint.get("/<tenant>/discovery/v2.0/keys")
    def keys(tenant: str) -> Response:
        del tenant  # every tenant of a cloud publishes the keys at its own address, and they are the same
        return _plain(key_set(idp))

    return blueprint


def _require_tenant(idp: EntraIdp, name: str) -> None:
    if not idp.scenario.names_tenant(name):
        raise TokenRefusal("invalid_request", f"there is no tenant {name!r}; this mock is {idp.scenario.tenant_id}")


def _plain(data: object, status: int = 200) -> Response:
    return Response(json.dumps(data), status, {"Cache-Control": "no-store"}, mimetype="application/json")
