"""The validator as a judge of cases. It stands here, because cases must not know the validator."""

from dataclasses import replace

from harness.aws.account import Aws
from harness.aws.query import ApiError
from harness.aws.store import AwsStore
from harness.aws.sts import UNKNOWN as UNKNOWN_CODE
from harness.aws.sts import Sts
from harness.cases.core import Material
from harness.cases.run import Outcome
from harness.cases.tenants import Tenant
from harness.cases.words import ACCEPTED, UNKNOWN, UNREADABLE, Answer, Verdict
from harness.cases.workshop import Workshop
from harness.cli.asking_entra import ask
from harness.errors import UnreadableInput
from harness.report.model import Accepted, AwsAnswer, Refused, Report
from harness.rules import Policy
from harness.saml.wire import read_capture
from harness.validate import check
from harness.world import aws_of


def judge(material: Material) -> Outcome:
    """What the validator and AWS's answers say of one case, after Entra where it is asked first."""
    if material.tenant is not None:
        return _asked_of_entra(material.tenant, material.workshop)
    workshop, world = material.workshop, material.world
    try:
        capture = read_capture(material.posted)
    except UnreadableInput:
        return Outcome(frozenset(), frozenset(), (), UNREADABLE)
    aws = workshop.aws(world)
    keys = tuple(dict.fromkeys(one for held in aws.documents for one in held.keys))
    policy = Policy(aws, keys, role=world.asked_role, allow_sha1=world.allow_sha1)
    opens = [workshop.opening_key(name) for name in world.opens]
    outcome = outcome_of(check(capture, policy, material.now, decrypt_keys=opens))
    return outcome if world.call is None else _called(outcome, aws, material)


def _asked_of_entra(tenant: Tenant, workshop: Workshop) -> Outcome:
    """Entra's refusal, or what becomes at AWS of the response that it gives."""
    idp, said = ask(tenant, workshop)
    if isinstance(said, str):
        return Outcome(frozenset(), frozenset(), (), UNREADABLE, entra=said)
    aws = aws_of(idp, workshop.now)
    return outcome_of(check(read_capture(said.base64.encode()), Policy(aws, aws.keys), workshop.now))


def _called(outcome: Outcome, aws: Aws, material: Material) -> Outcome:
    """The same with STS's answer to the case's own call in place of its answers to the pairs."""
    parameters = material.world.parameters(material.posted)
    sts = Sts(AwsStore(aws, without_sts=material.world.without_sts))
    try:
        granted = sts.assume_role_with_saml(parameters, material.now, "{request_id}")
    except ApiError as error:
        return replace(outcome, sts=(_of_call(error),), causes=outcome.causes | {error.cause})
    return replace(outcome, sts=(ACCEPTED,), subjects=outcome.subjects | {str(granted["Subject"])})


def _of_call(error: ApiError) -> Answer:
    """A sentence that is the harness's own is no word of AWS's: then its code alone counts, if that is AWS's."""
    if error.code == UNKNOWN_CODE:
        return UNKNOWN
    return Answer(Verdict.REFUSED, error.code, "" if str(error).startswith("saml-harness:") else str(error))


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
