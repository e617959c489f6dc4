"""Sheets for programs. The form is published in ``sheet.schema.json`` beside this file."""

from collections.abc import Sequence
from typing import Any

from harness.report.as_json import finding_as_data, written
from harness.report.sheet import Sheet
from harness.saml.times import show_instant

FORMAT = "saml-harness sheet"
VERSION = 1


def sheets_as_json(sheets: Sequence[Sheet]) -> str:
    """All sheets in one document."""
    return written({"format": FORMAT, "version": VERSION, "sheets": [_sheet(one) for one in sheets]})


def _sheet(sheet: Sheet) -> dict[str, Any]:
    return {
        "source": sheet.source,
        "at": None if sheet.at is None else show_instant(sheet.at),
        "verdict": sheet.verdict,
        "exit_code": sheet.exit_code,
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "entries": [
                    {
                        "name": entry.name,
                        "title": entry.title or None,
                        "outcome": entry.outcome.value,
                        "said": entry.said or None,
                        "findings": [finding_as_data(finding) for finding in entry.findings],
                    }
                    for entry in section.entries
                ],
            }
            for section in sheet.sections
        ],
    }
