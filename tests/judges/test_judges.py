"""The judges themselves are tried here, on documents the harness had no hand in."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from lxml import etree

from tests.judges import ledger, samples, shape
from tests.judges.consumers import JUDGES, Judge, Missing, Sample, judge_named
from tests.judges.expected import OVERLOOKS, REFUSES
from tests.judges.producers import PRODUCERS, Producer
from tests.judges.programs import DrivenJudge
from tests.judges.schemas import metadata_schema_errors, schema_errors

TWINS: dict[str, Callable[[bytes], bytes]] = {
    "one letter of a role": samples.flipped_role,
    "one digit of the signature": samples.flipped_signature,
    "the signature cut out": samples.without_signature,
}

REFUSAL_WORDS = {
    ("python3-saml", "response"): "not signed and the SP require it",
    ("minisaml", "both"): "MultipleElementsFound",
    ("minisaml", "assertion-sha1"): "UnsupportedAlgorithm",
}


@pytest.fixture(params=JUDGES, ids=lambda judge: judge.name)
def judge(request: pytest.FixtureRequest) -> Judge:
    """Each judge that is installed."""
    return _installed(request.param)


@pytest.fixture(params=PRODUCERS, ids=lambda producer: producer.name)
def producer(request: pytest.FixtureRequest) -> Producer:
    """Each foreign identity provider that is installed."""
    return _installed(request.param)


def _installed(program):
    try:
        program.version()
    except Missing as missing:
        pytest.skip(str(missing))
    return program


@cache
def _faults() -> dict[str, Sample]:
    """Well-signed responses with one thing wrong each, beside what the service provider expects."""
    good = samples.sample(samples.some_order())
    now = datetime.now(UTC)
    elsewhere = samples.some_order(acs="https://elsewhere.example/saml")
    both = samples.response_xml(samples.some_order(), "both")
    posted = {
        "audience": samples.response_xml(samples.some_order(audience="urn:some:other")),
        "issuer": samples.response_xml(samples.some_order(issuer="https://sts.windows.net/other/")),
        "recipient": samples.response_xml(elsewhere),
        "expired": samples.response_xml(samples.some_order(), at=now - timedelta(hours=3)),
        "not-yet-valid": samples.response_xml(samples.some_order(), at=now + timedelta(hours=3)),
        "stranger's key": samples.response_xml(samples.some_order(keys=samples.some_keys("stranger"))),
        "outer-signature": samples.flipped_outer_signature(both),
        "not XML": b"<Response",
        "nothing": b"",
    }
    return {fault: samples.with_xml(good, xml) for fault, xml in posted.items()}


@pytest.mark.parametrize("signing", samples.SIGNINGS)
def test_a_good_response_is_accepted_or_refused_for_the_written_reason(judge: Judge, signing: str) -> None:
    order = samples.some_order()
    word = judge.judge(samples.sample(order, signing))
    if (judge.name, signing) in REFUSES:
        assert not word.accepted
        assert REFUSAL_WORDS[judge.name, signing] in word.says
        return
    assert word.accepted, word.says
    assert word.attributes == (dict(order.attributes) if judge.reads_attributes else {})
    assert order.name_id in word.says or not judge.reads_attributes


@pytest.mark.parametrize("signing", samples.SIGNINGS)
def test_a_tampered_twin_is_refused(judge: Judge, signing: str) -> None:
    good = samples.sample(samples.some_order(), signing)
    twins = {how: samples.with_xml(good, tamper(samples.xml_of(good))) for how, tamper in TWINS.items()}
    words = dict(zip(twins, judge.judge_many(list(twins.values())), strict=True))
    assert [how for how, word in words.items() if word.accepted] == []
    assert all(word.says and not word.attributes for word in words.values())


def test_each_fault_is_refused_unless_the_judge_is_known_to_overlook_it(judge: Judge) -> None:
    faults = _faults()
    words = judge.judge_many(list(faults.values()))
    accepted = {fault for fault, word in zip(faults, words, strict=True) if word.accepted}
    assert accepted == {fault for name, fault in OVERLOOKS if name == judge.name}


def test_each_trusted_certificate_counts_and_a_retired_one_does_not(judge: Judge) -> None:
    old, new = samples.some_order(), samples.some_order(keys=samples.some_keys("new"))
    signed_by_old = samples.sample(old)
    both_trusted = replace(
        signed_by_old,
        metadata=samples.metadata_xml(new, old.keys),
        certificate_pem=new.keys.certificate_pem + old.keys.certificate_pem,
    )
    only_new = replace(both_trusted, metadata=samples.metadata_xml(new), certificate_pem=new.keys.certificate_pem)
    words = judge.judge_many([both_trusted, only_new])
    assert [word.accepted for word in words] == [True, False], words


def test_a_bare_key_inside_the_document_is_not_believed() -> None:
    stranger = samples.some_order(keys=samples.some_keys("stranger"))
    good = samples.sample(samples.some_order())
    xml = samples.with_key_value(samples.response_xml(stranger), stranger.keys)
    for name in ("xmlsec1", "samlsign", "lasso", "pysaml2", "python3-saml"):
        word = _installed(judge_named(name)).judge(samples.with_xml(good, xml))
        assert not word.accepted, name


@pytest.mark.parametrize("name", [judge.name for judge in JUDGES if judge.reads_attributes])
def test_attributes_are_read_in_order_and_letter_for_letter(name: str) -> None:
    judge = _installed(judge_named(name))
    names = ["Zoë & <Ann>", "ada@contoso.example", "Łukasz"]
    order = samples.some_order(attributes={"https://contoso.example/names": names, "plain": ["1"]})
    assert judge.judge(samples.sample(order)).attributes == dict(order.attributes)


def test_a_response_of_another_identity_provider_says_what_was_ordered(producer: Producer) -> None:
    order = samples.some_order(audience="urn:amazon:webservices", name_id="grace@contoso.example")
    expected = samples.sample(order)
    posted = replace(expected, response=producer.produce(order))
    assert schema_errors(samples.xml_of(posted)) == []
    for judge in JUDGES:
        word = _installed(judge).judge(posted)
        if (judge.name, producer.signs) in REFUSES:
            assert not word.accepted
        elif judge.reads_attributes:
            assert (word.says, word.attributes) == ("NameID grace@contoso.example", dict(order.attributes))
        else:
            assert word.accepted, word.says


@pytest.mark.parametrize("signing", samples.SIGNINGS)
def test_the_samples_are_valid_by_the_schema(signing: str) -> None:
    assert schema_errors(samples.response_xml(samples.some_order(), signing)) == []


def test_the_schema_tells_when_the_order_of_elements_is_wrong() -> None:
    root = etree.fromstring(samples.response_xml(samples.some_order()))
    root.append(root[0])
    assert "Issuer" in " ".join(schema_errors(etree.tostring(root)))


def test_the_metadata_is_valid_by_the_schema_and_a_fault_in_it_is_told() -> None:
    metadata = samples.metadata_xml(samples.some_order(), samples.some_keys("new"))
    assert metadata_schema_errors(metadata) == []
    broken = metadata.replace(b"<SingleSignOnService Binding", b"<SingleSignOnService Bidding")
    assert "Bidding" in " ".join(metadata_schema_errors(broken))


class Fragile(DrivenJudge):
    """Accepts everything, ends on the response "down" and never answers to "hang"."""

    name = "fragile"
    script = (
        "import json, sys, time\n"
        "asked = json.load(sys.stdin)\n"
        "said = [each['response'] for each in asked]\n"
        "if 'down' in said: sys.exit('down')\n"
        "if 'hang' in said: time.sleep(60)\n"
        "print(json.dumps([dict(accepted=True, says='yes', attributes={}) for _ in asked]))\n"
    )

    def command(self):
        """Any Python."""
        return [sys.executable, "-c", self.script]

    def version(self):
        """Always there."""
        return "1"


def test_a_child_that_ends_or_hangs_is_a_refusal_of_that_sample_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shape, "TIME_LIMIT", 2.0)
    good = samples.sample(samples.some_order())
    words = Fragile().judge_many([good, replace(good, response="down"), good, replace(good, response="hang")])
    ledger.forget("fragile")
    assert [word.accepted for word in words] == [True, False, True, False]
    assert words[1].says == "fragile ended with status 1: down"
    assert words[3].says == "fragile gave no answer in 2 s"


def test_the_ledger_counts_what_was_judged() -> None:
    before = ledger.documents("counted")
    ledger.judged("counted", "1.0", [True, False, True])
    assert ledger.documents("counted") == before + 3
    assert "judge counted 1.0 judged 3 accepted 2 refused 1" in ledger.lines()
    ledger.forget("counted")
    assert ledger.documents("counted") == 0


def test_every_line_of_the_expectations_names_a_judge_and_a_thing_that_is_tried() -> None:
    names = {judge.name for judge in JUDGES}
    assert {(name, signing) for name, signing in REFUSES} == set(REFUSAL_WORDS)
    assert {name for name, _ in [*REFUSES, *OVERLOOKS]} <= names
    assert {fault for _, fault in OVERLOOKS} <= set(_faults())


def test_the_posted_text_is_the_document() -> None:
    good = samples.sample(samples.some_order())
    assert base64.b64decode(good.response).startswith(b"<samlp:Response ")
