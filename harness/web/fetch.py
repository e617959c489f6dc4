"""A fresh response from a running mock Entra, reached as a browser reaches it: by the pages of a sign-in."""

from dataclasses import dataclass
from urllib.parse import urljoin

from harness.errors import HarnessError
from harness.saml.wire import Capture, read_capture
from harness.web.visitor import Page, Visitor

MAX_PAGES = 8
PASSWORD = "any"  # noqa: S105  (the mock takes any, and asks for no real one)


class TurnedAway(HarnessError):
    """Entra's page refuses the sign-in, in the words given; before the mock's own words its name is left out."""


@dataclass(frozen=True)
class Fetched:
    """The response that the page would post, and the app's federation metadata."""

    response: Capture
    visitor: Visitor
    metadata_url: str

    def metadata(self) -> bytes:
        """The document as it is served, with its byte order mark. Raises HarnessError."""
        page = self.visitor.open(self.metadata_url)
        if page.status != 200:
            raise HarnessError(f"{self.metadata_url}: answered with {page.status}")
        return page.raw


def fetch_response(server: str, upn: str, app: str | None = None) -> Fetched:
    """Sign a user in at the mock Entra that listens at ``server``. Raises TurnedAway, HarnessError."""
    visitor = Visitor()
    front = visitor.open(server.rstrip("/") + "/")
    start = _link(front, "user access URL", app)
    metadata = _link(front, "federation metadata", app)
    page = visitor.open(start)
    for _ in range(MAX_PAGES):
        if any("SAMLResponse" in form.fields for form in page.forms):
            return Fetched(read_capture(page.raw, page.url), visitor, metadata)
        page = _next(visitor, page, upn)
    raise HarnessError(f"{page.url}: no response after {MAX_PAGES} pages")


def _next(visitor: Visitor, page: Page, upn: str) -> Page:
    """The page after this step of the sign-in: the name, then the password, then whether to stay."""
    if page.alerts:
        raise TurnedAway(page.alerts[0].removeprefix("saml-harness: "))
    form = next((one for one in page.forms if "loginfmt" in one.fields), None)
    if page.status != 200 or form is None:
        raise HarnessError(f"{page.url}: this is no page of a sign-in; is it saml-harness serve that listens there?")
    filled = {"passwd": PASSWORD} if "passwd" in form.fields else {}
    return visitor.submit(page, form, loginfmt=upn, **filled)


def _link(front: Page, text: str, app: str | None) -> str:
    """The address behind the link of an app on the front page; the only one, where no app is named."""
    found = {words: href for words, href in front.links if words.startswith(f"{text} of ")}
    wanted = [*found] if app is None else [words for words in found if words == f"{text} of {app}"]
    if not found:
        raise HarnessError(
            f"{front.url}: this is not the front page of a mock Entra; saml-harness serve prints where it is"
        )
    if len(wanted) != 1:
        raise HarnessError(f"name one of the apps: {', '.join(one.removeprefix(f'{text} of ') for one in found)}")
    return urljoin(front.url, found[wanted[0]])
