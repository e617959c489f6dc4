"""AWS's conditions on what the assertion says: its parts, its times and its attributes."""

import re
from collections import Counter
from datetime import timedelta

from harness.aws.answers import refuse
from harness.aws.attempt import Attempt, Objection
from harness.aws.endpoints import (
    PRINCIPAL_TAG,
    ROLE,
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SOURCE_IDENTITY,
    TRANSITIVE_TAG_KEYS,
)
from harness.aws.session import LONGEST, SHORTEST, seconds_in
from harness.report.model import Unknown
from harness.saml.model import Assertion
from harness.saml.names import BEARER
from harness.saml.times import Instant

OLDEST = timedelta(seconds=300)
_NAME = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}", re.ASCII)
_TAG = re.compile(r"[\w .:/=+@-]*")
MAX_TAGS, MAX_TAG_KEY, MAX_TAG_VALUE = 50, 128, 256
_SOME_DATE_TIME = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
"""Any ``xs:dateTime``. AWS may read those that SAML forbids, so only other texts are surely unreadable to it."""
_SINGLE = (ROLE_SESSION_NAME, SESSION_DURATION, SOURCE_IDENTITY)
_ONE = ("",)
_OURS = frozenset((ROLE, *_SINGLE, TRANSITIVE_TAG_KEYS))


def conditions_are_there(assertion: Assertion) -> Objection | None:
    """The assertion has Conditions. What they hold may be missing."""
    return refuse("conditions-missing") if assertion.conditions is None else None


def not_before_can_be_read(assertion: Assertion) -> Objection | None:
    """A NotBefore that is no date is refused, though one in the future is taken."""
    conditions = assertion.conditions
    instant = None if conditions is None else conditions.not_before
    if instant is None or instant.at is not None or _SOME_DATE_TIME.fullmatch(instant.text.strip()):
        return None
    return refuse("not-before-unreadable")


def instants_can_be_read(assertion: Assertion) -> Objection | None:
    """Every instant is written as SAML asks; what AWS makes of other forms is not known."""
    for name, instant in _instants(assertion):
        if instant is not None and instant.at is None:
            return Unknown(f"no evidence how AWS reads {name}={instant.text[:60]!r}")
    return None


def _instants(assertion: Assertion) -> list[tuple[str, Instant | None]]:
    found = [("IssueInstant", assertion.issue_instant)]
    if assertion.conditions is not None:
        found.append(("NotBefore", assertion.conditions.not_before))
        found.append(("NotOnOrAfter", assertion.conditions.not_on_or_after))
    for confirmation in assertion.confirmations:
        found.append(("NotBefore", confirmation.not_before))
        found.append(("NotOnOrAfter", confirmation.not_on_or_after))
    for statement in assertion.authn_statements:
        found.append(("AuthnInstant", statement.authn_instant))
        found.append(("SessionNotOnOrAfter", statement.session_not_on_or_after))
    return found


def conditions_are_of_known_kinds(assertion: Assertion) -> Objection | None:
    """AWS is observed to ignore OneTimeUse and ProxyRestriction; a condition of a kind of its own was never tried."""
    if assertion.conditions is None or "Condition" not in assertion.conditions.others:
        return None
    return Unknown("a condition of an unknown kind, and what AWS makes of it is not known")


def subject_is_confirmed_once(assertion: Assertion) -> Objection | None:
    """Exactly one SubjectConfirmation. Two were seen to be refused; none was not tried by anyone."""
    count = len(assertion.confirmations)
    if count > 1:
        return refuse("confirmation-repeated")
    return (
        Unknown("no evidence in which words AWS refuses a subject without SubjectConfirmation") if not count else None
    )


def confirmation_is_bearer(assertion: Assertion) -> Objection | None:
    """The subject is confirmed by bearing the assertion."""
    other = [one.method for one in assertion.confirmations if one.method != BEARER]
    return Unknown(f"no evidence what AWS makes of the confirmation method {other[0]!r}") if other else None


def confirmation_has_an_end(assertion: Assertion) -> Objection | None:
    """SubjectConfirmationData has a NotOnOrAfter."""
    missing = any(one.not_on_or_after is None for one in assertion.confirmations)
    return refuse("confirmation-time-missing") if missing else None


def confirmation_has_a_recipient(assertion: Assertion) -> Objection | None:
    """SubjectConfirmationData has a Recipient. STS takes any text in it, a URL or not."""
    recipients = [one.recipient for one in assertion.confirmations]
    if None in recipients:
        return refuse("recipient-missing")
    return Unknown("no evidence what AWS makes of an empty Recipient") if "" in recipients else None


def name_id_has_a_format(assertion: Assertion) -> Objection | None:
    """A NameID says of which Format it is. Any Format will do."""
    missing = assertion.name_id is not None and assertion.name_id.format is None
    return refuse("name-id-format-missing") if missing else None


def name_id_has_a_value(assertion: Assertion) -> Objection | None:
    """A NameID names somebody."""
    name_id = assertion.name_id
    if name_id is None or (name_id.value.strip() and name_id.format != ""):
        return None
    return Unknown("no evidence what AWS makes of a NameID or Format that is empty")


def sign_in_is_stated_once(assertion: Assertion) -> Objection | None:
    """One AuthnStatement. None was seen to be refused; several were not tried by anyone."""
    count = len(assertion.authn_statements)
    if count == 0:
        return refuse("authn-statement-missing")
    return None if count == 1 else Unknown(f"no evidence what AWS makes of {count} AuthnStatements")


def assertion_has_not_expired(attempt: Attempt) -> Objection | None:
    """No NotOnOrAfter has passed: of Conditions, of the confirmation, of the session. No clock skew is granted."""
    assertion = attempt.facts
    if assertion is None:
        return None
    ends = [confirmation.not_on_or_after for confirmation in assertion.confirmations]
    ends += [statement.session_not_on_or_after for statement in assertion.authn_statements]
    if assertion.conditions is not None:
        ends.append(assertion.conditions.not_on_or_after)
    for end in ends:
        if end is not None and end.at is not None and end.at <= attempt.now:
            return refuse("response-expired")
    return None


def assertion_is_at_most_five_minutes_old(attempt: Attempt) -> Objection | None:
    """It is redeemed within five minutes. That they count from IssueInstant, and end after 300 s, is inferred."""
    issued = None if attempt.facts is None else attempt.facts.issue_instant
    if issued is None or issued.at is None:
        return None
    return refuse("response-too-old") if attempt.now - issued.at > OLDEST else None


def assertion_says_when_it_was_issued(assertion: Assertion) -> Objection | None:
    """IssueInstant is there."""
    if assertion.issue_instant is not None:
        return None
    return Unknown("no evidence what AWS makes of an assertion without IssueInstant")


def assertion_is_not_from_the_future(attempt: Attempt) -> Objection | None:
    """IssueInstant has come."""
    issued = None if attempt.facts is None else attempt.facts.issue_instant
    if issued is None or issued.at is None or issued.at <= attempt.now:
        return None
    return Unknown(f"no evidence what AWS makes of an IssueInstant in the future ({issued.text})")


def attributes_are_not_repeated(assertion: Assertion) -> Objection | None:
    """Each attribute that AWS reads stands once; which of two it would read is not known."""
    names = [attribute.name for attribute in assertion.attributes]
    if len(set(names)) == len(names):
        return None
    twice = [name for name, count in Counter(names).items() if count > 1 and _is_read(name)]
    return Unknown(f"no evidence which of two attributes {twice[0]!r} AWS reads") if twice else None


def _is_read(name: str) -> bool:
    return name in _OURS or name.startswith(PRINCIPAL_TAG)


def single_attributes_have_one_value(assertion: Assertion) -> Objection | None:
    """RoleSessionName, SessionDuration and SourceIdentity hold one value each."""
    if all([len(assertion.by_name.get(name, _ONE)) == 1 for name in _SINGLE]):  # noqa: C419  (a generator costs more)
        return None
    for attribute in assertion.attributes:
        if attribute.name in _SINGLE and len(attribute.values) != 1:
            name = attribute.name.rpartition("/")[2]
            return Unknown(f"no evidence what AWS makes of {len(attribute.values)} values in {name}")
    return None


def session_name_is_there(assertion: Assertion) -> Objection | None:
    """The assertion names the session."""
    return None if ROLE_SESSION_NAME in assertion.by_name else refuse("session-name-missing")


def session_name_is_well_formed(assertion: Assertion) -> Objection | None:
    """2 to 64 of the characters that AWS allows in a session name."""
    values = assertion.values(ROLE_SESSION_NAME)
    return refuse("session-name-invalid") if len(values) == 1 and not _NAME.fullmatch(values[0]) else None


def source_identity_is_well_formed(assertion: Assertion) -> Objection | None:
    """2 to 64 of the same characters, and not reserved for AWS. A colon is not among them, so ``aws:`` cannot pass."""
    values = assertion.values(SOURCE_IDENTITY)
    return refuse("source-identity-invalid") if len(values) == 1 and not _NAME.fullmatch(values[0]) else None


def name_id_is_there(assertion: Assertion) -> Objection | None:
    """The subject is a NameID; AWS documents its absence as a failed authorisation."""
    return refuse("name-id-missing") if assertion.name_id is None else None


def session_duration_is_in_range(assertion: Assertion) -> Objection | None:
    """SessionDuration is a whole number of seconds that AWS allows; its words for another are not known."""
    values = assertion.values(SESSION_DURATION)
    if len(values) != 1 or seconds_in(values) is not None:
        return None
    return Unknown(
        f"no evidence what AWS makes of SessionDuration {values[0][:40]!r}; "
        f"documented are {SHORTEST} to {LONGEST} seconds"
    )


def session_tags_are_well_formed(attempt: Attempt) -> Objection | None:
    """Session tags keep the documented limits. Of AWS's words only the beginning is reported."""
    tags = attempt.tags
    if not tags:
        return None
    keys = {key.lower() for key in tags}
    fault = ""
    if len(tags) > MAX_TAGS:
        fault = f"{len(tags)} tags, at most {MAX_TAGS} are allowed"
    elif len(keys) != len(tags):
        fault = "two tag keys that differ in case alone"
    else:
        fault = next((found for key, values in tags.items() if (found := _tag_fault(key, values))), "")
    if not fault:
        return None
    return Unknown(f"{fault}; of AWS's words only the beginning, 'Unable to validate tags', is reported")


def _tag_fault(key: str, values: tuple[str, ...]) -> str:
    """What is wrong with one tag; empty when nothing is."""
    if len(values) != 1:
        return f"{len(values)} values in the tag {key[:40]!r}"
    if not 1 <= len(key) <= MAX_TAG_KEY or not _TAG.fullmatch(key) or key.lower().startswith("aws:"):
        return f"a tag key that AWS does not allow: {key[:40]!r}"
    if len(values[0]) > MAX_TAG_VALUE or not _TAG.fullmatch(values[0]):
        return f"a value of the tag {key[:40]!r} that AWS does not allow"
    return ""


def transitive_keys_are_tags(attempt: Attempt) -> Objection | None:
    """Every transitive key is among the tags sent. AWS's words are known for AssumeRole alone."""
    transitive = () if attempt.facts is None else attempt.facts.values(TRANSITIVE_TAG_KEYS)
    keys = {key.lower() for key in attempt.tags} if transitive else ()
    for key in transitive:
        if key.lower() not in keys:
            return Unknown(
                f"the transitive tag key {key[:40]!r} is no tag of this assertion; AWS's words are not known"
            )
    return None
