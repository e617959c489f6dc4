"""Which application permission a call needs: one of several, as Graph's reference lists them."""

_WRITE = {
    "servicePrincipals": ("Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All"),
    "applications": ("Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All"),
    "applicationTemplates": ("Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All"),
    "appRoleAssignedTo": ("AppRoleAssignment.ReadWrite.All",),
    "appRoleAssignments": ("AppRoleAssignment.ReadWrite.All",),
    "users": ("User.ReadWrite.All", "Directory.ReadWrite.All"),
    "groups": ("Group.ReadWrite.All", "Directory.ReadWrite.All"),
    "members": ("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"),
    "policies": ("Policy.ReadWrite.ApplicationConfiguration",),
    "claimsMappingPolicies": ("Policy.ReadWrite.ApplicationConfiguration",),
    "synchronization": ("Synchronization.ReadWrite.All",),
    "organization": ("Organization.ReadWrite.All",),
}
_READ = {
    "policies": ("Policy.Read.All", "Policy.Read.ApplicationConfiguration"),
    "claimsMappingPolicies": ("Policy.Read.All", "Policy.Read.ApplicationConfiguration"),
    "users": ("User.Read.All",),
    "groups": ("Group.Read.All", "GroupMember.Read.All"),
    "members": ("GroupMember.Read.All", "Group.Read.All"),
    "synchronization": ("Synchronization.Read.All",),
    "organization": ("Organization.Read.All",),
}


def needed(method: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The permissions of which a caller needs one. The last named resource of the path decides."""
    resource = next((piece.partition("(")[0] for piece in reversed(path) if piece.partition("(")[0] in _WRITE), "")
    write = _WRITE.get(resource, ())
    if method != "GET":
        return write
    return (*write, *_READ.get(resource, ("Application.Read.All",)), "Directory.Read.All")
