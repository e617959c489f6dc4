"""From a user and the rows of Attributes & Claims to the attributes of the assertion.

The order is the observed one. A claim whose source is empty is left out altogether, which is how a user
without app roles gets a response that AWS calls invalid.
"""

from collections.abc import Iterator

from harness.entra.attributes import Person, Values
from harness.entra.claims_policy import Rows, rows_of
from harness.entra.directory import belongs_to, direct_groups, groups_of, issuer_of
from harness.entra.methods import method_of
from harness.entra.transformations import transform
from harness.scenario.claims import Claim, Condition, Sourced
from harness.scenario.model import User

_CORE = "http://schemas.microsoft.com/identity/claims/"
_WS08 = "http://schemas.microsoft.com/ws/2008/06/identity/claims/"
ROLE_CLAIM = _WS08 + "role"
GROUPS_CLAIM = _WS08 + "groups"
GROUPS_LINK = "http://schemas.microsoft.com/claims/groups.link"
AUTHN_METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"
MOST_GROUPS = 150
"""Groups that a SAML token takes, nested ones included; with more there are none, but a link."""

Claims = tuple[tuple[str, Values], ...]


def claims_of(person: Person) -> Claims:
    """Name and values of every attribute, in the order in which Entra writes them.

    Raises HarnessError for a source that is none, EntraRefusal where Entra gives up.
    """
    user, scenario = person.user, person.scenario
    rows = effective_rows(person)
    home = issuer_of(user.home_tenant or scenario.tenant_id)
    every = [
        (_CORE + "tenantid", (scenario.tenant_id,)),
        (_CORE + "objectidentifier", (person.object_id,)),
        # Observed: a guest's token carries no display name.
        (_CORE + "displayname", () if user.guest or not user.display_name else (user.display_name,)),
        (_CORE + "identityprovider", (home,)),
        (AUTHN_METHODS, method_of(user).references),
        *_roles_and_groups(person),
        *[(row.full_name, value_of(row, person)) for row in (*rows.basic, *rows.claims)],
    ]
    return tuple([one for one in every if one[1]])


def not_issued(person: Person) -> tuple[str, ...]:
    """The claims that are configured and, having no value, not sent: the portal's test page warns of them."""
    rows = effective_rows(person)
    return tuple(row.full_name for row in (*rows.basic, *rows.claims) if not value_of(row, person))


def effective_rows(person: Person) -> Rows:
    """The rows that count: those of the app, or of the claims mapping policy that stands in their place."""
    app = person.app
    if app.claims_policy is None:
        return Rows(app.basic_claims, app.claims, app.name_id)
    policy = next(one for one in person.scenario.claims_policies if one.name == app.claims_policy)
    return rows_of(policy.definition, app.basic_claims, app.name_id)


def value_of(row: Claim, person: Person) -> Values:
    """The values of a row. Of the conditions that hold and give something the last counts, else the row's source.

    Conditions with an attribute come before those with a transformation, whatever their order in the list.
    """
    if row.attribute is not None and (named := person.named(row.attribute)) is not None:
        return named
    if row.conditions:
        by_kind = sorted(row.conditions, key=lambda condition: bool(condition.transformations))
        for condition in reversed(by_kind):
            values = _sourced(condition, person) if _holds(condition, person) else ()
            if values:
                return values
    return _sourced(row, person)


def _roles_and_groups(person: Person) -> Iterator[tuple[str, Values]]:
    wanted = person.app.group_claim
    if wanted is None:
        yield ROLE_CLAIM, person.roles
        return
    groups = _groups(person, wanted.which, wanted.identifier)
    # Groups in the role claim replace the app roles there; those of user.assignedroles stay.
    yield ROLE_CLAIM, groups if wanted.as_roles and len(groups) <= MOST_GROUPS else person.roles
    if len(groups) > MOST_GROUPS:
        # That there is a link is documented, the address in it is inferred.
        members = f"{person.scenario.tenant_id}/users/{person.object_id}/getMemberObjects"
        yield GROUPS_LINK, (f"https://graph.windows.net/{members}",)
    elif not wanted.as_roles:
        yield GROUPS_CLAIM, groups


def _groups(person: Person, which: str, identifier: str) -> Values:
    found = groups_of(person.scenario, person.user)
    if which == "assigned":
        assigned = {one.to for one in person.app.assignments}
        found = [group for group in found if {group.name, group.object_id} & assigned]
        direct = direct_groups(person.scenario, person.user)
        found = [group for group in found if group in direct]
    if identifier == "name":
        return tuple([group.name for group in found])
    return tuple([person.scenario.guid("group", group.name, group.object_id) for group in found])


def _sourced(row: Sourced, person: Person) -> Values:
    if row.source is not None:
        return person.attribute(row.source)
    if row.transformations:
        return transform(row.transformations, person.read)
    return (row.value,) if row.value else ()


def _holds(condition: Condition, person: Person) -> bool:
    user = person.user
    if condition.groups and not any(belongs_to(person.scenario, user, group) for group in condition.groups):
        return False
    return _is_of(condition.users, user)


def _is_of(kind: str, user: User) -> bool:
    if kind == "any":
        return True
    if not user.guest:
        return kind == "members"
    return kind in ("guests", "external_guests" if user.home_tenant is None else "entra_guests")
