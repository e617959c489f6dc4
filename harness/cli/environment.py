"""The environment in which programs meet the mock under production's names, and nothing of the user's own AWS."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.output import the_clock

if TYPE_CHECKING:
    from harness.saml.keys import Certificate
    from harness.web.authority import Authority
    from harness.web.real_hosts import RealHosts

_LOOPBACK = "localhost,127.0.0.1,::1"
_KEPT = frozenset(
    {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_DEFAULT_OUTPUT", "AWS_PAGER", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"}
)
"""What of AWS_* names neither an account, a credential, an endpoint nor a file."""
_TAKEN = re.compile(
    # Whatever sends a program around the proxy, to another authority, or past certificates altogether.
    # A shell's grep reads it too, so its groups are plain ones.
    r"AWS_.*|BOTO_CONFIG|(.*_)?(HTTPS?|ALL|NO|FTP|SOCKS)_?PROXY|NPM_CONFIG_(PROXY|NOPROXY|CAFILE|CA)"
    r"|SSL_CERT_DIR|NIX_SSL_CERT_FILE|NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Way:
    """How programs on this machine reach the mock: its proxy, and a folder with what they read."""

    proxy_url: str
    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate that vouches for production's names here."""
        return self.folder / "authority.pem"

    def prepare(self, certificate: "Certificate") -> None:
        """Write the files that the settings name."""
        self.authority.write_text(certificate.pem, "ascii")
        for name in ("config", "credentials"):
            (self.folder / name).touch(mode=0o600)

    def settings(self) -> dict[str, str]:
        """The variables that lead a program to the mock. Plain HTTP leads to the proxy too, which refuses it."""
        trust = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        proxies = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
        return {
            **{spelt: self.proxy_url for name in proxies for spelt in (name, name.lower())},
            **dict.fromkeys(("NO_PROXY", "no_proxy"), _LOOPBACK),
            "NODE_USE_ENV_PROXY": "1",
            **dict.fromkeys(trust, str(self.authority)),
            "AWS_CONFIG_FILE": str(self.folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of a program: what it inherits, less what could lead it elsewhere."""
        from harness.pick import REGION

        kept = {name: value for name, value in inherited.items() if name in _KEPT or not _TAKEN.fullmatch(name)}
        region = {} if kept.keys() & {"AWS_REGION", "AWS_DEFAULT_REGION"} else {"AWS_DEFAULT_REGION": REGION}
        return kept | region | self.settings()

    def exports(self) -> str:
        """The same as lines for a shell, which finds by itself what it inherited and should not have."""
        from harness.pick import REGION_LINE

        names = r"env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'"
        taken = f"{names} | grep -Eix '{_TAKEN.pattern}' | grep -Evx '{'|'.join(sorted(_KEPT))}'"
        # One name stands there anyhow: zsh refuses to unset nothing.
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in self.settings().items()]
        return f"unset AWS_PROFILE $({taken})\n" + "".join(lines) + REGION_LINE

    def chromium(self, pin: str, url: str) -> str:
        """A command line for Chromium: a profile of its own, and this one public key taken besides the usual ones."""
        return shlex.join(
            [
                "chromium",
                f"--user-data-dir={self.folder / 'chromium'}",
                f"--proxy-server={self.proxy_url}",
                f"--ignore-certificate-errors-spki-list={pin}",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                url,
            ]
        )


def authority() -> "Authority":
    """An authority for production's host names, for the day that begins now."""
    from harness.web.authority import make_authority
    from harness.web.hosts import SERVED

    return make_authority(SERVED, the_clock())


def way_in(real: "RealHosts", url: str, folder: Path) -> str:
    """How a shell, one command and a browser reach production's names here."""
    from harness.web.hosts import MY_APPS

    way = Way(real.proxy_url, folder)
    way.prepare(real.authority.certificate)
    return (
        f"proxy  {real.proxy_url}, for production's host names and nothing else\n\n"
        f"one command:  saml-harness env --attach {url} -- COMMAND\n\n"
        f"a shell:\n{way.exports()}\n"
        f"a browser:\n{way.chromium(real.authority.pin, f'https://{MY_APPS}/')}\n\n"
    )
