"""Mistakes that show inside Entra, before AWS is asked: who is let in, which requests are taken, what Graph refuses.

Where Entra refuses, the case expects how its words begin; where it signs in all the same, AWS answers.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote

from harness.cases.core import ACCEPTED, UNKNOWN, Kind, entra_case
from harness.cases.recipe import AWS
from harness.cases.tenants import ADMIN_ROLE, Sign, Tenant
from harness.cases.words import BAD_SESSION_NAME, BAD_SIGNATURE, DENIED, NO_ROLE_PAGE, NO_SESSION_NAME, NOT_OFFERED
from harness.cases.workshop import ACS, PAIR
from harness.saml.names import NAMEID_EMAIL, RSA_SHA1, RSA_SHA256, SAML

CLAIMS = AWS.removesuffix("/")
ROLE = {"name": "Role", "namespace": CLAIMS, "source": "user.assignedroles"}
SESSION_NAME = {"name": "RoleSessionName", "namespace": CLAIMS, "source": "user.userprincipalname"}
SECOND = "aaaaaaaa-0000-4000-8000-000000000002"
ACCESS = {
    "id": "cccccccc-0000-4000-8000-000000000001", "displayName": "msiam_access", "description": "msiam_access",
    "allowedMemberTypes": ["User"], "isEnabled": True, "value": None,
}  # fmt: skip
ADMIN = ACCESS | {"id": ADMIN_ROLE, "displayName": "Admin,Entra", "description": "Admin,Entra", "value": PAIR}
NEW = ADMIN | {
    "id": "cccccccc-0000-4000-8000-000000000009",
    "displayName": "New",
    "value": PAIR.replace("Admin", "New"),
}


@entra_case(kind=Kind.CONTROL, aws=ACCEPTED)
def tile_in_my_apps(tenant: Tenant) -> Tenant:
    """The user clicks the tile: Entra signs in and AWS accepts, with nothing asked for."""
    return tenant


@entra_case(kind=Kind.CONTROL, codes="AST019", aws=ACCEPTED)
def request_of_a_tool(tenant: Tenant) -> Tenant:
    """A tool for AWS asks by an AuthnRequest, which AWS itself never does."""
    return tenant.asks()


@entra_case(kind=Kind.CONTROL, aws=ACCEPTED)
def role_that_is_disabled(tenant: Tenant) -> Tenant:
    """The app role was disabled: whoever holds it is still sent to AWS with it."""
    return tenant.role(enabled=False)


@entra_case("AADSTS50105: Your administrator has configured the application AWS")
def user_who_is_not_assigned(tenant: Tenant) -> Tenant:
    """Neither the user nor a group of the user's is assigned to the app."""
    return replace(tenant, user="noah@contoso.com")


@entra_case("AADSTS50105: Your administrator has configured the application AWS")
def member_of_a_nested_group(tenant: Tenant) -> Tenant:
    """The user's group is a member of the group that is assigned: nested groups do not count."""
    return replace(tenant, user="nested@contoso.com")


@entra_case(codes="AWS004", aws=NOT_OFFERED, page=NO_ROLE_PAGE)
def user_with_default_access_alone(tenant: Tenant) -> Tenant:
    """The user holds msiam_access, which has no value: Entra signs in and sends no Role."""
    return tenant.app(assignments=[{"to": "aws admins", "role": "msiam_access"}])


@entra_case(codes="AWS004", aws=NOT_OFFERED, page=NO_ROLE_PAGE)
def nobody_need_be_assigned(tenant: Tenant) -> Tenant:
    """Assignment is not required, and the user has none: Entra signs in and sends no Role."""
    return replace(tenant.app(assignment_required=False), user="noah@contoso.com")


@entra_case(codes="AWS004 AWS013", aws=NOT_OFFERED, page=NO_ROLE_PAGE)
def claim_in_small_letters(tenant: Tenant) -> Tenant:
    """The claim is named role, as it was typed."""
    return tenant.app(claims=[ROLE | {"name": "role"}, SESSION_NAME])


@entra_case(codes="AWS004 AWS013", aws=NOT_OFFERED, page=NO_ROLE_PAGE)
def namespace_with_a_slash_too_many(tenant: Tenant) -> Tenant:
    """The namespace was typed with a slash at its end, and Entra puts another."""
    return tenant.app(claims=[ROLE | {"namespace": AWS}, SESSION_NAME])


@entra_case(codes="AWS001", aws=NO_SESSION_NAME)
def claims_of_aws_left_out(tenant: Tenant) -> Tenant:
    """The app was not made from the gallery, and somebody added the Role alone."""
    return tenant.app(claims=[ROLE])


@entra_case(codes="AWS001", aws=NO_SESSION_NAME)
def session_name_from_an_empty_attribute(tenant: Tenant) -> Tenant:
    """RoleSessionName is the user's mail, and the user has none: Entra leaves the claim out."""
    return tenant.app(claims=[ROLE, SESSION_NAME | {"source": "user.mail"}]).person(mail=None)


@entra_case(codes="AWS002", aws=BAD_SESSION_NAME)
def session_name_from_the_display_name(tenant: Tenant) -> Tenant:
    """RoleSessionName is the user's display name, which holds a blank."""
    return tenant.app(claims=[ROLE, SESSION_NAME | {"source": "user.displayname"}])


@entra_case("AADSTS7000112: saml-harness: Entra's own words are not known; app 'aaaaaaaa-0000-4000-8000-000000000001'")
def app_that_is_disabled(tenant: Tenant) -> Tenant:
    """The app does not let its users sign in."""
    return tenant.app(enabled=False)


@entra_case("AADSTS50003: MissingSigningKey")
def app_without_a_certificate(tenant: Tenant) -> Tenant:
    """The app has no signing certificate."""
    return tenant.app(certificates=[]).has(accounts=[])


@entra_case("AADSTS700016: Application with identifier 'dddddddd-0000-4000-8000-000000000001' was not found")
def tile_of_no_app(tenant: Tenant) -> Tenant:
    """The user access URL names an application ID that the tenant does not have."""
    return replace(tenant, tile="dddddddd-0000-4000-8000-000000000001")


@entra_case("AADSTS76021: ApplicationRequiresSignedRequests")
def tile_where_requests_must_be_signed(tenant: Tenant) -> Tenant:
    """The app takes signed requests alone, and My Apps sends none."""
    return tenant.app(verification_certificates=["$CERTIFICATE"])


@entra_case("AADSTS76021: ApplicationRequiresSignedRequests")
def request_that_should_be_signed(tenant: Tenant) -> Tenant:
    """The app takes signed requests alone, and this one is not."""
    return tenant.app(verification_certificates=["$CERTIFICATE"]).asks()


def _signing(tenant: Tenant, query: Callable[[str, Sign], str]) -> Tenant:
    """The tenant, which takes signed requests alone, entered by a query of the case's own."""
    return replace(tenant.app(verification_certificates=["$CERTIFICATE"]).asks(), signed=query)


def _unsigned(request: str, state: str = "state", method: str = RSA_SHA256) -> str:
    return f"{request}&RelayState={state}&SigAlg={quote(method, safe='')}"


@entra_case(kind=Kind.CONTROL, codes="AST019", aws=ACCEPTED, classes="J3")
def request_that_is_signed(tenant: Tenant) -> Tenant:
    """The query is signed by RSA-SHA256 over its parameters, in the order that the binding gives."""
    return _signing(tenant, lambda it, sign: f"{_unsigned(it)}&Signature={sign(_unsigned(it), RSA_SHA256)}")


@entra_case(kind=Kind.CONTROL, codes="AST019", aws=ACCEPTED, classes="J3")
def request_that_is_signed_in_small_letters(tenant: Tenant) -> Tenant:
    """The query's escapes are in small letters, as .NET writes them, and so are those that were signed."""

    def small(text: str) -> str:
        return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), _unsigned(text))

    return _signing(tenant, lambda it, sign: f"{small(it)}&Signature={sign(small(it), RSA_SHA256)}")


_FORGED_QUERIES: tuple[tuple[str, str, Callable[[str, Sign], str]], ...] = (
    ("signed_state_exchanged", "RelayState was exchanged after the query was signed.",
     lambda it, sign: f"{_unsigned(it, 'other')}&Signature={sign(_unsigned(it), RSA_SHA256)}"),
    ("signed_state_left_out", "RelayState was taken out after the query was signed.",
     lambda it, sign: _unsigned(it).replace("&RelayState=state", "")
     + f"&Signature={sign(_unsigned(it), RSA_SHA256)}"),
    ("signed_in_another_order", "The parameters were signed in another order than the binding gives.",
     lambda it, sign: f"{_unsigned(it)}&Signature="
     + sign("&".join(reversed(_unsigned(it).split("&"))), RSA_SHA256)),
    ("signed_after_decoding", "What was signed is the query without its escapes.",
     lambda it, sign: f"{_unsigned(it)}&Signature={sign(unquote(_unsigned(it)), RSA_SHA256)}"),
    ("signed_with_sha1", "The query is signed by RSA-SHA1, and says so.",
     lambda it, sign: _unsigned(it, method=RSA_SHA1)
     + f"&Signature={sign(_unsigned(it, method=RSA_SHA1), RSA_SHA1)}"),
    ("signed_with_sha1_and_not_saying_so", "The query is signed by RSA-SHA1 and says RSA-SHA256.",
     lambda it, sign: f"{_unsigned(it)}&Signature={sign(_unsigned(it), RSA_SHA1)}"),
    ("signature_left_out", "SigAlg is there, and no Signature.", lambda it, _: _unsigned(it)),
)  # fmt: skip
for _name, _docstring, _query in _FORGED_QUERIES:

    def _forged(tenant: Tenant, query: Callable[[str, Sign], str] = _query) -> Tenant:
        return _signing(tenant, query)

    _forged.__name__, _forged.__doc__ = f"request_{_name}", _docstring
    entra_case("AADSTS76021: ApplicationRequiresSignedRequests", classes="J3")(_forged)


@entra_case("AADSTS501241: Mandatory Input")
def name_from_an_empty_attribute(tenant: Tenant) -> Tenant:
    """The NameID is the user's employee ID, and the user has none."""
    return tenant.app(name_id={"source": "user.employeeid"})


@entra_case("AADSTS501621: saml-harness: Entra's own words are not known; a RegexReplace ran too long")
def transformation_that_never_ends(tenant: Tenant) -> Tenant:
    """A RegexReplace backtracks without end over the user's display name."""
    endless = {
        "method": "RegexReplace", "input": "user.displayname", "pattern": "^(a|aa)+$", "replacement": "x",
    }  # fmt: skip
    made = {"name": "RoleSessionName", "namespace": CLAIMS, "transformations": [endless]}
    return tenant.app(claims=[ROLE, made]).person(display_name="a" * 40 + "!")


_REFUSED_REQUESTS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("request_id_with_a_leading_digit", "The request's ID begins with a digit.",
     "AADSTS7500529: The value '1a' is not a valid SAML ID. The ID must not begin with a number.",
     {"ID": "1a"}),
    ("request_of_another_version", "The request is of SAML 1.1.",
     "AADSTS75005: The request isn't a valid Saml2 protocol message.", {"Version": "1.1"}),
    ("reply_url_of_http", "The request asks for a reply to http, the app has https.",
     "AADSTS50011: The reply URL 'http://signin.aws.amazon.com/saml' specified in the request does not match",
     {"AssertionConsumerServiceURL": "http://signin.aws.amazon.com/saml"}),
    ("reply_url_in_other_capitals", "The request's reply URL differs in case.",
     "AADSTS50011: The reply URL 'https://signin.aws.amazon.com/SAML' specified in the request does not match",
     {"AssertionConsumerServiceURL": "https://signin.aws.amazon.com/SAML"}),
    ("reply_url_with_a_slash", "The request's reply URL has a slash at its end.",
     "AADSTS50011: The reply URL 'https://signin.aws.amazon.com/saml/' specified in the request does not match",
     {"AssertionConsumerServiceURL": ACS + "/"}),
    ("reply_url_of_another_partition", "The request's reply URL is that of AWS GovCloud.",
     "AADSTS50011: The reply URL 'https://signin.amazonaws-us-gov.com/saml' specified in the request does not match",
     {"AssertionConsumerServiceURL": "https://signin.amazonaws-us-gov.com/saml"}),
    ("request_for_another_binding", "The request asks for an artifact.",
     "AADSTS75003: saml-harness: Entra's own words are not known; the request asks for the binding",
     {"ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"}),
)  # fmt: skip
for _name, _docstring, _said, _attributes in _REFUSED_REQUESTS:

    def _requested(tenant: Tenant, attributes: dict[str, str] = _attributes) -> Tenant:
        return tenant.asks(**attributes)

    _requested.__name__, _requested.__doc__ = _name, _docstring
    entra_case(_said)(_requested)


@entra_case("AADSTS700016: Application with identifier 'urn:amazon:webservices' was not found")
def request_of_another_issuer(tenant: Tenant) -> Tenant:
    """The request's Issuer is AWS's entity ID, and the app's identifier is its address."""
    return tenant.asks(issuer="urn:amazon:webservices")


@entra_case("AADSTS700016: Application with identifier 'https://signin.aws.amazon.com/saml' was")
def request_without_the_number_of_the_instance(tenant: Tenant) -> Tenant:
    """The app is the second instance, whose identifier ends in #2, and the request leaves that out."""
    return tenant.app(identifiers=[f"{ACS}#2"]).asks()


@entra_case("AADSTS75006: An error occurred while processing a SAML2 Authentication request. AADSTS90011")
def request_with_a_subject(tenant: Tenant) -> Tenant:
    """The request names the user, which Entra does not support."""
    return tenant.asks(f'<Subject xmlns="{SAML}"/>')


@entra_case("AADSTS75016: saml-harness: Entra's own words are not known; NameIDPolicy asks for")
def request_for_a_name_of_no_kind(tenant: Tenant) -> Tenant:
    """The request's NameIDPolicy names a Format that Entra does not give."""
    changed = tenant.asks()
    raw = (changed.request or b"").replace(NAMEID_EMAIL.encode(), b"urn:oasis:names:tc:SAML:2.0:nameid-format:entity")
    return replace(changed, request=raw)


@entra_case("AADSTS75011: Authentication method 'X509, MultiFactor' by which the user")
def password_asked_of_a_user_without_one(tenant: Tenant) -> Tenant:
    """The request demands a password, and the user signed in with Windows Hello."""
    password = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"  # noqa: S105  (a URI)
    context = f'<AuthnContextClassRef xmlns="{SAML}">{password}</AuthnContextClassRef>'
    asked = f'<samlp:RequestedAuthnContext Comparison="exact">{context}</samlp:RequestedAuthnContext>'
    return tenant.person(authentication="x509").asks(asked)


@entra_case("AADSTS75005: The request isn't a valid Saml2 protocol message.")
def message_that_is_none(tenant: Tenant) -> Tenant:
    """The SAMLRequest parameter is no message."""
    return replace(tenant, message="hello")


@entra_case("AADSTS750054: SAMLRequest or SAMLResponse must be present as query string parameters")
def message_that_is_empty(tenant: Tenant) -> Tenant:
    """The SAMLRequest parameter is empty."""
    return replace(tenant, message="")


@entra_case("CannotDeleteOrUpdateEnabledEntitlement: Permission (scope or role) cannot be deleted")
def app_role_removed_while_enabled(tenant: Tenant) -> Tenant:
    """PATCH appRoles leaves out a role that is enabled."""
    return tenant.patches(ACCESS)


@entra_case("CannotDeleteOrUpdateEnabledEntitlement: Permission (scope or role) cannot be deleted")
def app_role_changed_while_enabled(tenant: Tenant) -> Tenant:
    """PATCH appRoles changes the value of a role that is enabled."""
    return tenant.patches(ACCESS, ADMIN | {"value": PAIR.replace("Admin", "Other")})


@entra_case("DuplicateValue: Request contains a property with duplicate values.")
def app_role_of_a_value_that_is_taken(tenant: Tenant) -> Tenant:
    """PATCH appRoles adds a role with the value of another."""
    return tenant.patches(ACCESS, ADMIN, NEW | {"value": PAIR})


@entra_case("Request_BadRequest: Property appRoles on the service principal does not match")
def access_role_left_out(tenant: Tenant) -> Tenant:
    """PATCH appRoles leaves out msiam_access, which is the application's own."""
    return tenant.patches(ADMIN)


@entra_case("Directory_ResourceSizeExceeded: The size of the object has exceeded its limit.")
def too_many_app_roles(tenant: Tenant) -> Tenant:
    """PATCH appRoles has 1,300 roles."""
    many = [
        NEW | {"id": f"cccccccc-0000-4000-9000-{number:012d}", "displayName": f"n{number}", "value": f"v{number}"}
        for number in range(1298)
    ]
    return tenant.patches(ACCESS, ADMIN, *many)


@entra_case("Request_BadRequest: One or more properties contains invalid values.")
def app_role_with_a_blank_after_the_comma(tenant: Tenant) -> Tenant:
    """PATCH appRoles adds a pair with a blank after its comma, which no app role can hold."""
    return tenant.patches(ACCESS, ADMIN, NEW | {"value": PAIR.replace(",", ", ")})


@entra_case("Request_BadRequest: Another object with the same value for property identifierUris")
def identifier_of_another_app(tenant: Tenant) -> Tenant:
    """A second instance is given the first one's identifier, without a number behind #."""
    (app,) = tenant.data["apps"]
    second = {"name": "AWS 2", "app_id": SECOND, "identifiers": [f"{ACS}#2"]}
    return tenant.has(apps=[app, second]).calls("PATCH", f"applications(appId='{SECOND}')", {"identifierUris": [ACS]})


@entra_case(codes="AWS007", aws=UNKNOWN, page=ACCEPTED)
def role_as_a_constant_with_a_blank(tenant: Tenant) -> Tenant:
    """The Role claim is a constant with a blank after the comma: no app role, so nothing looks at it."""
    return tenant.app(claims=[{"name": "Role", "namespace": CLAIMS, "value": PAIR.replace(",", ", ")}, SESSION_NAME])


@entra_case(kind=Kind.CONTROL, aws=ACCEPTED)
def sign_in_through_defender_for_cloud_apps(tenant: Tenant) -> Tenant:
    """Conditional Access posts the response to the proxied address, and leaves the response as it is."""
    return tenant.app(session_control=True)


@entra_case(codes="AST004 AST005 AWS024 TRU003", aws=DENIED)
def proxied_address_as_reply_url(tenant: Tenant) -> Tenant:
    """The proxied address was taken for the reply URL, so the Recipient is not what the trust policy wants."""
    return tenant.app(reply_urls=["https://signin.aws.amazon.com.mcas.ms/saml"])


@entra_case(codes="SIG002 MET003", aws=BAD_SIGNATURE)
def certificate_rolled_and_aws_not_told(tenant: Tenant) -> Tenant:
    """A new certificate is active in Entra, and AWS was given metadata with the old one."""
    (account,) = tenant.data["accounts"]
    (app,) = tenant.data["apps"]
    old = app["certificates"][0] | {"active": False}
    new = app["certificates"][0] | {"name": "2027"}
    given = {"name": "Entra", "app": "AWS", "certificates": ["2026"]}
    return tenant.app(certificates=[old, new]).has(accounts=[{**account, "saml_providers": [given]}])


@entra_case(codes="TRU002", aws=DENIED)
def path_missing_in_the_app_roles_value(tenant: Tenant) -> Tenant:
    """The role lies below a path, which the app role's value leaves out."""
    (account,) = tenant.data["accounts"]
    return tenant.has(accounts=[{**account, "roles": [{"name": "Admin", "path": "/team/", "trusts": ["Entra"]}]}])
