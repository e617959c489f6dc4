"""The AWS side of a scenario, built from its accounts and from metadata documents: never from Entra's objects."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from harness.arn import Arn
from harness.aws.account import Aws, Role, SamlProvider, valid_until
from harness.aws.endpoints import PARTITIONS
from harness.aws.store import derived_id
from harness.saml.metadata import Metadata, read_metadata
from harness.scenario.model import Account, Scenario
from harness.scenario.model import Role as DeclaredRole
from harness.scenario.model import SamlProvider as DeclaredProvider

Uploaded = Callable[[DeclaredProvider], bytes]
"""The metadata document that was uploaded for a declared provider."""


def aws_from_scenario(scenario: Scenario, uploaded: Uploaded, now: datetime | None = None) -> Aws:
    """Every account's providers and roles, created ``now``. ``uploaded`` is asked once for each provider.

    Their IDs are always the same for one scenario, so that a provider's own address can be written down.
    Raises UnreadableInput when a metadata document cannot be read.
    """
    providers: dict[str, SamlProvider] = {}
    roles: dict[str, Role] = {}
    read: dict[bytes, Metadata] = {}
    for account in scenario.accounts:
        for declared in account.saml_providers:
            raw = uploaded(declared)
            if raw not in read:
                read[raw] = read_metadata(raw, f"metadata of {account.id}/{declared.name}")
            arn = Arn(account.partition, account.id, "saml-provider", declared.name)
            providers[str(arn)] = SamlProvider(
                arn,
                read[raw],
                declared.encryption_required,
                unique_id=derived_id("SAMLSP", f"{scenario.name}/{arn}"),
                created=now,
                valid_until=None if now is None else valid_until(now),
                tags=declared.tags,
            )
        for role in account.roles:
            arn = Arn(account.partition, account.id, "role", (role.path + role.name).lstrip("/"))
            roles[str(arn)] = Role(
                arn,
                trust_policy(account, role),
                role.max_session_duration,
                unique_id=derived_id("AROA", f"{scenario.name}/{arn}", 17),
                created=now,
                tags=role.tags,
            )
    aliases = {account.id: account.alias for account in scenario.accounts if account.alias}
    return Aws(declared=True, providers=providers, roles=roles, aliases=aliases)


def trust_policy(account: Account, role: DeclaredRole) -> Mapping[str, Any]:
    """The role's trust policy: as declared, or as AWS's console writes it for SAML federation."""
    if role.trust_policy is not None:
        policy: dict[str, Any] = json.loads(role.trust_policy)
        return policy
    arns = [account.provider_arn(name) for name in role.trusts]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": arns[0] if len(arns) == 1 else arns},
                "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"SAML:aud": PARTITIONS[account.partition].acs}},
            }
        ],
    }
