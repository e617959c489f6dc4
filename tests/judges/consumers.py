"""All judges: service providers, and signature checkers, that no one here wrote."""

from __future__ import annotations

from tests.judges.libraries import Minisaml, Pysaml2, Python3Saml
from tests.judges.programs import Lasso, NodeSaml, RubySaml, Samlify
from tests.judges.shape import Judge, Missing, Sample, Word
from tests.judges.signatures import Samlsign, Xmlsec1

__all__ = ["JUDGES", "Judge", "Missing", "Sample", "Word", "judge_named"]

JUDGES: tuple[Judge, ...] = (
    Python3Saml(),
    Pysaml2(),
    Minisaml(),
    RubySaml(),
    Lasso(),
    NodeSaml(),
    Samlify(),
    Xmlsec1(),
    Samlsign(),
)
"""Every judge there is; one that is not installed raises Missing when it is asked."""


def judge_named(name: str) -> Judge:
    """The judge of this name."""
    return {judge.name: judge for judge in JUDGES}[name]
