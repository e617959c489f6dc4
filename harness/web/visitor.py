"""A browser without scripts, for this machine's own mock: it follows links and redirects, and submits forms.

Nothing is ever sent to another machine, whatever a page or a redirect says.
"""

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import IO
from urllib.parse import urlencode, urljoin

from harness.errors import HarnessError
from harness.loopback import parts_on_this_machine

MAX_PAGE = 4_000_000
TIMEOUT = 20
_SILENT = ("script", "style", "title")


@dataclass
class Form:
    """A form and what it would send when Enter is pressed: its inputs, and its first button where that has a name."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    pressed: bool = False


@dataclass(frozen=True)
class Page:
    """A page that was read. ``links`` are texts and addresses, in order; ``alerts`` what it says has gone wrong."""

    url: str
    status: int
    raw: bytes
    forms: tuple[Form, ...]
    links: tuple[tuple[str, str], ...]
    alerts: tuple[str, ...]


class Visitor:
    """One browser with its cookies."""

    def __init__(self) -> None:
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar()), _StayHere())
        self._opener = urllib.request.build_opener(*handlers)

    def open(self, url: str, fields: Mapping[str, str] | None = None) -> Page:
        """The page at an address, or the answer to a posted form. Raises HarnessError."""
        _require_loopback(url)
        body = None if fields is None else urlencode(fields).encode()
        asked = urllib.request.Request(url, body, {"Accept": "text/html"})  # noqa: S310  (loopback, see above)
        try:
            with self._opener.open(asked, timeout=TIMEOUT) as answer:
                return _read(answer, answer.url, answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return _read(error, error.url, error.code)
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise HarnessError(f"{url}: no answer ({reason}); saml-harness serve starts both sides") from None

    def submit(self, page: Page, form: Form, **filled: str) -> Page:
        """The answer to a form of a page, with these fields filled in."""
        return self.open(urljoin(page.url, form.action), form.fields | filled)


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        _require_loopback(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_loopback(url: str) -> None:
    if parts_on_this_machine(url) is None:
        raise HarnessError(f"{url[:200]}: not an address of this machine, such as http://127.0.0.1:8400")


def _read(answer: IO[bytes], url: str, status: int) -> Page:
    raw = answer.read(MAX_PAGE + 1)
    if len(raw) > MAX_PAGE:
        raise HarnessError(f"{url}: a page of more than {MAX_PAGE:,} bytes")
    reader = _Reader()
    reader.feed(raw.decode("utf-8", "replace"))
    return Page(url, status, raw, tuple(reader.forms), tuple(reader.links), tuple(map(_joined, reader.alerts)))


def _joined(words: list[str]) -> str:
    return " ".join(" ".join(words).split())


class _Reader(HTMLParser):
    """Collects forms, links and alerts; everything else is text or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.alerts: list[list[str]] = []
        self._form: Form | None = None
        self._link: tuple[str, list[str]] | None = None
        self._alert = ""
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent = tag
        elif tag == "form":
            self._form = Form(found.get("action", ""))
            self.forms.append(self._form)
        elif tag in ("input", "button") and self._form is not None:
            _add(self._form, tag, found)
        elif tag == "a" and "href" in found:
            self._link = (found["href"], [])
        if found.get("role") == "alert" or found.get("id") == "service_exception_message":
            self._alert = tag
            self.alerts.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        if tag == "form":
            self._form = None
        elif tag == "a" and self._link is not None:
            self.links.append((_joined(self._link[1]), self._link[0]))
            self._link = None
        if tag == self._alert:
            self._alert = ""

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._link is not None:
            self._link[1].append(data)
        if self._alert:
            self.alerts[-1].append(data)


def _add(form: Form, tag: str, found: Mapping[str, str]) -> None:
    name, kind = found.get("name", ""), found.get("type", "submit" if tag == "button" else "text")
    if kind == "submit":
        if name and not form.pressed:
            form.fields[name] = found.get("value", "")
        form.pressed = True
    elif name and (kind not in ("checkbox", "radio") or "checked" in found):
        form.fields[name] = found.get("value", "on" if kind in ("checkbox", "radio") else "")
