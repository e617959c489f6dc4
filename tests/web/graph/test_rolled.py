"""A certificate is rolled by plain HTTP, from reading the service principal to the day the old one is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from harness.entra.idp import EntraIdp
from harness.saml.metadata import read_metadata
from harness.scenario.load import demo_scenario
from harness.web.server import serve
from tests.web.graph.conftest import KEYS, NOW, Client
from tests.web.test_serve import Browser

ACCOUNTS = ("111122223333", "444455556666")


class Tenant:
    """Both sides, and what an operator does with them."""

    def __init__(self, client: Client, aws_url: str) -> None:
        self.graph = client
        self.aws_url = aws_url
        self.path = client.path

    def metadata(self) -> str:
        """The app's document, as anybody downloads it."""
        app_id = self.graph.get(self.path)["appId"]
        path = f"/contoso.com/federationmetadata/2007-06/federationmetadata.xml?appid={app_id}"
        return self.graph.send("GET", path).text.removeprefix("\ufeff")

    def upload(self, document: str) -> None:
        """The document to every account."""
        for account in ACCOUNTS:
            keys = {"aws_access_key_id": account, "aws_secret_access_key": "x"}
            iam = boto3.client("iam", "us-east-1", endpoint_url=self.aws_url, **keys)
            iam.update_saml_provider(
                SAMLProviderArn=f"arn:aws:iam::{account}:saml-provider/WAAD", SAMLMetadataDocument=document
            )

    def create(self) -> dict[str, Any]:
        body = {"displayName": "CN=Microsoft Azure Federated SSO Certificate"}
        return self.graph.call("POST", f"{self.path}/addTokenSigningCertificate", body).json

    def activate(self, thumbprint: str) -> None:
        body = {"preferredTokenSigningKeyThumbprint": thumbprint}
        assert self.graph.call("PATCH", self.path, body).status == 204

    def remove_all_but(self, kept: str) -> None:
        """There is no call for it: the lists are written back without the old one."""
        shown = self.graph.get(self.path)
        lists = ("keyCredentials", "passwordCredentials")
        body = {name: [one for one in shown[name] if one["customKeyIdentifier"] == kept] for name in lists}
        assert self.graph.call("PATCH", self.path, body).status == 204

    def sign_in(self) -> str:
        """What AWS shows to a user who comes from Entra."""
        browser = Browser()
        _, posting = browser.open(f"{self.graph.url}/signin?user=britta@contoso.com")
        status, page = browser.submit(posting)
        return "role picker" if status == 200 and page.count("saml-role-description") == 4 else page


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    idp = EntraIdp(demo_scenario(), KEYS)
    with serve(idp, lambda: NOW) as served:
        yield Tenant(Client(served.entra_url, idp).authorize(), served.aws_url)


def test_in_the_right_order_no_sign_in_is_lost(tenant: Tenant) -> None:
    assert tenant.sign_in() == "role picker"
    made = tenant.create()
    assert tenant.sign_in() == "role picker", "a new certificate does not sign yet"
    both = tenant.metadata()
    assert made["thumbprint"] in {one.thumbprint for one in read_metadata(both.encode()).entities[0].signing}
    tenant.upload(both)
    assert tenant.sign_in() == "role picker", "AWS takes either"
    tenant.activate(made["thumbprint"])
    assert tenant.sign_in() == "role picker"
    tenant.remove_all_but(made["customKeyIdentifier"])
    alone = tenant.metadata()
    assert len(read_metadata(alone.encode()).entities[0].signing) == 1
    tenant.upload(alone)
    assert tenant.sign_in() == "role picker"


def test_activated_before_the_upload_every_sign_in_fails_until_it(tenant: Tenant) -> None:
    made = tenant.create()
    tenant.activate(made["thumbprint"])
    assert "Response signature invalid" in tenant.sign_in()
    tenant.upload(tenant.metadata())
    assert tenant.sign_in() == "role picker"
