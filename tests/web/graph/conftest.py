"""A running mock Graph on loopback, and a client that speaks plain HTTP to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.load import demo_scenario
from harness.scenario.model import Scenario
from harness.scenario.pinned import pinned
from harness.scenario.saving import scenario_text
from harness.web.entra_app import create_entra_app
from harness.web.listening import listening

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
KEYS = KeyStore()
"""One set of keys for the whole run: making them is what takes time."""


@dataclass
class Reply:
    status: int
    headers: HTTPResponse
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and message of a refusal in Graph's form."""
        error = self.json["error"]
        assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
        assert error["innerError"]["request-id"] == self.headers.getheader("request-id")
        return self.status, error["code"], error["message"]


@dataclass
class Client:
    """Plain HTTP, with a token."""

    url: str
    idp: EntraIdp
    now: datetime = NOW
    token: str = field(default="", repr=False)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """A call of the path as it stands; a body that is no bytes is sent as JSON."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        sent = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, raw, sent | headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Reply(answer.status, answer, text)

    def call(self, method: str, path: str, body: object = None, **query: str) -> Reply:
        """A call of v1.0; queries are given without their dollar."""
        asked = urlencode({f"${name}": value for name, value in query.items()}, safe="$")
        return self.send(method, f"/v1.0/{quote(path, safe='/$()=,')}" + (f"?{asked}" if asked else ""), body)

    def get(self, path: str, **query: str) -> Any:
        """What a call that succeeds gives."""
        reply = self.call("GET", path, **query)
        assert reply.status == 200, reply.text
        return reply.json

    def authorize(self, **form: str) -> Client:
        """Ask the token endpoint, and keep the token."""
        wanted = {"client_id": "any", "grant_type": "client_credentials", "client_secret": "x"} | form
        reply = self.send(
            "POST",
            f"/{self.idp.scenario.tenant_id}/oauth2/v2.0/token",
            urlencode({"scope": "https://graph.microsoft.com/.default"} | wanted).encode(),
            **{"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert reply.status == 200, reply.text
        self.token = reply.json["access_token"]
        return self

    @property
    def principal(self) -> dict[str, Any]:
        """The first service principal, as it is now."""
        return self.get("servicePrincipals")["value"][0]

    @property
    def path(self) -> str:
        return f"servicePrincipals/{self.principal['id']}"


@pytest.fixture
def scenario() -> Scenario:
    return demo_scenario()


@pytest.fixture
def client(scenario: Scenario) -> Iterator[Client]:
    """A tenant of its own for each test; after it, what Graph made of it can be told as a scenario file."""
    idp = EntraIdp(scenario, KEYS)
    made = Client("", idp)
    with listening(create_entra_app(idp, lambda: made.now, "http://127.0.0.1:1"), 0) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made.authorize()
    # What the accounts hold by then is told by what was uploaded, as the test of the world does.
    scenario_text(idp.scenario.model_copy(update={"accounts": ()}))
    if idp.scenario is not scenario and idp.scenario.apps[0].app_id:
        assert pinned(idp.scenario) == idp.scenario
