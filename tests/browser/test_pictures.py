"""The pictures in the docs are of this program: each can be taken, and each that is taken is shown."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

from harness.entra.idp import EntraIdp
from harness.web.server import Served
from tests.browser.pictures import IMAGES, PICTURES, take

if TYPE_CHECKING:
    from playwright.sync_api import Page

DOCS = IMAGES.parent
MOST = 150_000
"""Bytes of a picture that is worth keeping in a repository."""


def size(path: Path) -> tuple[int, int]:
    """Width and height, as the file's own header says."""
    return struct.unpack(">II", path.read_bytes()[16:24])


def test_every_picture_can_be_taken_anew(page: Page, served: Served, idp: EntraIdp, tmp_path: Path) -> None:
    taken = {path.name: size(path) for path in take(page, served, idp, tmp_path)}
    assert taken == {path.name: size(path) for path in IMAGES.glob("*.png")}


def test_every_picture_is_shown_and_small() -> None:
    text = (DOCS / "journey.md").read_text("utf-8")
    for name in PICTURES:
        assert f"images/{name}.png" in text
        assert (IMAGES / f"{name}.png").stat().st_size < MOST
