"""From a user and the rows of Attributes & Claims to the attributes of the assertion.

The order is the observed one. A claim whose source is empty is left out altogether, which is how a user
without app roles gets a response that AWS calls invalid.
"""

from collections.abc import Iterator, Sequence

from harness.errors import HarnessError
from harness.scenario.model import App, AppRole, Claim, Scenario, User

_CORE = "http://schemas.microsoft.com/identity/claims/"
_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
ROLE_CLAIM = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
AUTHN_METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"
PASSWORD = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password"  # noqa: S105  (a URI)

Claims = tuple[tuple[str, tuple[str, ...]], ...]


def claims_of(scenario: Scenario, app: App, user: User, issuer: str, assigned: Sequence[AppRole]) -> Claims:
    """Name and values of every attribute, in the order in which Entra writes them."""
    roles = tuple([role.value for role in assigned if role.value])
    return tuple(_claims(scenario, app, user, issuer, roles))


def _claims(
    scenario: Scenario, app: App, user: User, issuer: str, roles: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    home = f"https://sts.windows.net/{user.home_tenant}/" if user.home_tenant else issuer
    fixed = (
        (_CORE + "tenantid", scenario.tenant_id),
        (_CORE + "objectidentifier", scenario.guid("user", user.upn, user.object_id)),
        # Observed: a guest's token carries no display name.
        (_CORE + "displayname", None if user.guest else user.display_name),
        (_CORE + "identityprovider", home),
        (AUTHN_METHODS, PASSWORD),
    )
    yield from ((name, (value,)) for name, value in fixed if value)
    if roles:
        yield ROLE_CLAIM, roles
    basic = (("givenname", user.given_name), ("surname", user.surname), ("emailaddress", user.mail), ("name", user.upn))
    yield from ((_SOAP + name, (value,)) for name, value in basic if value)
    for claim in app.claims:
        values = _values(scenario, claim, user, roles)
        if values:
            yield claim.full_name, values


def _values(scenario: Scenario, claim: Claim, user: User, roles: tuple[str, ...]) -> tuple[str, ...]:
    if claim.source is None:
        return (claim.value,) if claim.value else ()
    if claim.source == "user.assignedroles":
        return roles
    value = source_value(scenario, claim.source, user)
    return (value,) if value else ()


def source_value(scenario: Scenario, source: str, user: User) -> str | None:
    """The value of a source attribute such as ``user.mail``; None when it is empty.

    Raises HarnessError for an attribute that users do not have: the gallery template's own
    ``user.sessionduration`` is one.
    """
    attributes = {
        "user.userprincipalname": user.upn,
        "user.localuserprincipalname": user.upn,
        "user.mail": user.mail,
        "user.displayname": user.display_name,
        "user.givenname": user.given_name,
        "user.surname": user.surname,
        "user.employeeid": user.employee_id,
        "user.objectid": scenario.guid("user", user.upn, user.object_id),
        "user.mailnickname": user.upn.partition("@")[0],
    }
    if source not in attributes:
        raise HarnessError(f"claim source {source!r} is no user attribute; known: {', '.join(sorted(attributes))}")
    return attributes[source]
