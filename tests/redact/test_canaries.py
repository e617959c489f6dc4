"""Nothing of a capture survives in its fixture: canaries in every place, in every writing, are gone."""

from __future__ import annotations

import base64
import re

import pytest

from harness.cases.workshop import CLOCK
from harness.redact.fixture import Redacted, redact
from harness.saml.document import parse
from harness.saml.keys import make_signing_key
from harness.saml.signing import sign
from harness.saml.wire import Capture, read_capture
from tests.redact.canaries import CANARY, TEMPLATE, WRITINGS, betrayed, document

PLACES = len(re.findall("@|##", TEMPLATE))


def everything(done: Redacted) -> bytes:
    return b"\n".join([read_capture(done.posted).xml, done.posted, done.certificates, *done.metadata])


def redone(xml: bytes) -> Redacted:
    return redact(Capture("XML", xml, len(xml)), (), CLOCK)


def test_the_document_holds_a_canary_in_more_than_a_hundred_places():
    assert PLACES > 150
    root = parse(document("plain")).root
    assert root is not None
    assert document("plain").count(CANARY.encode()) == PLACES


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_canary_would_be_found(writing: str):
    assert betrayed(WRITINGS[writing](CANARY).encode())
    assert betrayed(document(writing))


@pytest.mark.parametrize("noisy", [True, False])
@pytest.mark.parametrize("writing", WRITINGS)
def test_no_canary_survives(writing: str, noisy: bool):
    done = redone(document(writing, noisy=noisy))
    assert not betrayed(everything(done))


@pytest.mark.parametrize("writing", WRITINGS)
def test_no_canary_survives_where_the_assertion_is_signed(writing: str):
    """Then the fixture is signed too: what is digested anew is what was disguised."""
    xml = re.sub(rb"<d:Signature .*?</d:Signature>", b"", document(writing, noisy=False), flags=re.DOTALL)
    signed_id = re.search(rb'<s:Assertion [^>]*?ID="([^"]+)"', xml)
    assert signed_id
    key = make_signing_key(CANARY, CLOCK, CLOCK.replace(year=2030))
    xml = sign(xml, signed_id[1].decode(), key)
    assert betrayed(key.certificate.der)
    assert not betrayed(everything(redone(xml)))


def test_no_canary_survives_in_a_certificate():
    xml = document("base64", noisy=False)
    named = base64.b64encode(make_signing_key(CANARY, CLOCK, CLOCK.replace(year=2030)).certificate.der)
    xml = re.sub(rb"(<d:X509Certificate>)[^<]*", lambda found: found[1] + named, xml)
    assert betrayed(base64.b64decode(named))
    assert not betrayed(everything(redone(xml)))
