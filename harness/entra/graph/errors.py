"""What Graph says when it refuses: one table of its own texts, as documented or reported.

Where nobody is known to have seen Graph's answer, the message is ours and says so: it begins with ``saml-harness:``.
Details with the code ``saml-harness`` are ours too; they name the place and the cure.
"""

from collections.abc import Iterable

from harness.errors import HarnessError

HARNESS = "saml-harness"


class GraphError(HarnessError):
    """Graph refuses a call. ``details`` are triples of code, message and target."""

    def __init__(self, status: int, code: str, message: str, *details: tuple[str, str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


def ours(message: str, status: int = 400, code: str = "Request_BadRequest") -> GraphError:
    """A refusal in words of our own."""
    return GraphError(status, code, f"{HARNESS}: {message}")


def invalid(faults: Iterable[tuple[str, str]]) -> GraphError:
    """Values that the resource cannot hold, each with its place."""
    details = [(HARNESS, said, where) for where, said in faults]
    return GraphError(400, "Request_BadRequest", "One or more properties contains invalid values.", *details[:50])


def not_found(name: str) -> GraphError:
    """No object of that id. Reported."""
    said = f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."
    return GraphError(404, "Request_ResourceNotFound", said)


def no_segment(segment: str) -> GraphError:
    """No resource of that name. Reported; what this mock lacks looks the same."""
    return GraphError(
        400,
        "BadRequest",
        f"Resource not found for the segment '{segment}'.",
        (HARNESS, "Graph may have it, this mock has not", segment),
    )


def oversized(words: str) -> GraphError:
    """A body that is too large. Graph's own answer is not known."""
    return ours(words, 413, "RequestEntityTooLarge")


def wrong_method(allowed: Iterable[str]) -> GraphError:
    """The resource is not called in this way. Reported; the code is not."""
    said = "Specified HTTP method is not allowed for the request target."
    return GraphError(405, "Request_BadRequest", said, (HARNESS, f"this mock takes {', '.join(allowed)}", ""))


def unreadable(cause: str) -> GraphError:
    """The body is no JSON object. Reported."""
    said = (
        "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON "
        "format."
    )
    return GraphError(400, "BadRequest", said, (HARNESS, cause, ""))


def duplicate(target: str) -> GraphError:
    """An id or value stands twice. Reported."""
    said = "Request contains a property with duplicate values."
    return GraphError(400, "DuplicateValue", said, ("DuplicateValue", said, target))


def taken(target: str) -> GraphError:
    """Another object of the tenant has this value. Reported."""
    said = f"Another object with the same value for property {target} already exists."
    return GraphError(400, "Request_BadRequest", said, ("ObjectConflict", said, target))


def too_large() -> GraphError:
    """More entries than the object holds. Reported."""
    said = "The size of the object has exceeded its limit. Please reduce the number of values and retry your request."
    return GraphError(403, "Directory_ResourceSizeExceeded", said)


def too_long(value: str) -> GraphError:
    """A value of an app role has too many characters. The code is reported from the portal, its message is ours."""
    return ours(value, code="InvalidLength")


def enabled_role(name: str) -> GraphError:
    """An enabled app role would go or change. Reported."""
    said = "Permission (scope or role) cannot be deleted or updated unless disabled first."
    return GraphError(
        400,
        "CannotDeleteOrUpdateEnabledEntitlement",
        said,
        (HARNESS, f"{name}: send it with isEnabled false first", "appRoles"),
    )


def not_the_applications(name: str) -> GraphError:
    """The application's own roles are missing or altered. Reported."""
    said = "Property appRoles on the service principal does not match the application object"
    hint = f"{name}: repeat the application's own roles just as they are"
    return GraphError(400, "Request_BadRequest", said, (HARNESS, hint, "appRoles"))


def no_member_types(role_id: str) -> GraphError:
    """An app role for nobody. The message is reported, its code is not."""
    said = f"App role with identifier '{role_id}' must have at least one value specified for 'allowedMemberTypes'."
    return GraphError(400, "Request_BadRequest", said)


def credential_changed(key_id: str) -> GraphError:
    """A credential that stays must come back as it was read. Reported."""
    said = f"Update to existing credential with KeyId '{key_id}' is not allowed."
    return GraphError(400, "Request_BadRequest", said)


def already_assigned() -> GraphError:
    """The same assignment a second time. Reported with this code and with Request_BadRequest."""
    return GraphError(400, "InvalidUpdate", "Permission being assigned already exists on the object")


def bad_reference() -> GraphError:
    """An id of another kind than is wanted. Reported."""
    return GraphError(400, "Request_BadRequest", "Not a valid reference update.")


def bad_assignment_id() -> GraphError:
    """No id of an assignment. Reported."""
    return GraphError(400, "Request_BadRequest", "Invalid resource identifier for EntitlementGrant.")


def member_already(target: str) -> GraphError:
    """The object is referred to already. Reported."""
    said = f"One or more added object references already exist for the following modified properties: '{target}'."
    return GraphError(400, "Request_BadRequest", said)


def bad_filter(cause: str) -> GraphError:
    """A ``$filter`` that cannot be read. The message is reported."""
    return GraphError(400, "BadRequest", "Invalid filter clause", (HARNESS, cause, "$filter"))


def unsupported_filter(operator: str) -> GraphError:
    """An operator that directory objects do not take. Reported."""
    said = f"Unsupported property filter clause operator '{operator}'."
    return GraphError(400, "Request_UnsupportedQuery", said)


def denied(permissions: Iterable[str]) -> GraphError:
    """The caller lacks the permission. Reported."""
    said = "Insufficient privileges to complete the operation."
    return GraphError(
        403, "Authorization_RequestDenied", said, (HARNESS, f"one of {', '.join(permissions)} is needed", "")
    )


def bad_token(message: str) -> GraphError:
    """No token, or none that counts here."""
    hint = "POST /{tenant}/oauth2/v2.0/token gives one, to any client_id with any client_secret"
    return GraphError(401, "InvalidAuthenticationToken", message, (HARNESS, hint, "Authorization"))
