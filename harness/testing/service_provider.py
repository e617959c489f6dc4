"""AWS's side of a scenario as an object of a test: it was given metadata, and judges what is posted to it."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.aws.account import Aws
from harness.entra.idp import EntraIdp
from harness.report.model import Report
from harness.rules import Policy
from harness.saml.metadata import read_metadata
from harness.saml.wire import Capture, read_capture
from harness.validate import check
from harness.world import aws_of

if TYPE_CHECKING:
    from harness.testing.responses import Response


class ServiceProvider:
    """The mock AWS of a scenario at one instant.

    ``aws`` is what its accounts hold. It starts with the metadata that Entra publishes for each provider.
    """

    def __init__(self, idp: EntraIdp, now: datetime, directory: Path = Path()) -> None:
        self.aws: Aws = aws_of(idp, now, directory)
        self.now = now

    def trust(self, metadata: bytes) -> None:
        """Upload a metadata document to every SAML provider, in place of what it holds. Raises UnreadableInput."""
        self.aws = self.aws.with_metadata(read_metadata(metadata, "metadata"))

    def judge(
        self, response: "Response | bytes | str", *, role: str | None = None, at: datetime | None = None,
        allow_sha1: bool = False, ask_engines: bool = True,
    ) -> Report:  # fmt: skip
        """AWS's answers and every finding. Bytes and text are taken in any form that `saml-harness check` takes.

        ``role`` is the ARN of the one role to ask for; ``at`` the instant, by default the response's own or that
        of the provider. ``ask_engines`` False leaves the second and third opinion on signatures out, for bulk work.
        Raises UnreadableInput for what holds no response.
        """
        policy = Policy(self.aws, self.aws.keys, role=role, allow_sha1=allow_sha1)
        now = at or getattr(response, "at", None) or self.now
        return check(_capture(response), policy, now, ask_engines=ask_engines)


def _capture(response: "Response | bytes | str") -> Capture:
    if isinstance(response, str):
        return read_capture(response.encode(), "response")
    if isinstance(response, bytes):
        return read_capture(response, "response")
    return Capture("response", response.xml, len(response.base64))
