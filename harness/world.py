"""Both sides of one scenario: what the mock Entra publishes becomes what the mock AWS was given, as bytes."""

from datetime import datetime
from pathlib import Path

from harness.aws.account import Aws
from harness.aws.from_scenario import aws_from_scenario
from harness.entra.idp import EntraIdp
from harness.saml.wire import read_file
from harness.scenario.model import SamlProvider


def aws_of(idp: EntraIdp, now: datetime, directory: Path = Path()) -> Aws:
    """The AWS side of Entra's scenario, its providers given the metadata that Entra publishes at an instant.

    ``directory`` is where relative names of metadata files start. Raises UnreadableInput.
    """

    def uploaded(provider: SamlProvider) -> bytes:
        if provider.metadata is not None:
            return read_file(str(directory / provider.metadata))
        return idp.federation_metadata(now, app=provider.app, bom=False, certificates=provider.certificates)

    return aws_from_scenario(idp.scenario, uploaded, now)
