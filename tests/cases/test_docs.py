"""The page of the catalogue is the one the program writes."""

from pathlib import Path

from click.testing import CliRunner

from harness.cases.catalogue import chosen
from harness.cli import cli

PAGE = Path(__file__).parent.parent.parent / "docs" / "cases.md"


def test_the_page_of_cases_is_the_one_the_program_writes():
    result = CliRunner().invoke(cli, ["cases", "list", "--format", "markdown"], catch_exceptions=False)
    assert PAGE.read_text("utf-8") == result.stdout, "run python -m tests.write_docs"


def test_the_page_names_every_case():
    text = PAGE.read_text("utf-8")
    assert not [case.id for case in chosen() if f"`{case.id.partition('/')[2]}`" not in text]
