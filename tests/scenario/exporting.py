"""What Graph and the AWS command line print of a scenario, in the shapes that both document."""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.entra.idp import EntraIdp
from harness.scenario.model import App, Scenario

NOBODY = "2026-01-01T00:00:00Z"


def write(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1), "utf-8")


def instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def ids(scenario: Scenario) -> dict[str, str]:
    """The object id of every user and group by name."""
    found = {user.upn: scenario.guid("user", user.upn, user.object_id) for user in scenario.users}
    return found | {group.name: scenario.guid("group", group.name, group.object_id) for group in scenario.groups}


def export(idp: EntraIdp, folder: Path, now: datetime) -> Path:
    """A folder as docs/exports.md describes it."""
    scenario, known = idp.scenario, ids(idp.scenario)
    for app in scenario.apps:
        principal = service_principal(idp, app)
        write(folder / "entra" / f"{app.name}.json", principal)
        write(folder / "entra" / f"{app.name}-assigned.json", {"value": list(assigned(idp, app, principal, known))})
        (folder / "entra" / f"{app.name}.xml").write_bytes(idp.federation_metadata(now, app=app.name))
    write(folder / "entra" / "users.json", {"value": [user_of(one, known) for one in scenario.users]})
    groups = [
        {"id": known[one.name], "displayName": one.name, "securityEnabled": True, "groupTypes": []}
        for one in scenario.groups
    ]
    write(folder / "entra" / "groups.json", {"value": groups})
    for group in scenario.groups:
        listed = [
            {"@odata.type": "#microsoft.graph.user", "id": known[one], "displayName": one} for one in group.members
        ]
        write(folder / "entra" / "members" / f"{known[group.name]}.json", {"value": listed})
    write(folder / "entra" / "organization.json", {"value": [{
        "id": scenario.tenant_id, "displayName": scenario.tenant.display_name,
        "verifiedDomains": [{"name": one} for one in scenario.tenant.domains],
    }]})  # fmt: skip
    for account in scenario.accounts:
        _account(idp, account, folder / "aws" / account.id, now)
    return folder


def role_id(scenario: Scenario, app: App, name: str) -> str:
    return scenario.guid("app role", f"{app.name}/{name}")


def service_principal(idp: EntraIdp, app: App) -> dict[str, Any]:
    scenario = idp.scenario
    held = [(one, idp.keys.certificate(app, one)) for one in app.certificates]
    return {
        "id": scenario.guid("service principal", app.name, app.object_id),
        "appId": scenario.guid("app", app.name, app.app_id),
        "displayName": app.name, "servicePrincipalType": "Application", "accountEnabled": True,
        "appRoleAssignmentRequired": app.assignment_required, "replyUrls": [*app.reply_urls],
        "servicePrincipalNames": [scenario.guid("app", app.name, app.app_id), *app.identifiers],
        "samlSingleSignOnSettings": {"relayState": ""}, "notificationEmailAddresses": ["ops@contoso.com"],
        "preferredTokenSigningKeyThumbprint": next(key.thumbprint for one, key in held if one.active),
        "keyCredentials": [
            {"customKeyIdentifier": base64.b64encode(bytes.fromhex(key.thumbprint)).decode(), "usage": usage,
             "startDateTime": instant(one.not_before), "endDateTime": instant(one.not_after), "key": None}
            for one, key in held for usage in ("Sign", "Verify")
        ],
        "appRoles": [
            {"id": role_id(scenario, app, role.name), "displayName": role.name, "value": role.value,
             "description": role.name, "isEnabled": True, "allowedMemberTypes": ["User"], "origin": "Application"}
            for role in app.roles
        ],
    }  # fmt: skip


def assigned(idp: EntraIdp, app: App, principal: dict[str, Any], known: dict[str, str]) -> Any:
    groups = {group.name for group in idp.scenario.groups}
    for number, one in enumerate(app.assignments):
        yield {"id": f"a{number}", "appRoleId": role_id(idp.scenario, app, one.role), "principalId": known[one.to],
               "principalType": "Group" if one.to in groups else "User", "principalDisplayName": one.to,
               "resourceId": principal["id"], "resourceDisplayName": app.name, "deletedDateTime": None}  # fmt: skip


def user_of(user: Any, known: dict[str, str]) -> dict[str, Any]:
    return {"id": known[user.upn], "userPrincipalName": user.upn, "displayName": user.display_name, "mail": user.mail,
            "givenName": user.given_name, "surname": user.surname, "employeeId": None}  # fmt: skip


def _account(idp: EntraIdp, account: Any, folder: Path, now: datetime) -> None:
    from harness.aws.from_scenario import trust_policy

    roles = [
        {"RoleName": role.name, "Path": role.path, "Arn": account.role_arn(role), "RoleId": "AROA",
         "CreateDate": NOBODY, "MaxSessionDuration": role.max_session_duration,
         "AssumeRolePolicyDocument": trust_policy(account, role)} for role in account.roles
    ]  # fmt: skip
    roles.append({"RoleName": "lambda", "Path": "/", "Arn": f"arn:aws:iam::{account.id}:role/lambda",
                  "MaxSessionDuration": 3600, "AssumeRolePolicyDocument": {"Statement": [
                      {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}})  # fmt: skip
    write(folder / "roles.json", {"Roles": roles})
    arns = [account.provider_arn(one.name) for one in account.saml_providers]
    write(folder / "providers.json", {"SAMLProviderList": [{"Arn": arn, "CreateDate": NOBODY} for arn in arns]})
    for one in account.saml_providers:
        document = idp.federation_metadata(now, app=one.app, bom=False, certificates=one.certificates).decode()
        write(folder / f"saml-provider-{one.name}.json", {"SAMLMetadataDocument": document, "CreateDate": NOBODY})
    write(folder / "aliases.json", {"AccountAliases": [account.alias] if account.alias else []})
