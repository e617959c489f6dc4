"""What people have in their hands becomes a SAML message: base64, XML, a form body, a HAR, a trace.

The form is guessed and the guess is reported, so that nobody needs a flag to paste what they captured.
Sizes are capped before anything is decoded.
"""

import base64
import html
import json
import re
import sys
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from harness.errors import UnreadableInput
from harness.saml.b64 import decode_base64, lenient_base64
from harness.saml.document import MESSAGE, UTF8_BOM

MAX_FILE = 32_000_000
"""Bytes read from a file: HAR files of a long sign-in are large."""
MAX_BASE64 = MESSAGE.size * 4 // 3 + 200_000
MAX_POSTED = MAX_BASE64 * 3 // 2
"""The same in percent-encoding, which writes three characters for a few of the digits."""
MAX_JSON_OBJECTS = 200_000
"""Objects and lists in a HAR or trace: each costs some hundred bytes of memory once it is read."""
MAX_JSON_STRINGS = 600_000
"""Names and texts in it: the description of a header has four, and each may cost a microsecond."""
MAX_FIELDS = 50
MAX_INFLATED = 200_000
"""Bytes of an inflated Redirect-binding message; AuthnRequests are about one kilobyte."""


class Capture(NamedTuple):
    """A message as found. ``base64_size`` counts characters of the posted value, line breaks included."""

    form: str
    """What the input was taken for, in words."""
    xml: bytes
    base64_size: int
    base64_fault: str | None = None
    """What is wrong with the base64, when only a lenient decoder could read it."""
    relay_state: str | None = None
    posted_at: datetime | None = None
    posted_to: str | None = None


def read_file(path: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``. Raises UnreadableInput."""
    try:
        if path == "-" and sys.stdin is None:
            raise UnreadableInput("-: there is no standard input to read")
        if path == "-":
            raw = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with Path(path).open("rb") as stream:
                raw = stream.read(MAX_FILE + 1)
    except IsADirectoryError:
        raise UnreadableInput(f"{path}: is a directory; name a file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableInput(f"{path}: {reason or error}") from None
    if len(raw) > MAX_FILE:
        raise UnreadableInput(f"{path}: more than {MAX_FILE:,} bytes; save only the POST that carries SAMLResponse")
    return raw


def read_capture(raw: bytes, name: str = "input", entry: int | None = None) -> Capture:
    """Find the SAML response in a captured input, whatever form it has.

    ``entry`` chooses among several in a HAR or trace, counted from 1. Raises UnreadableInput, which says
    what the input was taken for and what to give instead.
    """
    text = _stripped(raw, name)
    if text.startswith((b"{", b"[")):
        return _choose([*_from_json(text, name)], entry, name)
    return _single(text, raw, name)


def read_captures(raw: bytes, name: str = "input") -> tuple[Capture | UnreadableInput, ...]:
    """Every SAML response in a captured input, at least one. One that is broken beside others is its error.

    Raises UnreadableInput where there is none.
    """
    text = _stripped(raw, name)
    if not text.startswith((b"{", b"[")):
        return (_single(text, raw, name),)
    return tuple(_from_json(text, name)) or (_choose([], None, name),)


def _stripped(raw: bytes, name: str) -> bytes:
    text = raw.removeprefix(UTF8_BOM).strip()
    if not text:
        raise UnreadableInput(f"{name}: is empty")
    return text


def _single(text: bytes, raw: bytes, name: str) -> Capture:
    if text.startswith(b"<"):
        return _from_markup(text, raw, name)
    if len(text) > MAX_POSTED:
        raise UnreadableInput(f"{name}: {len(text):,} characters; at most {MAX_POSTED:,} are decoded")
    try:
        words = text.decode("ascii")
    except UnicodeDecodeError:
        raise UnreadableInput(
            f"{name}: binary data; expected a SAML response as base64, XML, form body, HAR or SAML-tracer export"
        ) from None
    # Base64 has = at its end alone, and one character is found in a long text much sooner than a word.
    if "=" in words[:-2] and ("SAMLResponse=" in words or "SAMLRequest=" in words):
        return _from_form(words, name)
    return _from_base64(words, name)


def _from_markup(text: bytes, raw: bytes, name: str) -> Capture:
    if re.match(rb"<(!doctype\s+html|html)\b", text[:200], re.IGNORECASE):
        return _from_html(text, name)
    return Capture("XML", raw.strip(), len(text) * 4 // 3)


def _from_html(text: bytes, name: str) -> Capture:
    """The auto-post page that carries a response, as saved from a browser."""
    page = text.decode("utf-8", "replace")
    for tag in re.findall(r"<[^<>]*>", page):
        # The plain look first: a large page may hold a million tags.
        if "SAMLResponse" not in tag or not re.search(r"""\bname\s*=\s*["']SAMLResponse["']""", tag):
            continue
        value = re.search(r"""\bvalue\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
        if value is not None:
            capture = _from_base64(html.unescape(value[1] or value[2] or ""), name)
            return capture._replace(form="HTML form with a SAMLResponse field")
    raise UnreadableInput(f"{name}: an HTML page without a SAMLResponse field; capture the POST to AWS instead")


def _from_base64(words: str, name: str) -> Capture:
    form = "base64"
    if "%" in words:
        form, words = "percent-encoded base64", unquote(words)
    if len(words) > MAX_BASE64:
        raise UnreadableInput(f"{name}: {len(words):,} characters; at most {MAX_BASE64:,} are decoded")
    if "\n" in words or "\r" in words:
        form += ", wrapped"
    fault = None
    try:
        xml = decode_base64(words)
    except ValueError as error:
        fault = str(error)
        xml = lenient_base64(words)
    if not xml.removeprefix(UTF8_BOM).lstrip().startswith(b"<"):
        if _inflate(xml).lstrip().startswith(b"<"):
            raise UnreadableInput(
                f"{name}: a DEFLATEd message of the Redirect binding; a response is posted as plain base64"
            )
        what = f"not base64 ({fault})" if fault else "base64 of something that is no XML"
        raise UnreadableInput(
            f"{name}: {what}; expected a SAML response as base64, XML, form body, HAR or SAML-tracer export"
        )
    return Capture(form, xml, len(words), base64_fault=fault)


def _from_form(words: str, name: str) -> Capture:
    query = words.partition("?")[2].partition("#")[0] if re.match(r"https?://", words) else words
    try:
        fields = parse_qsl(query.strip(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise UnreadableInput(
            f"{name}: more than {MAX_FIELDS} form fields; expected SAMLResponse and RelayState"
        ) from None
    responses = [value for key, value in fields if key == "SAMLResponse"]
    if not responses and any(key == "SAMLRequest" for key, _ in fields):
        raise UnreadableInput(f"{name}: a SAMLRequest (AuthnRequest); a SAMLResponse was expected")
    if len(responses) != 1:
        raise UnreadableInput(f"{name}: {len(responses)} SAMLResponse fields in one form; exactly one is allowed")
    # A body copied in decoded form holds bare plus signs, which form decoding turns into blanks.
    capture = _from_base64(responses[0].replace(" ", "+"), name)
    relay_state = next((value for key, value in fields if key == "RelayState"), None)
    return capture._replace(form="form body", relay_state=relay_state)


def _choose(captures: list[Capture | UnreadableInput], entry: int | None, name: str) -> Capture:
    if not captures:
        raise UnreadableInput(
            f"{name}: JSON without a SAMLResponse; expected a HAR or SAML-tracer export that holds the POST"
        )
    if entry is None and len(captures) > 1:
        listed = "; ".join(f"{number}: {_described(capture)}" for number, capture in enumerate(captures, 1))
        raise UnreadableInput(f"{name}: holds {len(captures)} responses, choose one with --entry N ({listed})")
    number = 1 if entry is None else entry
    if not 1 <= number <= len(captures):
        raise UnreadableInput(f"{name}: has no entry {number}; it holds {len(captures)}")
    chosen = captures[number - 1]
    if isinstance(chosen, UnreadableInput):
        raise chosen
    return chosen


def _described(capture: Capture | UnreadableInput) -> str:
    if isinstance(capture, UnreadableInput):
        return "not readable"
    return f"{capture.posted_at or 'no time'} to {capture.posted_to or 'unknown'}"


def _from_json(text: bytes, name: str) -> Iterator[Capture | UnreadableInput]:
    if text.count(b"{") + text.count(b"[") > MAX_JSON_OBJECTS or text.count(b",") > 10 * MAX_JSON_OBJECTS:
        raise UnreadableInput(f"{name}: JSON of more than {MAX_JSON_OBJECTS:,} objects; save only the POST to AWS")
    # The quotes in a body are escaped, and do not count; a backslash that is escaped escapes none.
    quotes = text.replace(b"\\\\", b"")
    if quotes.count(b'"') - quotes.count(b'\\"') > 2 * MAX_JSON_STRINGS:
        raise UnreadableInput(f"{name}: JSON of more than {MAX_JSON_STRINGS:,} strings; save only the POST to AWS")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableInput(f"{name}: looks like JSON but is not: {str(error)[:200]}") from None
    if isinstance(data, dict) and isinstance(data.get("log"), dict):
        yield from _from_har(data["log"], name)
    elif isinstance(data, dict) and isinstance(data.get("requests"), list):
        yield from _from_tracer(data["requests"], name)


def _from_har(log: dict[str, object], name: str) -> Iterator[Capture | UnreadableInput]:
    entries = log.get("entries")
    for entry in entries if isinstance(entries, list) else ():
        request = entry.get("request") if isinstance(entry, dict) else None
        posted = request.get("postData") if isinstance(request, dict) else None
        if not isinstance(posted, dict) or not isinstance(request, dict):
            continue
        fields = _pairs(posted.get("params")) or _form_fields(posted.get("text"))
        if "SAMLResponse" in fields:
            yield _posted(fields, "HAR", request.get("url"), entry.get("startedDateTime"), name)


def _from_tracer(requests: list[object], name: str) -> Iterator[Capture | UnreadableInput]:
    for request in requests:
        if not isinstance(request, dict):
            continue
        fields = _pairs(request.get("post"))
        if "SAMLResponse" in fields:
            stamp = request.get("timestamp") or request.get("time")
            yield _posted(fields, "SAML-tracer export", request.get("url"), stamp, name)


def _pairs(value: object) -> dict[str, str]:
    """Form fields in either writing: ``[{"name": ..., "value": ...}]`` or ``[[name, value]]``."""
    fields: dict[str, str] = {}
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            item = (item.get("name"), item.get("value"))
        if isinstance(item, list | tuple) and len(item) == 2 and all(isinstance(part, str) for part in item):
            fields[item[0]] = item[1]
    return fields


def _form_fields(text: object) -> dict[str, str]:
    if not isinstance(text, str) or "SAMLResponse=" not in text:
        return {}
    try:
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return {key: value.replace(" ", "+") for key, value in fields}


def _posted(fields: dict[str, str], form: str, url: object, stamp: object, name: str) -> Capture | UnreadableInput:
    """One post of several: a broken one is kept as its error, so that it does not hide the others."""
    value = fields["SAMLResponse"].replace(" ", "+")
    target = re.split(r"[?#]", url, maxsplit=1)[0] if isinstance(url, str) else None
    try:
        capture = _from_base64(value, name)
    except UnreadableInput as error:
        return error
    return capture._replace(form=form, relay_state=fields.get("RelayState"), posted_at=_moment(stamp), posted_to=target)


def _moment(stamp: object) -> datetime | None:
    if not isinstance(stamp, str):
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj(-15)
    try:
        return inflater.decompress(data, MAX_INFLATED)
    except zlib.error:
        return b""


def read_redirect(message: str) -> bytes:
    """The XML of a Redirect-binding message: base64 of raw DEFLATE, bounded. Raises UnreadableInput."""
    inflater = zlib.decompressobj(-15)
    try:
        xml = inflater.decompress(decode_base64(message), MAX_INFLATED)
    except (ValueError, zlib.error) as error:
        raise UnreadableInput(f"not a message of the Redirect binding: {error}") from None
    if inflater.unconsumed_tail or inflater.unused_data or not inflater.eof:
        raise UnreadableInput(f"a Redirect-binding message that does not end within {MAX_INFLATED:,} bytes")
    return xml


def write_redirect(xml: bytes) -> str:
    """A message of the Redirect binding, not yet percent-encoded: base64 of raw DEFLATE."""
    deflater = zlib.compressobj(wbits=-15)
    return base64.b64encode(deflater.compress(xml) + deflater.flush()).decode("ascii")
