"""Microsoft Graph over one tenant: a call in, an answer out; nothing is raised, every refusal is Graph's."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from harness.entra.graph.call import MAX_BODY, Answer, Call, error_body
from harness.entra.graph.errors import GraphError, denied, invalid, no_segment, ours, oversized, wrong_method
from harness.entra.graph.handlers import Handler
from harness.entra.graph.permissions import needed
from harness.entra.graph.routes import ROUTES
from harness.entra.graph.tenant import Tenant
from harness.entra.graph.tokens import caller
from harness.entra.idp import EntraIdp

_LOG = logging.getLogger(__name__)
_BY_KEY = re.compile(r"(\w+)\((?:appId=)?'([^']*)'\)")


class Graph:
    """The Graph of one mock tenant. ``iam_url`` is where its role import finds IAM: on this machine."""

    def __init__(self, idp: EntraIdp, iam_url: str | None = None) -> None:
        self._idp = idp
        self._tenant = Tenant(idp, iam_url)

    def answer(self, call: Call, request_id: str, client_request_id: str) -> Answer:
        """The answer to a call; an error has Graph's form."""
        try:
            return self._answer(call)
        except GraphError as error:
            refusal = error
        except Exception:  # noqa: BLE001  (a program that calls Graph must get an answer it can read)
            _LOG.exception("%s %s failed", call.method, "/".join(call.path))
            refusal = ours("this is a fault of the mock; its log says more", 500, "InternalServerError")
        return Answer(refusal.status, error_body(refusal, call.now, request_id, client_request_id))

    def _answer(self, call: Call) -> Answer:
        if len(call.body) > MAX_BODY:
            raise oversized(f"the body has more than {MAX_BODY:,} bytes")
        handlers, ids = _found(_keyed(call.path))
        handler = handlers.get(call.method)
        if handler is None:
            raise wrong_method(handlers)
        held, wanted = caller(self._idp, call.authorization, call.now), needed(call.method, call.path)
        if held is not None and not held.intersection(wanted):
            raise denied(wanted)
        self._tenant.note(call.now)
        try:
            return handler(self._tenant, call, *ids)
        except ValidationError as error:
            raise invalid(_faults(error)) from None
        finally:
            self._tenant.note(call.now)


def _faults(error: ValidationError) -> list[tuple[str, str]]:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [(".".join(map(str, one["loc"])) or "the object", one["msg"]) for one in found]


def _keyed(path: tuple[str, ...]) -> tuple[str, ...]:
    """``servicePrincipals(appId='x')`` as two pieces."""
    pieces: list[str] = []
    for piece in path:
        key = _BY_KEY.fullmatch(piece)
        pieces += [piece] if key is None else [key[1], f"appId={key[2]}" if "appId=" in piece else key[2]]
    return tuple(pieces)


def _found(path: tuple[str, ...]) -> tuple[Mapping[str, Handler], list[str]]:
    """The handlers of a path by method, and the ids in it. Raises GraphError."""
    node: Any = _TREE
    ids = []
    for piece in path:
        if piece in node:
            node = node[piece]
        elif "*" in node:
            node = node["*"]
            ids.append(piece)
        else:
            raise no_segment(piece)
    handlers: Mapping[str, Handler] = node.get("", {})
    if not handlers:
        raise no_segment(path[-1] if path else "")
    return handlers, ids


def _tree() -> dict[str, Any]:
    """The routes as a tree of pieces; an id is a star, the handlers stand under the empty name."""
    root: dict[str, Any] = {}
    for route, handlers in ROUTES.items():
        node = root
        for piece in route.split("/"):
            node = node.setdefault(piece, {})
        node[""] = handlers
    return root


_TREE = _tree()
