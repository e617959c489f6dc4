"""An app role as the scenario declares it, and as Graph's list holds it."""

from typing import Literal

from harness.approles.model import AppRole as GraphRole
from harness.scenario.model import AppRole


def graph_role(role: AppRole) -> GraphRole:
    """A role as the list of ``appRoles`` holds it."""
    described = role.name if role.description is None else role.description
    return GraphRole(role.id or "", role.name, role.value or None, described, role.enabled, role.made_by)


def declared_role(role: GraphRole) -> AppRole:
    """A role of the list as the scenario declares it."""
    origin: Literal["Application", "ServicePrincipal"]
    origin = "Application" if role.origin == "Application" else "ServicePrincipal"
    return AppRole(
        name=role.display_name,
        value=role.value,
        id=role.id,
        description=role.description,
        enabled=role.enabled,
        origin=origin,
    )
