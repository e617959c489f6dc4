"""Every command and every test on the pages under docs is carried out, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import DOCS, carried_out, pages, without_chance

each_page = pytest.mark.parametrize("page", [pytest.param(one, id=str(one.relative_to(DOCS))) for one in pages()])


@each_page
def test_a_page_says_what_happens(page: Path, tmp_path: Path):
    now, scene = carried_out(page, tmp_path)
    assert without_chance(now) == without_chance(page.read_text("utf-8")), "run python -m tests.write_docs"
    if scene.tests:
        told = scene.shell(f"pytest -q -p no:cacheprovider -W error {' '.join(scene.tests)}")
        assert " passed in " in told.splitlines()[-1], told
        assert "failed" not in told.splitlines()[-1], told
        assert "error" not in told.splitlines()[-1], told


def test_there_are_pages_to_carry_out():
    guides = {"before-rollout.md", "in-ci.md", "rollover-day.md", "role-picker.md", "another-provider.md"}
    assert {page.name for page in pages()} >= {"pytest.md", *guides}


@each_page
def test_no_page_names_a_place_on_the_machine_that_wrote_it(page: Path):
    text = page.read_text("utf-8")
    assert "/tmp/" not in text
    assert "/home/" not in text
    assert "/work/" not in text
