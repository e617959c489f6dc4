"""The world that a case meets, as plain data: what a service provider has to be given before it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.cases.workshop import OPENS, PROVIDER, ROLE, MetadataSpec, RoleSpec, World, trust
from harness.saml.times import show_instant

Named = Callable[[MetadataSpec], str]
"""How a metadata document is called, in the place where the data go."""


def is_encrypted(world: World) -> bool:
    """Whether the provider's private key is needed to open what is posted."""
    return OPENS in world.opens


def as_data(world: World, named: Named) -> dict[str, Any] | None:
    """What differs from a provider that trusts the usual metadata and knows no accounts; None where nothing does."""
    if replace(world, opens=()) == World():
        return None
    return {
        "clock": None if world.at is None else show_instant(world.at),
        "metadata": None if world.listed else named(world.metadata),
        "accounts": _accounts(world, named) if world.listed else None,
        "asked_role": world.asked_role,
        "call": None if world.call is None else _call(world.call),
        "allow_sha1": world.allow_sha1,
    }


def _accounts(world: World, named: Named) -> dict[str, Any]:
    """Providers, and roles where they are known too: without a declaration nothing is said about roles.

    Accounts without STS have not activated it in the region that is called.
    """
    providers = [
        {"arn": arn, "metadata": named(spec), "encryption_required": world.required}
        for arn, spec in world.listed.items()
    ]
    roles = [_role(arn, spec) for arn, spec in world.roles.items()] if world.declared else None
    return {"saml_providers": providers, "roles": roles, "without_sts": [*world.without_sts]}


def _role(arn: str, spec: RoleSpec) -> dict[str, Any]:
    policy = trust() if spec.trust is None else spec.trust
    return {"arn": arn, "trust_policy": policy, "max_session_duration": spec.longest}


def _call(call: Mapping[str, str | None]) -> dict[str, str | None]:
    """The parameters of the call beside SAMLAssertion, which is what the file holds unless it stands here."""
    return {"RoleArn": ROLE, "PrincipalArn": PROVIDER, **call}
