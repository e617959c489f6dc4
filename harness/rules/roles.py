"""AWS: the values of the Role attribute, each a role and the SAML provider that vouches for it."""

from collections import Counter
from collections.abc import Iterator

from harness.arn import ACCOUNT_ID, PARTITIONS, RESERVED, name_fault
from harness.aws.endpoints import ROLE
from harness.report.model import Basis, Severity
from harness.rules.core import ASSERTION, Evidence, Unavailable
from harness.rules.registry import Problem, rule
from harness.rules.usual import OLD_LIMIT, Usual

_STATEMENT = f"{ASSERTION}/AttributeStatement"


@rule(
    "AWS005",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM User Guide: SAML assertions",),
    settled_by=Usual.ROLES,
)
def role_values_are_pairs(evidence: Evidence) -> Iterator[Problem]:
    """Each Role value is the ARN of a role and the ARN of a SAML provider, with a comma between.

    Why: AWS does not offer a value of another form.
    Fix: Entra, App registrations, App roles (or PATCH appRoles): set the value to
    arn:aws:iam::<account>:role/<name>,arn:aws:iam::<account>:saml-provider/<name>.
    """
    if None not in evidence.parsed_roles:
        return
    for number, (value, pair) in enumerate(zip(evidence.role_values, evidence.parsed_roles, strict=True), 1):
        if pair is None:
            yield Problem(
                "This is not a role and a SAML provider.",
                evidence.value_path(ROLE, number),
                got=value[:300],
                expected="arn:...:role/...,arn:...:saml-provider/...",
            )


@rule(
    "AWS006",
    severity=Severity.WARNING,
    basis=Basis.REPORTED,
    refs=("onelogin-aws-cli #12", "aws-google-auth #163"),
    settled_by=Usual.ROLES,
)
def role_stands_first(evidence: Evidence) -> Iterator[Problem]:
    """The role ARN stands before the provider ARN.

    Why: AWS takes both orders, but several command-line clients read the first ARN as the role and fail with
    "Request ARN is invalid" or "Principal ARN is invalid".
    Fix: Swap the two ARNs in the app role's value.
    """
    for number, pair in evidence.odd_pairs:
        if pair.provider_first:
            yield Problem(
                "The provider ARN stands first.",
                evidence.value_path(ROLE, number),
                evidence.role_values[number - 1],
                str(pair),
            )


@rule(
    "AWS007",
    severity=Severity.WARNING,
    basis=Basis.REPORTED,
    refs=("saml2aws PR 287", "aws-google-auth #163"),
    settled_by=Usual.ROLES,
)
def role_pairs_hold_no_blanks(evidence: Evidence) -> Iterator[Problem]:
    """No blanks stand around the ARNs.

    Why: the sign-in page trims them, clients that pass the ARNs on to STS may not. Entra's app roles cannot
    hold a blank, so it comes from a constant claim.
    Fix: Remove the blank from the claim's value.
    """
    for number, pair in evidence.odd_pairs:
        if pair.blanks:
            yield Problem(
                "There are blanks around an ARN.",
                evidence.value_path(ROLE, number),
                got=repr(evidence.role_values[number - 1]),
                expected=str(pair),
            )


@rule(
    "AWS008",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM User Guide: SAML assertions",),
    settled_by=Usual.ROLES,
)
def role_and_provider_share_an_account(evidence: Evidence) -> Iterator[Problem]:
    """Role and SAML provider are in the same account.

    Why: a role trusts only providers of its own account.
    Fix: Correct the account number in one of the two ARNs of the app role's value.
    """
    for number, pair in evidence.odd_pairs:
        if pair.account != pair.provider_account:
            yield Problem(
                "Role and provider are in different accounts.",
                evidence.value_path(ROLE, number),
                got=f"role in {pair.account}, provider in {pair.provider_account}",
                expected="one account",
            )


@rule("AWS009", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("IAM User Guide: ARNs",), settled_by=Usual.ROLES)
def account_numbers_have_12_digits(evidence: Evidence) -> Iterator[Problem]:
    """Account numbers have twelve digits.

    Why: no other account exists. The Microsoft tutorial's example 12345 is a placeholder, and a leading zero is
    lost in spreadsheets.
    Fix: Take the account number from AWS, with its leading zeros.
    """
    for number, pair in evidence.odd_pairs:
        for account in dict.fromkeys((pair.account, pair.provider_account)):
            if not ACCOUNT_ID.fullmatch(account):
                yield Problem("This is no account number.", evidence.value_path(ROLE, number), account, "12 digits")


@rule("AWS010", severity=Severity.ERROR, basis=Basis.DOCUMENTED, refs=("IAM User Guide: ARNs",), settled_by=Usual.ROLES)
def partitions_agree(evidence: Evidence) -> Iterator[Problem]:
    """All ARNs are of one partition: aws, aws-cn or aws-us-gov.

    Why: accounts of different partitions do not know each other, and each has an ACS of its own.
    Fix: Use one enterprise application for each partition, with that partition's Reply URL.
    """
    expected = evidence.partition.name
    if not evidence.odd_pairs and {pair.partition for _, pair in evidence.pairs} == {expected}:
        return
    for number, pair in evidence.pairs:
        found = {pair.partition, pair.provider_partition}
        if found != {expected} or not found <= set(PARTITIONS):
            got = " and ".join(sorted(found))
            yield Problem("The ARN is of another partition.", evidence.value_path(ROLE, number), got, expected)


@rule("AWS011", severity=Severity.WARNING, basis=Basis.INFERRED, refs=("Entra: app roles",), settled_by=Usual.ROLES)
def role_values_are_unique(evidence: Evidence) -> Iterator[Problem]:
    """No Role value occurs twice.

    Why: it costs room in a message of limited size and shows a role twice.
    Fix: Entra, Users and groups: look for a user who is assigned directly and by a group, or two app roles
    of the same value.
    """
    if len(set(evidence.role_values)) == len(evidence.role_values):
        return
    for value, count in Counter(evidence.role_values).items():
        if count > 1:
            where = evidence.value_path(ROLE, evidence.role_values.index(value) + 1)
            yield Problem("A role occurs more than once.", where, f"{count} x {value}", "once")


@rule(
    "AWS012",
    severity=Severity.WARNING,
    basis=Basis.DOCUMENTED,
    refs=("the Microsoft tutorial for AWS", "Entra: appRole"),
    settled_by=Usual.ROLES,
)
def role_pairs_fit_entra(evidence: Evidence) -> Iterator[Problem]:
    """Role and provider ARN together have at most 239 characters.

    Why: AWS knows no such limit, but Entra does: its role import takes fewer than 240, and an app role's value
    holds 249 with the comma. A constant claim can be longer.
    Fix: Shorten the role's path or name, or the provider's name.
    """
    yield from _longer_than(evidence, 239, "too long for Entra's role import")
    yield from _longer_than(evidence, 248, "too long for the value of an app role")


@rule(
    "AWS028",
    severity=Severity.NOTE,
    basis=Basis.DOCUMENTED,
    refs=("Graph: appRole", "graph-docs #10104"),
    settled_by=Usual.ROLES,
)
def role_pairs_fit_old_limits(evidence: Evidence) -> Iterator[Problem]:
    """Role and provider ARN together have at most 119 characters.

    Why: Entra's role import took no more until 2020, and the Graph documents still say 120 for the value of an app
    role. Tools that check this limit refuse what Entra and AWS take.
    Fix: Nothing to do for Entra and AWS.
    """
    if max(map(len, evidence.role_values)) <= OLD_LIMIT:
        return
    long = [number for number, pair in evidence.pairs if pair.length > 119]
    if long:
        where = evidence.value_path(ROLE, long[0])
        yield Problem(
            "Pairs are longer than old documents allow.", where, f"{len(long)} pairs", "at most 119 characters"
        )


def _longer_than(evidence: Evidence, limit: int, what: str) -> Iterator[Problem]:
    if max(map(len, evidence.role_values)) <= limit:
        return
    for number, pair in evidence.pairs:
        if pair.length > limit:
            got = f"{pair.length} characters"
            yield Problem(f"The pair is {what}.", evidence.value_path(ROLE, number), got, f"at most {limit}")


@rule("AWS021", severity=Severity.ERROR, basis=Basis.REPORTED, refs=("AWS: Specified provider doesn't exist",))
def provider_is_the_one_given(evidence: Evidence) -> Iterator[Problem]:
    """Each pair names a SAML provider whose metadata was given.

    Why: a pair with another provider name, often a slip in its case or spelling, is refused.
    Fix: Compare the provider's ARN in IAM, Identity providers, with the app role's value.
    """
    known = set(evidence.policy.aws.providers)
    if evidence.policy.aws.declared or not known:
        raise Unavailable("no provider ARN was given, so any is assumed to exist")
    for number, pair in evidence.pairs:
        if str(pair.provider) not in known:
            yield Problem(
                "The pair names another provider.",
                evidence.value_path(ROLE, number),
                str(pair.provider),
                " or ".join(sorted(known)),
            )


@rule(
    "AWS022",
    severity=Severity.ERROR,
    basis=Basis.OBSERVED,
    refs=("AWS: SAML Assertion doesn't contain the requested Role",),
)
def wanted_role_is_offered(evidence: Evidence) -> Iterator[Problem]:
    """The role that is to be assumed is among the roles of the response.

    Why: STS compares the requested pair with the Role values, character by character.
    Fix: Entra, Users and groups: assign the user to the app role. Check account number and path of the ARN.
    """
    if evidence.policy.role is None:
        raise Unavailable("no role was asked for")
    values = evidence.assertion.values(ROLE)
    whole = "," in evidence.policy.role
    offered = {str(pair if whole else pair.role) for _, pair in evidence.pairs} if values else set()
    if evidence.policy.role not in offered:
        yield Problem(
            "The response does not offer the role asked for.",
            _STATEMENT,
            f"{len(offered)} other roles",
            evidence.policy.role,
        )


@rule(
    "AWS025",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM Identity Center: reserved roles",),
    settled_by=Usual.ROLES,
)
def role_is_no_identity_center_role(evidence: Evidence) -> Iterator[Problem]:
    """No role is one that IAM Identity Center made.

    Why: AWSReservedSSO_ roles cannot be assumed with AssumeRoleWithSAML.
    Fix: Make an IAM role of your own that trusts the SAML provider.
    """
    if not any(RESERVED in value for value in evidence.role_values):
        return
    for number, pair in evidence.pairs:
        if pair.role.name.startswith(RESERVED):
            yield Problem(
                "This role belongs to IAM Identity Center.",
                evidence.value_path(ROLE, number),
                pair.role.name,
                "a role of your own",
            )


@rule(
    "AWS026",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM API: RoleName, Path, SAML provider Name",),
    settled_by=Usual.ROLES,
)
def names_fit_iam(evidence: Evidence) -> Iterator[Problem]:
    """Role and provider names have a form that IAM can hold.

    Why: IAM role names have up to 64 and provider names up to 128 characters of letters, digits and a few
    signs; an ARN with another name cannot exist.
    Fix: Copy the ARNs from IAM.
    """
    for number, pair in evidence.odd_pairs:
        if fault := name_fault(pair):
            yield Problem(
                f"IAM cannot hold this name: {fault}.",
                evidence.value_path(ROLE, number),
                str(pair)[:300],
                "a possible ARN",
            )
