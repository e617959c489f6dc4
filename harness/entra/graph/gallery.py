"""The gallery: the one template that this mock knows, and an app made from it."""

import re
from collections.abc import Iterator
from itertools import count
from uuid import uuid4

from harness.approles.model import MSIAM, MSIAM_ID
from harness.entra.graph.call import Json, text
from harness.entra.graph.errors import not_found
from harness.entra.graph.show import TEMPLATE
from harness.scenario.model import SIGN_IN, App, AppRole, Scenario

NAME = "AWS Single-Account Access"
_LONGEST = 90


def template() -> Json:
    """The template of AWS. Its description is ours."""
    return {
        "id": TEMPLATE,
        "displayName": NAME,
        "homePageUrl": "https://aws.amazon.com/",
        "supportedSingleSignOnModes": ["password", "saml", "external"],
        "supportedProvisioningTypes": ["sync"],
        "logoUrl": None,
        "categories": [],
        "publisher": "Amazon",
        "description": "The gallery's application for IAM SAML federation, as this mock knows it.",
    }


def find_template(template_id: str) -> Json:
    """The template of this id. Raises GraphError."""
    if template_id.lower() != TEMPLATE:
        raise not_found(template_id)
    return template()


def instantiated(scenario: Scenario, data: Json) -> App:
    """A new app as the gallery makes it: no identifier until it is saved, no certificate, the template's role.

    Its name in the scenario is the one asked for, or like it.
    """
    shown = text(data, "displayName")
    names = {app.name for app in scenario.apps}
    return App(
        name=next(name for name in _handles(shown) if name not in names),
        display_name=shown,
        app_id=str(uuid4()),
        object_id=str(uuid4()),
        identifiers=(),
        reply_urls=(SIGN_IN,),
        roles=(AppRole(name=MSIAM, id=MSIAM_ID, description=MSIAM, origin="Application"),),
    )


def _handles(shown: str) -> Iterator[str]:
    plain = re.sub(r"[^A-Za-z0-9 ._@-]+", "", shown).strip(" ._@-")[:_LONGEST] or "App"
    yield plain
    yield from (f"{plain} {number}" for number in count(2))
