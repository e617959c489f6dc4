"""STS: AssumeRoleWithSAML, and GetCallerIdentity for the credentials it issues.

Every answer comes from `harness.aws.acceptance`. Where AWS's answer is not known the mock refuses in words of its
own, under a code of its own: nobody invents AWS's words.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from harness.arn import RolePair, parse_arn
from harness.aws.acceptance import sts_answers
from harness.aws.answers import refuse, words_of
from harness.aws.attempt import Attempt, Door
from harness.aws.audit import Outcome, event_of
from harness.aws.intake import attempt_of
from harness.aws.query import ApiError, Member, Result, listed, parts, refused, require, whole_number
from harness.aws.session import LONGEST, SHORTEST, name_qualifier
from harness.aws.store import AwsStore, issue
from harness.report.model import Accepted, PairAnswer, Refused

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
UNKNOWN = "SamlHarnessUnknown"
"""The code of a refusal that is ours: AWS has no such code."""
_ARN_CHARACTERS = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/[!-~]+", re.ASCII)
_SUCH_AS = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_PARAMETERS = (
    Member("RoleArn", 20, 2048, required=True, pattern=_ARN_CHARACTERS),
    Member("PrincipalArn", 20, 2048, required=True, pattern=_ARN_CHARACTERS),
    Member("SAMLAssertion", 4, 100_000, required=True, secret=True),
    Member("PolicyArns", 0, 10, kind="list"),
    Member("Policy", 1, 2048, pattern=r"[\u0009\u000A\u000D\u0020-\u00FF]+"),
    Member("DurationSeconds", SHORTEST, LONGEST, kind="number"),
)


@dataclass(frozen=True, slots=True)
class Sts:
    """The STS of a running mock."""

    store: AwsStore

    def assume_role_with_saml(self, params: Mapping[str, str], now: datetime, request_id: str) -> Result:
        """AssumeRoleWithSAML. Every call is recorded. Raises ApiError with AWS's code, status and words."""
        attempt = None
        try:
            _look_at(params, request_id)
            attempt = self._attempt(params, now)
            (one, *_) = sts_answers(attempt, f"{params['RoleArn']},{params['PrincipalArn']}")
            result = self._answer(one, params, now, request_id)
        except ApiError as error:
            error.report = self._refused(params, now, request_id, attempt, error)
            raise
        granted = Outcome(str(result["AssumedRoleUser"]["Arn"]))
        self.store.record(event_of(Door.STS, now, params, request_id, attempt, granted))
        return result

    def _attempt(self, params: Mapping[str, str], now: datetime) -> Attempt:
        aws = self.store.aws
        provider = aws.providers.get(params["PrincipalArn"])
        return attempt_of(
            aws,
            params["SAMLAssertion"],
            now,
            certificates=provider.metadata.keys if provider is not None else (),
            providers=(provider,) if provider is not None else (),
            duration_seconds=_seconds(params),
        )

    def _refused(
        self, params: Mapping[str, str], now: datetime, request_id: str, attempt: Attempt | None, error: ApiError
    ) -> str:
        """Record a refusal and keep what was posted. Returns the ID of its report."""
        posted, role = params.get("SAMLAssertion", ""), params.get("RoleArn")
        report = self.store.attempts.keep(posted, now, Door.STS, self.store.aws, str(error), role_arn=role)
        outcome = Outcome(None, error.code, str(error), report)
        self.store.record(event_of(Door.STS, now, params, request_id, attempt, outcome))
        return report

    def _answer(self, one: PairAnswer, params: Mapping[str, str], now: datetime, request_id: str) -> Result:
        """The grant or the refusal. PackedPolicySize is there where AWS has it; how it is computed is not published."""
        if isinstance(one.answer, Refused):
            raise refused(one.answer, request_id)
        if not isinstance(one.answer, Accepted) or one.pair is None:
            raise ApiError(UNKNOWN, 400, words_of(one.answer, request_id))
        if one.pair.account in self.store.without_sts:
            raise refused(refuse("region-disabled", account=one.pair.account), request_id)
        granted = self._granted(one.pair, one.answer, now)
        packed = bool(one.answer.session.tags or listed(params, "PolicyArns") or "Policy" in params)
        return {**granted, "PackedPolicySize": 1 if packed else None}

    def _granted(self, pair: RolePair, answer: Accepted, now: datetime) -> Result:
        session = answer.session
        issued = issue(self.store, pair, session, now)
        return {
            "Audience": session.audience,
            "AssumedRoleUser": {"AssumedRoleId": issued.user_id, "Arn": issued.arn},
            "Credentials": {
                "AccessKeyId": issued.access_key_id,
                "SecretAccessKey": issued.secret_access_key,
                "SessionToken": issued.session_token,
                "Expiration": issued.expires,
            },
            "Subject": session.subject,
            "NameQualifier": name_qualifier(session.issuer, pair.provider_account, pair.provider.name),
            "SubjectType": session.subject_type,
            "Issuer": session.issuer,
            "SourceIdentity": session.source_identity,
        }

    def get_caller_identity(self, access_key_id: str, now: datetime) -> Result:
        """Who the credentials belong to. Raises ApiError for credentials that this mock did not issue."""
        session = self.store.session(access_key_id, now)
        if session is not None:
            return {"UserId": session.user_id, "Account": session.account, "Arn": session.arn}
        if access_key_id in self.store.accounts:
            partition = self.store.aws.partition_of(access_key_id)
            arn = f"arn:{partition}:iam::{access_key_id}:root"
            return {"UserId": access_key_id, "Account": access_key_id, "Arn": arn}
        # The code is AWS's; its sentence is not known here, so this one is ours.
        raise ApiError(
            "InvalidClientTokenId", 403, "saml-harness: not the access key of a session or account of this mock"
        )


def _look_at(params: Mapping[str, str], request_id: str) -> None:
    """Refuse parameters that no response is needed to refuse."""
    require(params, *_PARAMETERS)
    for name, kind, cause in (
        ("RoleArn", "role", "request-arn-invalid"),
        ("PrincipalArn", "saml-provider", "principal-arn-invalid"),
    ):
        arn = parse_arn(params[name])
        if arn is None or arn.kind != kind:
            raise refused(refuse(cause), request_id)
    _require_policy_arns(params)
    if "Policy" in params:
        _require_json(params["Policy"])


def _require_policy_arns(params: Mapping[str, str]) -> None:
    """Managed policies are kept out of every decision, but what is no ARN of one is refused, in our words."""
    for index, one in parts(params, "PolicyArns").items():
        arn = one.get("arn", "")
        if not 20 <= len(arn) <= 2048 or _POLICY_ARN.fullmatch(arn) is None:
            words = f"PolicyArns.member.{index}.arn is no ARN of a managed policy such as {_SUCH_AS}"
            raise ApiError("ValidationError", 400, f"saml-harness: {words}")


def _require_json(policy: str) -> None:
    """A session policy is kept out of every decision, but one that is no JSON object is refused: the code is AWS's,
    the sentence ours."""
    try:
        read = json.loads(policy)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise ApiError("MalformedPolicyDocument", 400, "saml-harness: the session policy is no JSON object")


def _seconds(params: Mapping[str, str]) -> int | None:
    text = params.get("DurationSeconds")
    return None if text is None else whole_number("DurationSeconds", text)
