"""Both sides as they are, told as one scenario again: what IAM and Entra changed is in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.aws.iam import IamProviders
from harness.aws.iam_roles import IamRoles
from harness.aws.store import AwsStore
from harness.entra.blade import change_app
from harness.entra.certificates import activate, create_certificate, delete_certificate
from harness.entra.graph.principals import without_application
from harness.entra.graph.tenant import Tenant
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.load import demo_scenario, parse_scenario
from harness.scenario.model import App, Scenario
from harness.scenario.pinned import pinned
from harness.scenario.saving import changes_since, scenario_text
from harness.world import aws_of, scenario_now

PROD, DEV = "111122223333", "444455556666"
NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
PROVIDER = f"arn:aws:iam::{PROD}:saml-provider/WAAD"
CONSOLE_TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "%s"}, '
    '"Action": "sts:AssumeRoleWithSAML", '
    '"Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}]}'
)


class Both:
    """Both sides of the demo company, and what changes them."""

    def __init__(self) -> None:
        self.start = demo_scenario()
        self.idp = EntraIdp(self.start, KeyStore())
        self.store = AwsStore(aws_of(self.idp, NOW))

    @property
    def now(self) -> Scenario:
        return scenario_now(self.idp, self.store.aws)

    def app(self, step: object) -> None:
        def change(scenario: Scenario) -> Scenario:
            return scenario.model_copy(update={"apps": (step(scenario.apps[0]), *scenario.apps[1:])})  # type: ignore[operator]

        self.idp.change(change)

    def upload(self, document: bytes, arn: str = PROVIDER) -> None:
        call = {"SAMLProviderArn": arn, "SAMLMetadataDocument": document.decode()}
        IamProviders(self.store).update(call, arn.split(":")[4], NOW)

    def provider(self, account: int = 0) -> Mapping[str, object]:
        """The first provider's table as the saved file has it."""
        saved = parse_scenario(scenario_text(self.now), "saved")
        return saved.accounts[account].saml_providers[0].model_dump(exclude_defaults=True)


@pytest.fixture
def both() -> Both:
    return Both()


def new(app: App) -> App:
    return create_certificate(app, NOW, name="next")


def test_a_world_that_nobody_changed_is_the_scenario_it_began_as(both: Both) -> None:
    assert both.now == both.start


def test_a_certificate_that_only_entra_has_shows_which_ones_aws_holds(both: Both) -> None:
    both.app(new)
    assert both.provider() == {"name": "WAAD", "app": "AWS", "certificates": ("2026",)}
    both.upload(both.idp.federation_metadata(NOW, bom=False))
    assert both.provider() == {"name": "WAAD", "app": "AWS"}
    assert both.provider(1) == {"name": "WAAD", "app": "AWS", "certificates": ("2026",)}


def test_a_document_of_a_certificate_that_entra_forgot_is_told_as_itself(both: Both) -> None:
    held = both.store.aws.providers[PROVIDER].metadata.raw.decode()
    both.app(new)
    both.app(lambda app: delete_certificate(activate(app, "next"), "2026"))
    assert both.provider() == {"name": "WAAD", "metadata_document": held}


def test_entra_forgets_a_certificate_that_an_account_declares_since_it_does_not_know_aws() -> None:
    both = Both()
    both.app(new)
    both.idp.change(lambda _: both.now)
    held = both.store.aws.providers[PROVIDER].metadata.raw.decode()
    assert both.idp.scenario.accounts[0].saml_providers[0].certificates == ("2026",)
    both.idp.change(change_app("AWS", lambda _, app: activate(app, "next")))
    both.idp.change(change_app("AWS", lambda _, app: delete_certificate(app, "2026")))
    assert both.provider() == {"name": "WAAD", "metadata_document": held}


def test_an_app_that_entra_forgot_leaves_its_document_with_the_accounts() -> None:
    both = Both()
    held = both.store.aws.providers[PROVIDER].metadata.raw.decode()
    tenant = Tenant(both.idp)
    tenant.append("apps", lambda _: App(name="second"))
    first = pinned(both.idp.scenario).apps[0]
    tenant.change(lambda scenario: without_application(scenario, f"appId={first.app_id}"))
    assert [app.name for app in both.idp.scenario.apps] == ["second"]
    assert both.provider() == {"name": "WAAD", "metadata_document": held}


def test_a_document_of_another_tenant_is_told_as_itself(both: Both) -> None:
    stranger = EntraIdp(demo_scenario().model_copy(update={"name": "stranger"}), KeyStore())
    document = stranger.federation_metadata(NOW, bom=False)
    both.upload(document)
    assert both.provider() == {"name": "WAAD", "metadata_document": document.decode()}


def test_the_saved_scenario_is_the_same_world_again(both: Both) -> None:
    both.app(new)
    both.upload(both.idp.federation_metadata(NOW, bom=False))
    saved = parse_scenario(scenario_text(both.now), "saved")
    again = EntraIdp(saved, both.idp.keys)
    held = aws_of(again, NOW).providers
    assert {arn: one.metadata.keys for arn, one in held.items()} == {
        arn: one.metadata.keys for arn, one in both.store.aws.providers.items()
    }


def test_what_iam_made_comes_back_as_tables(both: Both) -> None:
    providers, roles = IamProviders(both.store), IamRoles(both.store)
    document = both.idp.federation_metadata(NOW, bom=False).decode()
    providers.create({"Name": "Second", "SAMLMetadataDocument": document}, DEV, NOW)
    second = f"arn:aws:iam::{DEV}:saml-provider/Second"
    call = {"RoleName": "usual", "AssumeRolePolicyDocument": CONSOLE_TRUST % second, "Path": "/team/"}
    roles.create(call, DEV, NOW)
    odd = (CONSOLE_TRUST % second).replace("StringEquals", "StringLike")
    roles.create({"RoleName": "odd", "AssumeRolePolicyDocument": odd, "MaxSessionDuration": "7200"}, DEV, NOW)
    roles.delete({"RoleName": "contoso-dev-devops-user"}, DEV)
    saved = parse_scenario(scenario_text(both.now), "saved").accounts[1]
    assert [one.name for one in saved.saml_providers] == ["WAAD", "Second"]
    tables = {one.name: one for one in saved.roles}
    assert tables.keys() == {"contoso-dev-finance-admin", "usual", "odd"}
    assert (tables["usual"].trusts, tables["usual"].path) == (("Second",), "/team/")
    assert tables["odd"].trust_policy is not None
    assert "StringLike" in tables["odd"].trust_policy
    assert tables["odd"].max_session_duration == 7200


def test_a_role_whose_provider_is_gone_keeps_its_policy(both: Both) -> None:
    IamProviders(both.store).delete({"SAMLProviderArn": PROVIDER}, PROD)
    saved = parse_scenario(scenario_text(both.now), "saved").accounts[0]
    assert saved.saml_providers == ()
    assert all(one.trust_policy and PROVIDER in one.trust_policy for one in saved.roles)


def test_the_diff_shows_what_both_sides_changed_and_nothing_else(both: Both) -> None:
    both.app(new)
    lines = changes_since(both.start, both.now)
    added = [line[1:] for line in lines if line.startswith("+")][1:]
    assert added[1:5] == [
        "[[apps.certificates]]",
        'name = "next"',
        "not_before = 2026-11-01 09:00:00+00:00",
        "not_after = 2029-11-01 09:00:00+00:00",
    ]
    assert added.count('    "2026",') == 2
    assert {line[1:] for line in lines if line.startswith("-")} == {
        "-- at the start",
        "saml_providers = [",
        '    { name = "WAAD", app = "AWS" },',
    }


def test_a_document_from_a_file_stays_a_file_until_it_is_replaced(both: Both, tmp_path: Path) -> None:
    (tmp_path / "given.xml").write_bytes(both.idp.federation_metadata(NOW, bom=False))
    account = both.start.accounts[0]
    provider = account.saml_providers[0].model_copy(update={"app": None, "metadata": "given.xml"})
    accounts = (account.model_copy(update={"saml_providers": (provider,)}), *both.start.accounts[1:])
    both.idp.change(lambda scenario: scenario.model_copy(update={"accounts": accounts}))
    both.store.change(lambda _: aws_of(both.idp, NOW, tmp_path))
    assert scenario_now(both.idp, both.store.aws, tmp_path).accounts[0].saml_providers == (provider,)
    both.upload(both.idp.federation_metadata(NOW, bom=False))
    (saved,) = scenario_now(both.idp, both.store.aws, tmp_path).accounts[0].saml_providers
    assert (saved.app, saved.metadata) == ("AWS", None)
