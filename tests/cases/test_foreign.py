"""The sealed responses of other programs: what they are, and that nobody can seal them again."""

from __future__ import annotations

import base64

import pytest

from harness.cases.catalogue import chosen
from harness.cases.core import Case, Kind
from harness.cases.foreign import everything
from harness.cases.run import Ran
from harness.cases.workshop import Workshop

GENUINE = [case for case in chosen("foreign") if case.kind is Kind.CONTROL]


def test_both_programs_made_some():
    programs = {one["program"].partition(" ")[0] for one in everything().values()}
    assert programs == {"SimpleSAMLphp", "pysaml2"}
    assert len(GENUINE) == len(everything()) == 3


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in GENUINE])
def test_every_engine_verifies_every_signature(case: Case, ran: dict[str, Ran]):
    outcome = ran[case.id].outcome
    assert outcome is not None
    signatures = 2 if "both-signed" in case.id else 1
    assert len(outcome.engines) == 3 * signatures
    assert all(word.endswith(" verifies") for word in outcome.engines)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in GENUINE])
def test_it_is_in_the_programs_own_writing(case: Case, workshop: Workshop):
    """Neither its prefixes nor its issuer are those that the catalogue writes itself."""
    xml = base64.b64decode(case.material(workshop).posted)
    assert b"https://idp.contoso.com/metadata" in xml
    assert (b"<samlp:Response " in xml, b"<ns0:Response " in xml).count(True) == 1
    assert b"sts.windows.net" not in xml


def test_a_sealed_response_is_the_same_in_every_run(workshop: Workshop):
    for case in chosen("foreign"):
        assert case.material(workshop).posted == case.material(Workshop()).posted
