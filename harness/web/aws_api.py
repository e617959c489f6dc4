"""The query APIs of STS and IAM over HTTP, for boto3, the AWS command line and whatever else speaks to AWS.

A call's account is that of its credentials: a session this mock issued, or an access key that is an account
number. Signatures of calls are not checked, since there is no secret to protect.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from harness.aws import iam, sts
from harness.aws.iam import IamProviders
from harness.aws.iam_roles import IamRoles
from harness.aws.query import ApiError, Result, error_xml, response_xml
from harness.aws.store import AwsStore
from harness.aws.sts import Sts
from harness.web.csrf import for_programs
from harness.web.flask_app import FlaskApp

Clock = Callable[[], datetime]
MAX_BODY = 12_000_000
"""Bytes of a call: IAM takes metadata documents of ten million characters."""
REPORT = "x-saml-harness-report"
"""The header that says where our report of a refused response can be read."""
_HTTP_CODES = {
    403: "AccessDeniedException",
    408: "RequestTimeoutException",
    413: "RequestEntityTooLargeException",
    500: "InternalFailure",
}
"""AWS's common codes for what fails before an operation is reached; anything else is a malformed request."""
WITH_MOTO = "saml-harness serve --moto answers the rest of AWS"
_SCOPE = re.compile(r"Credential=[^/,\s]{1,128}/[0-9]{1,8}/[^/,\s]{1,64}/([^/,\s]{1,64})/aws4_request")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]{1,128})/")


def create_aws_api(store: AwsStore, clock: Clock) -> Flask:
    """An application that answers as STS and IAM. ``clock`` is asked once for each call."""
    app = FlaskApp(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.register_blueprint(api_blueprint(store, clock))
    return app


def api_blueprint(store: AwsStore, clock: Clock) -> Blueprint:
    """``POST /`` of the query protocol, and the audit log as JSON lines.

    What is refused before an operation is reached, or fails, has the form of AWS's errors too.
    """
    blueprint = Blueprint("aws_api", __name__)
    calls = Calls(store, clock)

    @blueprint.post("/")
    @for_programs
    def call() -> Response:
        return calls.answer(request.form.to_dict(), access_key(request.headers.get("Authorization", "")))

    @blueprint.route("/", methods=["PUT", "PATCH", "DELETE"])
    @for_programs
    def not_posted() -> Response:
        return http_refusal(405, "calls are posted")

    @blueprint.before_app_request
    def other_services() -> Response | None:
        """A signed call of S3, say, would otherwise get the front page and be tried again and again."""
        service = service_of(request.headers.get("Authorization", ""))
        if service in ("", "sts", "iam"):
            return None
        words = f"saml-harness: this mock speaks STS and IAM, not {service[:40]}; {WITH_MOTO}"
        return error_reply(ApiError("UnknownOperationException", 404, words), iam.NAMESPACE)

    @blueprint.errorhandler(HTTPException)
    def refused_by_http(error: HTTPException) -> Response:
        return http_refusal(error.code or 500, error.description or error.name)

    @blueprint.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        current_app.logger.error("%s failed", request.form.get("Action"), exc_info=error)
        return http_refusal(500, "this is a fault of the mock; its log says more")

    @blueprint.get("/audit.jsonl")
    def audit() -> Response:
        lines = "".join(json.dumps(event) + "\n" for event in store.events)
        return Response(lines, mimetype="application/jsonl")

    return blueprint


def http_refusal(status: int, words: str) -> Response:
    """A refusal that no operation makes: the code is one of those common to AWS's services, the words are ours."""
    refusal = ApiError(_HTTP_CODES.get(status, "MalformedHttpRequestException"), status, f"saml-harness: {words}")
    return error_reply(refusal, iam.NAMESPACE)


def error_reply(error: ApiError, namespace: str) -> Response:
    """A refusal on the wire, with a request ID of its own."""
    request_id = str(uuid.uuid4())
    return _reply(error_xml(error, namespace, request_id), error.http_status, request_id)


def access_key(authorization: str) -> str:
    """The access key ID that signed a call; empty where none did."""
    found = _CREDENTIAL.search(authorization)
    return found[1] if found else ""


def service_of(authorization: str) -> str:
    """The service that a call was signed for; empty where it was not signed."""
    found = _SCOPE.search(authorization)
    return found[1].lower() if found else ""


class Calls:
    """From an action's name to its function, and from its result to the answer on the wire."""

    def __init__(self, store: AwsStore, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.sts = Sts(store)
        self.providers = IamProviders(store)
        self.roles = IamRoles(store)

    def answer(self, params: Mapping[str, str], key: str) -> Response:
        """The answer to one call, an error in AWS's form included."""
        request_id = str(uuid.uuid4())
        action = params.get("Action", "")
        namespace = sts.NAMESPACE if action in _STS else iam.NAMESPACE
        try:
            result = self._result(action, params, key, request_id)
        except ApiError as error:
            answer = _reply(error_xml(error, namespace, request_id), error.http_status, request_id)
            if error.report is not None:
                answer.headers[REPORT] = f"{request.host_url}inspect/{error.report}"
            return answer
        return _reply(response_xml(action, namespace, result, request_id), 200, request_id)

    def _result(self, action: str, params: Mapping[str, str], key: str, request_id: str) -> Result | None:
        now = self.clock()
        if action == "AssumeRoleWithSAML":
            return self.sts.assume_role_with_saml(params, now, request_id)
        if action == "GetCallerIdentity":
            return self.sts.get_caller_identity(key, now)
        if action not in _IAM:
            raise ApiError("InvalidAction", 400, f"saml-harness: no operation {action[:100]} here; {WITH_MOTO}")
        return _IAM[action](self, params, self._account(key, now), now)

    def _account(self, key: str, now: datetime) -> str:
        return str(self.sts.get_caller_identity(key, now)["Account"])


_STS = frozenset({"AssumeRoleWithSAML", "GetCallerIdentity"})
_IAM: Mapping[str, Callable[[Calls, Mapping[str, str], str, datetime], Result | None]] = {
    "CreateSAMLProvider": lambda calls, params, account, now: calls.providers.create(params, account, now),
    "UpdateSAMLProvider": lambda calls, params, account, now: calls.providers.update(params, account, now),
    "GetSAMLProvider": lambda calls, params, account, _: calls.providers.get(params, account),
    "ListSAMLProviders": lambda calls, _, account, __: calls.providers.list(account),
    "DeleteSAMLProvider": lambda calls, params, account, _: calls.providers.delete(params, account),
    "TagSAMLProvider": lambda calls, params, account, _: calls.providers.tag(params, account),
    "UntagSAMLProvider": lambda calls, params, account, _: calls.providers.untag(params, account),
    "ListSAMLProviderTags": lambda calls, params, account, _: calls.providers.tags(params, account),
    "CreateRole": lambda calls, params, account, now: calls.roles.create(params, account, now),
    "GetRole": lambda calls, params, account, _: calls.roles.get(params, account),
    "ListRoles": lambda calls, params, account, _: calls.roles.list(params, account),
    "UpdateRole": lambda calls, params, account, _: calls.roles.update(params, account),
    "UpdateAssumeRolePolicy": lambda calls, params, account, _: calls.roles.update_trust(params, account),
    "TagRole": lambda calls, params, account, _: calls.roles.tag(params, account),
    "AttachRolePolicy": lambda calls, params, account, _: calls.roles.attach(params, account),
    "ListAttachedRolePolicies": lambda calls, params, account, _: calls.roles.attached(params, account),
    "DetachRolePolicy": lambda calls, params, account, _: calls.roles.detach(params, account),
    "DeleteRole": lambda calls, params, account, _: calls.roles.delete(params, account),
    "ListAccountAliases": lambda calls, _, account, __: calls.roles.aliases(account),
    "CreateAccountAlias": lambda calls, params, account, _: calls.roles.create_alias(params, account),
}


def _reply(xml: str, status: int, request_id: str) -> Response:
    return Response(xml, status, {"x-amzn-RequestId": request_id}, mimetype="text/xml")
