"""Every format in which sheets are printed, by the name it has on the command line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.sheet import Sheet

SHARED = ("junit", "sarif", "github", "html")
"""Formats that are the same for every command; text and JSON some commands have of their own."""
FORMATS = ("text", "json", *SHARED)


def printed(
    sheets: "Sequence[Sheet]", form: str, *, width: int = 100, color: bool = False, verbose: bool = False
) -> str:
    """The sheets in one of `FORMATS`; what is not needed is not imported. Raises KeyError for another name."""
    if form == "text":
        from harness.report.sheet_as_text import sheets_as_text

        return sheets_as_text(sheets, width=width, color=color, verbose=verbose)
    if form == "json":
        from harness.report.sheet_as_json import sheets_as_json as as_form
    elif form == "junit":
        from harness.report.as_junit import as_junit as as_form
    elif form == "sarif":
        from harness.report.as_sarif import as_sarif as as_form
    elif form == "github":
        from harness.report.as_github import as_github as as_form
    elif form == "html":
        from harness.report.as_html import as_html as as_form
    else:
        raise KeyError(form)
    return as_form(sheets)
