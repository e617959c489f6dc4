"""Responses whose assertion is encrypted for a provider, and the private keys that providers hold."""

from __future__ import annotations

import base64
from datetime import timedelta
from functools import cache

from harness.saml.encryption import encrypt
from harness.saml.keys import SigningKey, make_signing_key
from tests.web.conftest import NOW, World


@cache
def pair_of_keys(name: str) -> SigningKey:
    """The private key that a provider holds, and the certificate that the identity provider encrypts with."""
    return make_signing_key(name, NOW - timedelta(days=1), NOW + timedelta(days=365))


def sealed(world: World, name: str, upn: str = "britta@contoso.com") -> str:
    """A response of this moment, encrypted for the holder of a key."""
    text = world.idp.respond(upn, world.now).xml.decode()
    start, end = text.index("<Assertion "), text.index("</Assertion>") + len("</Assertion>")
    inside = encrypt(text[start:end].encode(), pair_of_keys(name).certificate)
    return base64.b64encode((text[:start] + inside + text[end:]).encode()).decode()


def give_key(world: World, provider: str, name: str, mode: str | None = None) -> str:
    """Upload a private key to a SAML provider over IAM. Returns the provider's UUID."""
    iam = world.client("iam", provider.split(":")[4])
    more = {} if mode is None else {"AssertionEncryptionMode": mode}
    pem = pair_of_keys(name).private_pem().decode()
    iam.update_saml_provider(SAMLProviderArn=provider, AddPrivateKey=pem, **more)
    return iam.get_saml_provider(SAMLProviderArn=provider)["SAMLProviderUUID"]
