"""The app's federation metadata as Entra publishes it: signed, on one line, behind a byte order mark.

It lists ALL signing certificates of the app, inactive ones included and without a mark, in three places.
"""

import uuid
from collections.abc import Sequence
from xml.sax.saxutils import escape

from harness.entra.directory import issuer_of
from harness.saml.document import UTF8_BOM, parse_own
from harness.saml.dsig import canonical
from harness.saml.keys import Certificate, SigningKey
from harness.saml.names import DS, HTTP_POST, HTTP_REDIRECT, MD, SAMLP
from harness.saml.signing import signature_text

_FED = "http://docs.oasis-open.org/wsfed/federation/200706"
_AUTH = "http://docs.oasis-open.org/wsfed/authorization/200706"
_WSA = "http://www.w3.org/2005/08/addressing"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_MS = "http://schemas.microsoft.com/identity/claims/"
_WS08 = "http://schemas.microsoft.com/ws/2008/06/identity/claims/"

CLAIM_TYPES = (
    (_SOAP + "name", "Name", "The mutable display name of the user."),
    (
        _SOAP + "nameidentifier",
        "Subject",
        "An immutable, globally unique, non-reusable identifier of the user that is unique to the application "
        "for which a token is issued.",
    ),
    (_SOAP + "givenname", "Given Name", "First name of the user."),
    (_SOAP + "surname", "Surname", "Last name of the user."),
    (_MS + "displayname", "Display Name", "Display name of the user."),
    (_MS + "nickname", "Nick Name", "Nick name of the user."),
    (
        _WS08 + "authenticationinstant",
        "Authentication Instant",
        "The time (UTC) when the user is authenticated to Windows Azure Active Directory.",
    ),
    (
        _WS08 + "authenticationmethod",
        "Authentication Method",
        "The method that Windows Azure Active Directory uses to authenticate users.",
    ),
    (
        _MS + "objectidentifier",
        "ObjectID",
        "Primary identifier for the user in the directory. Immutable, globally unique, non-reusable.",
    ),
    (_MS + "tenantid", "TenantID", "Identifier for the user's tenant."),
    (_MS + "identityprovider", "IdentityProvider", "Identity provider for the user."),
    (_SOAP + "emailaddress", "Email", "Email address of the user."),
    (_WS08 + "groups", "Groups", "Groups of the user."),
    (_MS + "accesstoken", "External Access Token", "Access token issued by external identity provider."),
    (
        _WS08 + "expiration",
        "External Access Token Expiration",
        "UTC expiration time of access token issued by external identity provider.",
    ),
    (
        _MS + "openid2_id",
        "External OpenID 2.0 Identifier",
        "OpenID 2.0 identifier issued by external identity provider.",
    ),
    (
        "http://schemas.microsoft.com/claims/groups.link",
        "GroupsOverageClaim",
        "Issued when number of user's group claims exceeds return limit.",
    ),
    (_WS08 + "role", "Role Claim", "Roles that the user or Service Principal is attached to"),
    (
        _WS08 + "wids",
        "RoleTemplate Id Claim",
        "Role template id of the Built-in Directory Roles that the user is a member of",
    ),
)


def write_metadata(
    tenant_id: str,
    certificates: Sequence[Certificate],
    key: SigningKey,
    *,
    bom: bool = True,
    document_id: str | None = None,
) -> bytes:
    """The document for ``?appid=``. ``certificates`` in the order to list them, ``key`` signs it."""
    signed_id = document_id or f"_{uuid.uuid4()}"
    keys = "".join(
        f'<KeyDescriptor use="signing"><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>{one.base64}'
        "</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        for one in certificates
    )
    start = f'<EntityDescriptor ID="{signed_id}" entityID="{issuer_of(tenant_id)}" xmlns="{MD}">'
    rest = (
        f"{_token_service(tenant_id, keys)}{_application_service(tenant_id, keys)}{_identity_provider(tenant_id, keys)}"
        "</EntityDescriptor>"
    )
    signature = signature_text(signed_id, canonical(parse_own((start + rest).encode())), key)
    text = f'<?xml version="1.0" encoding="utf-8"?>{start}{signature}{rest}'
    return (UTF8_BOM if bom else b"") + text.encode()


def _role(kind: str, keys: str, content: str) -> str:
    return (
        f'<RoleDescriptor xsi:type="fed:{kind}" protocolSupportEnumeration="{_FED}" xmlns:xsi="{_XSI}" '
        f'xmlns:fed="{_FED}">{keys}{content}</RoleDescriptor>'
    )


def _endpoint(name: str, address: str) -> str:
    return (
        f'<fed:{name}><wsa:EndpointReference xmlns:wsa="{_WSA}"><wsa:Address>{address}</wsa:Address>'
        f"</wsa:EndpointReference></fed:{name}>"
    )


def _token_service(tenant_id: str, keys: str) -> str:
    claims = "".join(
        f'<auth:ClaimType Uri="{uri}" xmlns:auth="{_AUTH}"><auth:DisplayName>{escape(name)}</auth:DisplayName>'
        f"<auth:Description>{escape(text)}</auth:Description></auth:ClaimType>"
        for uri, name, text in CLAIM_TYPES
    )
    passive = f"https://login.microsoftonline.com/{tenant_id}/wsfed"
    return _role(
        "SecurityTokenServiceType",
        keys,
        f"<fed:ClaimTypesOffered>{claims}</fed:ClaimTypesOffered>"
        + _endpoint("SecurityTokenServiceEndpoint", passive)
        + _endpoint("PassiveRequestorEndpoint", passive),
    )


def _application_service(tenant_id: str, keys: str) -> str:
    passive = f"https://login.microsoftonline.com/{tenant_id}/wsfed"
    return _role(
        "ApplicationServiceType",
        keys,
        _endpoint("TargetScopes", issuer_of(tenant_id))
        + _endpoint("ApplicationServiceEndpoint", passive)
        + _endpoint("PassiveRequestorEndpoint", passive),
    )


def _identity_provider(tenant_id: str, keys: str) -> str:
    location = f"https://login.microsoftonline.com/{tenant_id}/saml2"
    return (
        f'<IDPSSODescriptor protocolSupportEnumeration="{SAMLP}">{keys}'
        f'<SingleLogoutService Binding="{HTTP_REDIRECT}" Location="{location}"/>'
        f'<SingleSignOnService Binding="{HTTP_REDIRECT}" Location="{location}"/>'
        f'<SingleSignOnService Binding="{HTTP_POST}" Location="{location}"/></IDPSSODescriptor>'
    )
