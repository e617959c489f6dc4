"""What AWS accounts hold: SAML providers and roles. Built from a scenario, or assumed where none is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from harness.arn import Arn
from harness.saml.keys import Certificate
from harness.saml.metadata import Metadata


def valid_until(since: datetime) -> datetime:
    """Until when a provider is valid from its creation or its last document, whatever the document says: the same
    date a hundred years later, where there is none the day before it."""
    try:
        return since.replace(year=since.year + 100)
    except ValueError:
        return since.replace(year=since.year + 100, day=28)


@dataclass(frozen=True, eq=False)
class PrivateKey:
    """A private key uploaded to a SAML provider, for encrypted assertions."""

    key_id: str
    uploaded: datetime
    key: PrivateKeyTypes


@dataclass(frozen=True, eq=False)
class SamlProvider:
    """An IAM SAML provider. ``required`` is AssertionEncryptionMode Required.

    What only the IAM API shows has defaults, for providers that no API call made.
    """

    arn: Arn
    metadata: Metadata
    required: bool = False
    unique_id: str = ""
    created: datetime | None = None
    valid_until: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    private_keys: tuple[PrivateKey, ...] = ()
    """In the order in which they were uploaded; at most two."""


@dataclass(frozen=True, eq=False)
class Role:
    """An IAM role as far as federation asks about it. ``max_session_duration`` is in seconds."""

    arn: Arn
    trust_policy: Mapping[str, Any]
    max_session_duration: int = 3600
    unique_id: str = ""
    created: datetime | None = None
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    attached_policies: tuple[str, ...] = ()
    """ARNs of managed policies; kept and listed, never evaluated."""


@dataclass(frozen=True, eq=False)
class Aws:
    """The AWS side that a response meets.

    ``declared`` False means that no scenario says what exists: then every provider ARN is assumed to hold the
    ``fallback`` metadata, and nothing is claimed about roles.
    """

    declared: bool
    providers: Mapping[str, SamlProvider] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    fallback: Metadata | None = None

    def metadata_of(self, provider_arn: str) -> Metadata | None:
        """The metadata a provider holds; None when there is no such provider or none was given for it."""
        provider = self.providers.get(provider_arn)
        return provider.metadata if provider else self.fallback

    @property
    def documents(self) -> tuple[Metadata, ...]:
        """Every metadata document, each once."""
        found = [provider.metadata for provider in self.providers.values()]
        if self.fallback is not None:
            found.append(self.fallback)
        return tuple({id(document): document for document in found}.values())

    @property
    def keys(self) -> tuple[Certificate, ...]:
        """Every signing certificate that some provider trusts, each once."""
        return tuple(dict.fromkeys(key for document in self.documents for key in document.keys))

    def with_metadata(self, metadata: Metadata) -> "Aws":
        """The same accounts after this document was uploaded to every provider."""
        updated = {arn: replace(provider, metadata=metadata) for arn, provider in self.providers.items()}
        return replace(self, providers=updated)

    @property
    def arns(self) -> tuple[Arn, ...]:
        """Of everything that is held."""
        return (*(one.arn for one in self.providers.values()), *(one.arn for one in self.roles.values()))

    def partition_of(self, account: str) -> str:
        """The partition of an account: that of what it holds already, else ``aws``."""
        return next((arn.partition for arn in self.arns if arn.account == account), "aws")
