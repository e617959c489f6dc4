"""One real sign-in for every SAML provider, as things stand: Entra signs, the account answers.

What a rollover by hand is watched with: the same try turns good or bad with each step on either side.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from harness.arn import Arn, RolePair, parse_role_pair
from harness.aws.acceptance import sts_answers
from harness.aws.account import Aws, SamlProvider
from harness.aws.intake import attempt_of
from harness.entra.directory import assigned_roles
from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.report.model import AwsAnswer
from harness.saml.keys import Certificate
from harness.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user who holds a role behind a provider, and by which app."""

    upn: str
    app: str
    pair: RolePair


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one sign-in. Without an ``answer`` none was posted, and ``reason`` says why."""

    provider: SamlProvider
    alias: str | None
    visitor: Visitor | None = None
    posted: str = ""
    signed_by: Certificate | None = None
    answer: AwsAnswer | None = None
    reason: str = ""

    @property
    def arn(self) -> Arn:
        return self.provider.arn

    @property
    def trusted(self) -> tuple[Certificate, ...]:
        """The certificates in the metadata that the provider holds."""
        return self.provider.metadata.keys


def try_sign_ins(idp: EntraIdp, aws: Aws, now: datetime) -> Iterator[Trial]:
    """A trial for every provider of every account, in the order of their ARNs."""
    visitors = visitors_of(idp.scenario)
    for arn in sorted(aws.providers):
        yield try_sign_in(idp, aws, now, aws.providers[arn], visitors.get(arn))


def try_sign_in(idp: EntraIdp, aws: Aws, now: datetime, provider: SamlProvider, visitor: Visitor | None) -> Trial:
    """Sign a user in at Entra and ask STS for his role with what comes of it."""
    alias = aws.aliases.get(provider.arn.account)
    if visitor is None:
        return Trial(provider, alias, reason="no user of the scenario holds a role behind it")
    try:
        issued = idp.respond(visitor.upn, now, app=visitor.app)
    except HarnessError as refusal:
        return Trial(provider, alias, visitor, reason=f"Entra: {refusal}")
    posted = issued.base64
    attempt = attempt_of(aws, posted, now, certificates=aws.keys, providers=(provider,))
    answer = sts_answers(attempt, str(visitor.pair))[0].answer
    return Trial(provider, alias, visitor, posted, issued.signed_by, answer)


def visitors_of(scenario: Scenario) -> Mapping[str, Visitor]:
    """For the ARN of each provider that a role of some app names, the first user who holds such a role."""
    found: dict[str, Visitor] = {}
    for app in scenario.apps:
        wanted = {str(pair.provider) for role in app.roles if role.value and (pair := parse_role_pair(role.value))}
        for user in scenario.users:
            if wanted <= found.keys():
                break
            for role in assigned_roles(scenario, app, user):
                pair = parse_role_pair(role.value) if role.value else None
                if pair is not None:
                    found.setdefault(str(pair.provider), Visitor(user.upn, app.name, pair))
    return found
