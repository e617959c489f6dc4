"""A team's own script with Microsoft's libraries: a certificate is rolled and a role added, by names of production.

It knows nothing of the mock: a proxy and an authority come from the environment. Prints what it saw as JSON.
"""

import asyncio
import json
import sys
import uuid
from datetime import UTC, datetime

from azure.identity import ClientSecretCredential
from msgraph import GraphServiceClient
from msgraph.generated.models.app_role import AppRole
from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph.generated.service_principals.item.add_token_signing_certificate.add_token_signing_certificate_post_request_body import (  # noqa: E501
    AddTokenSigningCertificatePostRequestBody,
)
from msgraph.generated.service_principals.item.service_principal_item_request_builder import (
    ServicePrincipalItemRequestBuilder,
)
from msgraph.generated.service_principals.service_principals_request_builder import ServicePrincipalsRequestBuilder

VALUE = "arn:aws:iam::111122223333:role/new,arn:aws:iam::111122223333:saml-provider/WAAD"
Listed = ServicePrincipalsRequestBuilder.ServicePrincipalsRequestBuilderGetRequestConfiguration
ListQuery = ServicePrincipalsRequestBuilder.ServicePrincipalsRequestBuilderGetQueryParameters
One = ServicePrincipalItemRequestBuilder.ServicePrincipalItemRequestBuilderGetRequestConfiguration
OneQuery = ServicePrincipalItemRequestBuilder.ServicePrincipalItemRequestBuilderGetQueryParameters


async def main(tenant: str) -> dict[str, object]:
    """From reading the service principal to a rolled certificate, a new role, and the old certificate gone."""
    credential = ClientSecretCredential(tenant, str(uuid.uuid4()), "any")
    graph = GraphServiceClient(credential, ["https://graph.microsoft.com/.default"])
    found = await graph.service_principals.get(Listed(query_parameters=ListQuery(filter="displayName eq 'AWS'")))
    (principal,) = found.value
    app = graph.service_principals.by_service_principal_id(principal.id)
    old = principal.preferred_token_signing_key_thumbprint

    made = await app.add_token_signing_certificate.post(
        AddTokenSigningCertificatePostRequestBody(
            display_name="CN=rolled", end_date_time=datetime(2028, 1, 1, tzinfo=UTC)
        )
    )
    await app.patch(ServicePrincipal(preferred_token_signing_key_thumbprint=made.thumbprint))
    read = await app.get(One(query_parameters=OneQuery(select=["keyCredentials", "passwordCredentials"])))
    kept = [key for key in read.key_credentials if key.custom_key_identifier == made.custom_key_identifier]
    verify = next(key for key in kept if key.usage == "Verify")
    certificate, verify.key = verify.key, None
    passwords = [one for one in read.password_credentials if one.key_id == made.key_id]
    await app.patch(ServicePrincipal(key_credentials=kept, password_credentials=passwords))

    role = AppRole(
        allowed_member_types=["User"], description="new", display_name="new,WAAD", id=uuid.uuid4(), is_enabled=True,
        value=VALUE,
    )  # fmt: skip
    try:
        await app.patch(ServicePrincipal(app_roles=[role]))
        refused = None
    except ODataError as error:
        refused = [error.response_status_code, error.error.code, error.error.message]
    await app.patch(ServicePrincipal(app_roles=[*principal.app_roles, role]))
    user = await graph.users.by_user_id("adele@contoso.com").get()
    assignment = await app.app_role_assigned_to.post(
        AppRoleAssignment(principal_id=uuid.UUID(user.id), resource_id=uuid.UUID(principal.id), app_role_id=role.id)
    )
    after = await app.get()
    return {
        "old": old,
        "new": made.thumbprint,
        "preferred": after.preferred_token_signing_key_thumbprint,
        "certificates": len(after.password_credentials),
        "same_certificate": certificate == made.key,
        "refused": refused,
        "roles": [one.display_name for one in after.app_roles],
        "assigned": assignment.principal_display_name,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1]))))
