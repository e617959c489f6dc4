"""What is wrong with a list of app roles, each finding with its basis and source; and how much room is left."""

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.approles.model import MSIAM, AppRole
from harness.arn import ACCOUNT_ID, name_fault, parse_role_pair

Severity = Literal["error", "warning", "note"]
Basis = Literal["documented", "observed", "reported", "inferred"]

GRAPH_DOCS = "Microsoft Graph: appRole resource type"
LIMITS = "Microsoft Entra service limits and restrictions"
IMPORT = "Tutorial AWS Single-Account Access: automatic user provisioning"
FORUM = "reports of failed calls in public issue trackers"
IAM_DOCS = "IAM: names and quotas"

IMPORT_LENGTH = 240
LENGTHS = {119: "the role import until December 2020", 120: "Microsoft Graph's reference"}
STORED_LENGTH = 249
MANIFEST_ENTRIES = 1200
ASSIGNMENTS = 1500
STS_CHARACTERS = 100_000
ENVELOPE = 7_300
"""Base64 characters of a response without its roles, as our mock of Entra writes it."""
TAGS = 33
"""Characters of ``<AttributeValue></AttributeValue>`` around each value."""
_STORABLE = re.compile(r"[A-Za-z0-9:!#$%&'()*+,\-./;<=>?@\[\]^_`{|}~]*", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One finding. ``refused_by`` names the service that refuses, if one does; ``where`` the entry."""

    code: str
    """Stable, and never used for anything else."""
    severity: Severity
    message: str
    where: str
    basis: Basis
    source: str
    refused_by: Literal["Graph", "AWS", ""] = ""
    got: str = ""


@dataclass(frozen=True)
class Budget:
    """How much of a limit is used."""

    name: str
    used: int
    limit: int
    basis: Basis
    source: str


def check(roles: Sequence[AppRole]) -> tuple[Problem, ...]:
    """Everything that is wrong with the list, entry by entry, then as a whole."""
    found: list[Problem] = []
    for number, role in enumerate(roles):
        where = f"appRoles[{number}]"
        for judge in (_entry, _value):
            found += judge(role, where)
    for whole in WHOLE:
        found += whole(roles)
    return tuple(found)


def _entry(role: AppRole, where: str) -> Iterator[Problem]:
    try:
        uuid.UUID(role.id)
    except ValueError:
        yield Problem("APP001", "error", "The id is no GUID.", where, "documented", GRAPH_DOCS, "Graph", role.id)
    if not role.member_types:
        yield Problem(
            "APP002", "error", "allowedMemberTypes is empty.", where, "reported", FORUM, "Graph", role.display_name
        )
    elif "User" not in role.member_types:
        said = "Users and groups cannot be assigned: allowedMemberTypes lacks User."
        yield Problem("APP003", "error", said, where, "documented", GRAPH_DOCS, "", ", ".join(role.member_types))
    if not role.enabled:
        said = "Disabled: it cannot be assigned any more, but those who have it keep it in their tokens."
        yield Problem("APP004", "note", said, where, "documented", GRAPH_DOCS, "", role.display_name)


def _value(role: AppRole, where: str) -> Iterator[Problem]:
    value = role.value
    if not value:
        if role.display_name not in (MSIAM, "User"):
            said = "It has no value: whoever holds only this role is sent to AWS without a Role."
            yield Problem("APP005", "warning", said, where, "documented", GRAPH_DOCS, "", role.display_name)
        return
    if any(character.isspace() for character in value):
        yield Problem("APP006", "error", "The value holds a blank.", where, "documented", GRAPH_DOCS, "Graph", value)
    elif not _STORABLE.fullmatch(value):
        strange = "".join(dict.fromkeys(one for one in value if not _STORABLE.fullmatch(one)))
        said = f"The value holds characters that Graph does not take: {strange}"
        yield Problem("APP007", "error", said, where, "documented", GRAPH_DOCS, "Graph", value)
    if value.startswith("."):
        yield Problem(
            "APP008", "error", "The value starts with a dot.", where, "documented", GRAPH_DOCS, "Graph", value
        )
    if len(value) > STORED_LENGTH:
        said = f"The value has {len(value):,} characters; Graph was seen to store {STORED_LENGTH}."
        yield Problem("APP009", "error", said, where, "reported", "terraform-provider-azuread", "Graph", value)
    yield from _pair(value, where)


def _pair(value: str, where: str) -> Iterator[Problem]:
    pair = parse_role_pair(value)
    if pair is None:
        said = "The value is no pair of a role ARN and a SAML provider ARN; AWS can do nothing with it."
        yield Problem(
            "APP010", "error", said, where, "documented", "IAM: SAML assertions for the response", "AWS", value
        )
        return
    for arn in (pair.role, pair.provider):
        if not ACCOUNT_ID.fullmatch(arn.account):
            said = f"Account number {arn.account} has not 12 digits: Graph takes such a value, AWS cannot."
            yield Problem("APP011", "error", said, where, "documented", IAM_DOCS, "AWS", value)
            break
    if pair.account != pair.provider_account or pair.partition != pair.provider_partition:
        said = "Role and SAML provider stand in different accounts or partitions."
        yield Problem("APP012", "warning", said, where, "inferred", IAM_DOCS, "", value)
    if fault := name_fault(pair):
        yield Problem(
            "APP013", "error", f"IAM cannot hold this name: {fault}.", where, "documented", IAM_DOCS, "AWS", value
        )
    if pair.provider_first:
        said = "The provider comes first; the tutorial and the role import write the role first. AWS takes both."
        yield Problem("APP014", "note", said, where, "documented", "IAM: SAML assertions for the response", "", value)
    if pair.length >= IMPORT_LENGTH:
        said = f"The ARNs have {pair.length} characters; the automatic role import takes fewer than {IMPORT_LENGTH}."
        yield Problem("APP015", "warning", said, where, "documented", IMPORT, "", value)


def _duplicates(roles: Sequence[AppRole]) -> Iterator[Problem]:
    """Ids and values stand once; equal names are allowed, and nobody can tell them apart."""
    for label, of in (("id", _id), ("value", _value_of)):
        for text, places in _twice(roles, of):
            said = f"The same {label} stands more than once; Graph answers DuplicateValue."
            yield Problem("APP016", "error", said, places, "reported", FORUM, "Graph", text)
    for text, places in _twice(roles, lambda role: role.display_name):
        said = "The same displayName stands more than once: who assigns people sees no difference."
        yield Problem("APP017", "warning", said, places, "inferred", GRAPH_DOCS, "", text)


def _id(role: AppRole) -> str:
    return role.id.lower()


def _value_of(role: AppRole) -> str | None:
    return role.value


def _twice(roles: Sequence[AppRole], of: Callable[[AppRole], str | None]) -> Iterator[tuple[str, str]]:
    counts = Counter(text for role in roles if (text := of(role)))
    places: dict[str, list[int]] = {text: [] for text, times in counts.items() if times > 1}
    for number, role in enumerate(roles):
        if (text := of(role)) in places:
            places[text or ""].append(number)
    for text, numbers in places.items():
        yield text, ", ".join(f"appRoles[{number}]" for number in numbers[:20])


def _lengths(roles: Sequence[AppRole]) -> Iterator[Problem]:
    """Older limits that may still bite, once for the whole list."""
    values = [role.value for role in roles if role.value]
    for limit, source in LENGTHS.items():
        longer = sum(len(value) > limit for value in values)
        if longer:
            said = (
                f"Values with more than {limit} characters, the limit of {source}: {longer:,}. The service takes more."
            )
            longest = f"longest {max(map(len, values)):,}"
            yield Problem("APP018", "note", said, "appRoles", "reported", "terraform-provider-azuread", "", longest)


def _msiam(roles: Sequence[AppRole]) -> Iterator[Problem]:
    if not any(role.display_name == MSIAM for role in roles):
        said = f"{MSIAM} is missing; the list must repeat it, or PATCH is refused."
        yield Problem("APP019", "error", said, "appRoles", "documented", "Tutorial AWS multiple accounts", "Graph")


def _budgets(roles: Sequence[AppRole]) -> Iterator[Problem]:
    if len(roles) > MANIFEST_ENTRIES:
        said = f"{len(roles):,} entries; a manifest holds {MANIFEST_ENTRIES:,} (Directory_ResourceSizeExceeded)."
        yield Problem("APP020", "error", said, "appRoles", "documented", LIMITS, "Graph")
    held = sum(bool(role.value) for role in roles)
    if held > ASSIGNMENTS:
        said = f"{held:,} roles; one user or group holds at most {ASSIGNMENTS:,} assignments."
        yield Problem("APP021", "warning", said, "appRoles", "documented", LIMITS)
    if held > (fit := pairs_that_fit(roles)):
        said = f"{held:,} roles; a user with more than about {fit:,} gets an assertion that STS refuses for its size."
        yield Problem(
            "APP022", "warning", said, "appRoles", "inferred", "AWS STS API reference; our mock's response size"
        )


def characters(roles: Sequence[AppRole]) -> int:
    """About how many base64 characters the response of a user with all these roles has.

    Entra writes each value twice, once as an attribute of its own; base64 makes four characters of three.
    """
    return ENVELOPE + sum(-(-2 * (len(role.value) + TAGS) * 4 // 3) for role in roles if role.value)


def pairs_that_fit(roles: Sequence[AppRole]) -> int:
    """About how many roles of this list's mean length fit into what AWS STS takes; 0 when there are none."""
    held = sum(bool(role.value) for role in roles)
    each = (characters(roles) - ENVELOPE) / held if held else 0
    return int((STS_CHARACTERS - ENVELOPE) / each) if each else 0


def budgets(roles: Sequence[AppRole]) -> tuple[Budget, ...]:
    """What the list uses of each limit, and what a user with every role would."""
    held = sum(bool(role.value) for role in roles)
    return (
        Budget("entries of the manifest", len(roles), MANIFEST_ENTRIES, "documented", LIMITS),
        Budget("assignments of a user or group with every role", held, ASSIGNMENTS, "documented", LIMITS),
        Budget("roles per user that fit an assertion", held, pairs_that_fit(roles), "inferred", "size of our mock's"),
        Budget("characters for a user with every role", characters(roles), STS_CHARACTERS, "documented", "AWS STS API"),
    )


WHOLE = (_duplicates, _lengths, _msiam, _budgets)
