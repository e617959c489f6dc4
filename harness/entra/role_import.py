"""The automatic role import: it asks IAM of one AWS account for its roles, and makes app roles of them.

A role is taken when its trust policy names exactly one SAML provider and both ARNs are short enough. One that AWS has
no more is disabled at the next import, and removed at the one after (inferred); one that is back by then is enabled
again (inferred). Calls go to this machine only.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlencode

from lxml import etree

from harness.approles.check import IMPORT_LENGTH
from harness.approles.model import app_role
from harness.approles.sources import roles_of_iam
from harness.arn import RolePair, parse_arn, parse_role_pair
from harness.entra.app_roles import declared_role
from harness.errors import HarnessError
from harness.loopback import parts_on_this_machine
from harness.saml.document import METADATA, parse
from harness.scenario.model import App, AppRole, Scenario

TIMEOUT = 10
MOST_PAGES = 100
_VERSION = "2010-05-08"
Change = Callable[[Callable[[Scenario, App], App]], object]


@dataclass(frozen=True, slots=True)
class AwsRoles:
    """What an account's IAM told: the pairs that are taken, the rest with the reason, the accounts seen."""

    pairs: tuple[RolePair, ...]
    left_out: tuple[tuple[str, str], ...]
    accounts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did to an app, by name, and the roles of AWS that it left out, each with the reason."""

    added: tuple[str, ...]
    enabled: tuple[str, ...]
    """Those that were disabled, and that AWS has again."""
    disabled: tuple[str, ...]
    removed: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def import_roles(endpoint: str, access_key: str, now: datetime, change: Change) -> Imported:
    """Ask IAM, then change the app as it is by then. Raises HarnessError when IAM does not answer, or refuses.

    ``change`` applies a step to the app, as every other change of it is made.
    """
    found = roles_of_account(endpoint, access_key, now)
    done: list[Imported] = []

    def step(_: Scenario, app: App) -> App:
        changed, told = with_imported(app, found)
        done.append(told)
        return changed

    change(step)
    return done[-1]


def roles_of_account(endpoint: str, access_key: str, now: datetime) -> AwsRoles:
    """Ask IAM at an address of this machine. Raises HarnessError when it does not answer, or refuses."""
    roles = [*_listed(endpoint, access_key, "ListRoles", now)]
    providers = {one["Arn"] for one in _listed(endpoint, access_key, "ListSAMLProviders", now) if "Arn" in one}
    for role in roles:
        role["AssumeRolePolicyDocument"] = unquote(role.get("AssumeRolePolicyDocument", ""))
    found = roles_of_iam({"Roles": roles}, "ListRoles")
    taken: list[RolePair] = []
    left_out = list(found.left_out)
    for pair in found.pairs:
        if fault := _fault(pair, providers):
            left_out.append((str(pair.role), fault))
        else:
            taken.append(pair)
    arns = [parse_arn(one) for one in (*providers, *(role.get("Arn", "") for role in roles))]
    return AwsRoles(tuple(taken), tuple(left_out), frozenset(arn.account for arn in arns if arn))


def _fault(pair: RolePair, providers: set[str]) -> str:
    """Why a pair is not imported; "" when it is. The first text is Entra's, its number that of today."""
    if pair.length >= IMPORT_LENGTH:
        return (
            "The Amazon Web Services role could not be imported. The combined length of these two Amazon Resource "
            f"Names cannot exceed this many characters in length {IMPORT_LENGTH - 1}: {pair.role} {pair.provider},"
        )
    return "" if str(pair.provider) in providers else f"the account has no SAML provider {pair.provider}"


def with_imported(app: App, found: AwsRoles) -> tuple[App, Imported]:
    """The app after an import. Roles of other accounts, and those without a value, are let alone."""
    fresh = {str(pair): app_role(pair) for pair in found.pairs}
    gone = [role for role in app.roles if _of(role, found.accounts) and _canonical(role) not in fresh]
    removed, disabled = [one for one in gone if not one.enabled], [one for one in gone if one.enabled]
    known = {_canonical(role) for role in app.roles}
    added = [declared_role(role) for value, role in fresh.items() if value not in known]
    back = [role for role in app.roles if not role.enabled and _canonical(role) in fresh]
    states = {one.value: False for one in disabled} | {one.value: True for one in back}
    out = {one.value for one in removed}
    kept = [one.model_copy(update={"enabled": states.get(one.value, one.enabled)}) for one in app.roles]
    names = {name for one in removed for name in (one.id, one.name) if name}
    changed = app.model_copy(
        update={
            "roles": (*(one for one in kept if one.value not in out), *added),
            "assignments": tuple(one for one in app.assignments if one.role not in names),
        }
    )
    told = [tuple(one.name for one in some) for some in (added, back, disabled, removed)]
    return changed, Imported(told[0], told[1], told[2], told[3], found.left_out)


def _canonical(role: AppRole) -> str:
    pair = parse_role_pair(role.value or "")
    return str(pair) if pair else role.value or ""


def _of(role: AppRole, accounts: frozenset[str]) -> bool:
    pair = parse_role_pair(role.value or "")
    return pair is not None and pair.account in accounts


def _listed(endpoint: str, access_key: str, action: str, now: datetime) -> Iterator[dict[str, Any]]:
    """The members of a list of IAM, page after page."""
    marker: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        root = _asked(endpoint, access_key, {"Action": action, "Version": _VERSION, **marker}, now)
        for member in root.iterfind("{*}" + f"{action}Result/" + "{*}*/{*}member"):
            yield {etree.QName(one).localname: one.text or "" for one in member if isinstance(one.tag, str)}
        following = root.findtext("{*}" + f"{action}Result/" + "{*}Marker")
        if following is None:
            return
        marker = {"Marker": following}
    raise HarnessError(f"IAM at {endpoint} gives more than {MOST_PAGES} pages of {action}")


def _asked(endpoint: str, access_key: str, params: dict[str, str], now: datetime) -> etree._Element:
    """One call of IAM. It carries the access key and no signature: secrets are not kept, and no mock asks for one."""
    _require_here(endpoint)
    day = now.astimezone(UTC)
    scope = f"{access_key}/{day:%Y%m%d}/us-east-1/iam/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
    call = urllib.request.Request(endpoint, urlencode(params).encode(), {"Authorization": signed})  # noqa: S310  (checked)
    try:
        with _OPENER.open(call, timeout=TIMEOUT) as answer:
            raw = answer.read(METADATA.size + 1)
    except urllib.error.HTTPError as error:
        said = parse(error.read(100_000)).root
        told = None if said is None else said.findtext(".//{*}Message")
        raise HarnessError(f"IAM at {endpoint} refuses {params['Action']}: {told or error}") from None
    except (OSError, ValueError) as error:
        raise HarnessError(f"IAM at {endpoint} does not answer: {error}") from None
    document = parse(raw, METADATA)
    if document.root is None or document.flaws:
        raise HarnessError(f"IAM at {endpoint} answers {params['Action']} with what is no XML of its own")
    return document.root


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _require_here(endpoint: str) -> None:
    parts = parts_on_this_machine(endpoint)
    if parts is None or parts.scheme != "http":
        raise HarnessError(f"{endpoint}: the role import asks an IAM on this machine only, http://127.0.0.1:PORT")
