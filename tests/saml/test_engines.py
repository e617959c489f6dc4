"""Second and third opinion: asked only about what the strict profile has passed, and never fooled by the calendar."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree

import harness.saml.engines as engines
from harness.errors import HarnessError
from harness.saml.document import parse
from harness.saml.dsig import SignatureCheck, SignatureFlaw, verify
from harness.saml.engines import Opinion, Word, opinions
from harness.saml.keys import Certificate, make_signing_key
from tests.saml.sealing import digest_of, reference, sealed, signed_info
from tests.saml.test_algorithms import by_signxml
from tests.saml.test_dsig import CONTROLS, REFUSED
from tests.saml.world import (
    NOW,
    USER,
    change,
    ec_key,
    id_of,
    issued,
    judged,
    key,
    metadata,
    other_key,
    resigned,
    unsigned,
)
from tests.saml.wrapping import ATTACKS

CRYPTOGRAPHIC = {SignatureFlaw.DIGEST, SignatureFlaw.VALUE, SignatureFlaw.SHA1}


class Called(Exception):
    """An engine was asked."""


def forbidden(signature: etree._Element, check: SignatureCheck, trusted: Certificate) -> Opinion:
    raise Called


def words(xml: bytes, *keys: Certificate) -> list[dict[str, Word]]:
    document = parse(xml)
    trusted = keys or metadata().keys
    return [
        {said.engine: said.word for said in opinions(document, check, number, trusted)}
        for number, check in enumerate(verify(document, trusted))
    ]


@pytest.mark.parametrize("name", [name for name, (flaw, _, _) in REFUSED.items() if flaw not in CRYPTOGRAPHIC])
def test_no_engine_is_called_for_a_structure_that_was_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    xml = REFUSED[name][2]()
    document = parse(xml)
    for engine in ("_xmlsec", "_signxml"):
        monkeypatch.setattr(engines, engine, forbidden)
    for number, check in enumerate(verify(document, metadata().keys)):
        if check.structure_passed:
            continue
        said = opinions(document, check, number, metadata().keys)
        assert {one.word for one in said} == {Word.NOT_ASKED}
        assert all(one.reason for one in said)
    assert any(not check.structure_passed for check in verify(document, metadata().keys))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_no_engine_is_asked_about_a_wrapped_signature(attack: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the strict profile passes of these, it passes by itself."""
    xml = attack.build()  # type: ignore[attr-defined]
    document = parse(xml)
    asked = []
    monkeypatch.setattr(engines, "_xmlsec", lambda *given: asked.append(given) or Opinion("xmlsec", Word.VERIFIES))
    monkeypatch.setattr(engines, "_signxml", lambda *given: asked.append(given) or Opinion("signxml", Word.VERIFIES))
    checks = verify(document, metadata().keys)
    for number, check in enumerate(checks):
        before = len(asked)
        opinions(document, check, number, metadata().keys)
        assert (len(asked) > before) == check.structure_passed
    if document.flaws:
        assert not checks
        assert not asked


def test_the_monkeypatch_reaches_the_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_xmlsec", forbidden)
    with pytest.raises(Called):
        words(issued())


def test_no_engine_is_called_for_a_document_with_a_flaw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_xmlsec", forbidden)
    monkeypatch.setattr(engines, "_signxml", forbidden)
    flawed = parse(change(issued(), "<samlp:Status>", "<samlp:Status><!---->"))
    clean = verify(parse(issued()), metadata().keys)[0]
    assert {one.word for one in opinions(flawed, clean, 0, metadata().keys)} == {Word.NOT_ASKED}


def test_no_engine_is_called_without_a_trusted_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_xmlsec", forbidden)
    monkeypatch.setattr(engines, "_signxml", forbidden)
    check = verify(parse(issued()), ())[0]
    assert {one.word for one in opinions(parse(issued()), check, 0, ())} == {Word.NOT_ASKED}


@pytest.mark.parametrize("name", CONTROLS)
def test_the_engines_verify_what_the_profile_verifies(name: str) -> None:
    for said in words(CONTROLS[name]()):
        assert said == {"xmlsec": Word.VERIFIES, "signxml": Word.VERIFIES}


def test_the_engines_refuse_what_the_profile_refuses() -> None:
    for xml in (issued().replace(USER.encode(), b"mallory@contoso.com"), resigned(unsigned(), other_key())):
        assert words(xml) == [{"xmlsec": Word.REFUSES, "signxml": Word.REFUSES}]
        assert "SIG020" not in judged(xml, engines=True).error_codes


@pytest.mark.parametrize("days", [-400, 400])
def test_an_engine_does_not_refuse_for_the_dates_of_a_certificate(days: int) -> None:
    start = NOW + timedelta(days=days)
    dated = make_signing_key("Contoso dated", start, start + timedelta(days=100), private=key().private)
    assert words(issued(), dated.certificate) == [{"xmlsec": Word.VERIFIES, "signxml": Word.VERIFIES}]


def test_xmlsec_says_that_it_cannot_judge_pss() -> None:
    assert words(by_signxml("SHA256_RSA_MGF1", "SHA256", key())) == [
        {"xmlsec": Word.CANNOT_JUDGE, "signxml": Word.VERIFIES}
    ]


def test_an_engine_that_cannot_judge_is_no_disagreement() -> None:
    assert "SIG020" not in judged(by_signxml("SHA256_RSA_MGF1", "SHA256", key()), engines=True).error_codes


def test_each_of_two_signatures_gets_its_own_opinion() -> None:
    broken = issued("both")
    at = broken.rindex(b"<SignatureValue>") + 30
    broken = broken[:at] + (b"A" if broken[at : at + 1] != b"A" else b"B") + broken[at + 1 :]
    assert words(issued("both")) == [{"xmlsec": Word.VERIFIES, "signxml": Word.VERIFIES}] * 2
    said = words(broken)
    assert set(said[1].values()) == {Word.REFUSES}
    assert set(said[0].values()) == {Word.REFUSES}, "the Response's digest covers the broken signature"


def test_where_no_key_fits_each_trusted_key_is_tried() -> None:
    said = words(issued(), other_key().certificate, ec_key("SECP256R1").certificate)
    assert set(said[0].values()) <= {Word.REFUSES, Word.CANNOT_JUDGE}


def test_the_second_trusted_key_is_the_one_that_is_asked_about() -> None:
    said = words(issued(), other_key().certificate, key().certificate)
    assert said == [{"xmlsec": Word.VERIFIES, "signxml": Word.VERIFIES}]


def test_a_disagreement_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_signxml", lambda *given: Opinion("signxml", Word.REFUSES, "made up"))
    report = judged(issued(), engines=True)
    assert "SIG020" in report.error_codes


def test_no_engine_changes_the_document_it_is_asked_about() -> None:
    document = parse(issued("both"))
    assert document.root is not None
    before = etree.tostring(document.root)
    checks = verify(document, metadata().keys)
    for number, check in enumerate(checks):
        opinions(document, check, number, metadata().keys)
    assert etree.tostring(document.root) == before
    assert [one.signed for one in verify(document, metadata().keys)] == [one.signed for one in checks]


def test_no_engine_prints_anything(capfd: pytest.CaptureFixture[str]) -> None:
    info = signed_info(reference("#" + id_of(unsigned()), digest_of(unsigned())))
    for xml in (issued(), sealed(info).replace(b"britta", b"brittb"), resigned(unsigned(), other_key())):
        words(xml)
    assert capfd.readouterr() == ("", "")


def test_a_missing_xmlsec_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    genuine = builtins.__import__

    def broken(name: str, *given: object, **named: object) -> object:
        if name == "xmlsec":
            raise ImportError("lxml & xmlsec libxml2 library version mismatch")
        return genuine(name, *given, **named)  # type: ignore[arg-type]

    engines.load_xmlsec.cache_clear()
    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(HarnessError, match="same libxml2") as caught:
        engines.load_xmlsec()
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    engines.load_xmlsec.cache_clear()
    assert engines.load_xmlsec()
