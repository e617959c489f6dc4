"""Every address of Graph that this mock has, and what is done there."""

from collections.abc import Mapping

from harness.entra.graph import apps, directory, gallery, policies, principals, show, synchronization
from harness.entra.graph.assignments import without_assignment
from harness.entra.graph.handlers import Handler, changed, created, listed, removed, shown, unlinked

_POLICIES = "policies/claimsMappingPolicies"

ROUTES: Mapping[str, Mapping[str, Handler]] = {
    "applicationTemplates": {"GET": listed("applicationTemplates", lambda _: [gallery.template()])},
    "applicationTemplates/*": {"GET": shown("applicationTemplates", lambda _, name: gallery.find_template(name))},
    "applicationTemplates/*/instantiate": {"POST": apps.instantiate},
    "applications": {"GET": listed("applications", apps.list_applications)},
    "applications/*": {
        "GET": apps.get_application,
        "PATCH": changed("apps", principals.find_application, principals.patched_application),
        "DELETE": removed(principals.without_application),
    },
    "servicePrincipals": {"GET": apps.list_principals},
    "servicePrincipals/*": {"GET": apps.get_principal, "PATCH": apps.patch_principal},
    "servicePrincipals/*/addTokenSigningCertificate": {"POST": apps.add_certificate},
    "servicePrincipals/*/appRoleAssignedTo": {
        "GET": listed("appRoleAssignments", apps.assigned_to),
        "POST": apps.assign,
    },
    "servicePrincipals/*/appRoleAssignedTo/*": {
        "GET": shown("appRoleAssignments", apps.assignment),
        "DELETE": unlinked("apps", principals.find_principal, without_assignment),
    },
    "servicePrincipals/*/claimsMappingPolicies": {"GET": listed(_POLICIES, policies.policies_of)},
    "servicePrincipals/*/claimsMappingPolicies/$ref": {
        "POST": changed("apps", principals.find_principal, policies.with_policy)
    },
    "servicePrincipals/*/claimsMappingPolicies/*/$ref": {
        "DELETE": unlinked("apps", principals.find_principal, policies.without_policy)
    },
    "servicePrincipals/*/synchronization/secrets": {"PUT": synchronization.put_secrets},
    "servicePrincipals/*/synchronization/jobs": {"GET": synchronization.list_jobs, "POST": synchronization.add_job},
    "servicePrincipals/*/synchronization/jobs/*": {"GET": synchronization.get_job},
    "servicePrincipals/*/synchronization/jobs/*/start": {"POST": synchronization.start},
    _POLICIES: {
        "GET": listed(_POLICIES, lambda held: [show.policy(one) for one in held.claims_policies]),
        "POST": created("claims_policies", _POLICIES, policies.new_policy, show.policy),
    },
    f"{_POLICIES}/*": {
        "GET": shown(_POLICIES, lambda held, name: show.policy(policies.find_policy(held, name))),
        "PATCH": changed("claims_policies", policies.find_policy, policies.changed_policy),
        "DELETE": removed(policies.without_this),
    },
    "organization": {"GET": listed("organization", lambda held: [show.organization(held)])},
    "users": {
        "GET": listed("users", lambda held: [show.user(one) for one in held.users]),
        "POST": created("users", "users", directory.new_user, show.user),
    },
    "users/*": {
        "GET": shown("users", lambda held, name: show.user(directory.find_user(held, name))),
        "PATCH": changed("users", directory.find_user, directory.changed_user),
        "DELETE": removed(lambda held, name: directory.without(held, directory.find_user(held, name))),
    },
    "users/*/appRoleAssignments": {"GET": listed("appRoleAssignments", apps.assignments_of(directory.find_user))},
    "users/*/memberOf": {"GET": listed("directoryObjects", directory.groups_with)},
    "groups": {
        "GET": listed("groups", lambda held: [show.group(one) for one in held.groups]),
        "POST": created("groups", "groups", directory.new_group, show.group),
    },
    "groups/*": {
        "GET": shown("groups", lambda held, name: show.group(directory.find_group(held, name))),
        "PATCH": changed("groups", directory.find_group, directory.changed_group),
        "DELETE": removed(lambda held, name: directory.without(held, directory.find_group(held, name))),
    },
    "groups/*/appRoleAssignments": {"GET": listed("appRoleAssignments", apps.assignments_of(directory.find_group))},
    "groups/*/members": {"GET": listed("directoryObjects", directory.members_of)},
    "groups/*/members/$ref": {"POST": changed("groups", directory.find_group, directory.with_member)},
    "groups/*/members/*/$ref": {"DELETE": unlinked("groups", directory.find_group, directory.without_member)},
}
