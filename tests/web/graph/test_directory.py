"""Users, groups, applications, the gallery and policies through Graph."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.saml.keys import make_signing_key
from tests.web.graph.conftest import NOW, Client

TEMPLATE = "8b1025e4-1dd2-430b-a150-2ef79cd700f5"
SIGN_IN = "https://signin.aws.amazon.com/saml"
INVALID = (400, "Request_BadRequest", "One or more properties contains invalid values.")
POLICY = {
    "ClaimsMappingPolicy": {
        "Version": 1,
        "IncludeBasicClaimSet": "true",
        "ClaimsSchema": [
            {
                "Source": "user",
                "ID": "assignedroles",
                "SamlClaimType": "https://aws.amazon.com/SAML/Attributes/Role",
            },
            {
                "Source": "user",
                "ID": "mail",
                "SamlClaimType": "https://aws.amazon.com/SAML/Attributes/RoleSessionName",
            },
            {"Value": "900", "SamlClaimType": "https://aws.amazon.com/SAML/Attributes/SessionDuration"},
        ],
    }
}


def test_a_user_is_made_changed_and_removed(client: Client):
    wanted = {
        "accountEnabled": True,
        "displayName": "Nora New",
        "mailNickname": "nora",
        "userPrincipalName": "nora@contoso.com",
        "passwordProfile": {"forceChangePasswordNextSignIn": False, "password": "never-kept"},
    }
    reply = client.call("POST", "users", wanted)
    assert reply.status == 201
    user = reply.json
    assert (user["userPrincipalName"], user["userType"], user["givenName"]) == ("nora@contoso.com", "Member", None)
    assert client.call("POST", "users", wanted).error == (
        400,
        "Request_BadRequest",
        "Another object with the same value for property userPrincipalName already exists.",
    )
    change = {"userPrincipalName": "norah@contoso.com", "department": "IT", "mail": None}
    assert client.call("PATCH", f"users/{user['id']}", change).status == 204
    assert client.get("users/norah@contoso.com")["id"] == user["id"]
    assert client.get("users/NORAH@contoso.com", select="department,id") | {"@odata.context": ""} == {
        "@odata.context": "",
        "department": "IT",
        "id": user["id"],
    }
    assert "never-kept" not in repr(client.idp.scenario)
    assert client.call("DELETE", f"users/{user['id']}").status == 204
    assert client.call("GET", f"users/{user['id']}").error[:2] == (404, "Request_ResourceNotFound")


def test_a_user_who_is_renamed_stays_who_he_was(client: Client):
    roles = client.idp.respond("britta@contoso.com", NOW).xml.count(b":role/")
    user = client.get("users/britta@contoso.com")["id"]
    assert client.call("PATCH", "users/britta@contoso.com", {"userPrincipalName": "simon@contoso.com"}).status == 204
    assert client.get("users/simon@contoso.com")["id"] == user
    assert client.idp.respond("simon@contoso.com", NOW).xml.count(b":role/") == roles == 8


@pytest.mark.parametrize(
    "body",
    [
        {"displayName": "x"},
        {"userPrincipalName": "x@contoso.com"},
        {"userPrincipalName": "x@elsewhere.example", "displayName": "x"},
        {"userPrincipalName": "no-domain", "displayName": "x"},
        {"userPrincipalName": 7, "displayName": "x"},
        {"userPrincipalName": "x@contoso.com", "displayName": "a\u0007b"},
        {"userPrincipalName": "x@contoso.com", "displayName": "x", "accountEnabled": "no"},
    ],
    ids=str,
)
def test_a_user_that_cannot_be_is_refused(client: Client, body: dict[str, object]):
    assert client.call("POST", "users", body).error == INVALID
    assert len(client.get("users")["value"]) == 4


def test_a_guest_is_one_by_name_and_another_type_is_refused(client: Client):
    body = {"userPrincipalName": "x@contoso.com", "displayName": "x", "userType": "Guest"}
    status, code, message = client.call("POST", "users", body).error
    assert (status, code) == (400, "Request_BadRequest")
    assert message == (
        "saml-harness: userType 'Guest' does not fit: in this mock a guest is a user whose userPrincipalName holds "
        "#EXT#, and x@contoso.com is a Member"
    )
    assert client.call("GET", "users/x@contoso.com").status == 404
    guest = body | {"userPrincipalName": "x_home.example#EXT#@contoso.com"}
    assert client.call("POST", "users", guest).json["userType"] == "Guest"
    assert client.call("POST", "users", body | {"userType": "Member"}).json["userType"] == "Member"
    assert client.call("PATCH", "users/x@contoso.com", {"userType": "Guest"}).status == 400


def test_what_a_user_has_not_is_refused_with_what_he_has(client: Client):
    message = client.call("PATCH", "users/britta@contoso.com", {"shoeSize": 39}).error[2]
    assert message.startswith("saml-harness: a user's shoeSize is not held; known: displayName")


def test_a_group_is_made_with_members_and_two_may_have_one_name(client: Client):
    user = client.get("users/adele@contoso.com")["id"]
    bound = {"members@odata.bind": [f"https://graph.microsoft.com/v1.0/users/{user}"]}
    made = client.call("POST", "groups", {"displayName": "contoso-prod-aws-admin"} | bound).json
    assert made["displayName"] == "contoso-prod-aws-admin"
    found = client.get("groups", filter="displayName eq 'contoso-prod-aws-admin'")["value"]
    assert len({one["id"] for one in found}) == 2
    members = client.get(f"groups/{made['id']}/members")["value"]
    assert [(one["@odata.type"], one["displayName"]) for one in members] == [("#microsoft.graph.user", "Adele Vance")]
    assert made["id"] in {one["id"] for one in client.get(f"users/{user}/memberOf")["value"]}
    change = {"displayName": "renamed", "description": "d"}
    assert client.call("PATCH", f"groups/{made['id']}", change).status == 204
    assert client.get(f"groups/{made['id']}")["displayName"] == "renamed"


def test_a_member_stands_once_and_is_taken_out(client: Client):
    group = client.get("groups")["value"][0]["id"]
    user = client.get("users/adele@contoso.com")["id"]
    link = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
    assert client.call("POST", f"groups/{group}/members/$ref", link).status == 204
    assert client.call("POST", f"groups/{group}/members/$ref", link).error == (
        400,
        "Request_BadRequest",
        "One or more added object references already exist for the following modified properties: 'members'.",
    )
    assert client.call("DELETE", f"groups/{group}/members/{user}/$ref").status == 204
    assert client.call("DELETE", f"groups/{group}/members/{user}/$ref").error[0] == 404
    for link in ({}, {"@odata.id": "x"}, {"@odata.id": 7}, {"@odata.id": "http://[x"}):
        assert client.call("POST", f"groups/{group}/members/$ref", link).error[0] in (400, 404)


def test_who_is_removed_leaves_groups_and_assignments(client: Client):
    group = client.get("groups", filter="displayName eq 'contoso-prod-aws-admin'")["value"][0]["id"]
    assert client.call("DELETE", f"groups/{group}").status == 204
    assert client.call("DELETE", "users/britta@contoso.com").status == 204
    held = client.get(f"{client.path}/appRoleAssignedTo")["value"]
    assert len(held) == 4
    assert all(client.get(f"groups/{one['id']}/members") for one in client.get("groups")["value"])


def test_fifty_members_added_at_once_are_all_there(client: Client):
    group = client.call("POST", "groups", {"displayName": "crowd"}).json["id"]

    def join(number: int) -> int:
        user = client.call("POST", "users", {"userPrincipalName": f"u{number}@contoso.com", "displayName": "U"}).json
        return client.call("POST", f"groups/{group}/members/$ref", {"@odata.id": f"/users/{user['id']}"}).status

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(join, range(50))) == {204}
    assert len(client.get(f"groups/{group}/members")["value"]) == 50


def test_the_gallery_makes_an_app_that_has_to_be_saved_and_certified(client: Client):
    (template,) = client.get("applicationTemplates", filter="startswith(displayName,'AWS Single')")["value"]
    assert (template["id"], template["displayName"]) == (TEMPLATE, "AWS Single-Account Access")
    reply = client.call("POST", f"applicationTemplates/{TEMPLATE}/instantiate", {"displayName": "AWS (prod)"})
    assert reply.status == 201
    application, principal = reply.json["application"], reply.json["servicePrincipal"]
    assert application["appId"] == principal["appId"]
    assert application["id"] != principal["id"]
    assert (application["displayName"], principal["displayName"]) == ("AWS (prod)", "AWS (prod)")
    assert application["identifierUris"] == []
    assert principal["replyUrls"] == application["web"]["redirectUris"] == [SIGN_IN]
    assert principal["homepage"] == f"{SIGN_IN}?metadata=aws|ISV9.1|primary|z"
    assert principal["appRoleAssignmentRequired"] is True
    assert principal["tags"] == ["WindowsAzureActiveDirectoryIntegratedApp"]
    assert [role["displayName"] for role in principal["appRoles"]] == ["msiam_access"]
    assert principal["keyCredentials"] == []
    again = client.call("POST", f"applicationTemplates/{TEMPLATE}/instantiate", {"displayName": "AWS (prod)"})
    assert again.status == 201, "two apps may have one name"


def test_an_unknown_template_and_a_nameless_app_are_refused(client: Client):
    for template in ("x", "21ed01d2-ec13-4e9e-86c1-cd546719ebc4"):
        assert client.call("POST", f"applicationTemplates/{template}/instantiate", {"displayName": "x"}).error[0] == 404
    assert client.call("POST", f"applicationTemplates/{TEMPLATE}/instantiate", {}).error == INVALID


def test_an_identifier_is_of_one_app_of_the_tenant(client: Client):
    made = client.call("POST", f"applicationTemplates/{TEMPLATE}/instantiate", {"displayName": "second"}).json
    path = f"applications/{made['application']['id']}"
    assert client.call("PATCH", path, {"identifierUris": [SIGN_IN]}).error == (
        400,
        "Request_BadRequest",
        "Another object with the same value for property identifierUris already exists.",
    )
    web = {"redirectUris": [SIGN_IN, "https://signin.aws.amazon.com/saml2"]}
    assert client.call("PATCH", path, {"identifierUris": [f"{SIGN_IN}#1"], "web": web}).status == 204
    principal = client.get(f"servicePrincipals/{made['servicePrincipal']['id']}")
    assert principal["servicePrincipalNames"] == [f"{SIGN_IN}#1", principal["appId"]]
    assert principal["replyUrls"] == web["redirectUris"]
    found = client.get("servicePrincipals", filter=f"servicePrincipalNames/any(n:n eq '{SIGN_IN}#1')")["value"]
    assert [one["id"] for one in found] == [principal["id"]]
    assert client.get(f"applications(appId='{principal['appId']}')")["id"] == made["application"]["id"]
    assert client.get(f"servicePrincipals(appId='{principal['appId']}')")["id"] == principal["id"]


def test_an_app_is_configured_as_the_blade_does(client: Client):
    wanted = {
        "displayName": "AWS all accounts",
        "notificationEmailAddresses": ["ops@contoso.com"],
        "samlSingleSignOnSettings": {"relayState": "https://console.aws.amazon.com/ec2"},
        "preferredSingleSignOnMode": "saml",
        "appRoleAssignmentRequired": False,
        "accountEnabled": True,
        "loginUrl": None,
    }
    assert client.call("PATCH", client.path, wanted).status == 204
    assert client.principal | wanted == client.principal
    assert client.idp.respond("britta@contoso.com", NOW).relay_state == "https://console.aws.amazon.com/ec2"


@pytest.mark.parametrize(
    "wrong",
    [
        {"notificationEmailAddresses": [f"u{n}@contoso.com" for n in range(6)]},
        {"notificationEmailAddresses": "ops@contoso.com"},
        {"samlSingleSignOnSettings": "x"},
        {"accountEnabled": 1},
        {"displayName": ""},
        {"replyUrls": [7]},
        {"replyUrls": ["https://[bad/saml"]},
        {"replyUrls": ["https://signin.aws.amazon.com:x/saml"]},
        {"loginUrl": "https://[bad/"},
    ],
    ids=str,
)
def test_a_wrong_value_is_refused_with_its_place(client: Client, wrong: dict[str, object]):
    reply = client.call("PATCH", client.path, wrong)
    assert reply.error == INVALID
    assert reply.json["error"]["details"][0]["target"]


def test_a_policy_stands_in_place_of_the_claims(client: Client):
    definition = json.dumps(POLICY)
    body = {"displayName": "AWS", "definition": [definition]}
    made = client.call("POST", "policies/claimsMappingPolicies", body)
    assert (made.status, made.json["definition"]) == (201, [definition])
    path, policy_id = f"{client.path}/claimsMappingPolicies", made.json["id"]
    link = {"@odata.id": f"https://graph.microsoft.com/v1.0/policies/claimsMappingPolicies/{policy_id}"}
    assert client.call("POST", f"{path}/$ref", link).status == 204
    assert client.call("POST", f"{path}/$ref", link).error[0] == 400
    assert [one["id"] for one in client.get(path)["value"]] == [policy_id]
    xml = client.idp.respond("britta@contoso.com", NOW).xml.decode()
    assert 'RoleSessionName"><AttributeValue>britta.simon@contoso.com<' in xml
    assert 'SessionDuration"><AttributeValue>900<' in xml
    assert client.call("DELETE", f"policies/claimsMappingPolicies/{policy_id}").error[0] == 400
    assert client.call("DELETE", f"{path}/{policy_id}/$ref").status == 204
    assert client.call("DELETE", f"{path}/{policy_id}/$ref").error[0] == 404
    assert client.call("DELETE", f"policies/claimsMappingPolicies/{policy_id}").status == 204
    assert client.get("policies/claimsMappingPolicies")["value"] == []


@pytest.mark.parametrize(
    "definition",
    [
        None,
        [],
        ["x"],
        [7],
        [json.dumps({"claimsMappingPolicy": {}})],
        [json.dumps({"ClaimsMappingPolicy": {"Version": 1, "claimsschema": []}})],
        [json.dumps({"ClaimsMappingPolicy": {"Version": 2}})],
    ],
    ids=str,
)
def test_a_policy_that_graph_does_not_take_is_refused(client: Client, definition: object):
    reply = client.call("POST", "policies/claimsMappingPolicies", {"displayName": "x", "definition": definition})
    assert reply.error == (400, "Request_BadRequest", "Property has an invalid value.")


def certificate(name: str) -> str:
    made = make_signing_key(name, NOW, NOW.replace(year=2027)).certificate
    return base64.b64encode(made.der).decode()


def test_tokens_are_encrypted_once_a_key_is_named(client: Client):
    path = f"applications/{client.get('applications')['value'][0]['id']}"
    key = {
        "type": "AsymmetricX509Cert",
        "usage": "Encrypt",
        "key": certificate("aws"),
        "keyId": "4aacf5a4-f38b-4861-b909-bae023e88dde",
    }
    assert client.call("PATCH", path, {"keyCredentials": [key]}).status == 204
    assert b"EncryptedAssertion" not in client.idp.respond("britta@contoso.com", NOW).xml
    assert client.call("PATCH", path, {"tokenEncryptionKeyId": key["keyId"]}).status == 204
    assert b"EncryptedAssertion" in client.idp.respond("britta@contoso.com", NOW).xml
    shown = client.get(path)
    assert (shown["tokenEncryptionKeyId"], shown["keyCredentials"][0]["key"]) == (key["keyId"], None)
    assert client.get(path, select="keyCredentials")["keyCredentials"][0]["key"] == key["key"]
    second = key | {"key": certificate("next"), "keyId": None}
    assert client.call("PATCH", path, {"keyCredentials": [*shown["keyCredentials"], second]}).status == 204
    assert len(client.get(path)["keyCredentials"]) == 2
    assert "none of the application's" in client.call("PATCH", path, {"keyCredentials": []}).error[2]
    off = {"keyCredentials": [], "tokenEncryptionKeyId": None}
    assert client.call("PATCH", path, off).status == 204
    assert b"EncryptedAssertion" not in client.idp.respond("britta@contoso.com", NOW).xml


@pytest.mark.parametrize(
    "change",
    [{"key": "x"}, {"key": None}, {"key": "AAAA"}, {"usage": "Verify"}, {"keyId": "x"}, {"type": "Symmetric"}],
    ids=str,
)
def test_an_encryption_key_that_is_none_is_refused(client: Client, change: dict[str, object]):
    path = f"applications/{client.get('applications')['value'][0]['id']}"
    key = {"type": "AsymmetricX509Cert", "usage": "Encrypt", "key": certificate("aws")} | change
    assert client.call("PATCH", path, {"keyCredentials": [key]}).error[:2] == (400, "Request_BadRequest")
    assert client.get(path)["keyCredentials"] == []


def test_an_application_goes_with_its_service_principal_though_aws_holds_its_metadata(client: Client):
    assert client.idp.scenario.accounts[0].saml_providers[0].app == "AWS"
    made = client.call("POST", f"applicationTemplates/{TEMPLATE}/instantiate", {"displayName": "second"}).json
    first = client.path
    assert client.call("DELETE", f"applications/{client.get('applications')['value'][0]['id']}").status == 204
    assert client.call("GET", first).error[0] == 404
    assert client.path == f"servicePrincipals/{made['servicePrincipal']['id']}"


def test_the_last_application_stays(client: Client):
    reply = client.call("DELETE", f"applications/{client.get('applications')['value'][0]['id']}")
    assert reply.error == INVALID
