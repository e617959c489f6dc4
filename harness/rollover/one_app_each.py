"""The same company with an enterprise application for each account, instead of one for all."""

import json

from harness.arn import parse_role_pair
from harness.aws.endpoints import PARTITIONS
from harness.scenario.model import SIGN_IN, Account, App, Role, Scenario


def one_app_each(scenario: Scenario) -> Scenario:
    """Every provider gets an app of its own, with those roles of the old app that lead there, and its dates.

    Identifiers differ behind ``#``, as Entra asks for; providers whose metadata is a file stay as they are.
    """
    apps = {app.name: app for app in scenario.apps}
    made: list[App] = []
    accounts: list[Account] = []
    for account in scenario.accounts:
        providers = []
        for provider in account.saml_providers:
            if provider.app is not None:
                app = _only_for(apps[provider.app], account, provider.name)
                made.append(app)
                provider = provider.model_copy(update={"app": app.name})
            providers.append(provider)
        accounts.append(account.model_copy(update={"saml_providers": tuple(providers)}))
    return scenario.model_copy(update={"apps": tuple(made) or scenario.apps, "accounts": tuple(accounts)})


def _only_for(app: App, account: Account, provider: str) -> App:
    arn = account.provider_arn(provider)
    roles = tuple(
        role for role in app.roles if (pair := parse_role_pair(role.value or "")) and str(pair.provider) == arn
    )
    names = {name for role in roles for name in (role.name, role.id) if name}
    name = f"{app.name[:60]} {account.id} {provider[:25]}"
    own = {
        "name": name,
        "app_id": None,
        "object_id": None,
        "identifiers": (f"{SIGN_IN}#{account.id}-{provider}",),
        "roles": roles,
        "assignments": tuple(one for one in app.assignments if one.role in names),
    }
    return app.model_copy(update=own)


def trusting_own_addresses(scenario: Scenario) -> Scenario:
    """The roles trust responses sent to a provider's own address as well: the usual policy names the global one."""
    accounts = tuple(
        account.model_copy(update={"roles": tuple(_trusting(account, role) for role in account.roles)})
        for account in scenario.accounts
    )
    return scenario.model_copy(update={"accounts": accounts})


def _trusting(account: Account, role: Role) -> Role:
    if role.trust_policy is not None:
        return role
    acs = PARTITIONS[account.partition].acs
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": [account.provider_arn(name) for name in role.trusts]},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringLike": {"SAML:aud": [acs, f"{acs}/acs/*"]}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return role.model_copy(update={"trusts": (), "trust_policy": policy})
