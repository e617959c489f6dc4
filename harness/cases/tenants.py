"""The tenant that a case of the mock Entra meets: a scenario as data with one thing changed, and what is tried in it.

Tried is a sign-in, by a service provider's request or by the tile in My Apps, or one call of Microsoft Graph.
"""

import base64
import copy
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.cases.recipe import USER
from harness.cases.workshop import ACS, PAIR, TENANT
from harness.saml.names import NAMEID_EMAIL, SAML, SAMLP

APP_ID = "aaaaaaaa-0000-4000-8000-000000000001"
PRINCIPAL = "bbbbbbbb-0000-4000-8000-000000000001"
ADMIN_ROLE = "cccccccc-0000-4000-8000-000000000002"
USUAL: Mapping[str, Any] = {
    "version": 1,
    "name": "cases",
    "tenant": {"id": TENANT, "display_name": "Contoso"},
    "apps": [
        {
            "name": "AWS",
            "app_id": APP_ID,
            "object_id": PRINCIPAL,
            "certificates": [
                {"name": "2026", "not_before": "2026-01-15T07:05:00Z", "not_after": "2029-01-15T07:02:19Z",
                 "active": True},
            ],
            "roles": [
                {"name": "msiam_access", "id": "cccccccc-0000-4000-8000-000000000001"},
                {"name": "Admin,Entra", "id": ADMIN_ROLE, "value": PAIR},
            ],
            "assignments": [{"to": "aws admins", "role": "Admin,Entra"}],
        },
    ],
    "users": [
        {"upn": USER, "display_name": "Britta Simon", "mail": "britta.simon@contoso.com"},
        {"upn": "nested@contoso.com"},
        {"upn": "noah@contoso.com"},
    ],
    "groups": [
        {"name": "aws admins", "members": [USER, "nested admins"]},
        {"name": "nested admins", "members": ["nested@contoso.com"]},
    ],
    "accounts": [
        {"id": "111122223333", "saml_providers": [{"name": "Entra", "app": "AWS"}],
         "roles": [{"name": "Admin", "trusts": ["Entra"]}]},
    ],
}  # fmt: skip
"""One app, one role that a group holds, one account."""


@dataclass(frozen=True, slots=True)
class GraphCall:
    """One call of Microsoft Graph, below the version."""

    method: str
    path: str
    body: Mapping[str, Any]


Sign = Callable[[str, str], str]
"""The signature of a text, by the service provider's key and a method, as it stands in a query."""


@dataclass(frozen=True)
class Tenant:
    """What is declared and what is tried. Without ``request`` the user clicks the tile in My Apps."""

    data: Mapping[str, Any] = field(default_factory=lambda: USUAL)
    user: str = USER
    request: bytes | None = None
    message: str | None = None
    """The SAMLRequest parameter as it came, where no request can be read from it."""
    signed: Callable[[str, Sign], str] | None = None
    """The query that is sent in place of an unsigned one."""
    tile: str = APP_ID
    """Whose tile is clicked."""
    call: GraphCall | None = None

    def app(self, **changes: object) -> "Tenant":
        """The tenant with keys of its app changed."""
        app, *others = self.data["apps"]
        return self.has(apps=[{**app, **changes}, *others])

    def has(self, **tables: object) -> "Tenant":
        """The tenant with whole tables changed."""
        return replace(self, data={**self.data, **tables})

    def person(self, **changes: object) -> "Tenant":
        """The tenant with keys of its first user changed."""
        person, *others = self.data["users"]
        return self.has(users=[{**person, **changes}, *others])

    def role(self, **changes: object) -> "Tenant":
        """The tenant with keys of the app's second role changed."""
        roles = copy.deepcopy(self.data["apps"][0]["roles"])
        roles[1] |= changes
        return self.app(roles=roles)

    def asks(self, inside: str = "", *, issuer: str = ACS, **attributes: str) -> "Tenant":
        """The tenant, entered by a request of the service provider's."""
        return replace(self, request=request(inside, issuer, **attributes))

    def redirects(self) -> str:
        """The request as the Redirect binding carries it."""
        packer = zlib.compressobj(wbits=-15)
        packed = packer.compress(self.request or b"") + packer.flush()
        return base64.b64encode(packed).decode() if self.message is None else self.message

    def patches(self, *roles: Mapping[str, Any]) -> "Tenant":
        """The tenant, whose app roles are replaced through Graph."""
        return self.calls("PATCH", f"servicePrincipals/{PRINCIPAL}", {"appRoles": [*roles]})

    def calls(self, method: str, path: str, body: Mapping[str, Any]) -> "Tenant":
        """The tenant, in which Graph is called."""
        return replace(self, call=GraphCall(method, path, body))


def request(inside: str, issuer: str, **attributes: str) -> bytes:
    """The AuthnRequest that tools for AWS were seen to send, with some attributes changed."""
    usual = {
        "ID": "id6c1c178c166d486687be4aaf5e482730", "Version": "2.0", "IssueInstant": "2026-11-01T09:00:00Z",
        "AssertionConsumerServiceURL": ACS,
    }  # fmt: skip
    written = " ".join(f'{name}="{value}"' for name, value in {**usual, **attributes}.items())
    return (
        f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}" {written}><Issuer xmlns="{SAML}">{issuer}</Issuer>'
        f'<samlp:NameIDPolicy Format="{NAMEID_EMAIL}"/>{inside}</samlp:AuthnRequest>'
    ).encode()
