"""The objects of the tenant as Graph prints them. They come from a pinned scenario: everything has its identifier."""

from base64 import b64decode, b64encode, urlsafe_b64encode
from uuid import UUID

from harness.entra.app_roles import graph_role
from harness.entra.graph.call import Json
from harness.scenario.model import SIGN_IN, App, Assignment, ClaimsPolicy, Group, Scenario, User

TEMPLATE = "8b1025e4-1dd2-430b-a150-2ef79cd700f5"
HOMEPAGE = f"{SIGN_IN}?metadata=aws|ISV9.1|primary|z"
TAGS = ["WindowsAzureActiveDirectoryIntegratedApp"]
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
ENTITY_TYPES = {"User": "#microsoft.graph.user", "Group": "#microsoft.graph.group"}


def service_principal(scenario: Scenario, app: App) -> Json:
    """An enterprise application, without its credentials."""
    return {
        "id": app.object_id,
        "deletedDateTime": None,
        "accountEnabled": app.enabled,
        "alternativeNames": [],
        "appDescription": None,
        "appDisplayName": app.shown,
        "appId": app.app_id,
        "applicationTemplateId": TEMPLATE,
        "appOwnerOrganizationId": scenario.tenant_id,
        "appRoleAssignmentRequired": app.assignment_required,
        "description": None,
        "disabledByMicrosoftStatus": None,
        "displayName": app.shown,
        "homepage": HOMEPAGE,
        "loginUrl": app.sign_on_url,
        "logoutUrl": None,
        "notes": None,
        "notificationEmailAddresses": list(app.notification_emails),
        "preferredSingleSignOnMode": "saml",
        "replyUrls": list(app.reply_urls),
        "samlSingleSignOnSettings": {"relayState": app.relay_state},
        "servicePrincipalNames": [*app.identifiers, app.app_id],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "tags": TAGS,
        "addIns": [],
        "appRoles": [graph_role(role).as_json() for role in app.roles],
        "oauth2PermissionScopes": [],
    }


def application_id(scenario: Scenario, app: App) -> str:
    """The object id of the application behind a service principal."""
    return scenario.guid("application", app.app_id or app.name)


def application(scenario: Scenario, app: App) -> Json:
    """The application object, without its certificates. It holds the roles that are its own."""
    own = [graph_role(role).as_json() for role in app.roles if role.made_by == "Application"]
    return {
        "id": application_id(scenario, app),
        "deletedDateTime": None,
        "appId": app.app_id,
        "applicationTemplateId": TEMPLATE,
        "displayName": app.shown,
        "description": None,
        "identifierUris": list(app.identifiers),
        "signInAudience": "AzureADMyOrg",
        "tags": TAGS,
        "appRoles": [{key: value for key, value in role.items() if key != "origin"} for role in own],
        "web": {
            "homePageUrl": HOMEPAGE,
            "logoutUrl": None,
            "redirectUris": list(app.reply_urls),
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
        },
        "passwordCredentials": [],
    }


def organization(scenario: Scenario) -> Json:
    """The tenant itself. Its first domain is the one that names it."""
    verified = [{"name": name, "isDefault": not at} for at, name in enumerate(scenario.tenant.domains)]
    return {
        "id": scenario.tenant_id,
        "displayName": scenario.tenant.display_name,
        "tenantType": "AAD",
        "verifiedDomains": verified,
    }


def user(one: User) -> Json:
    """A user; further attributes are not properties of a user."""
    return {
        "id": one.object_id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "displayName": one.display_name,
        "givenName": one.given_name,
        "surname": one.surname,
        "mail": one.mail,
        "userPrincipalName": one.upn,
        "userType": user_type(one),
        "employeeId": one.employee_id,
        "mailNickname": one.upn.partition("@")[0],
        **{name: one.attributes.get(name.lower()) for name in ("department", "jobTitle", "companyName")},
    }


def user_type(one: User) -> str:
    """Guest or Member."""
    return "Guest" if one.guest else "Member"


def group(one: Group) -> Json:
    """A security group."""
    return {
        "id": one.object_id,
        "deletedDateTime": None,
        "description": one.description,
        "displayName": one.shown,
        "groupTypes": [],
        "mail": None,
        "mailEnabled": False,
        "mailNickname": "".join(letter for letter in one.name if letter.isalnum())[:64] or "group",
        "securityEnabled": True,
    }


def member(scenario: Scenario, object_id: str) -> Json:
    """A user or group as a member of something, with its type."""
    for one in scenario.users:
        if one.object_id == object_id:
            return {"@odata.type": ENTITY_TYPES["User"], **user(one)}
    found = next(one for one in scenario.groups if one.object_id == object_id)
    return {"@odata.type": ENTITY_TYPES["Group"], **group(found)}


def principals(scenario: Scenario) -> dict[str, tuple[str, str]]:
    """Kind and name of every user and group, by object id."""
    users = {one.object_id or "": ("User", one.display_name or one.upn) for one in scenario.users}
    return users | {one.object_id or "": ("Group", one.shown) for one in scenario.groups}


def assignment_id(scenario: Scenario, app: App, one: Assignment) -> str:
    """43 characters: the principal's GUID as Windows lays it out, and 16 bytes more."""
    rest = UUID(scenario.guid("assignment", f"{app.app_id}/{one.to}/{one.role}"))
    return urlsafe_b64encode(UUID(one.to).bytes_le + rest.bytes).decode("ascii").rstrip("=")


def assignment(scenario: Scenario, app: App, one: Assignment, known: dict[str, tuple[str, str]]) -> Json:
    """An app role assignment. When one that the scenario declares was made is not said."""
    kind, name = known[one.to]
    made = None if one.created is None else f"{one.created:%Y-%m-%dT%H:%M:%S.%f}0Z"
    return {
        "id": assignment_id(scenario, app, one),
        "deletedDateTime": None,
        "appRoleId": one.role,
        "createdDateTime": made,
        "principalDisplayName": name,
        "principalId": one.to,
        "principalType": kind,
        "resourceDisplayName": app.shown,
        "resourceId": app.object_id,
    }


def policy(one: ClaimsPolicy) -> Json:
    """A claims mapping policy: its JSON is a text in a list."""
    return {
        "id": one.id,
        "deletedDateTime": None,
        "definition": [one.definition],
        "displayName": one.name,
        "isOrganizationDefault": False,
    }


def encoded(raw: bytes) -> str:
    """Bytes as JSON carries them."""
    return b64encode(raw).decode("ascii")


def decoded(value: str) -> bytes:
    """Bytes from JSON. Raises ValueError."""
    return b64decode(value, validate=True)
