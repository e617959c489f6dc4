"""The catalogue in print: lists, and one case's card."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from harness.cases.catalogue import FAMILIES
from harness.cases.classes import CLASSES
from harness.cases.core import Case
from harness.cases.words import Answer
from harness.cases.workshop import MetadataSpec
from harness.cases.worlds import as_data as world_as_data
from harness.cases.worlds import is_encrypted

FORMAT, VERSION = "saml-harness cases", 1
LIBRARIES = frozenset({"xmlsec", "signxml"})


def as_text(cases: Sequence[Case]) -> str:
    """One line for each case, family by family, and the count."""
    lines = []
    for family, members in groupby(cases, key=lambda one: one.family):
        lines.append(f"{family}: {FAMILIES[family]}")
        lines += [
            f"  {one.id:<58} {one.kind.value:<8} {' '.join(sorted(one.expected.codes))}".rstrip() for one in members
        ]
    return "\n".join([*lines, "", counted(cases)]) + "\n"


def counted(cases: Sequence[Case]) -> str:
    """How many there are of each kind, in a sentence."""
    kinds = Counter(one.kind.value for one in cases)
    return f"{len(cases)} cases: " + ", ".join(f"{kinds[kind]} {kind}s" for kind in ("fault", "attack", "control"))


def card(case: Case) -> str:
    """Everything that is declared about one case."""
    rows = (
        ("kind", case.kind.value),
        ("codes", " ".join(sorted(case.expected.codes)) or "none"),
        ("Entra", case.expected.entra and f"refuses: {case.expected.entra} ..."),
        *(() if case.expected.entra else _doors(case)),
        ("classes", ", ".join(f"{label} ({CLASSES[label]})" for label in case.classes)),
        ("references", "; ".join(case.refs)),
        *_world(case),
    )
    told = "\n".join(f"  {name:<15} {value}" for name, value in rows if value)
    return f"{case.id}\n\n{case.summary}\n" + (f"{case.details}\n" if case.details else "") + f"\n{told}\n"


def _doors(case: Case) -> tuple[tuple[str, str], ...]:
    return (
        ("STS", str(case.expected.sts)),
        ("sign-in page", str(case.expected.page)),
        ("bare libraries", _fooled(case) if case.live else "not asked"),
    )


def _world(case: Case) -> Iterator[tuple[str, str]]:
    """What the case meets, as far as it is not the usual."""
    if is_encrypted(case.world):
        yield "opened with", "the service provider's private key"
    world = world_as_data(case.world, lambda spec: "the usual" if spec == MetadataSpec() else "its own")
    for name, value in (world or {}).items():
        for label, shown in _flat(name, value):
            yield label.replace("_", " "), shown if isinstance(shown, str) else json.dumps(shown)


def _flat(name: str, value: object) -> Iterator[tuple[str, object]]:
    """The rows of a part of a world; what is absent has none."""
    if isinstance(value, dict) and name == "accounts":
        yield from ((label.rstrip("s"), one) for label, held in value.items() for one in held or ())
    elif value:
        yield name, value


def as_data(case: Case) -> dict[str, Any]:
    """One case as plain data."""
    return {
        "id": case.id,
        "family": case.family,
        "kind": case.kind.value,
        "summary": case.summary,
        "classes": [*case.classes],
        "references": [*case.refs],
        "fools": [*case.fools] if case.live else None,
        "expected": {
            "accepted": case.accepted,
            "codes": sorted(case.expected.codes),
            "entra": case.expected.entra or None,
            "aws": {"sts": _answer(case.expected.sts), "signin": _answer(case.expected.page)},
        },
    }


def _answer(answer: Answer) -> dict[str, str]:
    known = {"code": answer.code} if answer.code or answer.message else {}
    return {"answer": answer.verdict.value} | known | ({"message": answer.message} if answer.message else {})


def as_json(cases: Sequence[Case]) -> str:
    """All cases in one document."""
    document = {"format": FORMAT, "version": VERSION, "cases": [as_data(case) for case in cases]}
    return json.dumps(document, indent=2) + "\n"


def _fooled(case: Case) -> str:
    libraries = " and ".join(name for name in case.fools if name in LIBRARIES)
    read = "; a careless reader meets unsigned values" if "reader" in case.fools else ""
    return f"{libraries or 'none'} still verify it{read}"
