"""Signing certificates through Graph: made, made active, removed; and what a sign-in is then signed with."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from harness.saml.metadata import read_metadata
from tests.web.graph.conftest import NOW, Client

INVALID = (400, "Request_BadRequest", "One or more properties contains invalid values.")


def made(client: Client, **body: Any) -> dict[str, Any]:
    reply = client.call("POST", f"{client.path}/addTokenSigningCertificate", {"displayName": "CN=rolled"} | body)
    assert reply.status == 200, reply.text
    return reply.json


def prefer(client: Client, thumbprint: str | None):
    return client.call("PATCH", client.path, {"preferredTokenSigningKeyThumbprint": thumbprint})


def signer(client: Client) -> str:
    return client.idp.respond("britta@contoso.com", NOW).signed_by.thumbprint


def test_a_new_certificate_is_answered_as_graph_does(client: Client):
    answer = made(client, endDateTime="2027-11-01T09:00:00Z")
    der = base64.b64decode(answer["key"])
    assert answer["thumbprint"] == hashlib.sha1(der).hexdigest().upper()
    assert answer["customKeyIdentifier"] == base64.b64encode(hashlib.sha1(der).digest()).decode()
    assert (answer["type"], answer["usage"]) == ("AsymmetricX509Cert", "Verify")
    assert (answer["startDateTime"], answer["endDateTime"]) == ("2026-11-01T09:00:00Z", "2027-11-01T09:00:00Z")
    assert x509.load_der_x509_certificate(der).subject.rfc4514_string() == answer["displayName"] == "CN=rolled"
    assert answer["@odata.context"].endswith("/v1.0/$metadata#microsoft.graph.selfSignedCertificate")


def test_it_adds_three_credentials_that_share_an_identifier(client: Client):
    answer, shown = made(client), client.principal
    keys = [one for one in shown["keyCredentials"] if one["customKeyIdentifier"] == answer["customKeyIdentifier"]]
    assert [(one["usage"], one["type"]) for one in keys] == [
        ("Sign", "X509CertAndPassword"),
        ("Verify", "AsymmetricX509Cert"),
    ]
    password = shown["passwordCredentials"][-1]
    assert password["keyId"] == keys[0]["keyId"] == answer["keyId"] != keys[1]["keyId"]
    assert (password["secretText"], password["customKeyIdentifier"]) == (None, answer["customKeyIdentifier"])


def test_the_certificate_itself_is_given_only_where_it_is_selected_of_one_object(client: Client):
    assert {one["key"] for one in client.principal["keyCredentials"]} == {None}
    one = client.get(client.path, select="keyCredentials")
    assert set(one) == {"@odata.context", "keyCredentials"}
    given = {key["usage"]: bool(key["key"]) for key in one["keyCredentials"]}
    assert given == {"Sign": False, "Verify": True}
    listed = client.get("servicePrincipals", select="keyCredentials")["value"][0]
    assert {key["key"] for key in listed["keyCredentials"]} == {None}


def test_a_new_certificate_signs_only_once_it_is_preferred(client: Client):
    before = signer(client)
    answer = made(client)
    assert (signer(client), client.principal["preferredTokenSigningKeyThumbprint"]) == (before, before)
    assert prefer(client, answer["thumbprint"].lower()).status == 204
    assert signer(client) == client.principal["preferredTokenSigningKeyThumbprint"] == answer["thumbprint"]
    (entity,) = read_metadata(client.idp.federation_metadata(NOW), "metadata").entities
    assert {one.thumbprint for one in entity.signing} == {before, answer["thumbprint"]}


def test_a_thumbprint_of_no_certificate_is_taken_and_signing_goes_on(client: Client):
    before = signer(client)
    assert prefer(client, "ab" * 20).status == 204
    assert client.principal["preferredTokenSigningKeyThumbprint"] == "ab" * 20
    assert signer(client) == before


def test_null_leaves_the_choice_to_entra(client: Client):
    assert prefer(client, None).status == 204
    assert client.principal["preferredTokenSigningKeyThumbprint"] is None


@pytest.mark.parametrize("wrong", ["", "ab", "g" * 40, "ab" * 32, 7, []], ids=str)
def test_what_cannot_be_a_thumbprint_is_refused(client: Client, wrong: object):
    assert client.call("PATCH", client.path, {"preferredTokenSigningKeyThumbprint": wrong}).error == INVALID


def test_beta_tells_when_the_preferred_certificate_ends(client: Client):
    shown = client.send("GET", f"/beta/{client.path}").json
    assert shown["preferredTokenSigningKeyEndDateTime"] == "2029-01-15T07:02:19Z"
    assert "preferredTokenSigningKeyEndDateTime" not in client.principal


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": "rolled"},
        {"displayName": "CN="},
        {"displayName": "CN=" + "a" * 65},
        {"displayName": "CN=a\nb"},
        {"displayName": 7},
        {"displayName": "CN=a", "endDateTime": "soon"},
        {"displayName": "CN=a", "endDateTime": "2029-11-01T09:00:01Z"},
        {"displayName": "CN=a", "endDateTime": "2026-11-01T09:00:00Z"},
    ],
    ids=str,
)
def test_a_certificate_that_entra_does_not_make_is_refused(client: Client, body: dict[str, Any]):
    assert client.call("POST", f"{client.path}/addTokenSigningCertificate", body).error == INVALID
    assert len(client.principal["passwordCredentials"]) == 1


def written_back(client: Client, drop: str, *usages: str) -> dict[str, Any]:
    shown = client.principal
    kept = [
        one
        for one in shown["keyCredentials"]
        if one["customKeyIdentifier"] != drop or (usages and one["usage"] not in usages)
    ]
    passwords = [one for one in shown["passwordCredentials"] if one["customKeyIdentifier"] != drop]
    return {"keyCredentials": kept, "passwordCredentials": passwords}


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_end_that_utc_cannot_tell_is_refused(client: Client, end: str):
    path = f"{client.path}/addTokenSigningCertificate"
    reply = client.call("POST", path, {"displayName": "CN=x", "endDateTime": end})
    assert reply.error[:2] == (400, "Request_BadRequest")
    assert reply.json["error"]["details"][0]["target"] == "endDateTime"


def test_a_certificate_is_removed_by_writing_the_others_back(client: Client):
    answer = made(client)
    assert client.call("PATCH", client.path, written_back(client, answer["customKeyIdentifier"])).status == 204
    assert len(client.principal["keyCredentials"]) == 2
    assert len(client.principal["passwordCredentials"]) == 1


def test_a_credential_that_stays_must_come_back_unchanged(client: Client):
    body = written_back(client, made(client)["customKeyIdentifier"])
    first = body["keyCredentials"][0]
    for change in ({"displayName": "CN=x"}, {"key": "AAAA"}, {"endDateTime": "2030-01-01T00:00:00Z"}):
        changed = {**body, "keyCredentials": [first | change, *body["keyCredentials"][1:]]}
        assert client.call("PATCH", client.path, changed).error == (
            400,
            "Request_BadRequest",
            f"Update to existing credential with KeyId '{first['keyId']}' is not allowed.",
        )
    assert len(client.principal["keyCredentials"]) == 4


def test_half_a_certificate_cannot_go(client: Client):
    answer = made(client)
    body = written_back(client, answer["customKeyIdentifier"], "Sign")
    status, code, message = client.call("PATCH", client.path, body).error
    assert (status, code) == (400, "Request_BadRequest")
    assert "the Sign and the Verify key of" in message
    del body["keyCredentials"]
    assert "together" in client.call("PATCH", client.path, body).error[2]


def test_the_active_certificate_cannot_go_since_nobody_knows_what_then(client: Client):
    active = client.principal["keyCredentials"][0]["customKeyIdentifier"]
    made(client)
    message = client.call("PATCH", client.path, written_back(client, active)).error[2]
    assert message.startswith("saml-harness: certificate '2026' of app 'AWS' is active")


def test_a_certificate_of_ones_own_is_not_taken(client: Client):
    new = client.principal["keyCredentials"][0] | {"keyId": "4aacf5a4-f38b-4861-b909-bae023e88dde"}
    body = {"keyCredentials": [*client.principal["keyCredentials"], new]}
    assert "addTokenSigningCertificate" in client.call("PATCH", client.path, body).error[2]


def test_fifty_certificates_made_at_once_are_all_there(client: Client):
    path = client.path
    with ThreadPoolExecutor(50) as pool:
        replies = list(
            pool.map(
                lambda number: client.call(
                    "POST", f"{path}/addTokenSigningCertificate", {"displayName": f"CN=c{number}"}
                ),
                range(50),
            )
        )
    thumbprints = {reply.json["thumbprint"] for reply in replies}
    assert len(thumbprints) == 50
    assert len(client.principal["passwordCredentials"]) == 51


def slow(client: Client) -> None:
    tenant = client.idp.scenario.tenant.model_copy(update={"graph_delay": 60})
    client.idp.change(lambda held: held.model_copy(update={"tenant": tenant}))
    assert client.principal["passwordCredentials"]


def test_where_replicas_are_behind_a_change_counts_at_once_and_is_shown_later(client: Client):
    slow(client)
    old, path = signer(client), client.path
    new = made(client)["thumbprint"]
    assert prefer(client, new).status == 204
    assert signer(client) == new
    for later, shown in ((59, old), (60, new)):
        client.now = NOW + timedelta(seconds=later)
        assert client.get(path)["preferredTokenSigningKeyThumbprint"] == shown


def test_a_list_that_was_read_too_early_takes_a_certificate_away_when_it_is_written_back(client: Client):
    slow(client)
    path, first = client.path, made(client)["customKeyIdentifier"]
    client.now = NOW + timedelta(seconds=60)
    second = made(client)["customKeyIdentifier"]
    stale = written_back(client, first)
    assert client.call("PATCH", path, stale).status == 204
    client.now = NOW + timedelta(seconds=120)
    left = {one["customKeyIdentifier"] for one in client.get(path)["passwordCredentials"]}
    assert len(left) == 1
    assert second not in left, "nobody asked for that"
