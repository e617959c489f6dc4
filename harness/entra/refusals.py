"""What Entra says when it does not sign somebody in: one table of its own texts.

Microsoft warns that codes and texts change; these are the ones that users reported. Where only the code is known, the
words are ours and say so.
"""

from harness.errors import HarnessError


class EntraRefusal(HarnessError):
    """Entra does not sign the user in. ``code`` is the AADSTS code, ``message`` the text behind it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def _in_our_words(code: str, said: str, name: str = "") -> EntraRefusal:
    """A refusal of which only the code, and perhaps the name, is documented."""
    return EntraRefusal(code, f"{name}{name and ' '}saml-harness: Entra's own words are not known; {said}")


def no_signing_key(app_id: str) -> EntraRefusal:
    """The app has no certificate. Code and name are documented."""
    return _in_our_words("AADSTS50003", f"app '{app_id}' has no signing certificate", "MissingSigningKey")


def not_a_request_id(request_id: str) -> EntraRefusal:
    """The ID of an AuthnRequest is no NCName. Reported."""
    return EntraRefusal(
        "AADSTS7500529", f"The value '{request_id}' is not a valid SAML ID. The ID must not begin with a number."
    )


def not_assigned(app_name: str, app_id: str, upn: str) -> EntraRefusal:
    """Neither the user nor a group with the user as direct member is assigned to the app. Reported."""
    return EntraRefusal(
        "AADSTS50105",
        f"Your administrator has configured the application {app_name} ('{app_id}') to block users unless they "
        f"are specifically granted ('assigned') access to the application. The signed in user '{upn}' is "
        "blocked because they are not a direct member of a group with access, nor had access directly assigned "
        "by an administrator. Please contact your administrator to assign access to this application.",
    )


def app_disabled(app_id: str, name: str) -> EntraRefusal:
    """The app does not let its users sign in. The code is documented."""
    return _in_our_words("AADSTS7000112", f"app '{app_id}' ({name}) is disabled")


def regex_timed_out(pattern: str) -> EntraRefusal:
    """A RegexReplace took too long. The code is documented."""
    return _in_our_words("AADSTS501621", f"a RegexReplace ran too long, with the pattern {pattern[:200]}")


def input_missing(parameter: str, transformation: str) -> EntraRefusal:
    """A transformation has no input. Documented."""
    return EntraRefusal(
        "AADSTS501241", f"Mandatory Input '{parameter}' missing from transformation ID '{transformation}'."
    )


def name_id_policy_invalid(name_format: str) -> EntraRefusal:
    """The request's NameIDPolicy names a Format that Entra does not give. The code is documented."""
    return _in_our_words("AADSTS75016", f"NameIDPolicy asks for {name_format[:200]}")


def no_saml_message() -> EntraRefusal:
    """The Redirect binding without its parameter. Documented."""
    return EntraRefusal(
        "AADSTS750054",
        "SAMLRequest or SAMLResponse must be present as query string parameters in HTTP request for SAML Redirect "
        "binding.",
    )


def not_a_saml_message() -> EntraRefusal:
    """What came is no AuthnRequest of SAML 2.0. Documented."""
    return EntraRefusal("AADSTS75005", "The request isn't a valid Saml2 protocol message.")


def binding_not_supported(binding: str) -> EntraRefusal:
    """A response by another binding than HTTP POST was asked for. The code is documented."""
    return _in_our_words("AADSTS75003", f"the request asks for the binding {binding[:200]}, and Entra posts")


def property_not_supported(name: str) -> EntraRefusal:
    """Something in the request that Entra does not do. Documented with a sample of both codes."""
    return EntraRefusal(
        "AADSTS75006",
        "An error occurred while processing a SAML2 Authentication request. "
        f"AADSTS90011: The SAML authentication request property '{name}' is not supported.",
    )


def app_not_found(issuer: str, tenant: str) -> EntraRefusal:
    """The request's Issuer is no identifier of an app of the tenant. Reported."""
    return EntraRefusal(
        "AADSTS700016",
        f"Application with identifier '{issuer}' was not found in the directory '{tenant}'. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You may have sent your authentication request to the wrong tenant.",
    )


def reply_url_mismatch(url: str, app_id: str) -> EntraRefusal:
    """The request's AssertionConsumerServiceURL is none of the app's reply URLs. Reported."""
    return EntraRefusal(
        "AADSTS50011",
        f"The reply URL '{url}' specified in the request does not match the reply URLs configured for the application "
        f"'{app_id}'. Make sure the reply URL sent in the request matches one added to your application in the Azure "
        "portal. Navigate to https://aka.ms/urlMismatchError to learn more about how to fix this.",
    )


def method_mismatch(used: str, asked: str, app_name: str) -> EntraRefusal:
    """The user signed in otherwise than RequestedAuthnContext demands. Reported."""
    return EntraRefusal(
        "AADSTS75011",
        f"Authentication method '{used}' by which the user authenticated with the service doesn't match requested "
        f"authentication method '{asked}'. Contact the {app_name} application owner.",
    )


def signed_request_required(app_id: str) -> EntraRefusal:
    """The app demands signed requests and this one is not, or there is none. Code and name are documented."""
    return _in_our_words("AADSTS76021", f"app '{app_id}' takes signed requests", "ApplicationRequiresSignedRequests")
