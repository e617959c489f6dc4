"""The session that AWS would grant: its names, its subject and its length."""

import base64
import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from harness.aws.attempt import Attempt
from harness.aws.endpoints import (
    PRINCIPAL_TAG,
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SOURCE_IDENTITY,
    TRANSITIVE_TAG_KEYS,
)
from harness.report.model import Session
from harness.saml.model import Assertion
from harness.saml.names import NAMEID_2_0_PREFIX

DEFAULT_SECONDS = 3600
SHORTEST, LONGEST = 900, 43_200
_WHOLE_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)


def name_qualifier(issuer: str, account: str, provider_name: str) -> str:
    """The 28 characters by which AWS tells apart equal subjects of different identity providers."""
    seed = f"{issuer}{account}/{provider_name}".encode()
    return base64.b64encode(hashlib.sha1(seed, usedforsecurity=False).digest()).decode("ascii")


def subject_type(name_id_format: str) -> str:
    """What AWS reports for a NameID Format: the last word of the SAML 2.0 formats, any other in full."""
    short = name_id_format.removeprefix(NAMEID_2_0_PREFIX)
    return short or name_id_format


def session_duration(assertion: Assertion) -> int | None:
    """The seconds in the SessionDuration attribute. None when it is absent or not one number in AWS's range."""
    return seconds_in(assertion.values(SESSION_DURATION))


def seconds_in(values: tuple[str, ...]) -> int | None:
    """The seconds that values of SessionDuration say. None when they are not one number in AWS's range."""
    if len(values) != 1 or not _WHOLE_NUMBER.fullmatch(values[0]):
        return None
    seconds = int(values[0])
    return seconds if SHORTEST <= seconds <= LONGEST else None


def session_seconds(assertion: Assertion, now: datetime, *asked: int | None) -> int:
    """How long the session lives: the least of what was asked, and the time that is left.

    SessionNotOnOrAfter may cut it below the 900 seconds that the API takes as a parameter.
    """
    bounds = [seconds for seconds in asked if seconds is not None]
    for statement in assertion.authn_statements:
        ends = statement.session_not_on_or_after
        if ends is not None and ends.at is not None:
            bounds.append(int((ends.at - now).total_seconds()))
    return max(0, min(bounds))


def sessions_of(attempt: Attempt, signed: Assertion) -> tuple[Session, Session] | None:
    """The session at STS and that of the sign-in page, from signed facts alone. None where one they need is missing.

    STS is asked for an hour or ``duration_seconds``, and SessionDuration limits it; on the page that alone counts.
    """
    name = signed.values(ROLE_SESSION_NAME)
    name_id = signed.name_id
    recipient = signed.confirmations[0].recipient if len(signed.confirmations) == 1 else None
    if len(name) != 1 or name_id is None or name_id.format is None or recipient is None or signed.issuer is None:
        return None
    duration = session_duration(signed)
    at_sts = Session(
        name=name[0],
        seconds=session_seconds(signed, attempt.now, attempt.duration_seconds or DEFAULT_SECONDS, duration),
        issuer=signed.issuer,
        subject=name_id.value,
        subject_type=subject_type(name_id.format),
        audience=recipient,
        source_identity=next(iter(signed.values(SOURCE_IDENTITY)), None),
        tags=tuple(_tags(signed)) if attempt.tags else (),
        transitive_tag_keys=signed.values(TRANSITIVE_TAG_KEYS),
    )
    on_the_page = session_seconds(signed, attempt.now, duration or DEFAULT_SECONDS)
    return at_sts, at_sts if on_the_page == at_sts.seconds else at_sts._replace(seconds=on_the_page)


def _tags(signed: Assertion) -> Iterable[tuple[str, str]]:
    for attribute in signed.attributes:
        if attribute.name.startswith(PRINCIPAL_TAG) and len(attribute.values) == 1:
            yield attribute.name.removeprefix(PRINCIPAL_TAG), attribute.values[0]
