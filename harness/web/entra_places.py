"""Where the Entra side sends a browser: to the mock AWS, whatever host the response names, and to its own pages."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from harness.web.hosts import LAUNCHER, LOGIN, SIGNIN_HOSTS

HOP = "/session-control"


@dataclass(frozen=True)
class Places:
    """The addresses of one run. ``true_names`` says that both sides are reached under production's own."""

    aws_url: str
    true_names: bool = False

    def acs(self, url: str) -> str:
        """Where a response for this ACS is posted: there itself under true names, else its path on the mock AWS.

        A host that is not served is never posted to.
        """
        try:
            parts = urlsplit(url)
        except ValueError:  # no address at all
            parts = urlsplit("")
        if self.true_names and parts.hostname in SIGNIN_HOSTS and parts.port in (None, 443):
            return url
        path = parts.path if parts.path.startswith("/") else "/saml"  # another path would run into the host's name
        return self.aws_url + quote(path, safe="/%-._~")

    @property
    def form_targets(self) -> str:
        """What a content security policy lets the form with a response go to."""
        if not self.true_names:
            return f"'self' {self.aws_url}"
        return " ".join(["'self'", *(f"https://{host}" for host in sorted(SIGNIN_HOSTS))])

    def login(self, tenant: str, **query: str) -> str:
        """The sign-in endpoint of a tenant."""
        return self._on(LOGIN, f"/{tenant}/saml2", query)

    def launcher(self, app_id: str, tenant: str) -> str:
        """The user access URL of an app."""
        return self._on(LAUNCHER, f"/api/signin/{app_id}", {"tenantId": tenant})

    def own(self, path: str) -> str:
        """A page of this mock. Under true names all are where one signs in, since that host has the cookies."""
        return self._on(LOGIN, path, {})

    def is_own(self, host: str) -> bool:
        """Whether a page of this mock may answer here."""
        return not self.true_names or host == LOGIN

    def _on(self, host: str, path: str, query: dict[str, str]) -> str:
        asked = f"?{urlencode(query)}" if query else ""
        return f"{f'https://{host}' if self.true_names else ''}{path}{asked}"
