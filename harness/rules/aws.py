"""AWS: the claims that AWS reads besides Role, the age and the size of the response."""

import re
from collections.abc import Iterator

from harness.aws import endpoints
from harness.aws.endpoints import (
    PRINCIPAL_TAG,
    ROLE,
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SOURCE_IDENTITY,
    TRANSITIVE_TAG_KEYS,
)
from harness.report.model import Basis, Severity
from harness.rules.core import ASSERTION, Evidence, Unavailable
from harness.rules.registry import Problem, rule
from harness.rules.usual import AGE, DURATION, LONGEST, MAX_SIGNIN, MAX_STS, SESSION_NAME, SHORTEST, Usual
from harness.saml.times import show_instant

_STATEMENT = f"{ASSERTION}/AttributeStatement"
_TAG_TEXT = re.compile(r"[\w .:/=+\-@]*")
_SINGLE = (ROLE_SESSION_NAME, SESSION_DURATION, SOURCE_IDENTITY)
_CLAIMS = (ROLE, ROLE_SESSION_NAME, SESSION_DURATION, SOURCE_IDENTITY, TRANSITIVE_TAG_KEYS)
_BY_LOCAL_NAME = {name.rpartition("/")[2].lower(): name for name in _CLAIMS}


@rule(
    "AWS001",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("AWS: RoleSessionName is required in AuthnResponse",),
    settled_by=Usual.CLAIMS,
)
def role_session_name_is_there(evidence: Evidence) -> Iterator[Problem]:
    """The RoleSessionName attribute has a value.

    Why: AWS names the session after it and refuses a response without one. Entra leaves a claim out when its
    source is empty, for instance user.mail of somebody without a mailbox.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: RoleSessionName, source
    user.userprincipalname, namespace https://aws.amazon.com/SAML/Attributes.
    """
    if not evidence.assertion.values(ROLE_SESSION_NAME):
        yield Problem("There is no RoleSessionName.", _STATEMENT, "none", ROLE_SESSION_NAME)


@rule(
    "AWS002",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("AWS: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",),
    settled_by=Usual.CLAIMS,
)
def role_session_name_is_allowed(evidence: Evidence) -> Iterator[Problem]:
    """RoleSessionName has 2 to 64 characters of a-z A-Z 0-9 _ + = , . @ -.

    Why: AWS refuses any other. Blanks, apostrophes and accents are the usual ones, or a long UPN.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims, RoleSessionName: choose a source
    that fits, or a transformation such as ExtractMailPrefix.
    """
    name = evidence.single(ROLE_SESSION_NAME)
    if not SESSION_NAME.fullmatch(name):
        where = evidence.value_path(ROLE_SESSION_NAME)
        yield Problem("AWS does not take this RoleSessionName.", where, name, "[a-zA-Z_0-9+=,.@-]{2,64}")


@rule(
    "AWS003",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("Entra: claims of B2B guests",),
    settled_by=Usual.CLAIMS,
)
def role_session_name_is_no_local_guest_name(evidence: Evidence) -> Iterator[Problem]:
    """RoleSessionName is not a guest's local name with #EXT# in it.

    Why: user.localuserprincipalname, and user.userprincipalname of guests without an Entra home tenant, hold
    #EXT#, and AWS takes no # in a session name.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims, RoleSessionName: user.mail, or a
    claim condition for guests.
    """
    if "#EXT#" in evidence.single(ROLE_SESSION_NAME).upper():
        where = evidence.value_path(ROLE_SESSION_NAME)
        yield Problem("This is a guest's local user name.", where, evidence.single(ROLE_SESSION_NAME), "no #EXT#")


@rule(
    "AWS004",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("AWS: Your request included an invalid SAML response",),
    settled_by=Usual.ROLES,
)
def role_is_there(evidence: Evidence) -> Iterator[Problem]:
    """The Role attribute has a value.

    Why: AWS says only "invalid SAML response". Entra reports success for a user who is assigned with Default
    Access or msiam_access alone: those roles have no value, so no claim is sent.
    Fix: Entra, Enterprise application, Users and groups: assign the user, or a group with the user as direct
    member, to an app role whose value is a role ARN and a provider ARN.
    """
    if not evidence.assertion.values(ROLE):
        yield Problem("There is no Role.", _STATEMENT, "none", ROLE)


@rule(
    "AWS013",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM User Guide: SAML assertions", "azure-docs PR 4405"),
    settled_by=Usual.CLAIMS,
)
def claim_names_are_exact(evidence: Evidence) -> Iterator[Problem]:
    """Claims that look like AWS's have exactly AWS's names.

    Why: names are case-sensitive and include the namespace; AWS ignores "role" and then says only "invalid
    SAML response".
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: Name as given here, Namespace
    https://aws.amazon.com/SAML/Attributes without a slash at the end.
    """
    for number, attribute in enumerate(evidence.assertion.attributes, 1):
        local = attribute.name.rpartition("/")[2].lower()
        if local not in _BY_LOCAL_NAME or attribute.name == _BY_LOCAL_NAME[local] or _is_another_claim(attribute.name):
            continue
        where = f"{_STATEMENT}/Attribute[{number}]/@Name"
        yield Problem(
            "This is nearly the name of a claim that AWS reads.", where, attribute.name, _BY_LOCAL_NAME[local]
        )


def _is_another_claim(name: str) -> bool:
    """Entra's own role claim ends in /role as well, and is meant to."""
    return name.startswith("http://schemas.microsoft.com/")


@rule(
    "AWS014",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM User Guide: SessionDuration",),
    settled_by=Usual.CLAIMS,
)
def session_duration_is_in_range(evidence: Evidence) -> Iterator[Problem]:
    """SessionDuration is a whole number of seconds from 900 to 43200.

    Why: AWS documents this range. Quotes, a thousands separator or hours instead of seconds are the usual
    slips; what AWS says to them is not known.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims, SessionDuration: a constant such as
    3600, typed without quotes. Entra's template names user.sessionduration, which no user has.
    """
    text = evidence.single(SESSION_DURATION)
    if not DURATION.fullmatch(text) or not SHORTEST <= int(text) <= LONGEST:
        where = evidence.value_path(SESSION_DURATION)
        yield Problem("AWS does not document this SessionDuration.", where, text, "900 to 43200")


@rule(
    "AWS015",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("AWS: Source Identity must match",),
    settled_by=Usual.CLAIMS,
    without=SOURCE_IDENTITY,
)
def source_identity_is_allowed(evidence: Evidence) -> Iterator[Problem]:
    """SourceIdentity has 2 to 64 characters of a-z A-Z 0-9 _ + = , . @ - and does not begin with aws:.

    Why: AWS refuses any other.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: choose another source.
    """
    value = evidence.single(SOURCE_IDENTITY)
    if not SESSION_NAME.fullmatch(value) or value.startswith("aws:"):
        where = evidence.value_path(SOURCE_IDENTITY)
        yield Problem("AWS does not take this SourceIdentity.", where, value, "[a-zA-Z_0-9+=,.@-]{2,64}, not aws:...")


@rule(
    "AWS016",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM User Guide: session tags",),
    settled_by=Usual.CLAIMS,
)
def session_tags_are_within_limits(evidence: Evidence) -> Iterator[Problem]:
    """At most 50 PrincipalTag attributes, keys up to 128 and values up to 256 characters, each with one value.

    Why: AWS refuses others. Keys differing in case only count as the same, and aws: is reserved.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: correct the PrincipalTag claims.
    """
    tags = [one for one in evidence.assertion.attributes if one.name.startswith(PRINCIPAL_TAG)]
    if len(tags) > 50:
        yield Problem("There are too many session tags.", _STATEMENT, f"{len(tags)}", "at most 50")
    seen: set[str] = set()
    for tag in tags:
        key = tag.name.removeprefix(PRINCIPAL_TAG)
        if fault := _tag_fault(key, tag.values, seen):
            yield Problem(
                f"The session tag {key[:128]!r} is not allowed: {fault}.",
                _STATEMENT,
                str(tag.values)[:300],
                "a valid tag",
            )
        seen.add(key.lower())


def _tag_fault(key: str, values: tuple[str, ...], seen: set[str]) -> str:
    if not 1 <= len(key) <= 128 or not _TAG_TEXT.fullmatch(key):
        return "its key has another length or other characters than 1 to 128 letters, digits, blanks and _.:/=+-@"
    if key.lower().startswith("aws:"):
        return "aws: is reserved"
    if key.lower() in seen:
        return "keys differ in more than case"
    if len(values) != 1:
        return f"it has {len(values)} values"
    if len(values[0]) > 256 or not _TAG_TEXT.fullmatch(values[0]):
        return "its value is longer than 256 or has other characters than letters, digits, blanks and _.:/=+-@"
    return ""


@rule(
    "AWS017",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM User Guide: session tags",),
    settled_by=Usual.CLAIMS,
    without=TRANSITIVE_TAG_KEYS,
)
def transitive_keys_are_tags(evidence: Evidence) -> Iterator[Problem]:
    """TransitiveTagKeys names only tags that are sent.

    Why: AWS refuses a key without its tag.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: add the PrincipalTag or drop the key.
    """
    evidence.single(TRANSITIVE_TAG_KEYS)
    keys = {
        one.name.removeprefix(PRINCIPAL_TAG).lower()
        for one in evidence.assertion.attributes
        if one.name.startswith(PRINCIPAL_TAG)
    }
    for number, key in enumerate(evidence.assertion.values(TRANSITIVE_TAG_KEYS), 1):
        if key.lower() not in keys:
            where = evidence.value_path(TRANSITIVE_TAG_KEYS, number)
            yield Problem("This transitive key is not among the tags.", where, key, ", ".join(sorted(keys)) or "a tag")


@rule(
    "AWS018",
    severity=Severity.ERROR,
    basis=Basis.REPORTED,
    refs=("AWS: Token must be redeemed within 5 minutes of issuance",),
    settled_by=Usual.TIMES,
)
def response_is_fresh(evidence: Evidence) -> Iterator[Problem]:
    """The assertion is at most five minutes old.

    Why: AWS refuses older ones, however long the assertion says it is valid; waiting at the role picker
    counts. That the age is measured from IssueInstant is inferred.
    Fix: Sign in again. For an old capture, judge it as of the time it was posted with --at.
    """
    issued = evidence.assertion.issue_instant
    if issued is None or issued.at is None:
        raise Unavailable("the assertion has no readable IssueInstant, see AST024")
    age = evidence.now - issued.at
    if age > AGE:
        yield Problem(
            "The assertion is older than five minutes.",
            f"{ASSERTION}/@IssueInstant",
            got=f"{issued.text}, {age.total_seconds():,.0f} seconds before {show_instant(evidence.now)}",
            expected=f"at most {AGE.seconds} seconds",
        )


@rule(
    "AWS019",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("STS API: SAMLAssertion, at most 100000",),
    settled_by=Usual.POST,
)
def response_fits_sts(evidence: Evidence) -> Iterator[Problem]:
    """The response has at most 100,000 characters of base64.

    Why: AssumeRoleWithSAML takes no more. Entra sends each role twice, so about 250 roles reach it.
    Fix: Give each user fewer app roles, or use one enterprise application for each AWS account.
    """
    if evidence.base64_size > MAX_STS:
        yield Problem(
            "The response is too large for STS.", "/", f"{evidence.base64_size:,} characters", f"at most {MAX_STS:,}"
        )


@rule(
    "AWS020",
    severity=Severity.ERROR,
    basis=Basis.REPORTED,
    refs=("Okta support: AWS sign-in size limit",),
    settled_by=Usual.POST,
)
def response_fits_the_signin_page(evidence: Evidence) -> Iterator[Problem]:
    """The response is smaller than 128 KB of base64.

    Why: AWS's sign-in page is reported to take no more.
    Fix: Give each user fewer app roles, or use one enterprise application for each AWS account.
    """
    if evidence.base64_size >= MAX_SIGNIN:
        yield Problem(
            "The response is too large for the sign-in page.",
            "/",
            f"{evidence.base64_size:,} characters",
            f"fewer than {MAX_SIGNIN:,}",
        )


@rule(
    "AWS023",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    refs=("IAM User Guide: SAML assertions",),
    settled_by=Usual.CLAIMS,
)
def single_claims_have_one_value(evidence: Evidence) -> Iterator[Problem]:
    """RoleSessionName, SessionDuration and SourceIdentity have exactly one value.

    Why: AWS documents one AttributeValue; which of several it would take is not known.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: choose a source with one value.
    """
    for name in _SINGLE:
        values = evidence.assertion.values(name)
        if len(values) > 1:
            yield Problem("The claim has several values.", evidence.value_path(name), f"{len(values)} values", "one")


@rule(
    "AWS024",
    severity=Severity.WARNING,
    basis=Basis.REPORTED,
    refs=("aws-azure-login #323", "Defender for Cloud Apps session control"),
    settled_by=Usual.ADDRESSES,
)
def acs_is_not_proxied(evidence: Evidence) -> Iterator[Problem]:
    """The response is not sent through Defender for Cloud Apps.

    Why: session control puts .mcas.ms behind AWS's host name; command-line clients that wait for AWS's exact
    address then never see the response.
    Fix: Entra, Conditional Access: exclude command-line users from session control for this application.
    """
    for where, url in (
        ("/Response/@Destination", evidence.response.destination),
        (
            f"{ASSERTION}/Subject/SubjectConfirmation/SubjectConfirmationData/@Recipient",
            evidence.confirmation.recipient,
        ),
    ):
        if url and ".mcas.ms" in url:
            yield Problem("The address is that of a session-control proxy.", where, url, evidence.partition.acs)


@rule("AWS027", severity=Severity.WARNING, basis=Basis.REPORTED, refs=("AWS China documents",), settled_by=Usual.CLAIMS)
def attribute_namespace_is_global(evidence: Evidence) -> Iterator[Problem]:
    """Attribute names are AWS's global ones in every partition.

    Why: the China documents print http://www.amazonaws.cn/SAML/..., which clients and users report not to be
    what AWS reads.
    Fix: Entra, Enterprise application, Single sign-on, Attributes & Claims: Namespace
    https://aws.amazon.com/SAML/Attributes.
    """
    for number, attribute in enumerate(evidence.assertion.attributes, 1):
        if "amazonaws.cn/SAML" in attribute.name:
            where = f"{_STATEMENT}/Attribute[{number}]/@Name"
            yield Problem("This namespace is not known to work.", where, attribute.name, endpoints.SAML_ATTRIBUTES)
