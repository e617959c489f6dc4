"""The tables of AWS's side: accounts with their SAML providers and roles."""

import json
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from harness.scenario.tables import Table, Text, require_unique


class SamlProvider(Table):
    """An IAM SAML provider and where its metadata came from: one of the apps, a file, or the document itself."""

    name: Annotated[str, Field(pattern=r"^[\w._-]{1,128}$")]
    """The last part of its ARN."""
    app: Text | None = None
    """The app whose federation metadata was uploaded."""
    metadata: Text | None = None
    """The file that was uploaded, from the scenario's folder."""
    metadata_document: Annotated[str, Field(min_length=1, max_length=10_000_000)] | None = None
    """The document that was uploaded, as XML."""
    certificates: tuple[Text, ...] | None = None
    """Of the app's certificates, those that the uploaded document held; all when left out."""
    encryption_required: bool = False
    """AssertionEncryptionMode: whether plain assertions are refused."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Tags of the provider."""

    @model_validator(mode="after")
    def _one_origin(self) -> "SamlProvider":
        if [self.app, self.metadata, self.metadata_document].count(None) != 2:
            raise ValueError(
                "give one of app (its federation metadata was uploaded), metadata (a file) and metadata_document (XML)"
            )
        return self


class Role(Table):
    """An IAM role. Its trust is either the usual policy for the providers named, or a policy in JSON."""

    name: Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,64}$")]
    """Its name, without the path."""
    path: Annotated[str, Field(pattern=r"^/([\x21-\x7e]+/)?$")] = "/"
    """Its path, with slashes at both ends."""
    max_session_duration: Annotated[int, Field(ge=3600, le=43200)] = 3600
    """Seconds that a session may last."""
    trusts: tuple[Text, ...] = ()
    """SAML providers of the account that it trusts, by the policy that the console writes."""
    trust_policy: Text | None = None
    """A trust policy of its own, as JSON."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Tags of the role."""

    @field_validator("trust_policy", mode="before")
    @classmethod
    def _is_json(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                policy = json.loads(value)
            except (ValueError, RecursionError) as error:
                raise ValueError(f"not JSON: {error}") from None
            if not isinstance(policy, dict):
                raise ValueError("not a policy but another JSON value")  # noqa: TRY004  (pydantic takes ValueError)
            return json.dumps(policy)
        return value

    @model_validator(mode="after")
    def _one_trust(self) -> "Role":
        if bool(self.trusts) == (self.trust_policy is not None):
            raise ValueError("give either trusts (names of SAML providers) or trust_policy (JSON)")
        return self


class Account(Table):
    """An AWS account."""

    id: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    """Twelve digits."""
    alias: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=3, max_length=63)] | None = None
    """The name that the role picker shows."""
    partition: Literal["aws", "aws-cn", "aws-us-gov"] = "aws"
    """Commercial, China or GovCloud."""
    saml_providers: tuple[SamlProvider, ...] = ()
    """Its SAML providers."""
    roles: tuple[Role, ...] = ()
    """Its roles."""

    @model_validator(mode="after")
    def _consistent(self) -> "Account":
        require_unique("SAML provider", (provider.name for provider in self.saml_providers))
        require_unique("role", (role.name for role in self.roles))
        known = {provider.name for provider in self.saml_providers}
        for role in self.roles:
            for name in role.trusts:
                if name not in known:
                    raise ValueError(f"role {role.name!r} trusts {name!r}, which is no SAML provider of the account")
        return self

    def provider_arn(self, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.id}:saml-provider/{name}"

    def role_arn(self, role: Role) -> str:
        return f"arn:{self.partition}:iam::{self.id}:role{role.path}{role.name}"
