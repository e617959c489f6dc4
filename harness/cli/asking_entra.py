"""What is tried in a tenant is tried at the mock Entra: a sign-in as a browser brings it, or one call of Graph."""

import base64
import json
from functools import cache
from urllib.parse import quote

from harness.cases.tenants import GraphCall, Tenant
from harness.cases.workshop import Workshop
from harness.entra.graph.call import Call
from harness.entra.graph.service import Graph
from harness.entra.graph.tokens import issue
from harness.entra.idp import EntraIdp, Issued
from harness.entra.keystore import KeyStore
from harness.entra.refusals import EntraRefusal
from harness.entra.signin import Asked, answer, asked_by_query, asked_by_tile
from harness.saml.algorithms import SIGNATURE_METHODS
from harness.scenario.model import Scenario

REQUESTS = "Requests"
"""The service provider's key."""


def ask(tenant: Tenant, workshop: Workshop) -> tuple[EntraIdp, Issued | str]:
    """The mock Entra, and its response or the words of its refusal; empty words where Graph goes along."""
    idp = EntraIdp(_scenario(tenant, workshop), _keys())
    if tenant.call is not None:
        return idp, _said_by_graph(idp, tenant.call, workshop)
    try:
        return idp, answer(idp, _asked(idp.scenario, tenant, workshop), tenant.user, workshop.now, workshop.now)
    except EntraRefusal as refusal:
        return idp, str(refusal)


@cache
def _keys() -> KeyStore:
    """One set of keys for all tenants: making them is what takes time."""
    return KeyStore()


def _scenario(tenant: Tenant, workshop: Workshop) -> Scenario:
    """The tenant; ``$CERTIFICATE`` in it becomes the one with which requests are signed."""
    text = json.dumps(tenant.data).replace("$CERTIFICATE", workshop.certificate(REQUESTS).base64)
    return Scenario.model_validate(json.loads(text))


def _asked(scenario: Scenario, tenant: Tenant, workshop: Workshop) -> Asked:
    if tenant.request is None and tenant.message is None:
        return asked_by_tile(scenario, tenant.tile)
    message = tenant.redirects()
    query = f"SAMLRequest={quote(message, safe='')}"
    if tenant.signed is not None:
        query = tenant.signed(query, lambda text, method: _signature(workshop, text, method))
    return asked_by_query(scenario, query)


def _signature(workshop: Workshop, text: str, method: str) -> str:
    value = SIGNATURE_METHODS[method].sign(workshop.key(REQUESTS).private, text.encode())
    return quote(base64.b64encode(value), safe="")


def _said_by_graph(idp: EntraIdp, call: GraphCall, workshop: Workshop) -> str:
    form = {"client_id": "cases", "grant_type": "client_credentials", "client_secret": "any"}
    token = issue(idp, form, workshop.now)["access_token"]
    body = json.dumps(dict(call.body)).encode()
    asked = Call(call.method, tuple(call.path.split("/")), workshop.now, body=body, authorization=f"Bearer {token}")
    error = (Graph(idp).answer(asked, "", "").body or {}).get("error")
    return "" if error is None else f"{error['code']}: {error['message']}"
