"""IAM: the five operations on SAML providers and their tags, as they are recorded and documented.

Sources stand in the messages' table of the facts: what no one recorded is refused with the documented code and
words of ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from harness.arn import Arn, parse_arn
from harness.aws.account import Aws, PrivateKey, SamlProvider, valid_until
from harness.aws.query import ApiError, Member, Result, listed, over_quota, paged, require
from harness.aws.store import AwsStore, unique_id, with_provider, without_provider
from harness.aws.tags import tags_of
from harness.errors import HarnessError
from harness.saml.document import DocumentFlaw
from harness.saml.metadata import Metadata, read_metadata

NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_DOCUMENT = Member("SAMLMetadataDocument", 1_000, 10_000_000)
_ARN = Member("SAMLProviderArn", 20, 2048, required=True)
_NAME = Member("Name", 1, 128, required=True, pattern=r"[\w._-]+")
_KEY = Member("AddPrivateKey", 1, 16_384, secret=True)
_KEY_ID = Member("RemovePrivateKey", 22, 64, pattern=r"[A-Z0-9]+")
_TAGS = Member("Tags", 0, 50, kind="list")
MAX_KEYS = 2
MAX_PROVIDERS, MAX_ENTITIES, MAX_CERTIFICATES = 100, 10, 10
"""AWS's quotas; in which words it refuses more is not known."""


@dataclass(frozen=True, slots=True)
class IamProviders:
    """The SAML providers of the accounts. ``account`` is that of the caller."""

    store: AwsStore

    def create(self, params: Mapping[str, str], account: str, now: datetime) -> Result:
        """CreateSAMLProvider."""
        require(params, replace(_DOCUMENT, required=True), _NAME, _KEY, _TAGS)
        arn = Arn(self.store.aws.partition_of(account), account, "saml-provider", params["Name"])
        metadata = _metadata(params["SAMLMetadataDocument"])
        keys = (_private_key(params["AddPrivateKey"], now),) if "AddPrivateKey" in params else ()
        required = _required(params) or False
        if required and not keys:
            raise ApiError(
                "ValidationError",
                400,
                "Unable to set assertion encryption mode to Required because no private key is provided.",
            )
        tags = tags_of(params)
        provider = SamlProvider(arn, metadata, required, unique_id("SAMLSP"), now, valid_until(now), tags, keys)

        def add(aws: Aws) -> Aws:
            if str(arn) in aws.providers:
                raise ApiError("EntityAlreadyExists", 409, f"saml-harness: a provider with ARN {arn} exists")
            if sum(one.arn.account == account for one in aws.providers.values()) >= MAX_PROVIDERS:
                raise over_quota(f"an account holds at most {MAX_PROVIDERS} SAML providers")
            return with_provider(aws, provider)

        self.store.change(add)
        return {"SAMLProviderArn": str(arn), "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def update(self, params: Mapping[str, str], account: str, now: datetime) -> Result:
        """UpdateSAMLProvider. The document replaces the old one; UUID and creation date stay."""
        require(params, _ARN, _DOCUMENT, _KEY, _KEY_ID)
        known = ("SAMLMetadataDocument", "AssertionEncryptionMode", "AddPrivateKey", "RemovePrivateKey")
        if not any(name in params for name in known):
            raise ApiError(
                "ValidationError",
                400,
                "Unable to update identity provider. No updates are defined for metadata or encryption assertion.",
            )
        if "AddPrivateKey" in params and "RemovePrivateKey" in params:
            raise ApiError(
                "ValidationError",
                400,
                "Unable to add and remove private keys in the same request. "
                "Set a value for only one of the two parameters.",
            )
        arn = params["SAMLProviderArn"]
        self.store.change(lambda aws: with_provider(aws, _updated(self._held(aws, arn, account), params, now)))
        return {"SAMLProviderArn": arn}

    def get(self, params: Mapping[str, str], account: str) -> Result:
        """GetSAMLProvider. The document is returned as it was given; tags are sorted by key."""
        require(params, _ARN)
        provider = self._held(self.store.aws, params["SAMLProviderArn"], account)
        return {
            "SAMLProviderUUID": provider.unique_id,
            "SAMLMetadataDocument": provider.metadata.raw.decode("utf-8", "replace"),
            "CreateDate": provider.created,
            "ValidUntil": provider.valid_until,
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(provider.tags.items())],
            "AssertionEncryptionMode": "Required" if provider.required else "Allowed",
            "PrivateKeyList": [{"KeyId": one.key_id, "Timestamp": one.uploaded} for one in provider.private_keys],
        }

    def list(self, account: str) -> Result:
        """ListSAMLProviders."""
        held = [one for one in self.store.aws.providers.values() if one.arn.account == account]
        return {
            "SAMLProviderList": [
                {"Arn": str(one.arn), "ValidUntil": one.valid_until, "CreateDate": one.created} for one in held
            ]
        }

    def delete(self, params: Mapping[str, str], account: str) -> None:
        """DeleteSAMLProvider."""
        require(params, _ARN)
        arn = params["SAMLProviderArn"]

        def remove(aws: Aws) -> Aws:
            self._held(aws, arn, account)
            return without_provider(aws, arn)

        self.store.change(remove)

    def tag(self, params: Mapping[str, str], account: str) -> None:
        """TagSAMLProvider."""
        self._change_tags(params, account, lambda tags: tags_of(params, tags))

    def untag(self, params: Mapping[str, str], account: str) -> None:
        """UntagSAMLProvider."""
        gone = listed(params, "TagKeys")
        self._change_tags(params, account, lambda tags: {key: tags[key] for key in tags if key not in gone})

    def tags(self, params: Mapping[str, str], account: str) -> Result:
        """ListSAMLProviderTags, sorted by key."""
        require(params, _ARN)
        provider = self._held(self.store.aws, params["SAMLProviderArn"], account)
        return paged(params, "Tags", {key: {"Key": key, "Value": value} for key, value in provider.tags.items()})

    def _change_tags(
        self, params: Mapping[str, str], account: str, make: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> None:
        require(params, _ARN)

        def change(aws: Aws) -> Aws:
            provider = self._held(aws, params["SAMLProviderArn"], account)
            return with_provider(aws, replace(provider, tags=make(provider.tags)))

        self.store.change(change)

    def _held(self, aws: Aws, arn: str, account: str) -> SamlProvider:
        parsed = parse_arn(arn)
        provider = aws.providers.get(arn)
        if provider is None or parsed is None or parsed.account != account:
            raise ApiError("NoSuchEntity", 404, f"Manifest not found for arn {arn}")
        return provider


def _updated(provider: SamlProvider, params: Mapping[str, str], now: datetime) -> SamlProvider:
    keys = provider.private_keys
    if "AddPrivateKey" in params:
        if len(keys) >= MAX_KEYS:
            raise ApiError("LimitExceeded", 409, f"Private key limit of {MAX_KEYS} is reached.")
        keys = (*keys, _private_key(params["AddPrivateKey"], now))
    asked = _required(params)
    required = provider.required if asked is None else asked
    if (gone := params.get("RemovePrivateKey")) is not None:
        if all(one.key_id != gone for one in keys):
            message = "Failed to remove private key because the Key ID does not match a private key."
            raise ApiError("InvalidInput", 400, message)
        keys = tuple(one for one in keys if one.key_id != gone)
        if required and not keys:
            raise ApiError("InvalidInput", 400, "Failed to remove private key.")
    if required and not keys:
        message = "Failed to set assertion encryption mode to Required because no private key is present."
        raise ApiError("InvalidInput", 400, message)
    changed = replace(provider, private_keys=keys, required=required)
    if "SAMLMetadataDocument" not in params:
        return changed
    return replace(changed, metadata=_metadata(params["SAMLMetadataDocument"]), valid_until=valid_until(now))


def _required(params: Mapping[str, str]) -> bool | None:
    """What AssertionEncryptionMode asks for; None where it is not given."""
    mode = params.get("AssertionEncryptionMode")
    if mode not in (None, "Required", "Allowed"):
        raise ApiError("ValidationError", 400, "saml-harness: AssertionEncryptionMode is Required or Allowed")
    return None if mode is None else mode == "Required"


def _metadata(document: str) -> Metadata:
    """The document, when IAM would take it. A comment is taken; a DOCTYPE's answer is inferred."""
    could_not = ApiError("InvalidInput", 400, "Could not parse metadata")
    try:
        metadata = read_metadata(document.encode())
    except (HarnessError, UnicodeEncodeError):
        raise could_not from None
    flaws = [flaw for flaw in metadata.document.flaws if flaw.kind is not DocumentFlaw.COMMENT]
    if flaws or metadata.document.bom or any(entity.unreadable for entity in metadata.entities):
        raise could_not
    if not metadata.entities:
        raise ApiError("InvalidInput", 400, "SAML Providers must reference at least one SAML assertion issuer.")
    if len(metadata.entity_ids) != len(metadata.entities):
        raise could_not
    if len(metadata.entities) > MAX_ENTITIES:
        raise over_quota(f"a provider holds at most {MAX_ENTITIES} identity providers")
    if len(metadata.keys) > MAX_CERTIFICATES:
        raise over_quota(f"a provider holds at most {MAX_CERTIFICATES} keys")
    return metadata


def _private_key(pem: str, now: datetime) -> PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ApiError("InvalidInput", 400, "Invalid private key.") from None
    return PrivateKey(unique_id("SAMLPK"), now, key)
