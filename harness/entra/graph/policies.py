"""Claims mapping policies of the tenant, and the one that stands in place of an app's claims."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from harness.entra.claims_policy import BadPolicy, rows_of
from harness.entra.graph.call import Json, flag, text
from harness.entra.graph.directory import last_segment
from harness.entra.graph.errors import HARNESS, GraphError, member_already, not_found, ours, taken
from harness.entra.graph.principals import find_principal
from harness.entra.graph.show import policy
from harness.scenario.claims import NameId
from harness.scenario.model import App, ClaimsPolicy, Scenario


def find_policy(scenario: Scenario, policy_id: str) -> ClaimsPolicy:
    """The policy of this id. Raises GraphError."""
    for one in scenario.claims_policies:
        if one.id == policy_id.lower():
            return one
    raise not_found(policy_id)


def new_policy(scenario: Scenario, data: Json) -> ClaimsPolicy:
    """The policy that POST describes. Raises GraphError."""
    if flag(data.get("isOrganizationDefault", False), "isOrganizationDefault"):
        raise ours("a claims mapping policy is assigned to service principals; this mock has no default one")
    name = text(data, "displayName")
    if any(one.name == name for one in scenario.claims_policies):
        raise taken("displayName")
    return ClaimsPolicy(name=name, id=str(uuid4()), definition=_definition(data))


def changed_policy(_: Scenario, one: ClaimsPolicy, data: Json) -> ClaimsPolicy:
    """The policy after PATCH of its definition. Raises GraphError."""
    unknown = set(data) - {"definition", "isOrganizationDefault"}
    if unknown:
        raise ours(f"a policy's {min(unknown)} cannot be changed in this mock")
    return one.model_copy(update={"definition": _definition(data)}) if "definition" in data else one


def _definition(data: Json) -> str:
    """The one text in the list, which must be a policy. Raises GraphError in Graph's words."""
    given = data.get("definition")
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], str):
        raise _invalid("definition: a list of one text")
    try:
        rows_of(given[0], (), NameId())
    except BadPolicy as error:
        raise _invalid(error.place) from None
    return given[0]


def _invalid(place: str) -> GraphError:
    return GraphError(400, "Request_BadRequest", "Property has an invalid value.", (HARNESS, place, "definition"))


def with_policy(scenario: Scenario, app: App, data: Json) -> App:
    """The app whose claims are those of the policy referred to. Raises GraphError."""
    wanted = find_policy(scenario, last_segment(text(data, "@odata.id"))).name
    if app.claims_policy == wanted:
        raise member_already("claimsMappingPolicies")
    if app.claims_policy is not None:
        raise ours("the service principal has a claims mapping policy already; remove that one first")
    return app.model_copy(update={"claims_policy": wanted})


def without_policy(scenario: Scenario, app: App, policy_id: str) -> App:
    """The app with its own claims again. Raises GraphError."""
    if app.claims_policy is None or find_policy(scenario, policy_id).name != app.claims_policy:
        raise not_found(policy_id)
    return app.model_copy(update={"claims_policy": None})


def policies_of(scenario: Scenario, name: str) -> list[Json]:
    """The policy of a service principal, or none."""
    held = find_principal(scenario, name).claims_policy
    return [policy(one) for one in scenario.claims_policies if one.name == held]


def without_this(scenario: Scenario, policy_id: str) -> Mapping[str, Any]:
    """The tenant without a policy, which no app may have. Raises GraphError."""
    gone = find_policy(scenario, policy_id)
    users = [app.shown for app in scenario.apps if app.claims_policy == gone.name]
    if users:
        raise ours(f"the policy is assigned to {', '.join(users)}; remove it there first")
    return {"claims_policies": tuple(one for one in scenario.claims_policies if one is not gone)}
