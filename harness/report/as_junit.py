"""Sheets as JUnit XML, the form that every CI system reads. Mail addresses are masked."""

from collections.abc import Mapping, Sequence

from lxml import etree

from harness.report.entry_words import Masks, entry_lines, headline_of
from harness.report.model import Outcome
from harness.report.plain import plain
from harness.report.sheet import Entry, Section, Sheet
from harness.saml.times import show_instant


def as_junit(sheets: Sequence[Sheet]) -> str:
    """A suite for each section of each sheet, a case for each entry."""
    masks = Masks()
    root = etree.Element("testsuites", name="saml-harness")
    _set(root, _counts([section for sheet in sheets for section in sheet.sections]))
    for sheet in sheets:
        for section in sheet.sections:
            _suite(root, sheet, section, masks)
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return text.decode()


def _set(element: etree._Element, attributes: Mapping[str, str]) -> None:
    for name, value in attributes.items():
        element.set(name, value)


def _counts(sections: Sequence[Section]) -> dict[str, str]:
    """The attributes that count cases. No times are taken: a case is a fact, not a run."""
    return {
        "tests": str(sum(len(one.entries) for one in sections)),
        "failures": str(sum(one.count(Outcome.FAIL) for one in sections)),
        "errors": "0",
        "skipped": str(sum(one.count(Outcome.SKIP) for one in sections)),
        "time": "0",
    }


def _suite(root: etree._Element, sheet: Sheet, section: Section, masks: Masks) -> None:
    name = masks(plain(f"{sheet.source}::{section.name}"))
    counts = _counts([section])
    if sheet.at is not None:
        counts["timestamp"] = show_instant(sheet.at).removesuffix("Z")
    suite = etree.SubElement(root, "testsuite", name=name)
    _set(suite, counts)
    for entry in section.entries:
        case = etree.SubElement(suite, "testcase", classname=name, name=masks(plain(entry.name)), time="0")
        _case(case, entry, masks)


def _case(case: etree._Element, entry: Entry, masks: Masks) -> None:
    told = masks("\n".join(entry_lines(entry)))
    if entry.outcome is Outcome.SKIP:
        etree.SubElement(case, "skipped", {"message": masks(headline_of(entry))})
    elif entry.failed:
        failure = etree.SubElement(case, "failure", {"message": masks(headline_of(entry)), "type": "finding"})
        failure.text = told
    elif told:
        etree.SubElement(case, "system-out").text = told
