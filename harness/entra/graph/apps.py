"""The calls about apps: the gallery, service principals with their certificates and assignments, applications."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from harness.entra.graph import gallery, show
from harness.entra.graph.assignments import find_assignment, with_assignment
from harness.entra.graph.call import Answer, Call, Json, entity
from harness.entra.graph.credentials import credentials, self_signed, with_new_certificate
from harness.entra.graph.encryption import encryption
from harness.entra.graph.handlers import DONE
from harness.entra.graph.lists import collection
from harness.entra.graph.principals import find_application, find_principal, patched_principal
from harness.entra.graph.tenant import Find, Tenant
from harness.scenario.model import App, Assignment, Scenario


def list_principals(tenant: Tenant, call: Call) -> Answer:
    """GET: no list holds the certificates themselves, whatever is selected."""
    scenario, bare = tenant.seen(call.now), replace(call, query={})
    return collection(call, "servicePrincipals", [_principal(tenant, bare, scenario, app) for app in scenario.apps])


def get_principal(tenant: Tenant, call: Call, name: str) -> Answer:
    """GET of one."""
    scenario = tenant.seen(call.now)
    return entity(call, "servicePrincipals", _principal(tenant, call, scenario, find_principal(scenario, name)))


def _principal(tenant: Tenant, call: Call, scenario: Scenario, app: App) -> Json:
    """A service principal; with the certificates themselves only where its keyCredentials are asked for."""
    public = "keyCredentials" in call.query.get("$select", "")
    held = credentials(scenario, app, tenant.keys, public=public)
    if not call.beta:
        del held["preferredTokenSigningKeyEndDateTime"]
    used = encryption(scenario, app)["tokenEncryptionKeyId"]
    return {**show.service_principal(scenario, app), **held, "tokenEncryptionKeyId": used}


def patch_principal(tenant: Tenant, call: Call, name: str) -> Answer:
    """PATCH: the whole body, or nothing of it."""
    data = call.json()
    tenant.replace("apps", find_principal, name, lambda held, app: patched_principal(held, app, data, tenant.keys))
    return DONE


def add_certificate(tenant: Tenant, call: Call, name: str) -> Answer:
    """POST addTokenSigningCertificate: a new certificate, which does not sign yet."""
    app = tenant.replace("apps", find_principal, name, lambda _, held: with_new_certificate(held, call))
    context = {"@odata.context": f"{call.base}/$metadata#microsoft.graph.selfSignedCertificate"}
    return Answer(200, context | self_signed(tenant.scenario, app, tenant.keys))


def assigned_to(scenario: Scenario, name: str) -> list[Json]:
    """Who is assigned to the roles of an app."""
    app = find_principal(scenario, name)
    return _assignments(scenario, app, app.assignments)


def assign(tenant: Tenant, call: Call, name: str) -> Answer:
    """POST appRoleAssignedTo."""
    data = call.json()
    app = tenant.replace("apps", find_principal, name, lambda held, app: with_assignment(held, app, data, call.now))
    made = _assignments(tenant.scenario, app, app.assignments[-1:])[0]
    return entity(call, "appRoleAssignments", made, 201)


def assignment(scenario: Scenario, name: str, wanted: str) -> Json:
    """One assignment."""
    app = find_principal(scenario, name)
    return _assignments(scenario, app, [find_assignment(scenario, app, wanted)])[0]


def assignments_of(find: Find[Any]) -> Callable[[Scenario, str], list[Json]]:
    """What a user or group is assigned to: by itself, not through its groups."""

    def found(scenario: Scenario, name: str) -> list[Json]:
        held = find(scenario, name).object_id
        own = ((app, [one for one in app.assignments if one.to == held]) for app in scenario.apps)
        return [one for app, each in own for one in _assignments(scenario, app, each)]

    return found


def _assignments(scenario: Scenario, app: App, found: Sequence[Assignment]) -> list[Json]:
    known = show.principals(scenario)
    return [show.assignment(scenario, app, one, known) for one in found]


def application(scenario: Scenario, app: App, *, public: bool = False) -> Json:
    """The application object with its certificates for token encryption."""
    return {**show.application(scenario, app), **encryption(scenario, app, public=public)}


def list_applications(scenario: Scenario) -> list[Json]:
    """Every application object."""
    return [application(scenario, app) for app in scenario.apps]


def get_application(tenant: Tenant, call: Call, name: str) -> Answer:
    """GET of one application, with the certificates themselves only where its keyCredentials are asked for."""
    scenario = tenant.seen(call.now)
    public = "keyCredentials" in call.query.get("$select", "")
    return entity(call, "applications", application(scenario, find_application(scenario, name), public=public))


def instantiate(tenant: Tenant, call: Call, template_id: str) -> Answer:
    """POST applicationTemplates/{id}/instantiate: a new app with its application and service principal."""
    gallery.find_template(template_id)
    data = call.json()
    app = tenant.append("apps", lambda held: gallery.instantiated(held, data))
    scenario = tenant.scenario
    body = {
        "@odata.context": f"{call.base}/$metadata#microsoft.graph.applicationServicePrincipal",
        "application": application(scenario, app),
        "servicePrincipal": _principal(tenant, call, scenario, app),
    }
    return Answer(201, body)
