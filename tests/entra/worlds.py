"""Small tenants, each written as a scenario file would be, and a mock Entra for them."""

import random
from datetime import UTC, datetime
from functools import cache

from lxml import etree

from harness.entra.idp import EntraIdp, Issued
from harness.entra.keystore import KeyStore
from harness.scenario.load import parse_scenario
from harness.scenario.model import Scenario

NOW = datetime(2026, 11, 1, 9, 0, 0, 123456, tzinfo=UTC)
TENANT = "11111111-2222-4333-8444-555555555555"
ISSUER = f"https://sts.windows.net/{TENANT}/"
ADMIN = "arn:aws:iam::111122223333:role/Admin,arn:aws:iam::111122223333:saml-provider/Entra"
READER = "arn:aws:iam::111122223333:role/Reader,arn:aws:iam::111122223333:saml-provider/Entra"

BASE = f"""
version = 1
name = "test"
[tenant]
id = "{TENANT}"
[[apps]]
name = "AWS"
app_id = "aaaaaaaa-0000-4000-8000-000000000001"
{{app}}
[[apps.certificates]]
name = "2026"
not_before = 2026-01-15T07:05:00Z
not_after = 2029-01-15T07:02:19Z
active = true
{{certificates}}
[[apps.roles]]
name = "msiam_access"
[[apps.roles]]
name = "Admin"
value = "{ADMIN}"
[[apps.roles]]
name = "Reader"
value = "{READER}"
enabled = false
{{claims}}
[[apps.assignments]]
to = "ada@contoso.com"
role = "Reader"
[[apps.assignments]]
to = "admins"
role = "Admin"
[[apps.assignments]]
to = "noah@contoso.com"
role = "msiam_access"
[[apps.assignments]]
to = "guest@partner.example"
role = "Admin"
[[users]]
upn = "ada@contoso.com"
object_id = "bbbbbbbb-0000-4000-8000-000000000001"
display_name = "Ada Lovelace"
given_name = "Ada"
surname = "Lovelace"
mail = "ada.lovelace@contoso.com"
employee_id = "E42"
[[users]]
upn = "bare@contoso.com"
[[users]]
upn = "noah@contoso.com"
[[users]]
upn = "guest@partner.example"
display_name = "Gita Guest"
mail = "gita@partner.example"
home_tenant = "99999999-2222-4333-8444-555555555555"
[[users]]
upn = "nested@contoso.com"
[[users]]
upn = "nobody@contoso.com"
[[groups]]
name = "admins"
members = ["ada@contoso.com", "bare@contoso.com", "nested admins"]
[[groups]]
name = "nested admins"
members = ["nested@contoso.com"]
"""
KEYS = KeyStore()
"""One set of keys for the whole run: making them is what takes time."""


def scenario(app: str = "", certificates: str = "", claims: str = "") -> Scenario:
    """A tenant with more lines in the app's tables."""
    return parse_scenario(BASE.format(app=app, certificates=certificates, claims=claims), "test.scenario.toml")


def idp(app: str = "", certificates: str = "", claims: str = "", seed: int = 1) -> EntraIdp:
    return EntraIdp(scenario(app, certificates, claims), KEYS, random.Random(seed))


@cache
def issued(upn: str = "ada@contoso.com", app: str = "", seed: int = 1) -> Issued:
    return idp(app, seed=seed).respond(upn, NOW)


def tree(response: Issued | None = None) -> etree._Element:
    return etree.fromstring((response or issued()).xml)


def attributes(response: Issued | None = None) -> dict[str, list[str]]:
    """Name -> values, in the order in which they are written."""
    found = tree(response).iter("{urn:oasis:names:tc:SAML:2.0:assertion}Attribute")
    return {one.get("Name", ""): [value.text or "" for value in one] for one in found}
