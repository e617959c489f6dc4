"""Entra's side in one application: sign-in, My Apps, federation metadata, the blade, Graph and its tokens."""

from collections.abc import Collection

from flask import Flask

from harness.entra.idp import EntraIdp
from harness.scenario.model import Scenario
from harness.web.aws_api import Clock
from harness.web.entra_admin import admin_blueprint
from harness.web.entra_myapps import access_urls_blueprint, metadata_blueprint, myapps_blueprint
from harness.web.entra_places import HOP, Places
from harness.web.entra_sessions import Sessions
from harness.web.entra_signin import Entra, signin_blueprint
from harness.web.flask_app import FlaskApp
from harness.web.graph import graph_blueprint, token_blueprint
from harness.web.guard import LOOPBACK_NAMES, guard
from harness.web.hosts import ENTRA_HOSTS

STEPS = ("saml2", "login", "signin/")
"""What follows the tenant in the paths of a sign-in: a browser is sent there from anywhere, and without a session."""
WAYS_IN = ("/api/signin/", "/signin/", "/applications/redirecttofederatedapplication.aspx")
"""User access URLs: links to them stand on other sites, and under true names My Apps is one."""


def create_entra_app(
    idp: EntraIdp,
    clock: Clock,
    aws_url: str,
    *,
    names: Collection[str] = LOOPBACK_NAMES,
    iam_url: str | None = None,
) -> Flask:
    """An application that is Entra's side. ``aws_url`` is where the mock AWS listens, ``names`` its own hosts.

    ``iam_url`` is where the role import asks, if not there.
    """
    app = FlaskApp(__name__, static_url_path="/assets")
    entra = Entra(idp, clock, Places(aws_url, true_names=names is ENTRA_HOSTS), Sessions(), iam_url or aws_url)
    for pages in (signin_blueprint, myapps_blueprint, access_urls_blueprint, metadata_blueprint, admin_blueprint):
        app.register_blueprint(pages(entra))
    app.register_blueprint(graph_blueprint(idp, clock, entra.iam_url))
    app.register_blueprint(token_blueprint(idp, clock))
    guard(app, is_open=lambda path: _is_open(idp.scenario, path), names=names)
    return app


def _is_open(scenario: Scenario, path: str) -> bool:
    tenant, _, step = path.removeprefix("/").partition("/")
    return path.startswith((HOP, *WAYS_IN)) or (step.startswith(STEPS) and scenario.names_tenant(tenant))
