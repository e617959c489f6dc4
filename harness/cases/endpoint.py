"""Exported cases posted to a service provider that listens, as a browser would post them.

Nothing here knows the provider: whether it let the user in is told by its status, its redirect or its text.
"""

import http.client
import json
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote

from harness.cases.export import INDEX
from harness.cases.show import FORMAT, VERSION
from harness.errors import HarnessError, UnreadableInput
from harness.loopback import http_parts

_FILE = re.compile(r"[a-z]+/[a-z0-9-]+\.b64")
_REAL = re.compile(r"(^|\.)(aws\.amazon\.com|amazonaws[a-z.-]*|microsoft[a-z]*\.com|windows\.net|azure\.[a-z]+)$")
_MOST = 1_000_000
"""Bytes of an answer that are looked at."""


class Said(StrEnum):
    """What a service provider made of one response."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HANG = "hang"
    CRASH = "crash"
    SKIPPED = "skipped"
    """Not posted: the provider would need a world of its own first."""


@dataclass(frozen=True, slots=True)
class Signs:
    """How acceptance is recognised: every sign that is asked for must be there."""

    statuses: tuple[int, ...] = ()
    redirect: str | None = None
    """How the Location of a redirect begins."""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """One case that was posted. ``wanted`` None means that either answer will do."""

    id: str
    said: Said
    detail: str
    wanted: bool | None

    @property
    def passed(self) -> bool:
        if self.said in (Said.HANG, Said.CRASH):
            return False
        return self.wanted is None or self.wanted == (self.said is Said.ACCEPTED)


def target(url: str, *, any_host: bool) -> SplitResult:
    """The address to post to. Raises HarnessError for what is no HTTP address, or not on this machine."""
    parts = http_parts(url)
    if parts is None:
        raise HarnessError(f"{url!r}: not an address; expected http://127.0.0.1:8000/acs or the like")
    host = parts.hostname or ""
    if _REAL.search(host.rstrip(".").lower()):
        raise HarnessError(f"{host}: nothing is ever sent to a real AWS or Microsoft host")
    if not any_host and not _is_loopback(host):
        raise HarnessError(f"{host}: not on this machine; --any-host posts forgeries to another one")
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def post_all(
    folder: Path, parts: SplitResult, signs: Signs, names: frozenset[str], *, seconds: float
) -> Iterator[Posted]:
    """Post those cases of an exported folder that are named. Raises UnreadableInput when it is none."""
    for case in (one for one in _listed(folder) if one["id"] in names):
        if case["world"] is not None:
            yield Posted(case["id"], Said.SKIPPED, "needs a world of its own, see its entry in the index", None)
            continue
        said, detail = _post(parts, (folder / case["file"]).read_bytes(), signs, seconds)
        yield Posted(case["id"], said, detail, case["expected"]["accepted"])


def _listed(folder: Path) -> list[dict[str, Any]]:
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
        cases: list[dict[str, Any]] = index["cases"]
        if (index["format"], index["version"]) != (FORMAT, VERSION):
            raise UnreadableInput(f"{folder / INDEX}: another format; export the cases with this version")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableInput(f"{folder / INDEX}: not an export of the cases ({error})") from None
    if cases and any(not {"id", "world", "expected"} <= case.keys() for case in cases):
        raise UnreadableInput(f"{folder / INDEX}: entries of another version; export the cases with this version")
    if strange := [case for case in cases if not _FILE.fullmatch(str(case.get("file")))]:
        raise UnreadableInput(f"{folder / INDEX}: {strange[0].get('file')!r} is no file of an export")
    return cases


def _post(parts: SplitResult, posted: bytes, signs: Signs, seconds: float) -> tuple[Said, str]:
    body = posted if posted.startswith((b"SAMLResponse=", b"SAMLRequest=")) else b"SAMLResponse=" + _form(posted)
    connection = _connection(parts, seconds)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        text = answer.read(_MOST).decode("utf-8", "replace")
    except TimeoutError:
        return Said.HANG, f"no answer within {seconds:g} seconds"
    except ConnectionRefusedError:
        raise HarnessError(f"{parts.netloc}: nobody listens there") from None
    except (OSError, http.client.HTTPException) as error:
        return Said.CRASH, f"the connection broke: {type(error).__name__}"
    finally:
        connection.close()
    location = answer.getheader("Location") or ""
    if answer.status >= 500:
        return Said.CRASH, f"HTTP {answer.status}"
    taken = _accepted(signs, answer.status, location, text)
    return (Said.ACCEPTED if taken else Said.REJECTED), f"HTTP {answer.status} {location}".strip()


def _form(posted: bytes) -> bytes:
    return quote(posted, safe="").encode()


def _connection(parts: SplitResult, seconds: float) -> http.client.HTTPConnection:
    """Straight to the host: no proxy of the environment is asked, and no redirect is followed."""
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, parts.port, timeout=seconds)


def _accepted(signs: Signs, status: int, location: str, text: str) -> bool:
    return (
        (not signs.statuses or status in signs.statuses)
        and (signs.redirect is None or (300 <= status < 400 and location.startswith(signs.redirect)))
        and (signs.text is None or signs.text in text)
    )
