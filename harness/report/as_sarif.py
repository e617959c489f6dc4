"""Sheets as SARIF 2.1.0, for code scanning: a result for each finding, with the card of its rule.

Mail addresses are masked, and Markdown of input is text.
"""

import hashlib
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from harness.report.as_json import written
from harness.report.entry_words import Masks, entry_lines, finding_lines
from harness.report.model import Finding, Rule, Severity
from harness.report.plain import plain
from harness.report.sheet import Entry, Section, Sheet
from harness.saml.times import show_instant

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_MARKUP = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]()#+-.!|<>~&"})


def as_sarif(sheets: Sequence[Sheet]) -> str:
    """One run of the tool over everything that was judged."""
    masks = Masks()
    cards = _cards(sheets, masks)
    places = {one["id"]: number for number, one in enumerate(cards)}
    results = [result for sheet in sheets for result in _results(sheet, masks)]
    for result in results:
        result["ruleIndex"] = places[result["ruleId"]]
    driver = {"name": "saml-harness", "version": version("saml-harness"), "rules": cards}
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(sheets)],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return written({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _invocation(sheets: Sequence[Sheet]) -> dict[str, Any]:
    code = max((sheet.exit_code for sheet in sheets), default=0)
    judged = [show_instant(sheet.at) for sheet in sheets if sheet.at is not None]
    return {"executionSuccessful": code != 2, "exitCode": code, "properties": {"judgedAt": judged}}


def _cards(sheets: Sequence[Sheet], masks: Masks) -> list[dict[str, Any]]:
    """The cards of all rules, then one for each section whose checks failed without a finding."""
    cards = {rule.code: _card(rule) for sheet in sheets for rule in sheet.rules}
    for sheet in sheets:
        for section, entry in sheet.entries:
            if entry.failed and not entry.errors:
                cards.setdefault(section.name, _section_card(masks(plain(section.title)), section.name))
            for finding in entry.findings:
                cards.setdefault(finding.code, {"id": finding.code, "shortDescription": {"text": finding.code}})
    return [*cards.values()]


def _card(rule: Rule) -> dict[str, Any]:
    help_text = f"{rule.summary}\n\nWhy: {rule.why}\n\nFix: {rule.fix}\n\nSources: {'; '.join(rule.refs)}"
    said = f"{_marked(rule.summary)}\n\n**Why:** {_marked(rule.why)}\n\n**Fix:** {_marked(rule.fix)}"
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary} {rule.why}"},
        "help": {"text": help_text, "markdown": f"{said}\n\nSources: {_marked('; '.join(rule.refs))}"},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {"basis": rule.basis.value, "tags": ["saml", rule.family.lower()]},
    }


def _section_card(title: str, name: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": f"{title}."}, "help": {"text": f"{title}."}}


def _results(sheet: Sheet, masks: Masks) -> Iterator[dict[str, Any]]:
    for section, entry in sheet.entries:
        for finding in entry.findings:
            told = "\n".join(finding_lines(finding))
            yield _result(sheet, section, entry, finding.code, finding.severity, masks(told), finding, masks)
        if entry.failed and not entry.errors:
            told = "\n".join([f"{plain(entry.name)}: {plain(entry.title)}", *entry_lines(entry)])
            yield _result(sheet, section, entry, section.name, Severity.ERROR, masks(told), None, masks)


def _result(
    sheet: Sheet, section: Section, entry: Entry, rule: str, severity: Severity, told: str, finding: Finding | None,
    masks: Masks,
) -> dict[str, Any]:  # fmt: skip
    """A result. Its fingerprint names rule, check and place, so that a scanner knows it again in the next run."""
    name = masks(plain(f"{section.name}::{entry.name}"))
    where = masks(plain(finding.where)) if finding is not None and finding.where else name
    line = finding.line if finding is not None and sheet.has_lines and finding.line else 1
    known_by = hashlib.sha256("\0".join((rule, name, where)).encode()).hexdigest()
    return {
        "ruleId": rule,
        "level": _LEVEL[severity],
        "message": {"text": told, "markdown": _marked(told).replace("\n", "  \n")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(masks(plain(sheet.source)))},
                    "region": {"startLine": line},
                },
                "logicalLocations": [{"name": name, "fullyQualifiedName": where}],
            }
        ],
        "partialFingerprints": {"samlHarness/v1": known_by},
    }


def _uri(path: str) -> str:
    """A path as a relative reference: nothing in it is a scheme, a query or a host."""
    return quote(path.lstrip("/") or "input", safe="/")


def _marked(text: str) -> str:
    """Text that Markdown shows as it is."""
    return text.translate(_MARKUP)
