"""An AuthnRequest as Entra reads one: what it heeds, what it ignores, and what it refuses in its own words."""

import re
from dataclasses import dataclass

from lxml import etree

from harness.entra import refusals
from harness.errors import UnreadableInput
from harness.saml.b64 import decode_base64
from harness.saml.document import DocumentFlaw, parse
from harness.saml.names import HTTP_POST, SAML, SAMLP
from harness.saml.read import first_child
from harness.saml.wire import read_redirect

_NCNAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_REQUEST = f"{{{SAMLP}}}AuthnRequest"
_ISSUER, _SUBJECT, _CLASS = (f"{{{SAML}}}{name}" for name in ("Issuer", "Subject", "AuthnContextClassRef"))
_POLICY, _SCOPING, _CONTEXT = (f"{{{SAMLP}}}{name}" for name in ("NameIDPolicy", "Scoping", "RequestedAuthnContext"))
_UNSUPPORTED_IN_SCOPING = ("ProxyCount", f"{{{SAMLP}}}IDPList", f"{{{SAMLP}}}RequesterID")


@dataclass(frozen=True, slots=True)
class AuthnRequest:
    """What Entra heeds of a request. ``acs`` and ``name_id_format`` are None where it leaves them to the app."""

    id: str
    issuer: str = ""
    acs: str | None = None
    name_id_format: str | None = None
    sp_name_qualifier: str | None = None
    authn_contexts: tuple[str, ...] = ()
    force_authn: bool = False
    is_passive: bool = False


def require_id(request_id: str) -> None:
    """Refuse an AuthnRequest whose ID is none, in Entra's words. Raises EntraRefusal."""
    if not _NCNAME.fullmatch(request_id):
        raise refusals.not_a_request_id(request_id)


def from_redirect(message: str) -> AuthnRequest:
    """The request in the SAMLRequest parameter of a query. Raises EntraRefusal."""
    if not message:
        raise refusals.no_saml_message()
    try:
        return read_request(read_redirect(message))
    except UnreadableInput:
        raise refusals.not_a_saml_message() from None


def from_post(message: str) -> AuthnRequest:
    """The request in the SAMLRequest field of a form. Raises EntraRefusal."""
    try:
        return read_request(decode_base64(message))
    except ValueError:
        raise refusals.not_a_saml_message() from None


def read_request(xml: bytes) -> AuthnRequest:
    """The request in an XML document. Raises EntraRefusal.

    Destination, Consent, ProviderName, Conditions and AllowCreate are ignored, as documented; IssueInstant is
    expected and not evaluated.
    """
    document = parse(xml)
    root = document.root
    flaws = [flaw for flaw in document.flaws if flaw.kind is not DocumentFlaw.ID_NOT_NCNAME]  # that one has words
    if root is None or flaws or root.tag != _REQUEST or root.get("Version") != "2.0":
        raise refusals.not_a_saml_message()
    _require_supported(root)
    require_id(root.get("ID", ""))
    policy = first_child(root, _POLICY)
    return AuthnRequest(
        id=root.get("ID", ""),
        issuer=_text(first_child(root, _ISSUER)),
        acs=root.get("AssertionConsumerServiceURL"),
        name_id_format=None if policy is None else policy.get("Format"),
        sp_name_qualifier=None if policy is None else policy.get("SPNameQualifier"),
        authn_contexts=_contexts(root),
        force_authn=root.get("ForceAuthn") in ("true", "1"),
        is_passive=root.get("IsPassive") in ("true", "1"),
    )


def _require_supported(root: etree._Element) -> None:
    binding = root.get("ProtocolBinding", HTTP_POST)
    if binding != HTTP_POST:
        raise refusals.binding_not_supported(binding)
    if first_child(root, _SUBJECT) is not None:
        raise refusals.property_not_supported("Subject")
    scoping = first_child(root, _SCOPING)
    if scoping is None:
        return
    for name in _UNSUPPORTED_IN_SCOPING:
        if scoping.get(name) is not None or first_child(scoping, name) is not None:
            raise refusals.property_not_supported(name.rpartition("}")[2])


def _contexts(root: etree._Element) -> tuple[str, ...]:
    asked = first_child(root, _CONTEXT)
    if asked is None:
        return ()
    if asked.get("Comparison", "exact") != "exact":
        raise refusals.property_not_supported("RequestedAuthnContext.Comparison")
    return tuple([_text(one) for one in asked.iterchildren(_CLASS)])


def _text(element: etree._Element | None) -> str:
    return "" if element is None else (element.text or "").strip()
