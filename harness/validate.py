"""The one pipeline: a captured response becomes a report. Only this module knows the order of all its parts.

    capture -> receive (door, signatures, facts) -> rules  \\
                                                 -> AWS's answers  -> Report

Nothing here asks a clock or prints: ``now``, keys and policy come in as arguments.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa

from harness.aws.acceptance import Attempt, answers
from harness.report.model import Accepted, AwsAnswer, PairAnswer, Refused, Report
from harness.rules import Evidence, Policy, run
from harness.saml.names import short, with_article
from harness.saml.received import Received, receive
from harness.saml.wire import Capture
from harness.verify import all_opinions

__all__ = ["Policy", "check"]

_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(seconds=1)
_OF_AGE = frozenset({"response-expired", "response-too-old"})

Answers = tuple[AwsAnswer, tuple[PairAnswer, ...]]


def check(
    capture: Capture,
    policy: Policy,
    now: datetime,
    *,
    source: str = "response",
    decrypt_keys: Sequence[rsa.RSAPrivateKey] = (),
    ask_engines: bool = True,
) -> Report:
    """Judge one captured response. Never raises for what the capture holds.

    ``ask_engines`` False leaves xmlsec and signxml out: for bulk work, at a third of the cost.
    """
    received = receive(capture.xml, policy.keys, decrypt_keys=decrypt_keys, allow_sha1=policy.allow_sha1)
    words = all_opinions(received, policy.keys) if ask_engines else ()
    evidence = Evidence(received, policy, now, capture.base64_size, capture.base64_fault, words)
    signin, sts = _answers(evidence, now)
    return Report(
        source=f"{source} ({capture.form})",
        at=now,
        checks=run(evidence),
        signin=signin,
        sts=sts,
        response=received.response,
        claimed=received.claimed,
        signed=received.signed,
        signatures=words,
        when_fresh=_when_fresh(evidence, signin, sts),
        unreadable=_unreadable(received, policy),
    )


def _answers(evidence: Evidence, now: datetime) -> Answers:
    attempt = Attempt(
        evidence.received,
        evidence.policy.aws,
        now,
        evidence.base64_size,
        evidence.base64_fault,
        roles=evidence.parsed_roles,
    )
    return answers(attempt, evidence.policy.role)


def _when_fresh(evidence: Evidence, signin: AwsAnswer, sts: tuple[PairAnswer, ...]) -> Answers | None:
    """The answers at one second after issue, where nothing but age refuses: an old capture is worth checking."""
    given = {id(answer): answer for answer in [signin, *[one.answer for one in sts]]}
    refused = [answer for answer in given.values() if not isinstance(answer, Accepted)]
    facts = evidence.received.facts
    if not refused or not all(map(_only_age, refused)) or facts is None or facts.issue_instant is None:
        return None
    issued = facts.issue_instant.at
    if issued is None or issued > _LAST:
        return None
    return _answers(evidence, issued + timedelta(seconds=1))


def _only_age(answer: AwsAnswer) -> bool:
    if not isinstance(answer, Refused) or answer.cause not in _OF_AGE:
        return False
    return all("expired" in other or "within 5 minutes" in other for other in answer.others)


def _unreadable(received: Received, policy: Policy) -> str | None:
    """Why no verdict can be reached about this input, in one line."""
    if not received.is_response and (root := received.document.root) is not None:
        return f"expected a SAML Response, but this is {with_article(short(root.tag))}"
    if not policy.keys:
        return "no trusted key: give the identity provider's metadata with --metadata"
    if received.encrypted and received.inner is None and not received.flaws:
        wrong = "the key given does not open it" if received.decryption_failed else "give its key with --decrypt-key"
        return f"the assertion is encrypted: {wrong}"
    return None
