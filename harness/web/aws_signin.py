"""AWS's sign-in endpoint and its role picker, in the browser.

The picker keeps the element names, classes and nesting that clients scrape. Nothing is ever sent to a real host: a
RelayState is shown, not followed.
"""

import base64
import json
import secrets
import uuid

from flask import Blueprint, Flask, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from harness.aws.answers import words_of
from harness.aws.console import Console, SignedIn, console_target
from harness.aws.signin import Entered, Picker, Reply, TurnedAway, sign_in
from harness.aws.store import AwsStore, PickerPage
from harness.report.model import Refused
from harness.web.aws_api import Clock
from harness.web.aws_audit import add_audit
from harness.web.aws_console import add_console, let_in
from harness.web.aws_front import add_front
from harness.web.flask_app import FlaskApp
from harness.web.guard import guard
from harness.web.inspect import inspect_blueprint
from harness.web.inspections import Inspections

MAX_POST = 400_000
OPEN_PATHS = ("/saml", "/console", "/federation")
"""Where other sites lead a browser. Under production's names Entra is another site than AWS, and the way from its form
by ``/saml`` to the console is one navigation; a broker hands out links to ``/federation``. The console only shows, to
whoever holds its cookie, and the federation endpoint asks for credentials or a token in the call."""


def create_aws_signin(store: AwsStore, clock: Clock) -> Flask:
    """An application that is AWS's sign-in host. ``clock`` is asked once for each post."""
    app = FlaskApp(__name__, static_url_path="/assets")
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_POST
    app.register_blueprint(signin_blueprint(store, clock))
    app.register_blueprint(inspect_blueprint(Inspections(store), clock))
    guard(app, is_open=lambda path: path.startswith(OPEN_PATHS))
    return app


def signin_blueprint(store: AwsStore, clock: Clock) -> Blueprint:
    """The pages of the sign-in host: sign-in, picker, console, federation, metadata and the audit log."""
    blueprint = Blueprint(
        "aws_signin", __name__, static_folder="static", static_url_path="/assets", template_folder="templates"
    )
    console = Console()

    @blueprint.post("/saml")
    @blueprint.post("/saml/acs/<provider_id>")
    def saml(provider_id: str = "") -> AnyResponse:
        now, request_id = clock(), str(uuid.uuid4())
        posted, role = request.form.get("SAMLResponse", ""), request.form.get("roleIndex")
        reply = sign_in(store, posted, now, request_id, role_index=role, provider_id=provider_id)
        match reply.found:
            case Picker():
                return make_response(_picker(store.picker, reply, reply.found))
            case TurnedAway():
                return _refused(reply.found, reply.report, request_id)
            case Entered() as entered:
                target = console_target(request.form.get("RelayState", ""), request.host_url)
                held = entered.credentials
                return let_in(console, SignedIn(held, held.expires, target, entered.claims, reply.report), now)

    add_console(blueprint, console, store, clock)
    add_front(blueprint, store, clock)
    add_audit(blueprint, store)
    return blueprint


def _picker(page: PickerPage, reply: Reply, picker: Picker) -> str:
    template = "aws_picker.html" if page is PickerPage.CLASSIC else "aws_picker_2023.html"
    return render_template(
        template,
        title="Amazon Web Services Sign-In",
        picker=picker,
        response=request.form["SAMLResponse"],
        relay_state=request.form.get("RelayState", ""),
        report=reply.report,
        data=_page_data(picker),
        tokens=(secrets.token_hex(16), str(uuid.uuid4())),
    )


def _page_data(picker: Picker) -> str:
    """What the page of 2023 carries for its script, as base64 of JSON."""
    data = {
        "roles_accounts": {account.label: [arn for arn, _ in account.roles] for account in picker.accounts},
        "invalid_accounts": [],
        "foreign_accounts": [],
        "RelayState": request.form.get("RelayState", ""),
        "SAMLResponse": request.form["SAMLResponse"],
        "name": "",
        "portal": "",
        "policy": "",
        "problems": {},
        "region": "us-east-1",
    }
    return base64.b64encode(json.dumps(data).encode()).decode("ascii")


def _refused(found: TurnedAway, report: str, request_id: str) -> AnyResponse:
    """AWS's words; where they are not known, ours, which say so. The page's status is not known: 400."""
    answer = found.answer
    page = render_template(
        "aws_refused.html",
        title="AWS Signin",
        invalid=isinstance(answer, Refused) and not answer.code,
        message=words_of(answer, request_id),
        report=report,
    )
    return make_response(page, 400)
