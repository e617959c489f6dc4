"""AWS's conditions on one pair of role and provider: what the account holds for it, and whom the role trusts."""

from harness.arn import RESERVED, can_exist
from harness.aws.answers import refuse
from harness.aws.attempt import Asked, Objection
from harness.aws.endpoints import SOURCE_IDENTITY
from harness.aws.session import session_duration
from harness.aws.trust import Decision, context_of, evaluate
from harness.report.model import Unknown
from harness.saml.dsig import SignatureFlaw


def provider_exists(asked: Asked) -> Objection | None:
    """The account holds the provider. Where nothing is declared, its metadata at least must be given."""
    if asked.metadata is not None:
        return None
    if asked.attempt.aws.declared:
        return refuse("provider-missing")
    return Unknown(f"no metadata was given for {asked.pair.provider}")


def encryption_is_as_required(asked: Asked) -> Objection | None:
    """A provider that requires encryption takes no plain assertion."""
    required = asked.provider is not None and asked.provider.required
    return refuse("plaintext-not-allowed") if required and not asked.attempt.received.encrypted else None


def issuer_is_in_the_metadata(asked: Asked) -> Objection | None:
    """The assertion's Issuer is an entity of the provider's metadata. The Response's Issuer is not looked at."""
    issuer = asked.assertion.issuer
    if asked.metadata is None or issuer is None or issuer in asked.metadata.entity_ids:
        return None
    return refuse("issuer-unknown")


def keys_are_the_providers(asked: Asked) -> Objection | None:
    """Every signature was made by a key that the provider's metadata lists for the Issuer.

    Signatures were tried with the keys of all metadata given; here those of this provider alone count.
    """
    issuer = asked.assertion.issuer
    if asked.metadata is None or issuer not in asked.metadata.entity_ids:
        return None  # without its issuer there is no key to compare with
    trusted = asked.metadata.trusts(issuer)
    checks = asked.attempt.received.all_signatures
    if not trusted:
        return refuse("provider-without-keys") if checks else None
    foreign = any(check.key is not None and check.key.public_bytes not in trusted for check in checks)
    unfit = any(flaw.kind is SignatureFlaw.VALUE for check in checks for flaw in check.flaws)
    return refuse("signature-invalid") if foreign or unfit else None


def pair_is_offered(asked: Asked) -> Objection | None:
    """The Role attribute holds the pair that was asked for."""
    return None if asked.offered else refuse("pair-not-offered")


def arns_stand_without_blanks(asked: Asked) -> Objection | None:
    """Blanks around the comma: the sign-in page is reported to trim them, for STS nothing is recorded."""
    if not asked.pair.blanks:
        return None
    return Unknown("no evidence whether STS trims blanks around the ARNs in the Role attribute")


def role_and_provider_share_an_account(asked: Asked) -> Objection | None:
    """AWS documents that both are in one account, but not in which words it refuses others."""
    pair = asked.pair
    if pair.account == pair.provider_account and pair.partition == pair.provider_partition:
        return None
    return Unknown("AWS documents that role and provider are in one account; what it says otherwise is not known")


def role_is_not_reserved(asked: Asked) -> Objection | None:
    """Roles of IAM Identity Center are documented to be closed to AssumeRoleWithSAML."""
    if RESERVED not in asked.pair.resource or not asked.pair.role.name.startswith(RESERVED):
        return None
    return Unknown(
        f"AWS documents that {RESERVED} roles cannot be used with AssumeRoleWithSAML, but not in which words it refuses"
    )


def such_a_pair_can_exist(asked: Asked) -> Objection | None:
    """Account numbers and names are of a form that IAM has; nobody is known to have tried others."""
    if can_exist(asked.pair):
        return None
    return Unknown(f"no account can hold {asked.pair}, and what AWS says to it is not known")


def role_exists(asked: Asked) -> Objection | None:
    """The account holds the role. Nothing is claimed where no account is declared."""
    return refuse("role-missing") if asked.attempt.aws.declared and asked.role is None else None


def role_trusts_the_provider(asked: Asked) -> Objection | None:
    """The role's trust policy allows AssumeRoleWithSAML for this provider and this assertion."""
    return _trusted(asked, "sts:AssumeRoleWithSAML", "trust-denies")


def role_trusts_session_tags(asked: Asked) -> Objection | None:
    """With session tags, the trust policy allows TagSession too."""
    return _trusted(asked, "sts:TagSession", "tags-not-trusted") if asked.attempt.tags else None


def role_trusts_the_source_identity(asked: Asked) -> Objection | None:
    """With a source identity, the trust policy allows SetSourceIdentity too."""
    if not asked.assertion.values(SOURCE_IDENTITY):
        return None
    return _trusted(asked, "sts:SetSourceIdentity", "source-identity-not-trusted")


def _trusted(asked: Asked, action: str, cause: str) -> Objection | None:
    if asked.role is None:
        return None
    context = context_of(asked.assertion, asked.pair, asked.attempt.now)
    verdict = evaluate(asked.role.trust_policy, action, str(asked.pair.provider), context)
    if verdict.decision is Decision.ALLOWED:
        return None
    if verdict.decision is Decision.DENIED:
        return refuse(cause)
    return Unknown(f"the trust policy of {asked.pair.role} cannot be judged for {action}: {verdict.reason}")


def role_allows_the_duration(asked: Asked) -> Objection | None:
    """DurationSeconds is at most the role's maximum."""
    seconds = asked.attempt.duration_seconds
    above = asked.role is not None and seconds is not None and seconds > asked.role.max_session_duration
    return refuse("duration-above-role-maximum") if above else None


def role_allows_the_console_session(asked: Asked) -> Objection | None:
    """SessionDuration, which decides the console session, is at most the role's maximum."""
    seconds = session_duration(asked.assertion)
    if asked.role is None or seconds is None or seconds <= asked.role.max_session_duration:
        return None
    return Unknown(
        f"no evidence what the sign-in page makes of SessionDuration {seconds} where the role allows "
        f"{asked.role.max_session_duration} seconds"
    )
