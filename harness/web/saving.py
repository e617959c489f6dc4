"""The world as it was changed: a scenario file to download, and what is different from the start."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, jsonify, render_template
from werkzeug.wrappers import Response as AnyResponse

from harness.errors import HarnessError
from harness.report.plain import plain
from harness.scenario.load import SUFFIX
from harness.scenario.model import Scenario
from harness.scenario.saving import changes_since, scenario_text
from harness.web.careful import wants_page

MAX_LINE = 300


def saving_blueprint(start: Scenario, now: Callable[[], Scenario]) -> Blueprint:
    """``/scenario`` with the diff, as a page or JSON, and ``/scenario.toml`` to download."""
    blueprint = Blueprint("saving", __name__)

    @blueprint.get("/scenario")
    def show() -> AnyResponse:
        try:
            lines = changes_since(start, now())
        except HarnessError as error:
            abort(409, f"saml-harness: what was changed cannot be written as a scenario file: {error}")
        if not wants_page():
            return jsonify({"name": start.name, "changed": bool(lines), "diff": lines})
        shown = [(_kind(line), plain(line, MAX_LINE)) for line in lines]
        return Response(render_template("scenario.html", title="Scenario", lines=shown, name=start.name))

    @blueprint.get("/scenario.toml")
    def download() -> AnyResponse:
        try:
            text = scenario_text(now())
        except HarnessError as error:
            abort(409, f"saml-harness: what was changed cannot be written as a scenario file: {error}")
        file = Response(text, mimetype="application/toml")
        file.headers["Content-Disposition"] = f'attachment; filename="{start.name}{SUFFIX}"'
        return file

    return blueprint


def _kind(line: str) -> str:
    return {"+": "added", "-": "removed", "@": "where"}.get(line[:1], "same")
