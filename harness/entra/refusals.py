"""What Entra says when it does not sign somebody in: one table of its own texts.

Microsoft warns that codes and texts change; these are the ones that users reported.
"""

from harness.errors import HarnessError


class EntraRefusal(HarnessError):
    """Entra does not sign the user in. ``code`` is the AADSTS code, ``message`` Entra's own text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def no_signing_key(app_id: str) -> EntraRefusal:
    """The app has no certificate. The name of the error is documented, its text is not known."""
    return EntraRefusal("AADSTS50003", f"MissingSigningKey: no signing key is configured in the app '{app_id}'.")


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
    """The app does not let its users sign in. The code is documented, its text inferred."""
    return EntraRefusal("AADSTS7000112", f"Application '{app_id}' ({name}) is disabled.")


def regex_timed_out(pattern: str) -> EntraRefusal:
    """A RegexReplace took too long. The code is documented, its text is not known."""
    return EntraRefusal("AADSTS501621", f"ClaimsTransformationTimeoutRegularExpressionTimeout: {pattern}")


def input_missing(parameter: str, transformation: str) -> EntraRefusal:
    """A transformation has no input. Documented."""
    return EntraRefusal(
        "AADSTS501241", f"Mandatory Input '{parameter}' missing from transformation ID '{transformation}'."
    )


def name_id_policy_invalid(name_format: str) -> EntraRefusal:
    """The request's NameIDPolicy names a Format that Entra does not give. The code is documented, its text inferred."""
    return EntraRefusal("AADSTS75016", f"SAML2 Authentication Request has invalid NameIdPolicy. ({name_format})")
