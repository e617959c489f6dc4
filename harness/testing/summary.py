"""Warnings of checks that passed, gathered from the reports of a run; nothing is imported for it."""

from collections.abc import Mapping, Sequence
from typing import Any

SECTION = "saml-harness warnings"
MOST = 20


def warned(stats: Mapping[str, Sequence[Any]]) -> list[str]:
    """The warnings of tests that passed, each as it was told; of very many the first."""
    told = [text for report in stats.get("passed", ()) for name, text in report.sections if SECTION in name]
    lines = [line for text in told[:MOST] for line in text.splitlines()]
    if len(told) > MOST:
        lines.append(f"and {len(told) - MOST:,} more; saml-harness preflight shows them all")
    return lines
