"""Every row of what is known of AWS has a test, or says why it can have none."""

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from tests.aws.responses import NOW, key

ROWS = {
    f"{section}/{row}": entry
    for section, rows in tomllib.loads(Path(__file__).with_name("rows.toml").read_text()).items()
    for row, entry in rows.items()
}
NAMED = re.compile(r"(?:(web)\.)?(\w+)\.(test_\w+)(?:\[(.+)\])?")


def case_ids(test: object) -> set[str]:
    """The ids of a parametrised test."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    return {case.id for mark in marks for case in mark.args[1]}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_a_test_or_says_why_there_is_none(row: str):
    entry = ROWS[row]
    assert set(entry) in ({"test"}, {"unknown"})
    if "unknown" in entry:
        assert len(entry["unknown"].split()) > 5
        return
    named = NAMED.fullmatch(entry["test"])
    assert named
    room, module, test, case = named.groups()
    found = getattr(import_module(f"tests.{room or 'aws'}.test_{module}"), test)
    assert case is None or case in case_ids(found)


def test_every_section_is_there():
    assert {row.partition("/")[0] for row in ROWS} == {"1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "2.2", "4"}


def test_every_row_of_iam_stands_in_the_table():
    named = {
        NAMED.fullmatch(entry["test"])[4] for row, entry in ROWS.items() if row.startswith("4/") and "test" in entry
    }
    tests = import_module("tests.web.test_iam_rows")
    assert {one for one in named if one} == case_ids(tests.test_iam_answers) | case_ids(tests.test_iam_keeps_its_ways)


def test_the_certificate_of_every_case_has_expired():
    """1.3 and 1.5: neither the certificate's dates nor the metadata's decide anything."""
    assert key().certificate.not_after < NOW
