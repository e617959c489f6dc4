"""From options to what the library takes: instants, metadata, keys, scenarios."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.errors import HarnessError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from harness.aws.account import Aws
    from harness.entra.idp import EntraIdp
    from harness.saml.metadata import Metadata
    from harness.scenario.model import Scenario


class InstantType(click.ParamType[datetime]):
    """An instant in UTC on the command line."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from harness.saml.times import parse_instant

        if isinstance(value, datetime):
            return value
        try:
            return parse_instant(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


INSTANT = InstantType()


def scenario_or_demo(path: str | None) -> "Scenario":
    """The scenario in a file, or the built-in company."""
    from harness.scenario.load import demo_scenario, load_scenario

    return demo_scenario() if path is None else load_scenario(path)


def idp_of(scenario: "Scenario", keys: str | None) -> "EntraIdp":
    """The mock Entra of a scenario, its keys in the folder given or in the per-user state folder."""
    from harness.entra.idp import EntraIdp
    from harness.entra.keystore import KeyStore, default_folder

    folder = default_folder(scenario.name) if keys is None else Path(keys)
    return EntraIdp(scenario, KeyStore(folder))


def read_metadata_files(paths: Sequence[str]) -> "list[Metadata]":
    """The metadata documents in files. Raises UnreadableInput."""
    from harness.saml.metadata import read_metadata
    from harness.saml.wire import read_file

    return [read_metadata(read_file(path), path) for path in paths]


def aws_of_metadata(documents: "Sequence[Metadata]", provider_arns: Sequence[str]) -> "Aws":
    """An AWS side of which only metadata is known. One document may stand for every provider.

    Raises HarnessError when documents and ARNs do not pair up.
    """
    from harness.arn import parse_arn
    from harness.aws.account import Aws, SamlProvider

    if not provider_arns:
        if len(documents) > 1:
            raise HarnessError("several --metadata need as many --provider-arn, in the same order")
        return Aws(declared=False, fallback=documents[0] if documents else None)
    if len(set(provider_arns)) != len(provider_arns):
        raise HarnessError("the same --provider-arn is given twice")
    if len(documents) not in (1, len(provider_arns)):
        raise HarnessError(f"{len(documents)} --metadata for {len(provider_arns)} --provider-arn; give one for each")
    providers = {}
    for number, text in enumerate(provider_arns):
        arn = parse_arn(text)
        if arn is None or arn.kind != "saml-provider":
            raise HarnessError(
                f"--provider-arn {text!r}: not the ARN of a SAML provider (arn:aws:iam::<account>:saml-provider/<name>)"
            )
        providers[text] = SamlProvider(arn, documents[number if len(documents) > 1 else 0])
    return Aws(declared=False, providers=providers)


def decrypt_keys(paths: Sequence[str]) -> "list[rsa.RSAPrivateKey]":
    """RSA private keys in PEM files. Raises BadKey."""
    from harness.saml.keys import rsa_private_key
    from harness.saml.wire import read_file

    return [rsa_private_key(read_file(path), path) for path in paths]
