"""The command line run in this process: as a user would, up to the exit code."""

import io
import sys
from dataclasses import dataclass
from unittest import mock

from harness.cli import main

AT = "2026-11-01T09:00:00Z"
"""When responses are issued in these tests; the demo company's certificate is valid then."""
SOON = "2026-11-01T09:00:10Z"
BRITTA, NOAH = "britta@contoso.com", "noah@contoso.com"
GUEST = "guest_fabrikam.com#EXT#@contoso.onmicrosoft.com"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def run(*arguments: object, stdin: bytes = b"") -> Ran:
    """Run ``saml-harness`` with these arguments."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    argv = ["saml-harness", *map(str, arguments)]
    code: object = None
    with mock.patch.multiple(sys, stdout=out, stderr=err, stdin=io.TextIOWrapper(io.BytesIO(stdin)), argv=argv):
        try:
            main()
        except SystemExit as left:
            code = left.code
    out.flush()
    err.flush()
    ran = Ran(int(code or 0), out.buffer.getvalue().decode(), err.buffer.getvalue().decode())  # type: ignore[attr-defined, call-overload]
    assert "Traceback" not in ran.said
    assert "internal error" not in ran.said, ran.said
    return ran
