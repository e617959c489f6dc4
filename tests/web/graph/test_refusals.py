"""Whatever is sent, the answer has Graph's form; and queries do what OData says, or are refused."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import pytest

from harness.scenario.load import demo_scenario
from harness.scenario.model import Client as Program
from harness.scenario.model import Scenario
from tests.web.graph.conftest import Client

UNREADABLE = (
    400,
    "BadRequest",
    "Unable to read JSON request payload. "
    "Please ensure Content-Type header is set and payload is of valid JSON format.",
)
METHOD = (405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
UNKNOWN = "4aacf5a4-f38b-4861-b909-bae023e88dde"
READER = "aaaaaaaa-0000-4000-8000-00000000000a"
APPROLES = "aaaaaaaa-0000-4000-8000-00000000000b"


@pytest.fixture
def scenario() -> Scenario:
    programs = (
        Program(name="reader", app_id=READER, permissions=("Application.Read.All",)),
        Program(name="app roles", app_id=APPROLES, permissions=("Application.ReadWrite.All",)),
    )
    return demo_scenario().model_copy(update={"clients": programs})


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b"7", b'{"displayName": "\\ud800"}', b"[" * 100_000, b"9" * 10_000],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("path", ["servicePrincipals/x", "users", "groups/x/members/$ref"])
def test_what_is_no_json_object_is_refused(client: Client, path: str, body: bytes):
    method = "PATCH" if path.endswith("/x") else "POST"
    reply = client.send(method, f"/v1.0/{path}", body)
    assert reply.error == UNREADABLE


def test_a_body_that_is_too_large_is_refused(client: Client):
    reply = client.send("PATCH", f"/v1.0/{client.path}", b'{"displayName":"' + b"x" * 4_000_000 + b'"}')
    assert reply.error == (413, "RequestEntityTooLarge", "saml-harness: the body has more than 4,000,000 bytes")


def test_a_body_that_is_refused_unread_is_refused_in_graphs_form_too(client: Client):
    address = urlsplit(client.url)
    with socket.create_connection((address.hostname, address.port), 10) as connection:
        connection.sendall(b"PATCH /v1.0/servicePrincipals/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    error = json.loads(body)["error"]
    assert error["code"] == "RequestEntityTooLarge"
    assert set(error["innerError"]) == {"request-id", "client-request-id"}


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "DELETE", "POST", "TRACE"])
def test_a_wrong_method_is_refused_in_graphs_words(client: Client, method: str):
    reply = client.send(method, f"/v1.0/{client.path}", b"{}")
    assert reply.error == METHOD


@pytest.mark.parametrize(
    "path",
    [
        f"servicePrincipals/{UNKNOWN}",
        f"servicePrincipals/{UNKNOWN}/appRoleAssignedTo",
        f"servicePrincipals(appId='{UNKNOWN}')",
        f"applications/{UNKNOWN}",
        f"users/{UNKNOWN}",
        "users/nobody@contoso.com",
        f"groups/{UNKNOWN}/members",
        f"policies/claimsMappingPolicies/{UNKNOWN}",
        f"applicationTemplates/{UNKNOWN}",
        "servicePrincipals/<script>",
    ],
)
def test_an_unknown_id_is_not_found(client: Client, path: str):
    status, code, message = client.call("GET", path).error
    assert (status, code) == (404, "Request_ResourceNotFound")
    assert message.endswith("does not exist or one of its queried reference-property objects are not present.")


@pytest.mark.parametrize(
    ("path", "segment"),
    [
        ("/v1.0/nothing", "nothing"),
        ("/beta/contoso.com/nothing", "nothing"),
        ("/v1.0/elsewhere.example/servicePrincipals", "elsewhere.example"),
        ("/v1.0/common/servicePrincipals", "common"),
        ("/v1.0/servicePrincipals/x/nothing", "nothing"),
        ("/v1.0/policies", "policies"),
        ("/v1.0", ""),
        ("/beta/", ""),
    ],
)
def test_an_unknown_address_is_told_before_anything_else(client: Client, path: str, segment: str):
    client.token = ""
    assert client.send("GET", path).error == (400, "BadRequest", f"Resource not found for the segment '{segment}'.")


@pytest.mark.parametrize(
    "path", ["/v1.0/", "/beta/", "/v1.0/contoso.com/", "/beta/Contoso.COM/", "/v1.0/MyOrganization/"]
)
def test_both_versions_answer_with_and_without_the_domain(client: Client, path: str):
    assert [one["displayName"] for one in client.send("GET", f"{path}servicePrincipals").json["value"]] == ["AWS"]


def test_every_answer_says_which_call_it_was(client: Client):
    reply = client.send("GET", "/v1.0/nothing", **{"client-request-id": "mine"})
    inner = reply.json["error"]["innerError"]
    assert inner["client-request-id"] == reply.headers.getheader("client-request-id") == "mine"
    assert inner["date"] == "2026-11-01T09:00:00"
    assert reply.headers.getheader("Content-Type").startswith("application/json;")


def test_without_a_token_of_this_run_nothing_is_told(client: Client):
    good = client.token
    head, payload, signature = good.split(".")
    for token, said in (
        ("", "Access token is empty."),
        ("x", "saml-harness: no token of this run"),
        (f"{head}.{payload}.AAAA", "saml-harness: no token of this run"),
        (f"{head}.{payload[:-2]}AA.{signature}", "saml-harness: no token of this run"),
        ("é", "saml-harness: no token of this run"),
        ("x" * 20_000, "saml-harness: a bearer token"),
    ):
        client.token = token.encode().decode("latin-1")
        status, code, message = client.call("GET", "users").error
        assert (status, code) == (401, "InvalidAuthenticationToken")
        assert message.startswith(said)
    client.authorize(scope="https://vault.azure.net/.default")
    assert client.call("GET", "users").error[2] == "Access token validation failure. Invalid audience."
    client.token = good
    client.now = client.now.replace(hour=10)
    assert "not valid now" in client.call("GET", "users").error[2]


def test_a_program_does_what_it_was_granted_and_no_more(client: Client):
    path, body = client.path, {"displayName": "x"}
    denied = (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    client.authorize(client_id=READER)
    assert client.call("GET", path).status == 200
    assert client.call("PATCH", path, body).error == denied
    client.authorize(client_id=APPROLES)
    assert client.call("PATCH", path, body).status == 204
    assert client.call("POST", f"{path}/appRoleAssignedTo", body).error == denied
    assert client.call("GET", "users").error == denied


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("displayName eq 'Adele Vance'", ["Adele Vance"]),
        ("displayName eq 'ADELE VANCE'", ["Adele Vance"]),
        ("startswith(userPrincipalName,'a')", ["Adele Vance"]),
        ("userType eq 'Guest' or surname eq 'Vance'", ["Adele Vance", "Gita Guest"]),
        ("not (userType eq 'Member')", ["Gita Guest"]),
        ("accountEnabled eq true and surname eq null", ["Gita Guest"]),
        ("displayName in ('Gita Guest', 'x')", ["Gita Guest"]),
        ("displayName eq 'O''Neil'", []),
    ],
)
def test_a_filter_finds(client: Client, asked: str, names: list[str]):
    assert [one["displayName"] for one in client.get("users", filter=asked)["value"]] == names


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "displayName",
        "displayName eq",
        "x eq 'a'",
        "displayName eq 'a",
        "(" * 300,
        "displayName eq 'a' 'b'",
        "%",
        "accountEnabled/any(x:x eq 'a')",
        "mailNickname/any(x:x eq 'a')",
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(client: Client, asked: str):
    assert client.call("GET", "users", filter=asked).error == (400, "BadRequest", "Invalid filter clause")


def test_an_operator_that_directory_objects_lack_is_refused_in_graphs_words(client: Client):
    for asked in ("contains(displayName,'m')", "displayName ne 'm'"):
        status, code, message = client.call("GET", "users", filter=asked).error
        assert (status, code) == (400, "Request_UnsupportedQuery")
        assert message.startswith("Unsupported property filter clause operator '")


@pytest.mark.parametrize(
    "query",
    [{"top": "0"}, {"top": "1000"}, {"top": "²"}, {"top": "x"}, {"skiptoken": "-1"}, {"expand": "owners"}],
    ids=str,
)
def test_a_query_that_is_not_taken_is_refused(client: Client, query: dict[str, str]):
    assert client.call("GET", "users", **query).error[0] == 400


def test_an_option_that_would_do_nothing_is_refused(client: Client):
    message = client.call("GET", client.path, expand="appRoleAssignedTo").error[2]
    assert message == "saml-harness: this mock has no $expand here; it takes $select"


def test_a_guid_is_compared_with_and_without_quotes(client: Client):
    user = client.get("users/noah@contoso.com")["id"]
    for wanted in (user, f"'{user}'"):
        found = client.get(f"{client.path}/appRoleAssignedTo", filter=f"principalId eq {wanted}")["value"]
        assert [one["principalDisplayName"] for one in found] == ["Noah Norole"]


def test_a_list_is_ordered(client: Client):
    found = client.get("users", orderby="displayName desc", select="displayName")["value"]
    assert [one["displayName"] for one in found] == ["Noah Norole", "Gita Guest", "Britta Simon", "Adele Vance"]


def test_strangers_are_refused(client: Client):
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.send("GET", "/v1.0/users", **headers).status in (400, 403)
