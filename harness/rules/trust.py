"""TRU: what the AWS accounts of a scenario hold, and whom their roles trust."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.arn import RolePair
from harness.aws.account import Role
from harness.aws.endpoints import PRINCIPAL_TAG, ROLE, SESSION_DURATION, SOURCE_IDENTITY
from harness.aws.trust import Decision, Verdict, context_of, evaluate
from harness.report.model import Basis, Severity
from harness.rules.core import Evidence, Unavailable
from harness.rules.registry import Problem, rule


def _existing(evidence: Evidence) -> Iterator[tuple[int, RolePair, Role]]:
    """The pairs whose role and provider exist."""
    aws = evidence.declared
    for number, pair in evidence.pairs:
        role = aws.roles.get(str(pair.role))
        if role is not None and str(pair.provider) in aws.providers:
            yield number, pair, role


def _asked(evidence: Evidence, pair: RolePair, role: Role, action: str) -> Verdict:
    """What a role's policy says. Several rules ask the same."""
    known = evidence.verdicts.get((pair, action))
    if known is None:
        context = context_of(evidence.assertion, pair, evidence.now)
        known = evidence.verdicts[pair, action] = evaluate(role.trust_policy, action, str(pair.provider), context)
    return known


@rule("TRU001", severity=Severity.ERROR, basis=Basis.REPORTED, refs=("AWS: Specified provider doesn't exist",))
def provider_exists(evidence: Evidence) -> Iterator[Problem]:
    """The SAML provider of each pair exists in its account.

    Why: AWS refuses the pair otherwise.
    Fix: IAM, Identity providers: create the SAML provider, or correct its name in the app role's value.
    """
    aws = evidence.declared
    for number, pair in evidence.pairs:
        if str(pair.provider) not in aws.providers:
            known = ", ".join(arn for arn in aws.providers if f":{pair.provider_account}:" in arn)
            where = evidence.value_path(ROLE, number)
            yield Problem(
                "There is no such SAML provider.", where, str(pair.provider), known or "a provider of the account"
            )


@rule(
    "TRU002",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("AWS: Not authorized to perform sts:AssumeRoleWithSAML",),
)
def role_exists(evidence: Evidence) -> Iterator[Problem]:
    """The role of each pair exists in its account.

    Why: AWS says only that it is not authorized.
    Fix: IAM, Roles: create the role, or correct its path and name in the app role's value.
    """
    aws = evidence.declared
    for number, pair in evidence.pairs:
        if str(pair.role) not in aws.roles:
            known = ", ".join(arn for arn in aws.roles if f":{pair.account}:" in arn)
            where = evidence.value_path(ROLE, number)
            yield Problem("There is no such role.", where, str(pair.role), known or "a role of the account")


@rule(
    "TRU003",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("AWS: Not authorized to perform sts:AssumeRoleWithSAML",),
)
def role_trusts_the_provider(evidence: Evidence) -> Iterator[Problem]:
    """The role's trust policy lets this provider's users in.

    Why: the policy must name the provider's ARN as Federated principal, allow sts:AssumeRoleWithSAML, and its
    conditions must hold: SAML:aud is compared with the Recipient, not with the Audience.
    Fix: IAM, Roles, the role, Trust relationships, Edit trust policy.
    """
    for number, pair, role in _existing(evidence):
        verdict = _asked(evidence, pair, role, "sts:AssumeRoleWithSAML")
        if verdict.decision is Decision.DENIED:
            where = evidence.value_path(ROLE, number)
            yield Problem(
                "The role does not trust this sign-in.",
                where,
                f"{pair.role}: {verdict.reason}",
                "Allow",
            )


@rule("TRU004", severity=Severity.ERROR, basis=Basis.REPORTED, refs=("IAM User Guide: maximum session duration",))
def session_fits_the_role(evidence: Evidence) -> Iterator[Problem]:
    """SessionDuration is at most the role's maximum session duration.

    Why: the console session asks for it, and clients pass it on as DurationSeconds, which STS then refuses with
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role." What the sign-in page
    says is not known.
    Fix: IAM, Roles, the role, Edit: maximum session duration; or lower the SessionDuration claim in Entra.
    """
    evidence.declared  # noqa: B018  (skip without a scenario, whatever the claim says)
    text = evidence.single(SESSION_DURATION)
    if not text.isascii() or not text.isdigit():
        raise Unavailable("SessionDuration is no number, see AWS014")
    for number, pair, role in _existing(evidence):
        if int(text) > role.max_session_duration:
            where = evidence.value_path(ROLE, number)
            yield Problem(
                "The session is longer than the role allows.",
                where,
                f"{text} s for {pair.role}",
                f"at most {role.max_session_duration} s",
            )


@rule("TRU005", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("IAM User Guide: session tags",))
def role_trusts_session_tags(evidence: Evidence) -> Iterator[Problem]:
    """A role that is sent session tags allows sts:TagSession.

    Why: AWS refuses the whole sign-in otherwise.
    Fix: IAM, Roles, the role, Trust relationships, Edit trust policy: add sts:TagSession to the actions.
    """
    evidence.declared  # noqa: B018
    if not any(attribute.name.startswith(PRINCIPAL_TAG) for attribute in evidence.assertion.attributes):
        raise Unavailable("no session tags are sent")
    yield from _not_allowed(evidence, "sts:TagSession")


@rule("TRU006", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("IAM User Guide: source identity",))
def role_trusts_the_source_identity(evidence: Evidence) -> Iterator[Problem]:
    """A role that is sent a source identity allows sts:SetSourceIdentity.

    Why: AWS refuses the whole sign-in otherwise.
    Fix: IAM, Roles, the role, Trust relationships, Edit trust policy: add sts:SetSourceIdentity to the actions.
    """
    evidence.declared  # noqa: B018
    evidence.single(SOURCE_IDENTITY)
    yield from _not_allowed(evidence, "sts:SetSourceIdentity")


def _not_allowed(evidence: Evidence, action: str) -> Iterator[Problem]:
    for number, pair, role in _existing(evidence):
        verdict = _asked(evidence, pair, role, action)
        if verdict.decision is Decision.DENIED:
            where = evidence.value_path(ROLE, number)
            yield Problem(f"The role does not allow {action}.", where, f"{pair.role}: {verdict.reason}", "Allow")


@rule("TRU007", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("IAM User Guide: SAML condition keys",))
def trust_names_the_acs(evidence: Evidence) -> Iterator[Problem]:
    """The role's trust policy compares SAML:aud with an ACS.

    Why: STS checks neither Recipient nor Audience by itself, so without this condition an assertion that was made
    for another service opens the role.
    Fix: IAM, Roles, the role, Trust relationships: "Condition": {"StringEquals": {"SAML:aud":
    "https://signin.aws.amazon.com/saml"}}.
    """
    for number, pair, role in _existing(evidence):
        if not _looks_at_audience(role.trust_policy):
            where = evidence.value_path(ROLE, number)
            yield Problem(
                "The trust policy does not look at SAML:aud.", where, str(pair.role), "a condition on SAML:aud"
            )


def _looks_at_audience(policy: Mapping[str, Any]) -> bool:
    """Whether every statement that lets somebody in has a condition on SAML:aud that wants a value."""
    statements = policy.get("Statement", [])
    allowing = [
        one
        for one in (statements if isinstance(statements, list) else [statements])
        if isinstance(one, dict) and one.get("Effect") == "Allow" and "AssumeRoleWithSAML" in str(one.get("Action"))
    ]
    return all(_wants_audience(one.get("Condition")) for one in allowing)


def _wants_audience(condition: object) -> bool:
    return isinstance(condition, dict) and any(
        isinstance(keys, dict) and any(key.lower() == "saml:aud" for key in keys)
        for operator, keys in condition.items()
        if "Not" not in operator and not operator.endswith("IfExists")
    )


@rule("TRU008", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("IAM User Guide: policy evaluation",))
def trust_policy_can_be_judged(evidence: Evidence) -> Iterator[Problem]:
    """The role's trust policy can be judged from the response alone.

    Why: a condition on the caller's address, for instance, depends on what no response says, so AWS's answer is not
    known here.
    Fix: IAM, Roles, the role, Trust relationships: nothing to do there. Test this role with a real sign-in.
    """
    for number, pair, role in _existing(evidence):
        verdict = _asked(evidence, pair, role, "sts:AssumeRoleWithSAML")
        if verdict.decision is Decision.UNDECIDED:
            where = evidence.value_path(ROLE, number)
            yield Problem("The trust policy cannot be judged.", where, f"{pair.role}: {verdict.reason}", "a decision")
