"""An attack that no library would verify proves little: who is fooled is asked of the bare libraries themselves."""

import base64

import pytest

from harness.cases.catalogue import chosen
from harness.cases.core import OF_ASSERTION, OF_CURVE, Case, Kind, captured
from harness.cases.workshop import ENTRA, Workshop
from tests.cases.bare import fooled

CASES = [case for case in chosen() if case.live]
LIBRARIES = {"xmlsec", "signxml"}
ACCEPTED_BARE = {
    "B2", "B3", "B6", "B7", "B8", "B9", "B11", "B12", "B14", "B19",
    "C4", "C5", "C6", "C7", "C9", "C10", "C11", "C13", "C14", "C15", "C16", "C17", "C18", "C19", "C20", "C21", "C24",
    "D2", "D3", "D4", "D6", "D7", "D9", "D11", "D13", "D14", "D17", "D21",
    "E4", "E5", "E6", "E9", "E13", "F1", "F2",
}  # fmt: skip
"""Classes of which a bare library is known to accept something: each needs a case that is alive."""
NOT_ASKED = {
    "B15": "a bare library is not asked to survive what was made to stop it",
    "B20": "the parser refuses the reserved prefix",
    "C23": "the changed envelope is unsigned by design, and its cases are controls",
    "D8": "bare xmlsec would read the file; the test does not let it",
    "D12": "bare xmlsec would run the stylesheet; the test does not let it",
    "E11": "keys are a matter of metadata, whose cases are accepted or refused by AWS",
    "E14": "dates are a matter of metadata, whose cases are accepted",
    "F10": "markup smuggled into a template is signed by the identity provider itself: any library verifies it",
}
"""Classes that a bare library accepts as well, and why no case here asks it."""


def asked(case: Case, workshop: Workshop) -> set[str]:
    of, key = (OF_CURVE, "P-256") if case.family == "forgery" and "ecdsa-value" in case.id else (OF_ASSERTION, ENTRA)
    xml = base64.b64decode(case.material(workshop).posted)
    return fooled(xml, captured(workshop, of).xml, workshop.certificate(key))


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_the_case_fools_whom_it_says(case: Case, workshop: Workshop):
    found = asked(case, workshop)
    assert found & LIBRARIES == set(case.fools) & LIBRARIES
    if found & LIBRARIES:
        assert ("reader" in found) == ("reader" in case.fools)


def test_most_wrappings_are_alive():
    wrappings = [case for case in CASES if case.family == "wrapping" and case.kind is Kind.ATTACK]
    alive = [case for case in wrappings if {"reader"} < set(case.fools)]
    assert len(alive) >= 25
    assert len(alive) > len(wrappings) / 2


def test_every_class_that_a_library_accepts_has_a_live_case():
    alive = {label for case in CASES if set(case.fools) & LIBRARIES for label in case.classes}
    assert ACCEPTED_BARE - alive == set()
    assert not alive & NOT_ASKED.keys()
