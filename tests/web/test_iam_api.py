"""IAM over HTTP, driven by boto3: what is recorded of the real service, row by row."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.web.conftest import NOW, PROD, Refusal, World

ARN = f"arn:aws:iam::{PROD}:saml-provider/WAAD"
MISSING = f"arn:aws:iam::{PROD}:saml-provider/nobody"


@cache
def private_key(kind: str = "RSA") -> str:
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if kind == "RSA"
        else ec.generate_private_key(ec.SECP256R1())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def document(world: World) -> str:
    return world.idp.federation_metadata(NOW, bom=False).decode()


def create(world: World, text: str | None = None, name: str = "New", **more: Any) -> Any:
    return world.client("iam").create_saml_provider(SAMLMetadataDocument=text or document(world), Name=name, **more)


def test_a_provider_is_made_shown_and_deleted(world: World) -> None:
    iam = world.client("iam")
    tags = [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}]
    made = create(world, Tags=tags)
    assert made["Tags"] == tags
    held = iam.get_saml_provider(SAMLProviderArn=made["SAMLProviderArn"])
    assert re.fullmatch("SAMLSP[A-Z0-9]{16}", held["SAMLProviderUUID"])
    assert held["Tags"] == sorted(tags, key=lambda tag: tag["Key"])
    assert held["AssertionEncryptionMode"] == "Allowed"
    assert held["PrivateKeyList"] == []
    assert held["CreateDate"] == NOW
    assert timedelta(days=36524) <= held["ValidUntil"] - NOW <= timedelta(days=36526)
    iam.delete_saml_provider(SAMLProviderArn=made["SAMLProviderArn"])
    assert [one["Arn"] for one in iam.list_saml_providers()["SAMLProviderList"]] == [ARN]


def test_the_document_is_returned_as_it_was_given(world: World) -> None:
    text = document(world).replace("?>", "?>\n  ")
    arn = create(world, text)["SAMLProviderArn"]
    assert world.client("iam").get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"] == text


def test_an_update_keeps_uuid_and_creation_and_renews_the_end(world: World) -> None:
    iam = world.client("iam")
    arn = create(world)["SAMLProviderArn"]
    before = iam.get_saml_provider(SAMLProviderArn=arn)
    world.now += timedelta(days=1)
    iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=document(world))
    after = iam.get_saml_provider(SAMLProviderArn=arn)
    assert (after["SAMLProviderUUID"], after["CreateDate"]) == (before["SAMLProviderUUID"], before["CreateDate"])
    assert after["ValidUntil"] == before["ValidUntil"] + timedelta(days=1)


def test_a_provider_made_again_has_another_uuid(world: World) -> None:
    iam = world.client("iam")
    seen = set()
    for _ in range(2):
        arn = create(world)["SAMLProviderArn"]
        seen.add(iam.get_saml_provider(SAMLProviderArn=arn)["SAMLProviderUUID"])
        iam.delete_saml_provider(SAMLProviderArn=arn)
    assert len(seen) == 2


CERTIFICATE = re.compile("<X509Certificate>[^<]+</X509Certificate>")
NOT_PARSED = ("InvalidInput", 400, "Could not parse metadata")
REFUSED = {
    "no entityID": (lambda text: re.sub(' entityID="[^"]+"', "", text), NOT_PARSED),
    "another root": (lambda text: text.replace("EntityDescriptor", "Something"), NOT_PARSED),
    "bad base64": (lambda text: CERTIFICATE.sub("<X509Certificate>***</X509Certificate>", text), NOT_PARSED),
    "bad DER": (lambda text: CERTIFICATE.sub("<X509Certificate>AAAA</X509Certificate>", text), NOT_PARSED),
    "a byte order mark": (lambda text: "\ufeff" + text, NOT_PARSED),
    "a DOCTYPE": (lambda text: text.replace("?>", "?><!DOCTYPE x>"), NOT_PARSED),
    "no identity provider": (
        lambda text: re.sub("IDPSSODescriptor", "SPSSODescriptor", text),
        ("InvalidInput", 400, "SAML Providers must reference at least one SAML assertion issuer."),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_metadata_is_refused(world: World, refusal: Refusal, name: str) -> None:
    change, expected = REFUSED[name]
    assert refusal(lambda: create(world, change(document(world)))) == expected


TAKEN = {
    "several entities": lambda text: (
        '<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">'
        + text.partition("?>")[2]
        + "</EntitiesDescriptor>"
    ),
    "no certificate": lambda text: re.sub("<KeyDescriptor.*?</KeyDescriptor>", "", text),
    "encryption only": lambda text: text.replace('use="signing"', 'use="encryption"'),
    "no sign-on service": lambda text: re.sub("<SingleSignOnService[^>]*/>", "", text),
    "out of date": lambda text: text.replace(" entityID=", ' validUntil="2001-01-01T00:00:00Z" entityID='),
    "a comment at the end": lambda text: text + "<!-- end -->",
}


@pytest.mark.parametrize("name", TAKEN)
def test_metadata_is_taken(world: World, name: str) -> None:
    assert create(world, TAKEN[name](document(world)))["SAMLProviderArn"].endswith("/New")


def test_a_document_that_is_too_short_breaks_a_constraint(world: World, refusal: Refusal) -> None:
    """boto3 refuses a short document by itself, so the call is made without its check."""
    unchecked = world.client("iam", parameter_validation=False)
    code, status, message = refusal(lambda: unchecked.create_saml_provider(SAMLMetadataDocument="<short/>", Name="New"))
    assert (code, status) == ("ValidationError", 400)
    assert "at 'sAMLMetadataDocument' failed to satisfy constraint: Member must have length" in message


NO_KEY_ON_CREATE = (
    "ValidationError", 400, "Unable to set assertion encryption mode to Required because no private key is provided.",
)  # fmt: skip
NO_KEY_ON_UPDATE = (
    "InvalidInput", 400, "Failed to set assertion encryption mode to Required because no private key is present.",
)  # fmt: skip


def test_private_keys_and_modes(world: World, refusal: Refusal) -> None:
    iam = world.client("iam")
    update = iam.update_saml_provider
    assert refusal(lambda: create(world, AssertionEncryptionMode="Required")) == NO_KEY_ON_CREATE
    assert refusal(lambda: update(SAMLProviderArn=ARN, AssertionEncryptionMode="Required")) == NO_KEY_ON_UPDATE
    nothing = "Unable to update identity provider. No updates are defined for metadata or encryption assertion."
    assert refusal(lambda: update(SAMLProviderArn=ARN)) == ("ValidationError", 400, nothing)
    both = "Unable to add and remove private keys in the same request. Set a value for only one of the two parameters."
    absent = "SAMLPK" + "A" * 16
    add_and_remove = {"AddPrivateKey": private_key(), "RemovePrivateKey": absent}
    assert refusal(lambda: update(SAMLProviderArn=ARN, **add_and_remove)) == ("ValidationError", 400, both)
    bad = refusal(lambda: update(SAMLProviderArn=ARN, AddPrivateKey="no key"))
    assert bad == ("InvalidInput", 400, "Invalid private key.")
    update(SAMLProviderArn=ARN, AddPrivateKey=private_key(), AssertionEncryptionMode="Required")
    update(SAMLProviderArn=ARN, AddPrivateKey=private_key("EC"))
    third = refusal(lambda: update(SAMLProviderArn=ARN, AddPrivateKey=private_key()))
    assert third == ("LimitExceeded", 409, "Private key limit of 2 is reached.")
    wrong = refusal(lambda: update(SAMLProviderArn=ARN, RemovePrivateKey=absent))
    assert wrong == (
        "InvalidInput",
        400,
        "Failed to remove private key because the Key ID does not match a private key.",
    )
    first, second = (one["KeyId"] for one in iam.get_saml_provider(SAMLProviderArn=ARN)["PrivateKeyList"])
    assert re.fullmatch("SAMLPK[A-Z0-9]{16}", first)
    update(SAMLProviderArn=ARN, RemovePrivateKey=first)
    last = refusal(lambda: update(SAMLProviderArn=ARN, RemovePrivateKey=second))
    assert last == ("InvalidInput", 400, "Failed to remove private key.")


@pytest.mark.parametrize("operation", ["get_saml_provider", "delete_saml_provider", "list_saml_provider_tags"])
def test_an_unknown_provider_is_no_entity(world: World, refusal: Refusal, operation: str) -> None:
    call = getattr(world.client("iam"), operation)
    assert refusal(lambda: call(SAMLProviderArn=MISSING)) == (
        "NoSuchEntity",
        404,
        f"Manifest not found for arn {MISSING}",
    )


def test_a_duplicate_name_is_refused(world: World, refusal: Refusal) -> None:
    assert refusal(lambda: create(world, name="WAAD"))[:2] == ("EntityAlreadyExists", 409)


def test_tags_come_and_go(world: World) -> None:
    iam = world.client("iam")
    iam.tag_saml_provider(SAMLProviderArn=ARN, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}])
    iam.untag_saml_provider(SAMLProviderArn=ARN, TagKeys=["b"])
    assert iam.list_saml_provider_tags(SAMLProviderArn=ARN)["Tags"] == [{"Key": "a", "Value": "1"}]


def test_the_tutorials_role_wizard_runs(world: World) -> None:
    """A SAML role with a tag and AdministratorAccess, as the tutorial makes it."""
    iam = world.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": ARN},
                "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            }
        ],
    }
    name = "contoso-aws-admin"
    made = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Tags=[{"Key": "Azureadtest", "Value": name}]
    )["Role"]
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.update_role(RoleName=name, MaxSessionDuration=7200)
    held = iam.get_role(RoleName=name)["Role"]
    assert held["AssumeRolePolicyDocument"] == trust
    assert (held["MaxSessionDuration"], held["Arn"]) == (7200, made["Arn"])
    assert made["Arn"] in [role["Arn"] for role in iam.list_roles()["Roles"]]
    iam.delete_role(RoleName=name)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=name)


INVALID_TRUST = {
    "everybody": ('{"Statement":[{"Principal":"*"}]}', 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
    "every provider": (
        '{"Statement":[{"Principal":{"Federated":"*"}}]}',
        "Federated principals must be valid domain names or SAML metadata ARNs",
    ),
    "no JSON": ("{", "This policy contains invalid Json"),
}


@pytest.mark.parametrize("name", INVALID_TRUST)
def test_a_trust_policy_is_refused(world: World, refusal: Refusal, name: str) -> None:
    policy, message = INVALID_TRUST[name]
    call = world.client("iam").create_role
    refused = refusal(lambda: call(RoleName="x", AssumeRolePolicyDocument=policy))
    assert refused == ("MalformedPolicyDocument", 400, message)


def test_an_account_has_one_alias(world: World) -> None:
    iam = world.client("iam")
    assert iam.list_account_aliases()["AccountAliases"] == ["contoso-prod"]
    iam.create_account_alias(AccountAlias="contoso-live")
    assert iam.list_account_aliases()["AccountAliases"] == ["contoso-live"]


def test_an_account_sees_only_its_own(world: World, refusal: Refusal) -> None:
    other = world.client("iam", "444455556666")
    assert refusal(lambda: other.get_saml_provider(SAMLProviderArn=ARN))[0] == "NoSuchEntity"
    stranger = world.client("iam", "AKIASTRANGER")
    assert refusal(stranger.list_roles)[:2] == ("InvalidClientTokenId", 403)


def test_a_rolled_certificate_is_trusted_after_the_update(world: World, refusal: Refusal) -> None:
    """The whole point: metadata replaced over the API changes which responses are taken."""
    from harness.cli.demo import roll_certificate

    rolled = roll_certificate(world.idp, NOW)
    arguments = {"RoleArn": f"arn:aws:iam::{PROD}:role/contoso-prod-aws-admin", "PrincipalArn": ARN}
    sts, iam = world.client("sts"), world.client("iam")

    def sign_in() -> Any:
        return sts.assume_role_with_saml(**arguments, SAMLAssertion=rolled.respond("britta@contoso.com", NOW).base64)

    assert refusal(sign_in) == ("InvalidIdentityToken", 400, "Response signature invalid")
    iam.update_saml_provider(
        SAMLProviderArn=ARN, SAMLMetadataDocument=rolled.federation_metadata(NOW, bom=False).decode()
    )
    assert sign_in()["Subject"] == "britta@contoso.com"
