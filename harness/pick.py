"""The terminal's role picker: what a response offers, and credentials for one of its roles from a running mock.

A client like any other: it speaks HTTP to the endpoint and shares nothing with the server. The endpoint must be on
this machine, because a response opens roles at whoever it is sent to.
"""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode, urlsplit

from lxml import etree

from harness.arn import RolePair, parse_role_pair, parse_role_pairs
from harness.aws.endpoints import ROLE
from harness.errors import HarnessError
from harness.loopback import parts_on_this_machine
from harness.saml.document import parse
from harness.saml.received import receive
from harness.saml.wire import Capture

MAX_ANSWER = 1_000_000
TIMEOUT = 30
REGION = "us-east-1"
"""Programs of AWS want a region; the mock answers the same in each."""
REGION_LINE = f'export AWS_DEFAULT_REGION="${{AWS_DEFAULT_REGION:-${{AWS_REGION:-{REGION}}}}}"\n'
"""For a shell: the region that it has already, or any."""


class Turned(HarnessError):
    """The mock AWS refuses. ``report`` is where its report of the response can be read."""

    def __init__(self, code: str, message: str, report: str | None) -> None:
        super().__init__(f"{code}: {message}")
        self.report = report


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials, in the words of AWS's answer."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: str
    arn: str


def offered(capture: Capture) -> tuple[RolePair, ...]:
    """The usable pairs of the Role attribute, as the response claims them; whether they hold is for AWS to say."""
    claimed = receive(capture.xml, ()).claimed
    pairs = parse_role_pairs(claimed.values(ROLE)) if claimed is not None else ()
    return tuple(dict.fromkeys(pair for pair in pairs if pair is not None))


def why_nothing(capture: Capture) -> str:
    """Why a response offers no role, and what to do about it."""
    if receive(capture.xml, ()).encrypted:
        return "the response is encrypted, so its roles cannot be read; give --role-arn ROLE,PROVIDER"
    return "the response holds no Role that names a role and a provider; saml-harness check says what is wrong with it"


def choose(pairs: Sequence[RolePair], wanted: str) -> RolePair:
    """The pair of a role ARN, or of a role and a provider ARN with a comma between them.

    A pair that is not offered is taken when both ARNs are given: an encrypted response offers none that can be read.
    Raises HarnessError.
    """
    if "," in wanted:
        pair = parse_role_pair(wanted)
        if pair is None:
            raise HarnessError(f"{wanted!r} is no role ARN and provider ARN with a comma between them")
        return pair
    found = [pair for pair in pairs if str(pair.role) == wanted]
    if not found:
        held = "; ".join(str(pair.role) for pair in pairs) or "no role that can be read"
        raise HarnessError(f"the response does not offer {wanted}; it offers {held}")
    return found[0]


def assume(endpoint: str, capture: Capture, pair: RolePair, seconds: int | None = None) -> Credentials:
    """AssumeRoleWithSAML at a running mock. Raises Turned where it is refused, HarnessError where nobody answers."""
    call = {
        "Action": "AssumeRoleWithSAML",
        "Version": "2011-06-15",
        "RoleArn": str(pair.role),
        "PrincipalArn": str(pair.provider),
        "SAMLAssertion": base64.b64encode(capture.xml).decode("ascii"),
    }
    if seconds is not None:
        call["DurationSeconds"] = str(seconds)
    answer = _call(endpoint, call)
    return Credentials(
        _text(answer, "AccessKeyId"),
        _text(answer, "SecretAccessKey"),
        _text(answer, "SessionToken"),
        _text(answer, "Expiration"),
        _text(answer, "AssumedRoleUser", "Arn"),
    )


def alias_of(endpoint: str, account: str) -> str | None:
    """The alias of an account, where the mock knows one."""
    try:
        answer = _call(endpoint, {"Action": "ListAccountAliases", "Version": "2010-05-08"}, account)
    except Turned:
        return None
    found = answer.find(".//{*}AccountAliases/{*}member")
    return None if found is None else found.text


def as_exports(credentials: Credentials, endpoint: str) -> str:
    """For ``eval`` in a shell; the endpoint goes along, since the credentials work nowhere else, and a region."""
    values = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_ENDPOINT_URL": endpoint,
    }
    return "".join(f"export {name}='{_plain(value)}'\n" for name, value in values.items()) + REGION_LINE


def as_process(credentials: Credentials) -> str:
    """What the AWS command line and SDKs read from a ``credential_process``."""
    document = {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": credentials.expiration,
    }
    return json.dumps(document, indent=2) + "\n"


def _plain(value: str) -> str:
    """A value that is safe between single quotes of a shell. Raises HarnessError for any other."""
    if re.fullmatch(r"[A-Za-z0-9_./:+=\[\]-]+", value) is None:
        raise HarnessError("the answer holds a character that no credential has")
    return value


def endpoint_on_this_machine(endpoint: str) -> str:
    """The address without a slash at its end. Raises HarnessError for another machine's."""
    parts = parts_on_this_machine(endpoint)
    if (
        parts is None
        or parts.scheme != "http"
        or parts.username is not None
        or parts.path not in ("", "/")
        or parts.query
    ):
        raise HarnessError(f"{endpoint!r}: the endpoint is a mock on this machine, such as http://127.0.0.1:8401")
    return endpoint.rstrip("/")


def _call(endpoint: str, call: dict[str, str], account: str | None = None) -> etree._Element:
    """One call of the query protocol. Plain HTTP: no proxy of the environment sees it, no redirect is followed."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if account is not None:
        headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/iam/aws4_request"
    connection = HTTPConnection(urlsplit(endpoint_on_this_machine(endpoint)).netloc, timeout=TIMEOUT)
    try:
        connection.request("POST", "/", urlencode(call), headers)
        answer = connection.getresponse()
        root = _root(answer.read(MAX_ANSWER), endpoint)
    except (HTTPException, OSError) as error:
        raise HarnessError(f"{endpoint}: {error}; start the mock with: saml-harness serve") from None
    finally:
        connection.close()
    if answer.status != 200:
        report = answer.headers.get("x-saml-harness-report")
        raise Turned(_text(root, "Error", "Code"), _text(root, "Error", "Message"), report)
    return root


def _root(xml: bytes, endpoint: str) -> etree._Element:
    root = parse(xml).root
    if root is None:
        raise HarnessError(f"{endpoint}: the answer is not AWS's; is something else listening there?")
    return root


def _text(root: etree._Element, *path: str) -> str:
    found = root.find(".//" + "/".join(f"{{*}}{name}" for name in path))
    if found is None or not found.text:
        raise HarnessError(f"the answer holds no {path[-1]}; is something else than the mock AWS listening there?")
    return found.text
