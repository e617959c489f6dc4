"""A scenario from a list of role pairs: both sides, so that every pair of the list signs in."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from harness.arn import ACCOUNT_ID, PARTITIONS, RolePair, name_fault
from harness.errors import BadScenario
from harness.scenario.load import parse_scenario

APP = "AWS"
_HEAD = """\
# Imported from a list of <Role ARN>,<Trusted entities>. The certificate is a throw-away one of this scenario:
# your tenant's own private key cannot be had. Users are not in the list: add [[users]] and name them as members.

"""


def import_roles(pairs: Sequence[RolePair], name: str, now: datetime) -> str:
    """The text of a scenario file: accounts, SAML providers, roles with trust, app roles, one group per role.

    Raises BadScenario, which lists every pair that AWS could not hold.
    """
    faults = [f"  {pair}: {fault}" for pair in pairs if (fault := _fault(pair))]
    faults += _two_partitions(pairs)
    if faults:
        count = f"{len(faults)} error{'s' if len(faults) > 1 else ''}"
        raise BadScenario("\n".join([f"{name}: {count}", *faults[:50]]))
    app, groups = _app(pairs, now)
    data = {"version": 1, "name": name, "apps": [app], "groups": groups, "accounts": _accounts(pairs)}
    text = _HEAD + "\n".join(_toml(data)).lstrip("\n") + "\n"
    parse_scenario(text, name)
    return text


def _fault(pair: RolePair) -> str:
    """Why no account of a scenario can hold the pair; "" when one can."""
    for arn in (pair.role, pair.provider):
        if not ACCOUNT_ID.fullmatch(arn.account):
            return f"account number {arn.account} has not 12 digits"
        if arn.partition not in PARTITIONS:
            return f"there is no partition {arn.partition}"
    if (pair.account, pair.partition) != (pair.provider_account, pair.provider_partition):
        return "role and SAML provider stand in different accounts; a scenario's roles trust those of their own"
    return name_fault(pair)


def _two_partitions(pairs: Sequence[RolePair]) -> list[str]:
    """Accounts and role names that stand in two places, of which AWS has one."""
    accounts = Counter(number for number, _ in {(pair.account, pair.partition) for pair in pairs})
    roles = Counter(
        (account, name) for account, name, _ in {(one.account, one.role.name, one.resource) for one in pairs}
    )
    return [
        *(f"  account {number}: in more than one partition" for number, times in accounts.items() if times > 1),
        *(f"  account {number}: role {name} has more than one path" for (number, name), n in roles.items() if n > 1),
    ]


def _app(pairs: Sequence[RolePair], now: datetime) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The app with its roles and assignments, and the groups that are assigned."""
    names = _names(pairs, [f"{pair.role.name},{pair.provider.name}" for pair in pairs])
    roles = list(dict.fromkeys(pair.role for pair in pairs))
    found = [re.sub(r"[^A-Za-z0-9._@-]", "-", role.name) for role in roles]
    common = Counter(found)
    wanted = [one if common[one] == 1 else f"{one}-{role.account}" for one, role in zip(found, roles, strict=True)]
    groups = dict(zip(roles, _apart([one if one[0].isalnum() else f"g{one}" for one in wanted]), strict=True))
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    certificate = {"name": f"{now:%Y}", "not_before": start, "not_after": start + timedelta(days=1095), "active": True}
    app = {
        "name": APP,
        "certificates": [certificate],
        "roles": [
            {"name": "msiam_access"},
            *({"name": name, "value": str(pair)} for name, pair in zip(names, pairs, strict=True)),
        ],
        "assignments": [{"to": groups[pair.role], "role": name} for name, pair in zip(names, pairs, strict=True)],
    }
    return app, [{"name": name, "members": []} for name in groups.values()]


def _names(pairs: Sequence[RolePair], names: Sequence[str]) -> list[str]:
    """``Role,Provider`` of each pair; with its account where that alone names two."""
    common = Counter(names)
    wanted = [name if common[name] == 1 else f"{name} {pair.account}" for name, pair in zip(names, pairs, strict=True)]
    return _apart(wanted)


def _apart(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that were taken."""
    taken: dict[str, None] = {}
    for name in names:
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name}-{number}"
        taken[free] = None
    return list(taken)


def _accounts(pairs: Sequence[RolePair]) -> list[dict[str, Any]]:
    """Accounts in the order in which the list names them."""
    accounts: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        role, provider = pair.role, pair.provider
        account = accounts.setdefault(
            role.account, {"id": role.account, "partition": role.partition, "saml_providers": {}, "roles": {}}
        )
        account["saml_providers"][provider.name] = {"name": provider.name, "app": APP}
        path = "/" + role.resource.removesuffix(role.name)
        declared = account["roles"].setdefault(role.name, {"name": role.name, "path": path, "trusts": []})
        declared["trusts"].append(provider.name)
    return [
        {**one, "saml_providers": list(one["saml_providers"].values()), "roles": list(one["roles"].values())}
        for one in accounts.values()
    ]


def _toml(table: Mapping[str, Any], name: str = "") -> Iterator[str]:
    """The lines of a table: first its values, then its tables, so that more can be added below each heading."""
    for key, value in table.items():
        if isinstance(value, datetime):
            yield f"{key} = {value:%Y-%m-%dT%H:%M:%SZ}"
        elif not _tables(value):
            yield f"{key} = {json.dumps(value)}"
    for key, value in table.items():
        for one in value if _tables(value) else ():
            yield f"\n[[{name}{key}]]"
            yield from _toml(one, f"{name}{key}.")


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
