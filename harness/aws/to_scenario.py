"""The way back: what the accounts hold, as the tables of a scenario. What IAM changed is in them.

Private keys are never written, nor IDs and dates, a role's description and its attached policies: they have no table.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from harness.aws.account import Aws, Role, SamlProvider
from harness.aws.from_scenario import trust_policy
from harness.saml.metadata import Metadata
from harness.scenario.model import Account
from harness.scenario.model import Role as DeclaredRole
from harness.scenario.model import SamlProvider as DeclaredProvider


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a provider's document came from: an app, a file, or the document itself."""

    app: str | None = None
    certificates: tuple[str, ...] | None = None
    metadata: str | None = None
    metadata_document: str | None = None


OriginOf = Callable[[Metadata, DeclaredProvider | None], Origin]


def accounts_of(aws: Aws, declared: Sequence[Account], origin: OriginOf) -> tuple[Account, ...]:
    """Every account: the declared ones first, in their order, then those that IAM was the first to fill."""
    known = {account.id: account for account in declared}
    numbers = dict.fromkeys([*known, *sorted({arn.account for arn in aws.arns} | {*aws.aliases})])
    return tuple(_account(aws, number, known.get(number), origin) for number in numbers)


def _account(aws: Aws, number: str, declared: Account | None, origin: OriginOf) -> Account:
    base = declared or Account.model_validate({"id": number, "partition": aws.partition_of(number)})
    providers = tuple(_provider(one, base, origin) for one in aws.providers.values() if one.arn.account == number)
    shell = base.model_copy(update={"alias": aws.aliases.get(number), "saml_providers": providers})
    roles = tuple(_role(one, shell) for one in aws.roles.values() if one.arn.account == number)
    return shell.model_copy(update={"roles": roles})


def _provider(held: SamlProvider, account: Account, origin: OriginOf) -> DeclaredProvider:
    declared = next((one for one in account.saml_providers if one.name == held.arn.name), None)
    return DeclaredProvider(
        name=held.arn.name,
        encryption_required=held.required,
        tags=dict(held.tags),
        **asdict(origin(held.metadata, declared)),
    )


def _role(held: Role, account: Account) -> DeclaredRole:
    path = "/" + held.arn.resource.removesuffix(held.arn.name)
    declared = next((one for one in account.roles if one.name == held.arn.name), None)
    for trusts, policy in _trusts(account, declared):
        role = DeclaredRole(
            name=held.arn.name,
            path=path,
            max_session_duration=held.max_session_duration,
            trusts=trusts,
            trust_policy=policy,
            tags=dict(held.tags),
        )
        if trust_policy(account, role) == held.trust_policy:
            return role
    return role.model_copy(update={"trusts": (), "trust_policy": json.dumps(held.trust_policy)})


def _trusts(account: Account, declared: DeclaredRole | None) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """How a trust may be written, the shortest first: as it was declared, or as the usual one for a provider."""
    names = [provider.name for provider in account.saml_providers]
    if declared is not None and {*declared.trusts} <= {*names}:
        yield declared.trusts, declared.trust_policy
    yield from (((name,), None) for name in names)
    yield (), "{}"
