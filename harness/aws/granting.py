"""What must be proven before it is said that AWS accepts, what is granted then, and what is assumed in saying so."""

from collections.abc import Iterator

from harness.aws.attempt import Asked, Door
from harness.aws.endpoints import PARTITIONS
from harness.aws.session import sessions_of
from harness.report.model import Accepted, Basis, Unknown
from harness.saml.model import Assertion
from harness.saml.names import RSA_SHA256, SHA256

_OF_THE_PAGE = "the sign-in page asks what STS asks; whether it checks Destination and Audience too is not known"


def grant(asked: Asked) -> dict[Door, Accepted | Unknown]:
    """What each door grants to a pair that meets every condition."""
    signed = proven(asked)
    sessions = None if signed is None else sessions_of(asked.attempt, signed)
    if sessions is None:
        return dict.fromkeys(Door, Unknown("the response is not proven by the assertion's own signature"))
    at_sts, on_the_page = sessions
    answers_a_request = _answers_a_request(asked)
    known, assumed = _basis(asked, answers_a_request), tuple(_both_doors(asked, answers_a_request))
    return {
        Door.STS: Accepted(at_sts, known, assumed),
        Door.PAGE: Accepted(on_the_page, known, (*assumed, _OF_THE_PAGE)),
    }


def proven(asked: Asked) -> Assertion | None:
    """The signed facts, when nothing else could stand beside them. The last gate: it relies on no condition."""
    received = asked.attempt.received
    signed = received.signed
    if signed is None or received.own_signature is None or asked.metadata is None:
        return None
    clean = not received.flaws and not received.shape and asked.attempt.base64_fault is None
    trusted = asked.metadata.trusts(signed.issuer)
    for check in received.all_signatures:
        if not check.verified or check.key is None or check.key.public_bytes not in trusted:
            return None
    return signed if clean and received.is_alone else None


def _basis(asked: Asked, answers_a_request: bool) -> Basis:
    """Observed for what was recorded: SHA-256, one key in the metadata, sent to an ACS, to no request."""
    for check in asked.attempt.received.all_signatures:
        if check.method != RSA_SHA256 or check.digest_method != SHA256:
            return Basis.INFERRED
    one_key = asked.metadata is not None and len(asked.metadata.trusts(asked.assertion.issuer)) == 1
    return Basis.OBSERVED if one_key and _is_sent_to_aws(asked) and not answers_a_request else Basis.INFERRED


def _is_sent_to_aws(asked: Asked) -> bool:
    """Whether the Destination is absent or an ACS; that AWS overlooks another is not known."""
    response = asked.attempt.received.response
    destination = None if response is None else response.destination
    return destination is None or any(partition.is_acs(destination) for partition in PARTITIONS.values())


def _answers_a_request(asked: Asked) -> bool:
    response = asked.attempt.received.response
    confirmed = [one.in_response_to for one in asked.assertion.confirmations]
    return any((response is not None and response.in_response_to, *confirmed))


def _both_doors(asked: Asked, answers_a_request: bool) -> Iterator[str]:
    """What had to be taken for granted to say that AWS accepts."""
    if not asked.attempt.aws.declared:
        yield "the SAML provider exists and holds the metadata given"
        yield "the role exists, its trust policy allows this, and its maximum session is long enough"
    if asked.attempt.received.encrypted:
        yield "the provider holds the private key that opens the assertion"
    if answers_a_request:
        yield "AWS ignores InResponseTo"
    if asked.attempt.tags:
        yield "the session tags fit into AWS's packed size"
