"""Responses that identity providers made which nobody here wrote, with AWS's claims in them.

They were made once, and are kept in ``sealed`` beside what each program publishes about itself; the keys are gone.
So they are judged as of the instant at which they were made. Each has a twin in which the user was changed.
"""

import base64
import json
from pathlib import Path
from typing import TypedDict

from harness.cases.core import ACCEPTED, Card, Kind, Material, register
from harness.cases.recipe import FORGED, USER
from harness.cases.words import BAD_SIGNATURE
from harness.cases.workshop import MetadataSpec, Workshop, World
from harness.saml.times import parse_instant

SEALED = Path(__file__).parent / "sealed"
INDEX = SEALED / "sealed.json"


class Sealed(TypedDict):
    """Which program made a response, and as of when it is judged."""

    program: str
    at: str


def everything() -> dict[str, Sealed]:
    """All that is sealed, by its name."""
    found: dict[str, Sealed] = json.loads(INDEX.read_text("utf-8"))
    return found


def _tampered(posted: bytes) -> bytes:
    raw = base64.b64decode(posted)
    return base64.b64encode(raw.replace(USER.encode(), FORGED.encode()))


def _world(name: str, sealed: Sealed) -> World:
    metadata = MetadataSpec(rewrite=lambda _, __: (SEALED / f"{name}.xml").read_bytes())
    return World(metadata=metadata, at=parse_instant(sealed["at"]))


def _add(name: str, sealed: Sealed) -> None:
    world = _world(name, sealed)

    def genuine(workshop: Workshop) -> Material:
        return Material((SEALED / f"{name}.b64").read_bytes(), world, workshop)

    def changed(workshop: Workshop) -> Material:
        return Material(_tampered(genuine(workshop).posted), world, workshop)

    made = f"{sealed['program']} made the response ({name.partition('_')[2].replace('_', ' ')})"
    register(__name__, name, Kind.CONTROL, f"{made}.", Card("", ACCEPTED), world, genuine)
    twin = Card("SIG003", BAD_SIGNATURE)
    register(__name__, f"{name}_changed", Kind.ATTACK, f"{made}, and somebody changed the user.", twin, world, changed)


for _name, _sealed in everything().items():
    _add(_name, _sealed)
