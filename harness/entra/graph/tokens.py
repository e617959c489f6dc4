"""Access tokens for programs that call Graph: handed to whoever asks, signed with the tenant-wide key, kept nowhere.

Any secret and any password is taken, and let go unread: there is nothing here to protect.
"""

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness.entra.graph.errors import HARNESS, bad_token
from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.loopback import LOOPBACK
from harness.saml.keys import SigningKey

GRAPH = "https://graph.microsoft.com"
LIFETIME = 3599
LONGEST = 16_000
_PADDING, _HASH = padding.PKCS1v15(), hashes.SHA256()


class TokenRefusal(HarnessError):
    """No token is issued. ``error`` is OAuth's word for the cause."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error

    def body(self, now: datetime) -> dict[str, Any]:
        """The refusal in the form of Entra's token endpoint."""
        return {
            "error": self.error,
            "error_description": f"{HARNESS}: {self}",
            "error_codes": [],
            "timestamp": f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}",
            "trace_id": str(uuid.uuid4()),
            "correlation_id": str(uuid.uuid4()),
        }


def issue(idp: EntraIdp, form: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The answer of the token endpoint to a form. Raises TokenRefusal."""
    client, grant = form.get("client_id", ""), form.get("grant_type", "")
    if not client:
        raise TokenRefusal("invalid_request", "client_id is missing")
    if grant == "client_credentials":
        if not (form.get("client_secret") or form.get("client_assertion")):
            raise TokenRefusal("invalid_client", "client_secret or client_assertion is missing; any will do here")
        who = {"idtyp": "app", "roles": sorted(permissions_of(idp, client) or ())}
    elif grant == "password":
        who = {"idtyp": "user", "scp": "Directory.AccessAsUser.All", "upn": _user(idp, form)}
    else:
        raise TokenRefusal("unsupported_grant_type", "this mock grants client_credentials and password")
    issued = int(now.timestamp())
    claims = {
        "aud": audience(form.get("scope", "")),
        "iss": idp.issuer,
        "iat": issued,
        "nbf": issued,
        "exp": issued + LIFETIME,
        "appid": client,
        "tid": idp.scenario.tenant_id,
        "ver": "1.0",
        **who,
    }
    answer = {"token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME}
    return {**answer, "access_token": _signed(claims, idp.keys.tenant_key()), "scope": form.get("scope", "")}


def permissions_of(idp: EntraIdp, client: str) -> frozenset[str] | None:
    """What a program was granted; None for one that is not declared, which may do everything."""
    for one in idp.scenario.clients:
        if one.app_id == client.lower():
            return frozenset(one.permissions)
    return None


def audience(scope: str) -> str:
    """The resource that a scope is of; bare names are Graph's, and so is what is asked of this machine.

    Raises TokenRefusal.
    """
    for one in scope.split():
        try:
            parts = urlsplit(one)
        except ValueError as error:
            raise TokenRefusal("invalid_scope", f"the scope {one[:100]!r} is no address: {error}") from None
        if parts.netloc:
            here = parts.hostname in (*LOOPBACK, "graph.microsoft.com")
            return GRAPH if here else f"{parts.scheme}://{parts.netloc}"
    return GRAPH


def caller(idp: EntraIdp, authorization: str, now: datetime) -> frozenset[str] | None:
    """The permissions of whoever sent an Authorization header; None for all. Raises GraphError."""
    scheme, _, token = authorization.partition(" ")
    if not authorization:
        raise bad_token("Access token is empty.")
    if scheme.lower() != "bearer" or len(token) > LONGEST:
        raise bad_token(f"{HARNESS}: a bearer token of this mock's token endpoint is needed")
    claims = _verified(token.strip(), idp.keys.tenant_key())
    if claims["aud"] != GRAPH:
        raise bad_token("Access token validation failure. Invalid audience.")
    if not claims["nbf"] <= now.timestamp() < claims["exp"]:
        raise bad_token(f"{HARNESS}: the token is not valid now; ask for a new one")
    return permissions_of(idp, claims["appid"])


def key_set(idp: EntraIdp) -> dict[str, Any]:
    """The key that signs tokens, as OpenID Connect publishes it."""
    key = idp.keys.tenant_key()
    public = _rsa(key).public_key().public_numbers()
    numbers = {"n": _number(public.n), "e": _number(public.e)}
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": key.certificate.thumbprint, **numbers}]}


def configuration(idp: EntraIdp, authority: str) -> dict[str, Any]:
    """OpenID Connect's discovery document, as far as programs need it to find the token endpoint.

    ``authority`` is the address of this server.
    """
    base = f"{authority}/{idp.scenario.tenant_id}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_types_supported": ["token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "tenant_region_scope": None,
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    }


def clouds(authority: str) -> dict[str, Any]:
    """The answer to a client that asks which names the cloud of its authority goes by."""
    names = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
    known = {"preferred_network": names[0], "preferred_cache": names[1], "aliases": names}
    endpoint = f"{authority}/common/v2.0/.well-known/openid-configuration"
    return {"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": [known]}


def _user(idp: EntraIdp, form: Mapping[str, str]) -> str:
    name = form.get("username", "").lower()
    found = next((one.upn for one in idp.scenario.users if one.upn.lower() == name), None)
    if found is None or not form.get("password"):
        raise TokenRefusal("invalid_grant", "a user of the tenant is needed, and a password; any will do here")
    return found


def _signed(claims: Mapping[str, Any], key: SigningKey) -> str:
    head = {"typ": "JWT", "alg": "RS256", "kid": key.certificate.thumbprint}
    signed = ".".join(_url(json.dumps(one, separators=(",", ":")).encode()) for one in (head, claims))
    return f"{signed}.{_url(_rsa(key).sign(signed.encode(), _PADDING, _HASH))}"


def _verified(token: str, key: SigningKey) -> dict[str, Any]:
    """The claims of a token that we signed. Raises GraphError."""
    signed, _, signature = token.rpartition(".")
    try:
        _rsa(key).public_key().verify(_bytes(signature), signed.encode(), _PADDING, _HASH)
        claims: dict[str, Any] = json.loads(_bytes(signed.partition(".")[2]))
    except (InvalidSignature, ValueError):
        said = f"{HARNESS}: no token of this run; ask its token endpoint for one (never send a real one here)"
        raise bad_token(said) from None
    return claims


def _rsa(key: SigningKey) -> rsa.RSAPrivateKey:
    if not isinstance(key.private, rsa.RSAPrivateKey):
        raise HarnessError("the tenant-wide key is no RSA key")
    return key.private


def _url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(value: int) -> str:
    return _url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
