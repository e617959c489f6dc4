"""Service principals and the applications behind them: found, and what PATCH does to them."""

from collections.abc import Callable, Mapping
from typing import Any

from harness.entra.graph.call import Json, flag, optional_text, text
from harness.entra.graph.credentials import with_credentials, with_preferred
from harness.entra.graph.encryption import with_encryption
from harness.entra.graph.errors import invalid, not_found, ours, taken
from harness.entra.graph.roles import with_application_roles, with_roles
from harness.entra.graph.show import application_id
from harness.entra.keystore import KeyStore
from harness.scenario.model import App, Scenario

Fields = Mapping[str, Callable[[Json, str], Any]]


def find_principal(scenario: Scenario, name: str) -> App:
    """The app whose service principal has this object id, or ``appId=`` and its application id. Raises GraphError."""
    return _find(scenario, name, lambda app: app.object_id)


def find_application(scenario: Scenario, name: str) -> App:
    """The app whose application object has this id, or ``appId=`` and its application id. Raises GraphError."""
    return _find(scenario, name, lambda app: application_id(scenario, app))


def _find(scenario: Scenario, name: str, id_of: Callable[[App], str | None]) -> App:
    by_app_id, wanted = name.startswith("appId="), name.removeprefix("appId=").lower()
    for app in scenario.apps:
        if wanted == (app.app_id if by_app_id else id_of(app)):
            return app
    raise not_found(name.removeprefix("appId="))


def patched_principal(scenario: Scenario, app: App, body: Json, keys: KeyStore) -> App:
    """The app after PATCH of its service principal: all of the body, or nothing. Raises GraphError."""
    data = dict(body)
    if "appRoles" in data:
        app = with_roles(app, data.pop("appRoles"))
    if "preferredTokenSigningKeyThumbprint" in data:
        name = "preferredTokenSigningKeyThumbprint"
        app = with_preferred(app, None if data[name] is None else text(data, name), keys)
    app = with_credentials(scenario, app, data, keys)
    for name in ("preferredTokenSigningKeyThumbprint", "keyCredentials", "passwordCredentials"):
        data.pop(name, None)
    return _with_fields(app, data, _PRINCIPAL, "service principal")


def _with_fields(app: App, data: Json, known: Fields, what: str) -> App:
    """The app with plain values changed; the scenario's own table judges them."""
    unknown = set(data) - set(known)
    if unknown:
        raise ours(f"a {what}'s {min(unknown)} cannot be changed in this mock; known: {', '.join(sorted(known))}")
    changes: Json = {}
    for name in data:
        changes |= known[name](data, name)
    return App.model_validate({**dict(app), **changes})


def _flag(field: str) -> Callable[[Json, str], Json]:
    return lambda data, name: {field: flag(data[name], name)}


def _optional(field: str) -> Callable[[Json, str], Json]:
    return lambda data, name: {field: optional_text(data, name)}


def _texts(field: str) -> Callable[[Json, str], Json]:
    def read(data: Json, name: str) -> Json:
        value = data[name]
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise invalid([(name, "not a list of texts")])
        return {field: tuple(value)}

    return read


def _reply_urls(data: Json, name: str) -> Json:
    urls = _texts("reply_urls")(data, name)
    if not urls["reply_urls"]:
        raise ours("an app without a reply URL has nowhere to send the response; give at least one")
    return urls


def _relay_state(data: Json, name: str) -> Json:
    settings = data[name] or {}
    if not isinstance(settings, dict) or set(settings) - {"relayState"}:
        raise invalid([(name, "an object with relayState")])
    return {"relay_state": optional_text(settings, "relayState")}


def _saml(data: Json, name: str) -> Json:
    if text(data, name) != "saml":
        raise ours("this mock has the single sign-on mode saml only")
    return {}


def _shown(data: Json, name: str) -> Json:
    return {"display_name": text(data, name)}


_PRINCIPAL: Fields = {
    "accountEnabled": _flag("enabled"),
    "appRoleAssignmentRequired": _flag("assignment_required"),
    "displayName": _shown,
    "loginUrl": _optional("sign_on_url"),
    "notificationEmailAddresses": _texts("notification_emails"),
    "preferredSingleSignOnMode": _saml,
    "replyUrls": _reply_urls,
    "samlSingleSignOnSettings": _relay_state,
}


def patched_application(scenario: Scenario, app: App, body: Json) -> App:
    """The app after PATCH of its application object. Raises GraphError."""
    data = dict(body)
    keys: Json = {name: data.pop(name) for name in ("keyCredentials", "tokenEncryptionKeyId") if name in body}
    if "appRoles" in data:
        app = with_application_roles(app, data.pop("appRoles"))
    taken_uris = {uri for one in scenario.apps if one.app_id != app.app_id for uri in one.identifiers}
    changed = _with_fields(with_encryption(scenario, app, keys), data, _APPLICATION, "application")
    if taken_uris.intersection(changed.identifiers):
        raise taken("identifierUris")
    return changed


def _web(data: Json, name: str) -> Json:
    web = data[name]
    if not isinstance(web, dict) or set(web) - {"redirectUris", "homePageUrl", "logoutUrl", "implicitGrantSettings"}:
        raise invalid([(name, "an object with redirectUris")])
    return _reply_urls(web, "redirectUris") if "redirectUris" in web else {}


_APPLICATION: Fields = {"displayName": _shown, "identifierUris": _texts("identifiers"), "web": _web}


def without_application(scenario: Scenario, name: str) -> Mapping[str, Any]:
    """The tenant without an application and its service principal. Raises GraphError."""
    gone = find_application(scenario, name)
    return {"apps": tuple(one for one in scenario.apps if one is not gone)}
