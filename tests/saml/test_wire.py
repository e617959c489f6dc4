"""What people have in their hands: each form is recognised, named, and bounded."""

from __future__ import annotations

import base64
import io
import json
import re
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from harness.errors import UnreadableInput
from harness.saml.document import UTF8_BOM
from harness.saml.wire import MAX_FILE, MAX_INFLATED, MAX_JSON_STRINGS, read_capture, read_file, read_redirect
from tests.saml.world import fully_accepted, issued, judged, metadata

VALUE = base64.b64encode(issued()).decode()
ACS = "https://signin.aws.amazon.com/saml"


def wrapped(width: int, end: str = "\n") -> str:
    return end.join(re.findall(f".{{1,{width}}}", VALUE)) + end


def entry(
    value: str = VALUE, *, params: bool = False, url: object = ACS, at: object = "2026-11-01T09:00:00.250Z"
) -> dict[str, object]:
    """One entry of a HAR, with more in it than may be kept."""
    post: dict[str, object] = {"mimeType": "application/x-www-form-urlencoded"}
    if params:
        post["params"] = [{"name": "SAMLResponse", "value": value}, {"name": "RelayState", "value": "x"}]
    else:
        post["text"] = f"SAMLResponse={quote_plus(value)}&RelayState=x"
    headers = [{"name": "Cookie", "value": "secret"}, {"name": "Authorization", "value": "secret"}]
    return {"startedDateTime": at, "request": {"method": "POST", "url": url, "headers": headers, "postData": post}}


def har(*entries: object) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def tracer(*posts: object) -> bytes:
    requests = [{"method": "POST", "url": ACS, "timestamp": "2026-11-01T09:00:00Z", "post": post} for post in posts]
    return json.dumps({"requests": requests, "timestamp": "2026-11-01T09:00:01Z"}).encode()


def page(quotes: str = '"', more: str = "") -> str:
    field = f"<input type='hidden' name={quotes}SAMLResponse{quotes} {more} value={quotes}{VALUE}{quotes} />"
    form = f"<form method='POST' action='{ACS}'>{field}</form>"
    return f"<html><head><title>Working...</title></head><body>{form}</body></html>"


FORMS: dict[str, tuple[bytes, str]] = {
    "plain base64": (VALUE.encode(), "base64"),
    "base64 with a line feed at its end": (VALUE.encode() + b"\n", "base64"),
    "base64 wrapped at 64": (wrapped(64).encode(), "base64, wrapped"),
    "base64 wrapped at 76": (wrapped(76).encode(), "base64, wrapped"),
    "base64 wrapped with CRLF": (wrapped(76, "\r\n").encode(), "base64, wrapped"),
    "base64 behind a byte order mark": (UTF8_BOM + VALUE.encode(), "base64"),
    "percent-encoded base64": (quote(VALUE, safe="").encode(), "percent-encoded base64"),
    "a form body": (f"SAMLResponse={quote_plus(VALUE)}&RelayState=x".encode(), "form body"),
    "a form body with the relay state first": (f"RelayState=x&SAMLResponse={quote_plus(VALUE)}".encode(), "form body"),
    "a form body decoded already": (f"SAMLResponse={VALUE}&RelayState=x".encode(), "form body"),
    "XML": (issued(), "XML"),
    "XML behind a byte order mark": (UTF8_BOM + issued(), "XML"),
    "XML with blank lines around it": (b"\n" + issued() + b"\n\n", "XML"),
    "a HAR with text": (har(entry()), "HAR"),
    "a HAR with params": (har(entry(params=True)), "HAR"),
    "a HAR with percent-encoded params": (har(entry(quote_plus(VALUE), params=True)), "HAR"),
    "a HAR with other requests": (
        har({"request": {}}, {"request": {"postData": {"text": "a=b"}}}, entry(), 5, None),
        "HAR",
    ),
    "a SAML-tracer export with pairs": (tracer([["SAMLResponse", VALUE], ["RelayState", "x"]]), "SAML-tracer export"),
    "a SAML-tracer export with objects": (tracer([{"name": "SAMLResponse", "value": VALUE}]), "SAML-tracer export"),
    "an HTML page": (page().encode(), "HTML form with a SAMLResponse field"),
    "an HTML page with a doctype": (b"<!DOCTYPE html>\n" + page().encode(), "HTML form with a SAMLResponse field"),
    "an HTML page with entities": (page().replace("+", "&#x2b;").encode(), "HTML form with a SAMLResponse field"),
}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_gives_the_same_message_and_is_named(name: str) -> None:
    raw, form = FORMS[name]
    capture = read_capture(raw)
    assert capture.xml.removeprefix(UTF8_BOM) == issued()
    assert capture.form == form
    assert capture.base64_fault is None


def test_a_value_with_a_plus_sign_survives_a_decoded_form_body() -> None:
    assert "+" in VALUE
    assert read_capture(f"SAMLResponse={VALUE}".encode()).xml == issued()


def test_an_html_page_with_single_quotes_is_read() -> None:
    assert read_capture(page("'").encode()).xml == issued()


def test_a_har_with_large_bodies_full_of_quotes_is_read() -> None:
    """What a portal answers is JSON within JSON, its quotes escaped: they are no strings of the HAR."""
    body = json.dumps([{"name": "value", "path": "C:\\"}] * 160_000).replace("{", "(")
    answered = {**entry(), "response": {"content": {"text": body}}}
    raw = har(answered)
    assert raw.count(b'"') > 2 * MAX_JSON_STRINGS
    assert read_capture(raw).xml == issued()


def test_the_size_counts_the_characters_that_were_posted() -> None:
    assert read_capture(VALUE.encode()).base64_size == len(VALUE)
    assert read_capture(FORMS["a form body"][0]).base64_size == len(VALUE)
    assert read_capture(FORMS["a HAR with text"][0]).base64_size == len(VALUE)
    assert read_capture(wrapped(64).encode()).base64_size >= len(VALUE)
    assert abs(read_capture(issued()).base64_size - len(VALUE)) <= 4


def test_a_post_tells_when_and_where_and_nothing_secret() -> None:
    capture = read_capture(har(entry(url=ACS + "?secret=1#secret")))
    assert capture.posted_at == datetime(2026, 11, 1, 9, 0, 0, 250_000, tzinfo=UTC)
    assert capture.posted_to == ACS
    assert capture.relay_state == "x"
    assert "secret" not in repr(capture)


@pytest.mark.parametrize("at", [None, "", "yesterday", 5, "2026-11-01", "2026-11-01T09:00:00", [], "9" * 5_000])
def test_a_time_that_cannot_be_read_is_left_out(at: object) -> None:
    assert read_capture(har(entry(at=at))).posted_at is None


@pytest.mark.parametrize("url", [None, 5, "", "http://[", "https://a:99999999/", "http://\ud800/", "::::", "//"])
def test_a_strange_address_is_no_crash(url: object) -> None:
    capture = read_capture(har(entry(url=url)))
    assert capture.xml == issued()


@pytest.mark.parametrize(
    "words", ["https://[SAMLResponse=a", "http://[::1?SAMLResponse=a", "https://\u2100SAMLResponse=a"]
)
def test_a_strange_link_is_no_crash(words: str) -> None:
    with pytest.raises(UnreadableInput):
        read_capture(words.encode())


def test_several_posts_are_listed_and_one_is_chosen() -> None:
    both = har(entry(), entry(base64.b64encode(b"<second/>").decode(), url="https://other.example/saml"))
    with pytest.raises(UnreadableInput, match=r"holds 2 responses.*--entry N.*1: .*2: .*other\.example") as caught:
        read_capture(both, "capture.har")
    assert "capture.har" in str(caught.value)
    assert read_capture(both, entry=1).xml == issued()
    assert read_capture(both, entry=2).xml == b"<second/>"
    for wrong in (0, 3, -1):
        with pytest.raises(UnreadableInput):
            read_capture(both, entry=wrong)


def test_a_broken_post_does_not_hide_a_good_one() -> None:
    mixed = har(entry("%%%"), entry())
    assert read_capture(mixed, entry=2).xml == issued()


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "blanks": (b" \n\t ", "empty"),
    "a byte order mark": (UTF8_BOM, "empty"),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0", "binary"),
    "Latin-1 text": ("caf\u00e9".encode("latin-1"), "binary"),
    "words": (b"hello world", "base64"),
    "base64 of no XML": (base64.b64encode(b"hello world, hello"), "no XML"),
    "an HTML page without the field": (b"<html><body>Sign in</body></html>", "HTML page"),
    "JSON of another kind": (b'{"a": 1}', "JSON"),
    "a list": (b"[1, 2]", "JSON"),
    "broken JSON": (b'{"log": ', "JSON"),
    "a number that is too long": (b"[" + b"1" * 5_000 + b"]", "JSON"),
    "a HAR without the post": (har(), "SAMLResponse"),
    "a HAR that is a list": (b'{"log": {"entries": {"a": 1}}}', "SAMLResponse"),
    "a tracer without the post": (tracer([["a", "b"]]), "SAMLResponse"),
    "a request": (b"SAMLRequest=fZFfa8IwFMXfBb9DyXvaJtZ1BqsURRC2MdzYwt5iem0DbVJz02H2", "SAMLRequest"),
    "two responses in one form": (f"SAMLResponse={quote_plus(VALUE)}&SAMLResponse=AAAA".encode(), "exactly one"),
    "51 fields": (b"SAMLResponse=a" + b"&a=b" * 51, "50"),
    "a deflated response": (base64.b64encode(zlib.compress(issued())[2:-4]), "DEFLATE"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_named_in_one_line(name: str) -> None:
    raw, words = UNREADABLE[name]
    with pytest.raises(UnreadableInput, match=words) as caught:
        read_capture(raw, "my-file")
    assert str(caught.value).startswith("my-file: ")
    assert "\n" not in str(caught.value)


HOSTILE_JSON = [
    {"log": None},
    {"log": []},
    {"log": {}},
    {"log": {"entries": None}},
    {"log": {"entries": [None, [], {}, "x", 1]}},
    {"log": {"entries": [{"request": None}, {"request": []}, {"request": {"postData": []}}]}},
    {"log": {"entries": [{"request": {"postData": {"params": {"SAMLResponse": "x"}}}}]}},
    {"log": {"entries": [{"request": {"postData": {"params": [["SAMLResponse"], [1, 2], {"name": "SAMLResponse"}]}}}]}},
    {"log": {"entries": [{"request": {"postData": {"params": [{"name": "SAMLResponse", "value": None}]}}}]}},
    {"log": {"entries": [{"request": {"postData": {"text": 5}}}]}},
    {"requests": None},
    {"requests": [None, 5, [], {"post": None}, {"post": {}}, {"post": [[]]}, {"post": [[None, None]]}]},
    {"log": {"entries": [{"request": {"postData": {"params": [{"name": "SAMLResponse", "value": "\ud800"}]}}}]}},
    {"log": {"entries": [{"request": {"postData": {"text": "SAMLResponse=\ud800%ff"}}}]}},
    [],
    {},
    [[]],
    None,
    0,
    "x",
    True,
]


@pytest.mark.parametrize("number", range(len(HOSTILE_JSON)))
def test_json_of_any_shape_is_refused_as_unreadable(number: int) -> None:
    with pytest.raises(UnreadableInput):
        read_capture(json.dumps(HOSTILE_JSON[number]).encode())


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"a":' * 100_000, b"[NaN]", b'{"a": 1e999}', b'"\\ud800"', b"{}{}", b"{'a': 1}"]
)
def test_odd_json_is_refused_as_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadableInput):
        read_capture(raw)


FAULTY = {
    "junk": VALUE[:100] + "!" + VALUE[100:],
    "URL-safe": base64.urlsafe_b64encode(b"<a>\xc3\xbb\xc3\xbf\xc3\xbe???>>></a>").decode(),
    "cut": VALUE[:-3],
    "without padding": base64.b64encode(b"<a></a>x").decode().rstrip("="),
    "two parts": VALUE + base64.b64encode(b"<b/>").decode(),
    "unused bits": base64.b64encode(b"<a></a>").decode()[:-3] + "h==",
}


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_base64_is_decoded_for_the_diagnosis_and_never_accepted(name: str) -> None:
    capture = read_capture(FAULTY[name].encode())
    assert capture.base64_fault
    assert capture.xml.startswith(b"<")


def test_faulty_base64_grants_no_session() -> None:
    from harness.validate import check
    from tests.saml.world import AT, accepted, policy

    report = check(read_capture(FAULTY["junk"].encode()), policy(), AT, ask_engines=False)
    assert not accepted(report)
    assert "XML016" in report.error_codes


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "response.b64"
    path.write_bytes(VALUE.encode())
    assert read_file(str(path)) == VALUE.encode()
    with path.open("wb") as stream:
        stream.truncate(MAX_FILE + 1)
    with pytest.raises(UnreadableInput, match="more than"):
        read_file(str(path))


@pytest.mark.parametrize("name", ["nowhere", "", "a\0b", "."])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput):
        read_file(f"{tmp_path}/{name}")


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(VALUE.encode())))
    assert read_file("-") == VALUE.encode()


def deflated(raw: bytes) -> str:
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(squeezed.compress(raw) + squeezed.flush()).decode()


def test_a_redirect_message_is_inflated() -> None:
    assert read_redirect(deflated(b"<AuthnRequest/>")) == b"<AuthnRequest/>"
    assert len(read_redirect(deflated(b"<a>" + b" " * (MAX_INFLATED - 7) + b"</a>"))) == MAX_INFLATED


@pytest.mark.parametrize(
    "text",
    [
        deflated(b" " * (MAX_INFLATED + 1)),
        deflated(b" " * 50_000_000),
        base64.b64encode(base64.b64decode(deflated(b"<a/>")) + b"more").decode(),
        base64.b64encode(base64.b64decode(deflated(b"<a/>" * 100))[:-4]).decode(),
        base64.b64encode(zlib.compress(b"<a/>")).decode(),
        base64.b64encode(b"\x1f\x8b" + zlib.compress(b"<a/>")).decode(),
        base64.b64encode(b"<a/>").decode(),
        "!!!",
        "",
    ],
    ids=[
        "one byte too many",
        "a bomb",
        "bytes after the end",
        "cut",
        "zlib header",
        "gzip",
        "not deflated",
        "no base64",
        "empty",
    ],
)
def test_a_redirect_message_is_bounded_and_must_end(text: str) -> None:
    with pytest.raises(UnreadableInput):
        read_redirect(text)


def test_metadata_where_a_response_was_expected_is_named() -> None:
    report = judged(metadata().raw)
    assert report.unreadable is not None
    assert "EntityDescriptor" in report.unreadable
    assert fully_accepted(judged(read_capture(VALUE.encode()).xml))
