"""The validator as a judge of cases. It stands here, because cases must not know the validator."""

from harness.cases.core import Material
from harness.cases.run import Outcome
from harness.cases.words import UNREADABLE, Answer, Verdict
from harness.errors import UnreadableInput
from harness.report.model import Accepted, AwsAnswer, Refused, Report
from harness.rules import Policy
from harness.saml.wire import read_capture
from harness.validate import check


def judge(material: Material) -> Outcome:
    """What the validator and AWS's answers say of one case."""
    workshop, world = material.workshop, material.world
    try:
        capture = read_capture(material.posted)
    except UnreadableInput:
        return Outcome(frozenset(), frozenset(), (), UNREADABLE)
    aws = workshop.aws(world)
    keys = tuple(dict.fromkeys(one for held in aws.documents for one in held.keys))
    policy = Policy(aws, keys, role=world.asked_role, allow_sha1=world.allow_sha1)
    opens = [workshop.opening_key(name) for name in world.opens]
    return outcome_of(check(capture, policy, workshop.now, decrypt_keys=opens))


def outcome_of(report: Report) -> Outcome:
    """A report in the words of cases."""
    answers = report.answers
    return Outcome(
        report.codes,
        report.error_codes,
        tuple(_answer(one.answer) for one in report.sts),
        _answer(report.signin),
        frozenset(one.session.subject for one in answers if isinstance(one, Accepted)),
        frozenset(one.cause for one in answers if isinstance(one, Refused)),
        tuple(f"{where.where}: {engine} {word}" for where in report.signatures for engine, word, _ in where.words),
    )


def _answer(answer: AwsAnswer) -> Answer:
    if isinstance(answer, Accepted):
        return Answer(Verdict.ACCEPTED)
    if isinstance(answer, Refused):
        return Answer(Verdict.REFUSED, answer.code, answer.message)
    return Answer(Verdict.UNKNOWN)
