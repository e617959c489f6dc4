"""Companies of any size, and small plans for them."""

from datetime import UTC, datetime, timedelta
from functools import cache

from harness.rollover.builtin import built_in
from harness.rollover.plan import Plan, parse_plan
from harness.rollover.rehearsal import Rehearsal, rehearse
from harness.rollover.script import Pace
from harness.scenario.load import demo_scenario
from harness.scenario.model import Scenario

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def company(accounts: int, users: int = 1) -> Scenario:
    """So many accounts, each with a role; user number n holds the roles of every account with n left over."""
    numbers = [f"{number:012d}" for number in range(100_000_000_000, 100_000_000_000 + accounts)]
    pairs = [f"arn:aws:iam::{one}:role/Reader,arn:aws:iam::{one}:saml-provider/Entra" for one in numbers]
    people = [f"user{number}@contoso.com" for number in range(users)]
    app = {
        "name": "AWS",
        "certificates": [
            {"name": "2026", "not_before": "2026-01-15T00:00:00Z", "not_after": "2029-01-15T00:00:00Z", "active": True}
        ],
        "roles": [{"name": f"r{number}", "value": pair} for number, pair in enumerate(pairs)],
        "assignments": [{"to": people[number % users], "role": f"r{number}"} for number in range(accounts)],
    }
    return Scenario.model_validate(
        {
            "version": 1,
            "name": "company",
            "apps": [app],
            "users": [{"upn": upn} for upn in people],
            "accounts": [
                {
                    "id": one,
                    "saml_providers": [{"name": "Entra", "app": "AWS"}],
                    "roles": [{"name": "Reader", "trusts": ["Entra"]}],
                }
                for one in numbers
            ],
        }
    )


def plan(*steps: str, head: str = "") -> Plan:
    """A plan from the lines of its steps, the first two words of each being its instant and its kind."""
    tables = []
    for step in steps:
        at, do, *rest = step.split("\n")[0].split(" ", 2)
        tables.append(
            f'[[steps]]\nat = {at}\ndo = "{do}"\n' + "\n".join(one.strip() for one in "".join(rest).split(";"))
        )
    return parse_plan(f'version = 1\nname = "tried"\n{head}\n' + "\n".join(tables), "plan.toml")


@cache
def rehearsed(name: str) -> Rehearsal:
    """A built-in plan on the built-in company, five minutes for each account, one after the other."""
    staging = built_in(name).stage(demo_scenario(), Pace(NOW))
    return rehearse(staging.plan, staging.scenario, NOW)
