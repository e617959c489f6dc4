"""What is usual about a response, each at one look: rules that only the unusual can break are not asked then.

A look says yes or no, never what is wrong: that is for the rules that it settles, which are asked where it says no.
Each is only taken at a response of the one form that Entra writes, whose signature verified.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.arn import RESERVED, all_usual
from harness.aws.endpoints import ROLE, ROLE_SESSION_NAME, SESSION_DURATION

if TYPE_CHECKING:
    from harness.rules.core import Evidence
    from harness.saml.usual import UsualResponse

SESSION_NAME = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}", re.ASCII)
DURATION = re.compile(r"[0-9]{1,6}", re.ASCII)
SHORTEST, LONGEST = 900, 43_200
AGE = timedelta(seconds=300)
MAX_STS = 100_000
MAX_SIGNIN = 128 * 1024
OLD_LIMIT = 120
"""Characters of a role value with its comma that even old documents allow."""
MAIL_BEFORE_EXPIRY = timedelta(days=60)
_MICROSOFT = "http://schemas.microsoft.com/"
_TENANT, _SOAP = _MICROSOFT + "identity/claims/", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_NAMES = frozenset((
    ROLE, ROLE_SESSION_NAME, SESSION_DURATION,
    *(_TENANT + name for name in ("tenantid", "objectidentifier", "displayname", "identityprovider")),
    _MICROSOFT + "claims/authnmethodsreferences", _MICROSOFT + "ws/2008/06/identity/claims/role",
    *(_SOAP + name for name in ("givenname", "surname", "emailaddress", "name")),
))  # fmt: skip
"""The claims that Entra sends by itself, and those of the tutorial for AWS."""


class Usual(StrEnum):
    """What may be usual."""

    RESPONSE = "a response in the one form that Entra writes"
    POST = "plain base64 of a size that both doors take"
    TIMES = "judged within every window of time"
    ADDRESSES = "sent to the partition's global ACS"
    CLAIMS = "the claims of the tutorial, with possible values"
    ROLES = "role values just as the documents write them, each once"
    SIGNER = "signed with a certificate that lasts"
    METADATA = "one metadata document for all, which lists the signer first"


def usual_of(evidence: Evidence) -> frozenset[Usual]:
    """What is usual about a response; nothing where it is not of the usual form."""
    response = evidence.received.usual
    if response is None:
        return frozenset()
    return frozenset([what for what, look in _LOOKS if look(evidence, response)])


def _form(_evidence: Evidence, _response: UsualResponse) -> bool:
    return True


def _post(evidence: Evidence, _response: UsualResponse) -> bool:
    return evidence.base64_fault is None and evidence.base64_size <= MAX_STS


def _times(evidence: Evidence, response: UsualResponse) -> bool:
    """Within the conditions, the confirmation and the five minutes."""
    now, assertion = evidence.now, response.assertion
    conditions, issued = assertion.conditions, assertion.issue_instant
    confirmed = assertion.confirmations[0].not_on_or_after
    if conditions is None or conditions.not_before is None or conditions.not_on_or_after is None or confirmed is None:
        return False
    start, end = conditions.not_before.at, conditions.not_on_or_after.at
    if start is None or end is None or confirmed.at is None or issued is None or issued.at is None:
        return False
    return start <= now < end and now < confirmed.at and issued.at <= now <= issued.at + AGE


def _addresses(evidence: Evidence, response: UsualResponse) -> bool:
    """Destination, Recipient and Audience are one, and the ACS that is expected."""
    acs, assertion = evidence.partition.acs, response.assertion
    if response.response.destination != acs or assertion.confirmations[0].recipient != acs:
        return False
    audiences = () if assertion.conditions is None else assertion.conditions.audiences
    return audiences == ((acs,),) and (not evidence.policy.acs or acs in evidence.policy.acs)


def _claims(_evidence: Evidence, response: UsualResponse) -> bool:
    """No other claims, a session name and a duration that AWS takes."""
    assertion = response.assertion
    names, durations = assertion.values(ROLE_SESSION_NAME), assertion.values(SESSION_DURATION)
    if len(names) != 1 or len(durations) != 1 or not _NAMES.issuperset(assertion.by_name):
        return False
    possible = SESSION_NAME.fullmatch(names[0]) and DURATION.fullmatch(durations[0])
    return possible is not None and SHORTEST <= int(durations[0]) <= LONGEST


def _roles(evidence: Evidence, response: UsualResponse) -> bool:
    """Each once, none longer than old documents allow, all of one partition, none that nobody can assume."""
    pairs, values = evidence.parsed_roles, response.assertion.values(ROLE)
    return (
        bool(pairs)
        and all_usual(pairs)
        and {pair.partition for pair in pairs if pair is not None} == {evidence.partition.name}
        and len(set(values)) == len(values)
        and max(map(len, values)) <= OLD_LIMIT
        and RESERVED not in "".join(values)
    )


def _signer(evidence: Evidence, _response: UsualResponse) -> bool:
    """Valid, and for longer than Entra waits with its first mail."""
    signer, now = evidence.signer, evidence.now
    return signer.not_before <= now and signer.not_after - now > MAIL_BEFORE_EXPIRY


def _metadata(evidence: Evidence, response: UsualResponse) -> bool:
    """Roles are there, and no provider holds a document of its own."""
    aws = evidence.policy.aws
    if aws.declared or aws.providers or aws.fallback is None or not evidence.parsed_roles:
        return False
    return aws.fallback.keys_for(response.assertion.issuer)[:1] == (evidence.signer,)


_LOOKS: tuple[tuple[Usual, Callable[[Evidence, UsualResponse], bool]], ...] = (
    (Usual.RESPONSE, _form),
    (Usual.POST, _post),
    (Usual.TIMES, _times),
    (Usual.ADDRESSES, _addresses),
    (Usual.CLAIMS, _claims),
    (Usual.ROLES, _roles),
    (Usual.SIGNER, _signer),
    (Usual.METADATA, _metadata),
)
