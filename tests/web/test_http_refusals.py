"""Oversized, slow and malformed HTTP: answers in the form of AWS's errors, and nobody else has to wait."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest
from lxml import etree

from harness.web.aws_api import MAX_BODY, create_aws_api
from harness.web.server import Served, serve
from tests.web.conftest import NOW, PROD, Refusal, World

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serve(world.idp, lambda: NOW) as running:
        yield running


def sent(served: Served, raw: bytes) -> tuple[int, bytes]:
    """Bytes as no HTTP library would send them, and what comes back."""
    parts = urlsplit(served.aws_url)
    with socket.create_connection((parts.hostname, parts.port), 10) as connection:
        connection.sendall(raw)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def code(body: bytes) -> str:
    """The code of an error in AWS's form."""
    root = etree.fromstring(body)
    assert etree.QName(root).localname == "ErrorResponse"
    assert root.find("{*}RequestId").text
    assert root.find("{*}Error/{*}Type").text == "Sender"
    return root.find("{*}Error/{*}Code").text


def called(served: Served, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection(urlsplit(served.aws_url).netloc, timeout=10)
    connection.request("POST", "/", body, FORM | headers)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_a_body_beyond_what_iam_takes_is_refused_without_reading_it(served: Served) -> None:
    head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n"
    status, body = sent(served, head.encode())
    assert (status, code(body)) == (413, "RequestEntityTooLargeException")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nBad Header: 1\r\n\r\n",
        b"NONSENSE\r\n\r\n",
    ],
    ids=["tls", "no-length", "no-chunk", "two-lengths", "bad-header", "no-request"],
)
def test_what_is_no_http_is_refused(served: Served, raw: bytes) -> None:
    status, body = sent(served, raw)
    assert (status, code(body)) == (400, "MalformedHttpRequestException")


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe\x00", b"&&&===", b"Action", b"Action=%ZZ%", b'{"Action": "GetCallerIdentity"}', b"a=b&" * 100_000],
)
def test_what_is_no_call_is_refused(served: Served, body: bytes) -> None:
    status, answer = called(served, body)
    assert (status, code(answer)) == (400, "InvalidAction")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET"])
def test_a_call_that_is_not_posted_gets_no_words_about_a_page(served: Served, method: str) -> None:
    connection = HTTPConnection(urlsplit(served.aws_url).netloc, timeout=10)
    connection.request(method, "/", b"Action=GetCallerIdentity", FORM)
    answer = connection.getresponse()
    status, body = answer.status, answer.read()
    connection.close()
    if method == "GET":
        assert status == 200, "the front page"
        return
    assert (status, code(body)) == (405, "MalformedHttpRequestException")
    assert b"<Message>saml-harness: calls are posted</Message>" in body


def test_a_body_that_is_no_form_holds_no_call(served: Served) -> None:
    status, answer = called(served, b"Action=GetCallerIdentity", **{"Content-Type": "application/json"})
    assert (status, code(answer)) == (400, "InvalidAction")


def test_a_form_of_many_parts_is_refused(served: Served) -> None:
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\nb\r\n' % n for n in range(2_000))
    status, answer = called(served, parts + b"--x--\r\n", **{"Content-Type": "multipart/form-data; boundary=x"})
    assert (status, code(answer)) == (413, "RequestEntityTooLargeException")


def test_a_call_from_another_site_is_refused_in_the_form_of_aws(served: Served) -> None:
    status, answer = called(served, b"Action=ListRoles", Origin="https://evil.example")
    assert (status, code(answer)) == (403, "AccessDeniedException")


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [("s3", "list_buckets", {}), ("sqs", "list_queues", {}), ("dynamodb", "list_tables", {})],
)
def test_another_service_is_not_spoken_and_the_way_to_it_is_named(
    served: Served, refusal: Refusal, service: str, operation: str, arguments: dict[str, str]
) -> None:
    client = World(None, None, served.aws_url).client(service)  # type: ignore[arg-type]
    code, status, message = refusal(lambda: getattr(client, operation)(**arguments))
    assert status == 404
    if service == "s3":
        assert code == "UnknownOperationException"
        assert message == (
            "saml-harness: this mock speaks STS and IAM, not s3; saml-harness serve --moto answers the rest of AWS"
        )


def test_a_fault_of_the_mock_has_the_form_of_aws_and_no_traceback(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr("harness.aws.sts.Sts.get_caller_identity", broken)
    answer = create_aws_api(world.store, lambda: NOW).test_client().post("/", data={"Action": "GetCallerIdentity"})
    assert (answer.status_code, code(answer.data)) == (500, "InternalFailure")
    assert b"inside" not in answer.data
    assert b"Traceback" not in answer.data


def test_slow_callers_keep_nobody_waiting(served: Served) -> None:
    """Twice as many as there are threads have sent half a call; one more is answered all the same."""
    parts = urlsplit(served.aws_url)
    slow = [socket.create_connection((parts.hostname, parts.port), 10) for _ in range(16)]
    for connection in slow:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nAction=")
    signed = f"AWS4-HMAC-SHA256 Credential={PROD}/20261101/us-east-1/sts/aws4_request"
    asked = urlencode({"Action": "GetCallerIdentity"}).encode()
    status, answer = called(served, asked, Authorization=signed)
    assert status == 200
    assert PROD.encode() in answer
    for connection in slow:
        connection.close()


def test_a_sign_in_beyond_its_size_is_a_page_that_says_so(served: Served) -> None:
    connection = HTTPConnection(urlsplit(served.aws_url).netloc, timeout=10)
    connection.request("POST", "/saml", urlencode({"SAMLResponse": "A" * 500_000}), FORM)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    assert answer.status == 400
    assert "reported to take less than 128 KB" in page
    assert "A" * 100 not in page
