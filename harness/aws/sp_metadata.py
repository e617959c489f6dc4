"""AWS's own metadata as a service provider, in the shape of the published document.

Its certificate is made at run time: nothing at AWS signs requests with it, and nothing here does.
"""

from datetime import datetime, timedelta

from harness.aws.endpoints import PARTITIONS, ROLE, ROLE_SESSION_NAME, Partition
from harness.saml.keys import Certificate
from harness.saml.names import DS, HTTP_POST, MD, NAMEID_2_0_PREFIX, SAMLP
from harness.saml.times import show_instant

_SAML_1_1 = "urn:oasis:names:tc:SAML:1.1:nameid-format:"
NAME_ID_FORMATS = (
    NAMEID_2_0_PREFIX + "transient",
    NAMEID_2_0_PREFIX + "persistent",
    _SAML_1_1 + "emailAddress",
    _SAML_1_1 + "unspecified",
    _SAML_1_1 + "X509SubjectName",
    _SAML_1_1 + "WindowsDomainQualifiedName",
    NAMEID_2_0_PREFIX + "kerberos",
    NAMEID_2_0_PREFIX + "entity",
)
REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "af-south-1", "ap-east-1", "ap-northeast-1"),
    *("ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2"),
    *("ap-southeast-3", "ap-southeast-4", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2"),
    *("eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1"),
    *("me-central-1", "me-south-1", "sa-east-1"),
)
"""Regions whose sign-in hosts are listed after the global one: thirty addresses in all, as was seen."""


def sp_metadata(
    certificate: Certificate, now: datetime, *, partition: Partition = PARTITIONS["aws"], provider_id: str = ""
) -> str:
    """The document; with ``provider_id`` that of one SAML provider, whose addresses carry its ID."""
    path = f"/saml/acs/{provider_id}" if provider_id else "/saml"
    hosts = [partition.host, *(f"{region}.{partition.host}" for region in REGIONS)]
    services = "".join(
        f'<AssertionConsumerService Binding="{HTTP_POST}" Location="https://{host}{path}" index="{index}"'
        + (' isDefault="true"/>' if index == 1 else "/>")
        for index, host in enumerate(hosts, 1)
    )
    formats = "".join(f"<NameIDFormat>{one}</NameIDFormat>" for one in NAME_ID_FORMATS)
    return (
        f'<EntityDescriptor xmlns="{MD}" entityID="{partition.entity_id}" '
        f'validUntil="{show_instant(now + timedelta(days=365))}">'
        f'<SPSSODescriptor protocolSupportEnumeration="{SAMLP}" WantAssertionsSigned="true">'
        f'<KeyDescriptor use="signing"><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>{certificate.base64}'
        f"</X509Certificate></X509Data></KeyInfo></KeyDescriptor>{formats}{services}{_attributes()}"
        "</SPSSODescriptor></EntityDescriptor>"
    )


def _attributes() -> str:
    names = ((ROLE, "RoleEntitlement"), (ROLE_SESSION_NAME, "RoleSessionName"))
    wanted = "".join(
        f'<RequestedAttribute isRequired="true" Name="{name}" FriendlyName="{friendly}"/>' for name, friendly in names
    )
    return (
        '<AttributeConsumingService index="1"><ServiceName xml:lang="en">AWS Management Console Single Sign-On'
        f"</ServiceName>{wanted}</AttributeConsumingService>"
    )
