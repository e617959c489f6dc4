"""STS: AssumeRoleWithSAML, and GetCallerIdentity for the credentials it issues.

Every answer comes from `harness.aws.acceptance`. Where AWS's answer is not known the mock refuses in words of its
own, under a code of its own: nobody invents AWS's words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from harness.arn import RolePair, parse_arn
from harness.aws.acceptance import sts_answers
from harness.aws.answers import refuse
from harness.aws.audit import event_of
from harness.aws.query import ApiError, Member, Result, listed, refused, require, whole_number
from harness.aws.session import name_qualifier
from harness.aws.signin import attempt_of, issue
from harness.aws.store import AwsStore
from harness.report.model import Accepted, PairAnswer, Refused, Unknown

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
UNKNOWN = "SamlHarnessUnknown"
"""The code of a refusal that is ours: AWS has no such code."""
_PARAMETERS = (
    Member("RoleArn", 20, 2048, required=True),
    Member("PrincipalArn", 20, 2048, required=True),
    Member("Policy", 1, 2048),
)


@dataclass(frozen=True, slots=True)
class Sts:
    """The STS of a running mock."""

    store: AwsStore

    def assume_role_with_saml(self, params: Mapping[str, str], now: datetime, request_id: str) -> Result:
        """AssumeRoleWithSAML. Raises ApiError with AWS's code, status and words."""
        require(params, *_PARAMETERS)
        if "SAMLAssertion" not in params:
            raise ApiError(
                "ValidationError",
                400,
                "1 validation error detected: Value null at 'sAMLAssertion' failed to "
                "satisfy constraint: Member must not be null",
            )
        if len(listed(params, "PolicyArns")) > 10:
            raise ApiError(
                "ValidationError",
                400,
                "1 validation error detected: Value at 'policyArns' failed to satisfy "
                "constraint: Member must have length less than or equal to 10",
            )
        _require_arns(params, request_id)
        provider = self.store.aws.providers.get(params["PrincipalArn"])
        attempt = attempt_of(
            self.store.aws,
            params["SAMLAssertion"],
            now,
            certificates=provider.metadata.keys if provider is not None else (),
            providers=(provider,) if provider is not None else (),
            duration_seconds=_seconds(params),
        )
        (one, *_) = sts_answers(attempt, f"{params['RoleArn']},{params['PrincipalArn']}")
        try:
            result = self._answer(one, now, request_id)
        except ApiError as error:
            self.store.record(event_of(attempt, params, request_id, granted_arn=None, error=error))
            raise
        granted = str(result["AssumedRoleUser"]["Arn"])
        self.store.record(event_of(attempt, params, request_id, granted_arn=granted, error=None))
        return result

    def _answer(self, one: PairAnswer, now: datetime, request_id: str) -> Result:
        if isinstance(one.answer, Refused):
            raise refused(one.answer, request_id)
        if isinstance(one.answer, Unknown) or one.pair is None:
            reason = one.answer.reason if isinstance(one.answer, Unknown) else "no pair was asked for"
            raise ApiError(UNKNOWN, 400, f"saml-harness: what AWS answers here is not known: {reason}")
        return self._granted(one.pair, one.answer, now)

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
            "NameQualifier": name_qualifier(session.issuer, pair.provider.account, pair.provider.name),
            "SubjectType": session.subject_type,
            "Issuer": session.issuer,
            "PackedPolicySize": 1 if session.tags else None,
            "SourceIdentity": session.source_identity,
        }

    def get_caller_identity(self, access_key_id: str, now: datetime) -> Result:
        """Who the credentials belong to. Raises ApiError for credentials that this mock did not issue."""
        session = self.store.session(access_key_id)
        if session is not None and session.expires > now:
            return {"UserId": session.user_id, "Account": session.account, "Arn": session.arn}
        if access_key_id in self.store.accounts:
            return {"UserId": access_key_id, "Account": access_key_id, "Arn": f"arn:aws:iam::{access_key_id}:root"}
        # The code is AWS's; its sentence is not known here, so this one is ours.
        raise ApiError(
            "InvalidClientTokenId", 403, "saml-harness: not the access key of a session or account of this mock"
        )


def _require_arns(params: Mapping[str, str], request_id: str) -> None:
    for name, kind, cause in (
        ("RoleArn", "role", "request-arn-invalid"),
        ("PrincipalArn", "saml-provider", "principal-arn-invalid"),
    ):
        arn = parse_arn(params[name])
        if arn is None or arn.kind != kind:
            raise refused(refuse(cause), request_id)


def _seconds(params: Mapping[str, str]) -> int | None:
    text = params.get("DurationSeconds")
    return None if text is None else whole_number("DurationSeconds", text)
