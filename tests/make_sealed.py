"""How ``harness/cases/sealed`` was made: ``python -m tests.make_sealed``, with the programs that `.ci/judges` installs.

Each run makes a new throw-away key, which is gone with the process: what was sealed cannot be sealed again. The
programs' own metadata is kept beside their responses; the loopback address it was made at becomes a made-up one.
"""

from __future__ import annotations

import base64
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

from harness.cases.recipe import AWS, USER
from harness.cases.workshop import ACS, PAIR
from tests.judges.producers import Order, Pysaml2Idp, SimpleSamlPhp
from tests.judges.samples import some_keys

SEALED = Path(__file__).parent.parent / "harness" / "cases" / "sealed"
ORDER = Order(
    keys=some_keys(),
    attributes={
        AWS + "Role": [PAIR],
        AWS + "RoleSessionName": [USER],
        AWS + "SessionDuration": ["3600"],
        AWS + "PrincipalTag:Team": ["blue"],
    },
    issuer="https://idp.contoso.com/metadata",
    audience=ACS,
    acs=ACS,
    name_id=USER,
)
SIMPLESAMLPHP, PYSAML2 = SimpleSamlPhp(), Pysaml2Idp()
MADE: dict[str, tuple[str, SimpleSamlPhp | Pysaml2Idp, Callable[[], str]]] = {
    "simplesamlphp_both_signed": ("SimpleSAMLphp", SIMPLESAMLPHP, lambda: SIMPLESAMLPHP.response(ORDER)),
    "pysaml2_assertion_signed": ("pysaml2", PYSAML2, lambda: PYSAML2.response(ORDER)),
    "pysaml2_both_signed": ("pysaml2", PYSAML2, lambda: PYSAML2.response(ORDER, both=True)),
}


def seal() -> dict[str, dict[str, str]]:
    """Write responses and metadata; the index says which program made each, and as of when it is judged."""
    index = {}
    for name, (title, program, make) in MADE.items():
        posted = make()
        issued = re.search(rb'IssueInstant="([^"]+)"', base64.b64decode(posted))
        assert issued
        metadata = re.sub(rb"http://127\.0\.0\.1:\d+", b"https://idp.contoso.com", program.metadata(ORDER))
        (SEALED / f"{name}.b64").write_text("\n".join(textwrap.wrap(posted, 76)) + "\n", "ascii")
        (SEALED / f"{name}.xml").write_bytes(metadata.rstrip() + b"\n")
        index[name] = {"program": f"{title} {program.version()}", "at": issued[1].decode()}
    return index


if __name__ == "__main__":
    SEALED.mkdir(exist_ok=True)
    (SEALED / "sealed.json").write_text(json.dumps(seal(), indent=2) + "\n", "utf-8")
