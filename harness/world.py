"""Both sides of one scenario: what the mock Entra publishes becomes what the mock AWS was given, as bytes."""

from datetime import datetime
from functools import cache
from pathlib import Path

from harness.aws.account import Aws
from harness.aws.from_scenario import aws_from_scenario
from harness.aws.to_scenario import Origin, accounts_of
from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.saml.metadata import Metadata
from harness.scenario.model import SamlProvider, Scenario
from harness.scenario.uploaded import read_uploaded


def aws_of(idp: EntraIdp, now: datetime, directory: Path = Path()) -> Aws:
    """The AWS side of Entra's scenario, its providers given the metadata that Entra publishes at an instant.

    ``directory`` is where relative names of metadata files start. Raises UnreadableInput.
    """
    # One download is uploaded everywhere, as people do: hundreds of accounts then hold the same document.
    download = cache(lambda app, names: idp.federation_metadata(now, app=app, bom=False, certificates=names))

    def uploaded(provider: SamlProvider) -> bytes:
        if provider.metadata_document is not None:
            return provider.metadata_document.encode()
        if provider.metadata is not None:
            return read_uploaded(str(directory / provider.metadata))
        return download(provider.app, provider.certificates)

    return aws_from_scenario(idp.scenario, uploaded, now)


def scenario_now(idp: EntraIdp, aws: Aws, directory: Path = Path()) -> Scenario:
    """The scenario that describes both sides as they are: Entra's as it was changed, and what the accounts hold.

    A provider's document that lists nothing but certificates of one app is told as that app; any other as itself.
    """

    def origin(held: Metadata, declared: SamlProvider | None) -> Origin:
        if declared is not None and _still(held, declared, directory):
            return Origin(metadata=declared.metadata, metadata_document=declared.metadata_document)
        app, certificates = _app_of(idp, held, declared)
        if app is not None:
            return Origin(app=app, certificates=certificates)
        return Origin(metadata_document=held.raw.decode("utf-8"))

    return idp.scenario.model_copy(update={"accounts": accounts_of(aws, idp.scenario.accounts, origin)})


def _still(held: Metadata, declared: SamlProvider, directory: Path) -> bool:
    """Whether the document is the one that was declared, as a file or as itself."""
    if declared.metadata_document is not None:
        return held.raw == declared.metadata_document.encode()
    if declared.metadata is None:
        return False
    try:
        return held.raw == read_uploaded(str(directory / declared.metadata))
    except HarnessError:
        return False


def _app_of(idp: EntraIdp, held: Metadata, declared: SamlProvider | None) -> tuple[str | None, tuple[str, ...] | None]:
    """The app whose certificates a document lists, and which of them where it lists not all."""
    keys = {one.thumbprint for one in held.keys}
    if held.entity_count != 1 or held.entity_ids != (idp.issuer,) or not keys:
        return None, None
    # The declared app first: to look at an app is to make its keys, where it has none yet.
    for app in sorted(idp.scenario.apps, key=lambda app: declared is None or app.name != declared.app):
        names = {idp.keys.certificate(app, one).thumbprint: one.name for one in app.certificates}
        if keys <= names.keys():
            listed = tuple(name for thumbprint, name in names.items() if thumbprint in keys)
            if declared is not None and set(declared.certificates or ()) == set(listed):
                return app.name, declared.certificates
            return app.name, None if len(listed) == len(names) else listed
    return None, None
