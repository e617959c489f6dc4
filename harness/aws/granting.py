"""What must be proven before it is said that AWS accepts, what is granted then, and what is assumed in saying so."""

from collections.abc import Iterator

from harness.aws.attempt import Asked, Door
from harness.aws.endpoints import PARTITIONS
from harness.aws.session import on_the_page, session_of
from harness.report.model import Accepted, Basis, Unknown
from harness.saml.model import Assertion
from harness.saml.names import RSA_SHA256, SHA256

_OF_THE_PAGE = "the sign-in page asks what STS asks; whether it checks Destination and Audience too is not known"


def grant(asked: Asked) -> dict[Door, Accepted | Unknown]:
    """What each door grants to a pair that meets every condition."""
    attempt, signed = asked.attempt, proven(asked)
    session = None if signed is None else session_of(attempt, signed)
    if signed is None or session is None:
        return dict.fromkeys(Door, Unknown("the response is not proven by the assertion's own signature"))
    known, assumed = basis(asked), tuple(_both_doors(asked))
    return {
        Door.STS: Accepted(session, known, assumed),
        Door.PAGE: Accepted(on_the_page(session, attempt, signed), known, (*assumed, _OF_THE_PAGE)),
    }


def proven(asked: Asked) -> Assertion | None:
    """The signed facts, when nothing else could stand beside them. The last gate: it relies on no condition."""
    received = asked.attempt.received
    signed = received.signed
    if signed is None or received.own_signature is None or asked.metadata is None:
        return None
    clean = not received.flaws and not received.shape and asked.attempt.base64_fault is None
    trusted = asked.metadata.trusts(signed.issuer)
    all_fit = all(
        check.verified and check.key is not None and check.key.public_bytes in trusted
        for check in received.all_signatures
    )
    return signed if clean and received.is_alone and all_fit else None


def basis(asked: Asked) -> Basis:
    """Observed for what was recorded: SHA-256, one key in the metadata, sent to an ACS, to no request."""
    received = asked.attempt.received
    recorded = all(check.method == RSA_SHA256 and check.digest_method == SHA256 for check in received.all_signatures)
    one_key = asked.metadata is not None and len(asked.metadata.trusts(asked.assertion.issuer)) == 1
    plain = _is_sent_to_aws(asked) and not _answers_a_request(asked)
    return Basis.OBSERVED if recorded and one_key and plain else Basis.INFERRED


def _is_sent_to_aws(asked: Asked) -> bool:
    """Whether the Destination is absent or an ACS; that AWS overlooks another is not known."""
    response = asked.attempt.received.response
    destination = None if response is None else response.destination
    return destination is None or any(partition.is_acs(destination) for partition in PARTITIONS.values())


def _answers_a_request(asked: Asked) -> bool:
    response = asked.attempt.received.response
    confirmed = [one.in_response_to for one in asked.assertion.confirmations]
    return any((response is not None and response.in_response_to, *confirmed))


def _both_doors(asked: Asked) -> Iterator[str]:
    """What had to be taken for granted to say that AWS accepts."""
    if not asked.attempt.aws.declared:
        yield "the SAML provider exists and holds the metadata given"
        yield "the role exists, its trust policy allows this, and its maximum session is long enough"
    if asked.attempt.received.encrypted:
        yield "the provider holds the private key that opens the assertion"
    if _answers_a_request(asked):
        yield "AWS ignores InResponseTo"
    if asked.attempt.tags:
        yield "the session tags fit into AWS's packed size"
