"""The catalogue as files, so that a service provider in any language can be tested with it.

Only what every service provider can be asked is exported: cases that need an AWS account of their own, other
metadata or a private key are listed with the reason why they are left out. No private key is ever written.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from harness.cases.core import Case
from harness.cases.show import FORMAT, VERSION, as_data
from harness.cases.workshop import ACS, ENTRA, ISSUER, MetadataSpec, Workshop
from harness.saml.times import show_instant

INDEX = "cases.json"


def why_left_out(case: Case) -> str:
    """Why a case is not for every service provider; empty when it is."""
    if case.world.opens:
        return "needs a private key that opens the assertion"
    if not case.world.usual:
        return "needs a world of its own: other metadata, an AWS account, or a role that is asked for"
    return ""


def exported(cases: Sequence[Case], workshop: Workshop) -> Iterator[tuple[str, bytes]]:
    """Names and contents of all files. The index comes last."""
    listed, left_out = [], []
    for case in cases:
        if reason := why_left_out(case):
            left_out.append({"id": case.id, "reason": reason})
            continue
        name = case.id + ".b64"
        yield name, case.material(workshop).posted
        listed.append(as_data(case) | {"file": name})
    yield "metadata.xml", workshop.metadata(MetadataSpec())
    yield INDEX, (json.dumps(_index(listed, left_out, workshop), indent=2) + "\n").encode()


def _index(listed: Sequence[Any], left_out: Sequence[Any], workshop: Workshop) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "clock": show_instant(workshop.now),
        "issuer": ISSUER,
        "acs": ACS,
        "audience": ACS,
        "certificate": workshop.certificate(ENTRA).pem,
        "metadata": "metadata.xml",
        "cases": [*listed],
        "left_out": [*left_out],
    }
