"""Both sides on free ports of this machine, for the length of a block."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from harness.aws.store import AwsStore
from harness.entra.idp import EntraIdp
from harness.web.server import serve


@dataclass(frozen=True)
class LiveIdp:
    """The mock Entra at ``url``. ``idp`` is the tenant behind it: what a test changes there is served at once."""

    url: str
    idp: EntraIdp

    def sign_in_url(self, user: str, app: str | None = None) -> str:
        """The page that signs a user in, with the form that posts the response to the live service provider."""
        return f"{self.url}/signin?user={quote(user)}" + ("" if app is None else f"&app={quote(app)}")


@dataclass(frozen=True)
class LiveSp:
    """The mock AWS at ``url``: role picker, STS and IAM. ``store`` is what its accounts hold."""

    url: str
    store: AwsStore

    @property
    def acs(self) -> str:
        """Where browsers post responses."""
        return f"{self.url}/saml"


@contextmanager
def live(idp: EntraIdp, now: datetime, directory: Path = Path()) -> Iterator[tuple[LiveIdp, LiveSp]]:
    """Serve both sides until the block ends. Their clock starts at ``now`` and runs as time does."""
    with serve(idp, running_from(now), directory=directory) as served:
        yield LiveIdp(served.entra_url, idp), LiveSp(served.aws_url, served.store)


def running_from(now: datetime) -> Callable[[], datetime]:
    """A clock that shows ``now`` and goes on from there."""
    start = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - start)
