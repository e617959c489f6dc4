"""AWS's addresses and names as a SAML service provider, for each partition.

Source: the IAM User Guide on SAML assertions and relying parties; the China and GovCloud forms are those
that AWS's guides and working clients use.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

SAML_ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
ROLE = SAML_ATTRIBUTES + "Role"
ROLE_SESSION_NAME = SAML_ATTRIBUTES + "RoleSessionName"
SESSION_DURATION = SAML_ATTRIBUTES + "SessionDuration"
SOURCE_IDENTITY = SAML_ATTRIBUTES + "SourceIdentity"
PRINCIPAL_TAG = SAML_ATTRIBUTES + "PrincipalTag:"
TRANSITIVE_TAG_KEYS = SAML_ATTRIBUTES + "TransitiveTagKeys"


@lru_cache
def _acs_pattern(host: str) -> re.Pattern[str]:
    region = r"(?:[a-z]{2}(?:-[a-z]+)+-\d\.)?"
    return re.compile(rf"https://{region}{re.escape(host)}/(?:static/)?saml(?:/acs/SAMLSP[A-Z0-9]{{16}})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition's sign-in host and entity ID."""

    name: str
    host: str
    entity_id: str

    @property
    def acs(self) -> str:
        """The global assertion consumer service."""
        return f"https://{self.host}/saml"

    def is_acs(self, url: str) -> bool:
        """Whether AWS documents this URL as an ACS: global, regional, or of one provider."""
        return url == self.acs or _acs_pattern(self.host).fullmatch(url) is not None

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences AWS names: the ACS, as Entra's gallery app has it, and its entity ID."""
        return (self.acs, self.entity_id)


PARTITIONS = {
    "aws": Partition("aws", "signin.aws.amazon.com", "urn:amazon:webservices"),
    "aws-cn": Partition("aws-cn", "signin.amazonaws.cn", "urn:amazon:webservices:cn-north-1"),
    "aws-us-gov": Partition("aws-us-gov", "signin.amazonaws-us-gov.com", "urn:amazon:webservices:govcloud"),
}
