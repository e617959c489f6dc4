"""Everything else of the AWS API, answered by moto in the same process: the extra ``saml-harness[moto]``.

Sign-in, AssumeRoleWithSAML and SAML providers stay ours, and a session that they open works at every service. Roles
and aliases are moto's then, and after each of its IAM calls ours are what moto holds: one truth, in one place. moto
asks the real clock and keeps one state for the whole process.
"""

import io
import json
import logging
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from flask import Flask

from harness.arn import PARTITIONS, Arn
from harness.aws import iam
from harness.aws.account import Aws, Role
from harness.aws.iam_roles import path_of
from harness.aws.query import ApiError, whole_number
from harness.aws.store import AwsStore
from harness.aws.trust_document import trust_policy
from harness.errors import HarnessError
from harness.web.aws_api import Clock, access_key, error_reply, http_refusal, service_of
from harness.web.guard import LOOPBACK_NAMES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)
MAX_CHAINED = 3600
"""Seconds of a session whose role was assumed from another session."""
_TRUST = {"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"}


class Moto:
    """moto, once for a run. What it held before in this process is forgotten: it starts with our roles and aliases.

    Raises HarnessError where it is not installed.
    """

    def __init__(self, store: AwsStore, clock: Clock) -> None:
        try:
            from moto.moto_server import werkzeug_app
        except ImportError:
            raise HarnessError("moto is not installed: pip install 'saml-harness[moto]'") from None
        self.roles = MotoRoles(store)
        self.clock = clock
        self.dispatch: Any = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)

    def stand_behind(self, app: Flask, names: Collection[str] = LOOPBACK_NAMES) -> None:
        """Answer what this application of AWS's side does not. ``names`` are its hosts."""
        front = _Front(app.wsgi_app, self, names)
        app.wsgi_app = front  # type: ignore[method-assign, assignment]  # as Flask documents it


class MotoRoles:
    """The roles and aliases that moto holds, and ours as their image."""

    def __init__(self, store: AwsStore) -> None:
        from moto.iam.models import iam_backends
        from moto.moto_api._internal.models import moto_api_backend

        self.store = store
        self._backends: Any = iam_backends
        self._lock = threading.Lock()
        moto_api_backend.reset()
        for role in store.aws.roles.values():
            self._seed(role)
        for account, alias in store.aws.aliases.items():
            self._backends[account][store.aws.partition_of(account)].create_account_alias(alias)

    def _seed(self, role: Role) -> None:
        backend = self._backends[role.arn.account][role.arn.partition]
        tags = [{"Key": key, "Value": value} for key, value in role.tags.items()]
        policy, seconds = json.dumps(role.trust_policy), str(role.max_session_duration)
        made = backend.create_role(role.arn.name, policy, path_of(role.arn), None, role.description, tags, seconds)
        # moto makes up the ID; sessions carry ours.
        backend.roles[role.unique_id] = backend.roles.pop(made.id)
        made.id = role.unique_id

    def account_of(self, key: str) -> str:
        """The account whose access key moto gave out, as for a user or a chained role. Raises ApiError."""
        for account, partitions in list(self._backends.items()):
            if any(key in partitions[partition].access_keys for partition in PARTITIONS):
                return str(account)
        raise ApiError("InvalidClientTokenId", 403, "saml-harness: not an access key of this mock")

    def take_over(self, account: str) -> None:
        """Make what we hold of an account the image of what moto holds."""
        with self._lock:
            roles: dict[str, Role] = {}
            aliases: list[str] = []
            for partition in PARTITIONS:
                backend = self._backends[account][partition]
                roles |= {
                    str(one.arn): one for one in (_role(account, partition, held) for held in backend.get_roles())
                }
                aliases += backend.account_aliases
            self.store.change(lambda aws: _with(aws, account, roles, aliases))


def _role(account: str, partition: str, held: Any) -> Role:  # noqa: ANN401  (moto's role has no type of its own to name)
    document = held.assume_role_policy_document
    return Role(
        arn=Arn(partition, account, "role", (held.path + held.name).lstrip("/")),
        trust_policy=json.loads(document if document.lstrip().startswith("{") else unquote(document)),
        max_session_duration=int(held.max_session_duration or 3600),
        unique_id=held.id,
        created=held.create_date,
        description=held.description or "",
        tags={tag["Key"]: tag["Value"] for tag in held.tags or ()},
        attached_policies=tuple(held.managed_policies),
    )


def _with(aws: Aws, account: str, roles: Mapping[str, Role], aliases: list[str]) -> Aws:
    others = {arn: role for arn, role in aws.roles.items() if role.arn.account != account}
    named = {number: alias for number, alias in aws.aliases.items() if number != account}
    return replace(aws, roles=others | dict(roles), aliases=named | ({account: aliases[0]} if aliases else {}))


class _Front:
    """Decides who answers a call: by the service and the access key that its signature names, and by its action."""

    def __init__(self, ours: "WSGIApplication", moto: Moto, names: Collection[str]) -> None:
        self.ours = ours
        self.moto = moto
        self.names = names

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        scope = _scope(environ)
        if scope is None or not _from_here(environ, self.names):
            return self.ours(environ, start)
        key, service = scope
        params = _form(environ) if service in ("sts", "iam") else {}
        session = self.moto.roles.store.session(key, self.moto.clock())
        own = session.account if session is not None else key if key in self.moto.roles.store.accounts else None
        if _is_ours(params.get("Action", ""), own):
            return self.ours(environ, start)
        try:
            account = own or self.moto.roles.account_of(key)
            _refuse(params, account, from_saml=session is not None)
            return self._moto(environ, start, account, service)
        except ApiError as error:
            return error_reply(error, iam.NAMESPACE)(environ, start)

    def _moto(self, environ: "WSGIEnvironment", start: "StartResponse", account: str, service: str) -> Iterable[bytes]:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
        try:
            answer: Iterable[bytes] = self.moto.dispatch.get_application(environ)(environ, start)
        except Exception as error:  # noqa: BLE001  (whatever moto raises; its applications run in debug mode)
            _LOG.error("moto failed at %s", service, exc_info=error)
            cure = "; pip install 'moto[all]' brings what it lacks" if isinstance(error, ImportError) else ""
            return http_refusal(500, f"moto fails at {service}: {type(error).__name__}{cure}")(environ, start)
        if service == "iam":
            self.moto.roles.take_over(account)
        return answer


def _is_ours(action: str, own: str | None) -> bool:
    return (
        action == "AssumeRoleWithSAML"
        or "SAMLProvider" in action
        or (action == "GetCallerIdentity" and own is not None)
    )


def _refuse(params: Mapping[str, str], account: str, *, from_saml: bool) -> None:
    """What moto would let pass and AWS does not: trust policies in AWS's words, and what it documents to be closed to
    a session that came from SAML in ours. Raises ApiError."""
    action = params.get("Action", "")
    if action in _TRUST:
        trust_policy(params.get(_TRUST[action], ""), account)
    if not from_saml:
        return
    if action in ("GetFederationToken", "GetSessionToken"):
        raise ApiError("AccessDenied", 403, f"saml-harness: {action} is closed to the credentials of a SAML session")
    if action == "AssumeRole" and whole_number("DurationSeconds", params.get("DurationSeconds", "0")) > MAX_CHAINED:
        raise ApiError("ValidationError", 400, "saml-harness: a role assumed from a session lasts an hour at most")


def _scope(environ: "WSGIEnvironment") -> tuple[str, str] | None:
    """The access key and the service of a signed call, its signature in a header or in the query."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    signed = environ.get("HTTP_AUTHORIZATION") or f"Credential={query.get('X-Amz-Credential', [''])[0]}"
    key, service = access_key(signed), service_of(signed)
    return (key, service) if key and service else None


def _from_here(environ: "WSGIEnvironment", names: Collection[str]) -> bool:
    """Whether a program of this machine calls. What a browser sends goes to our application, which has guards."""
    host = environ.get("HTTP_HOST", "").lower()
    local = host in names or host.rpartition(":")[0] in names
    return local and "HTTP_ORIGIN" not in environ and "HTTP_SEC_FETCH_SITE" not in environ


def _form(environ: "WSGIEnvironment") -> dict[str, str]:
    """The parameters of a call of the query protocol; the body stays to be read again."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
