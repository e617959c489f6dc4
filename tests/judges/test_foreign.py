"""Responses made by identity providers no one here wrote are verified here, and read as they were ordered."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest

from harness.aws.account import Aws
from harness.report.model import Accepted
from harness.saml.keys import read_certificates
from harness.saml.metadata import read_metadata
from harness.saml.wire import read_capture
from harness.validate import Policy, check
from harness.verify import verify_document
from tests.judges import samples
from tests.judges.consumers import Missing
from tests.judges.producers import PRODUCERS, Producer

ROLE = "https://aws.amazon.com/SAML/Attributes/Role"


@pytest.fixture(params=PRODUCERS, ids=lambda producer: producer.name, scope="module")
def made(request: pytest.FixtureRequest) -> tuple[Producer, samples.Order, str]:
    """A response made to order by each foreign identity provider that is installed."""
    producer = request.param
    try:
        producer.version()
    except Missing as missing:
        pytest.skip(str(missing))
    order = samples.some_order(issuer="https://idp.contoso.example/")
    return producer, order, producer.produce(order)


def test_its_signatures_verify_under_the_strict_profile(made: tuple[Producer, samples.Order, str]) -> None:
    _, order, response = made
    keys = read_certificates(order.keys.certificate_pem.encode())
    good = verify_document(base64.b64decode(response), keys)
    assert good.verified, good.findings
    assert all(word == "verifies" for one in good.signatures for _, word, _ in one.words), good.signatures
    for twin in (samples.flipped_role, other_signature):
        assert not verify_document(twin(base64.b64decode(response)), keys).verified


def other_signature(good: bytes) -> bytes:
    """The document with one digit changed in every SignatureValue, whatever its prefix."""
    return re.sub(
        rb"(<(?:\w+:)?SignatureValue>\s*....)(.)", lambda found: found[1] + (b"A" if found[2] != b"A" else b"B"), good
    )


def test_its_facts_are_those_it_was_told_to_send(made: tuple[Producer, samples.Order, str]) -> None:
    _, order, response = made
    metadata = read_metadata(samples.metadata_xml(order))
    policy = Policy(Aws(declared=False, fallback=metadata), metadata.keys)
    report = check(read_capture(response.encode()), policy, datetime.now(UTC))
    assert report.signed is not None
    assert report.signed.issuer == order.issuer
    assert report.signed.name_id is not None
    assert report.signed.name_id.value == order.name_id
    assert report.signed.conditions is not None
    assert report.signed.conditions.audiences == ((order.audience,),)
    assert [one.recipient for one in report.signed.confirmations] == [order.acs]
    read = {attribute.name: list(attribute.values) for attribute in report.signed.attributes}
    assert {name: read[name] for name in order.attributes} == {name: list(v) for name, v in order.attributes.items()}
    assert report.error_codes == frozenset(), [*report.errors]
    assert all(isinstance(answer, Accepted) for answer in report.answers), report.answers
