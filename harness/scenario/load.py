"""A scenario file is read whole: every error at once, each with its place in the file."""

import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from harness.errors import BadScenario
from harness.saml.wire import read_file
from harness.scenario.model import AS_A_FILE, Scenario

SUFFIX = ".scenario.toml"


def load_scenario(path: str | Path) -> Scenario:
    """The scenario in a file. Raises BadScenario, which lists every place that is wrong."""
    return parse_scenario(read_file(str(path)).decode("utf-8", "replace"), str(path))


def demo_scenario() -> Scenario:
    """The built-in company: Contoso, two AWS accounts, four roles."""
    name = "demo" + SUFFIX
    return parse_scenario(files("harness.scenario").joinpath(name).read_text("utf-8"), name)


def parse_scenario(text: str, name: str) -> Scenario:
    """The scenario in a text. ``name`` is for the messages."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: numbers of thousands of digits, too
        raise BadScenario(f"{name}: not TOML: {error}") from None
    try:
        return Scenario.model_validate(data, context=AS_A_FILE)
    except ValidationError as error:
        faults = [f"  {_place(fault['loc'])}: {_said(fault['msg'])}" for fault in _own(error)]
        count = f"{len(faults)} error{'s' if len(faults) > 1 else ''}"
        raise BadScenario(f"{name}: {count}\n" + "\n".join(faults[:50])) from None


def _own(error: ValidationError) -> list[ErrorDetails]:
    """The errors without those that only follow: a list is not empty because its entries are wrong."""
    found = error.errors(include_url=False)
    places = [fault["loc"] for fault in found]
    return [
        fault
        for fault in found
        if fault["type"] != "too_short" or not any(_inside(place, fault["loc"]) for place in places)
    ]


def _inside(place: Sequence[int | str], other: Sequence[int | str]) -> bool:
    return len(place) > len(other) and place[: len(other)] == other


def _place(location: Sequence[int | str]) -> str:
    """``apps[0].certificates[1].not_after``, counted from 0 as TOML readers show arrays."""
    place = ""
    for step in location:
        place += f"[{step}]" if isinstance(step, int) else f".{step}"
    return place.lstrip(".") or "the file"


def _said(message: str) -> str:
    known = message.removeprefix("Value error, ")
    return "unknown key" if known == "Extra inputs are not permitted" else known
