"""The documents of the benchmarks: what the mock Entra sends for a user with so many roles, no two alike."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from harness.aws.account import Aws
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.rules import Policy
from harness.saml.keys import SigningKey
from harness.saml.metadata import Metadata, read_metadata
from harness.scenario.load import demo_scenario
from harness.scenario.model import AppRole, Assignment, Scenario

NOW = datetime.now(UTC).replace(microsecond=0)
"""Today, because not every contestant takes the time as an argument."""
AT = NOW + timedelta(seconds=1)
USER = "britta@contoso.com"
ACS = "https://signin.aws.amazon.com/saml"
ROLES = (1, 10, 100, 400, 1200)


def scenario_of(roles: int, number: int) -> Scenario:
    """The demo company, its user assigned to so many roles. ``number`` makes every role's name its own."""
    demo = demo_scenario()
    names = [f"team{number:04d}-application{role:04d}-operators" for role in range(roles)]
    app = demo.apps[0].model_copy(
        update={
            "roles": tuple(AppRole(name=name, value=_pair(name, number)) for name in names),
            "assignments": tuple(Assignment(to=USER, role=name) for name in names),
        }
    )
    return demo.model_copy(update={"apps": (app,)})


def _pair(name: str, number: int) -> str:
    account = f"arn:aws:iam::{111122220000 + number}"
    return f"{account}:role/{name},{account}:saml-provider/Entra"


@dataclass(frozen=True)
class World:
    """One signing key, the metadata that holds it, and the policy that trusts it."""

    keys: KeyStore
    key: SigningKey
    metadata: Metadata
    policy: Policy

    def documents(self, roles: int, count: int) -> list[str]:
        """So many responses in base64, each with IDs, times, account and role names of its own."""
        return [self.idp(roles, number).respond(USER, NOW).base64 for number in range(count)]

    def idp(self, roles: int, number: int = 0) -> EntraIdp:
        return EntraIdp(scenario_of(roles, number), self.keys, random.Random(number * 10_000 + roles))


def make_world() -> World:
    """A world with a new key, which lives in memory."""
    keys = KeyStore()
    idp = EntraIdp(demo_scenario(), keys)
    metadata = read_metadata(idp.federation_metadata(NOW, bom=False))
    return World(keys, idp.signing_key(idp.scenario.apps[0], NOW), metadata, policy_of(metadata))


def policy_of(metadata: Metadata) -> Policy:
    return Policy(Aws(declared=False, fallback=metadata), metadata.keys)
