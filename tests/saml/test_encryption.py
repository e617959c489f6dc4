"""Encrypted assertions: both directions against xmlsec, and one answer for every failure."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

import pytest
import xmlsec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from harness.errors import BadKey, DecryptionFailed
from harness.report.model import Report
from harness.saml import encryption
from harness.saml.encryption import Encryption, decrypt, encrypt
from harness.saml.names import SAML, SHA1, SHA256, XENC, XENC11
from harness.saml.received import Received, receive
from harness.saml.wire import Capture
from harness.validate import check
from tests.saml.libraries import NAIVE_PARSER
from tests.saml.world import (
    AT,
    FORGED,
    USER,
    accepted,
    assertion_in,
    ec_key,
    forged,
    fully_accepted,
    id_of,
    issued,
    metadata,
    other_key,
    policy,
    rsa_key,
    sessions,
    unsigned,
)

CONTENTS = [encryption.AES128_CBC, encryption.AES256_CBC, encryption.AES128_GCM, encryption.AES256_GCM]
TRANSPORTS = [
    Encryption(transport=encryption.OAEP_MGF1P, digest=SHA1),
    Encryption(transport=encryption.OAEP_MGF1P, digest=SHA256),
    Encryption(transport=encryption.OAEP_11, digest=SHA256, mgf=XENC11 + "mgf1sha256"),
    Encryption(transport=encryption.OAEP_11, digest=SHA1, mgf=XENC11 + "mgf1sha1"),
    Encryption(transport=encryption.OAEP_11, digest=SHA256),
]
HOWS = [Encryption(content, one.transport, one.digest, one.mgf) for content in CONTENTS for one in TRANSPORTS]


def provider_key() -> rsa.RSAPrivateKey:
    """The private key that was uploaded to the SAML provider."""
    private = other_key("service provider").private
    assert isinstance(private, rsa.RSAPrivateKey)
    return private


def sealed_text(plain: bytes, how: Encryption | None = None) -> str:
    return encrypt(plain, other_key("service provider").certificate, how)


def element(text: str | bytes) -> etree._Element:
    return etree.fromstring(text, NAIVE_PARSER)


def posted(text: str | bytes) -> bytes:
    """The response with an EncryptedAssertion in place of its assertion."""
    return issued().replace(assertion_in(issued()), text if isinstance(text, bytes) else text.encode())


def taken(xml: bytes, keys: Sequence[rsa.RSAPrivateKey] = ()) -> Received:
    return receive(xml, metadata().keys, decrypt_keys=keys or (provider_key(),))


def judged(xml: bytes) -> Report:
    capture = Capture("XML", xml, len(xml) * 4 // 3)
    return check(capture, policy(), AT, decrypt_keys=[provider_key()])


@pytest.mark.parametrize(
    "how",
    HOWS,
    ids=lambda how: f"{how.content.rpartition('#')[2]} {how.transport.rpartition('#')[2]} {how.digest[-6:]} {how.mgf}",
)
def test_what_is_encrypted_can_be_decrypted(how: Encryption) -> None:
    assert decrypt(element(sealed_text(assertion_in(issued()), how)), [provider_key()]) == assertion_in(issued())


@pytest.mark.parametrize(
    "how",
    HOWS,
    ids=lambda how: f"{how.content.rpartition('#')[2]} {how.transport.rpartition('#')[2]} {how.digest[-6:]} {how.mgf}",
)
def test_xmlsec_decrypts_what_is_encrypted(how: Encryption) -> None:
    root = element(sealed_text(assertion_in(issued()), how))
    manager = xmlsec.KeysManager()
    pem = provider_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem))
    data = root.find(f"{{{XENC}}}EncryptedData")
    opened = xmlsec.EncryptionContext(manager).decrypt(data)
    assert opened.tag == f"{{{SAML}}}Assertion"
    assert opened.get("ID") == id_of(issued())


XMLSEC_CONTENTS = {
    "AES-128-CBC": (xmlsec.constants.TransformAes128Cbc, xmlsec.constants.KeyDataAes, 128),
    "AES-256-CBC": (xmlsec.constants.TransformAes256Cbc, xmlsec.constants.KeyDataAes, 256),
    "AES-128-GCM": (xmlsec.constants.TransformAes128Gcm, xmlsec.constants.KeyDataAes, 128),
    "AES-256-GCM": (xmlsec.constants.TransformAes256Gcm, xmlsec.constants.KeyDataAes, 256),
    "AES-192-CBC": (xmlsec.constants.TransformAes192Cbc, xmlsec.constants.KeyDataAes, 192),
    "AES-192-GCM": (xmlsec.constants.TransformAes192Gcm, xmlsec.constants.KeyDataAes, 192),
    "3DES": (xmlsec.constants.TransformDes3Cbc, xmlsec.constants.KeyDataDes, 192),
}


def by_xmlsec(
    content: str, transport: object = xmlsec.constants.TransformRsaOaep, plain: bytes | None = None
) -> etree._Element:
    """An EncryptedAssertion made by xmlsec."""
    uri, data, bits = XMLSEC_CONTENTS[content]
    root = element(f'<EncryptedAssertion xmlns="{SAML}"/>')
    inner = element(plain or assertion_in(issued()))
    root.append(inner)
    template = xmlsec.template.encrypted_data_create(root, uri, type=xmlsec.constants.TypeEncElement, ns="xenc")
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(info, transport)
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    manager = xmlsec.KeysManager()
    pem = other_key("service provider").certificate.pem.encode()
    manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem))
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(data, bits, xmlsec.constants.KeyDataTypeSession)
    context.encrypt_xml(template, inner)
    return element(etree.tostring(root))  # read anew: lxml does not find what xmlsec put into its tree


@pytest.mark.parametrize("content", ["AES-128-CBC", "AES-256-CBC", "AES-128-GCM", "AES-256-GCM"])
def test_what_xmlsec_encrypts_can_be_decrypted(content: str) -> None:
    plain = decrypt(by_xmlsec(content), [provider_key()])
    assert element(plain).get("ID") == id_of(issued())


@pytest.mark.parametrize("content", ["AES-192-CBC", "AES-192-GCM", "3DES"])
def test_other_ciphers_are_refused(content: str) -> None:
    with pytest.raises(DecryptionFailed):
        decrypt(by_xmlsec(content), [provider_key()])


def test_rsa_1_5_is_refused() -> None:
    with pytest.raises(DecryptionFailed):
        decrypt(by_xmlsec("AES-256-CBC", xmlsec.constants.TransformRsaPkcs1), [provider_key()])


@pytest.mark.parametrize("how", HOWS[::4], ids=str)
def test_an_encrypted_response_is_accepted_like_a_plain_one(how: Encryption) -> None:
    report = judged(posted(sealed_text(assertion_in(issued()), how)))
    assert fully_accepted(report)
    plain = dict(sessions(_plain()))  # type: ignore[arg-type]
    assert dict(sessions(report)) == plain  # type: ignore[arg-type]
    assert not report.error_codes


def _plain() -> Report:
    return check(Capture("XML", issued(), len(issued()) * 4 // 3), policy(), AT, ask_engines=False)


def test_a_response_signature_covers_the_ciphertext_in_place() -> None:
    from tests.saml.world import resigned

    xml = resigned(posted(sealed_text(assertion_in(issued()))), element=b"Response")
    received = taken(xml)
    assert [one.verified for one in received.all_signatures] == [True, True]
    assert fully_accepted(judged(xml))
    again = re.sub(rb"<EncryptedAssertion.*</EncryptedAssertion>", sealed_text(assertion_in(issued())).encode(), xml)
    assert not accepted(judged(again))


def test_encryption_is_no_signature() -> None:
    """Anybody can encrypt to a public key."""
    report = judged(posted(sealed_text(assertion_in(forged()))))
    assert not accepted(report)
    assert report.signed is None
    assert "SIG001" in report.error_codes


def test_without_a_key_nothing_is_judged() -> None:
    xml = posted(sealed_text(assertion_in(issued())))
    report = check(Capture("XML", xml, len(xml)), policy(), AT)
    assert report.unreadable is not None
    assert not accepted(report)


def test_the_second_of_two_keys_may_open_it() -> None:
    wrong = rsa_key(2048).private
    assert isinstance(wrong, rsa.RSAPrivateKey)
    assert taken(posted(sealed_text(assertion_in(issued()))), (wrong, provider_key())).signed is not None


CIPHER = re.compile(r"(<(?:\w+:)?CipherValue>)([^<]*)(</(?:\w+:)?CipherValue>)")


def recoded(text: str, number: int, change: object) -> str:
    """The text with the bytes of one CipherValue changed: 0 is the wrapped key, 1 the content."""
    found = [*CIPHER.finditer(text)][number]
    raw = change(base64.b64decode(found[2]))  # type: ignore[operator]
    return text[: found.start(2)] + base64.b64encode(raw).decode() + text[found.end(2) :]


def with_plain(plain: bytes) -> str:
    return sealed_text(plain)


GENUINE = assertion_in(issued())
GCM = Encryption(content=encryption.AES256_GCM)
BROKEN: dict[str, object] = {
    "another key": lambda: encrypt(GENUINE, other_key("somebody").certificate),
    "the wrapped key changed": lambda: recoded(sealed_text(GENUINE), 0, lambda raw: bytes([raw[0] ^ 1]) + raw[1:]),
    "the wrapped key cut": lambda: recoded(sealed_text(GENUINE), 0, lambda raw: raw[:-1]),
    "the wrapped key empty": lambda: recoded(sealed_text(GENUINE), 0, lambda raw: b""),
    "the content cut to nothing": lambda: recoded(sealed_text(GENUINE), 1, lambda raw: b""),
    "the content cut to 15 bytes": lambda: recoded(sealed_text(GENUINE), 1, lambda raw: raw[:15]),
    "the content cut to 16 bytes": lambda: recoded(sealed_text(GENUINE), 1, lambda raw: raw[:16]),
    "the content cut to 17 bytes": lambda: recoded(sealed_text(GENUINE), 1, lambda raw: raw[:17]),
    "the padding changed": lambda: recoded(
        sealed_text(GENUINE), 1, lambda raw: raw[:-17] + bytes([raw[-17] ^ 0xFF]) + raw[-16:]
    ),
    "the vector changed": lambda: recoded(sealed_text(GENUINE), 1, lambda raw: bytes([raw[0] ^ 1]) + raw[1:]),
    "GCM tag changed": lambda: recoded(sealed_text(GENUINE, GCM), 1, lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])),
    "GCM tag cut": lambda: recoded(sealed_text(GENUINE, GCM), 1, lambda raw: raw[:-1]),
    "GCM content changed": lambda: recoded(
        sealed_text(GENUINE, GCM), 1, lambda raw: raw[:30] + bytes([raw[30] ^ 1]) + raw[31:]
    ),
    "GCM cut to 0": lambda: recoded(sealed_text(GENUINE, GCM), 1, lambda raw: b""),
    "GCM cut to 11": lambda: recoded(sealed_text(GENUINE, GCM), 1, lambda raw: raw[:11]),
    "GCM cut to 12": lambda: recoded(sealed_text(GENUINE, GCM), 1, lambda raw: raw[:12]),
    "two roots": lambda: with_plain(GENUINE + GENUINE),
    "a forged root behind the genuine one": lambda: with_plain(GENUINE + assertion_in(forged())),
    "text only": lambda: with_plain(b"hello"),
    "nothing": lambda: with_plain(b""),
    "another element": lambda: with_plain(b"<Other/>"),
    "an assertion of no namespace": lambda: with_plain(b"<Assertion/>"),
    "a whole response": lambda: with_plain(issued()),
    "a DOCTYPE": lambda: with_plain(b"<!DOCTYPE Assertion>" + GENUINE),
    "an undeclared prefix": lambda: with_plain(GENUINE.replace(b"<Subject>", b"<p:x/><Subject>")),
    "UTF-16": lambda: with_plain(GENUINE.decode().encode("utf-16")),
    "no CipherValue": lambda: CIPHER.sub("", sealed_text(GENUINE)),
    "an empty CipherValue": lambda: CIPHER.sub(r"\1\3", sealed_text(GENUINE)),
    "junk in the CipherValue": lambda: CIPHER.sub(r"\1!\2\3", sealed_text(GENUINE)),
    "a CipherReference": lambda: CIPHER.sub(
        f'<x:CipherReference xmlns:x="{XENC}" URI="file:///etc/hostname"/>', sealed_text(GENUINE)
    ),
    "no EncryptedKey": lambda: re.sub(r"<e:EncryptedKey.*</e:EncryptedKey>", "", sealed_text(GENUINE)),
    "two EncryptedKeys": lambda: re.sub(r"(<e:EncryptedKey.*</e:EncryptedKey>)", r"\1\1", sealed_text(GENUINE)),
    "two EncryptedData": lambda: re.sub(r"(<xenc:EncryptedData.*</xenc:EncryptedData>)", r"\1\1", sealed_text(GENUINE)),
    "no EncryptedData": lambda: f'<EncryptedAssertion xmlns="{SAML}"/>',
    "no EncryptionMethod": lambda: re.sub(r"<xenc:EncryptionMethod[^>]*/>", "", sealed_text(GENUINE)),
    "an unknown cipher": lambda: sealed_text(GENUINE).replace("aes256-cbc", "aes512-cbc"),
    "CBC relabelled as GCM": lambda: sealed_text(GENUINE).replace(XENC + "aes256-cbc", XENC11 + "aes256-gcm"),
    "a cipher of another key length": lambda: sealed_text(GENUINE).replace("aes256-cbc", "aes128-cbc"),
    "RSA 1.5": lambda: sealed_text(GENUINE).replace("rsa-oaep-mgf1p", "rsa-1_5"),
    "an unknown digest": lambda: sealed_text(GENUINE).replace(
        f'DigestMethod Algorithm="{SHA1}"', 'DigestMethod Algorithm="urn:md5"'
    ),
    "OAEP parameters": lambda: sealed_text(GENUINE).replace(
        "<DigestMethod", f'<OAEPparams xmlns="{XENC}">AAAA</OAEPparams><DigestMethod'
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_failure_to_open_it_looks_the_same(name: str) -> None:
    received = taken(posted(BROKEN[name]()))  # type: ignore[operator]
    assert received.decryption_failed
    assert received.inner is None
    assert received.signed is None
    report = judged(posted(BROKEN[name]()))  # type: ignore[operator]
    assert not accepted(report)
    expected = judged(posted(BROKEN["another key"]()))  # type: ignore[operator]
    assert report.unreadable == expected.unreadable
    assert report.error_codes == expected.error_codes


def test_all_failures_to_decrypt_say_the_same_words() -> None:
    words = set()
    for make in BROKEN.values():
        try:
            decrypt(element(make()), [provider_key()])  # type: ignore[operator]
        except DecryptionFailed as failed:
            words.add((str(failed), failed.__cause__, failed.__context__ is None or failed.__suppress_context__))
    assert len({text for text, _, _ in words}) == 1


def test_an_id_that_is_used_inside_and_outside_is_refused() -> None:
    xml = posted(sealed_text(GENUINE)).replace(id_of(issued(), b"Response").encode(), id_of(issued()).encode(), 1)
    report = judged(xml)
    assert not accepted(report)
    assert "XML008" in report.error_codes


def test_a_plain_assertion_beside_the_encrypted_one_is_refused() -> None:
    for both in (
        sealed_text(GENUINE).encode() + assertion_in(forged()),
        assertion_in(forged()) + sealed_text(GENUINE).encode(),
    ):
        report = judged(posted(both))
        assert not accepted(report)
        assert "AST002" in report.error_codes
        assert FORGED not in repr(report.signed)


def test_two_encrypted_assertions_are_refused() -> None:
    report = judged(posted(sealed_text(GENUINE) + sealed_text(assertion_in(forged()))))
    assert not accepted(report)
    assert report.error_codes


def test_an_assertion_hidden_in_the_plaintext_is_refused() -> None:
    hidden = GENUINE.replace(
        b"<AttributeStatement>",
        b"<Advice>"
        + assertion_in(forged()).replace(id_of(forged()).encode(), b"_e")
        + b"</Advice><AttributeStatement>",
    )
    report = judged(posted(sealed_text(hidden)))
    assert not accepted(report)
    assert FORGED not in repr(report.signed)


def test_a_comment_in_the_plaintext_is_refused() -> None:
    report = judged(
        posted(sealed_text(GENUINE.replace(USER.encode() + b"</NameID>", USER.encode() + b"<!----></NameID>")))
    )
    assert not accepted(report)


def test_only_rsa_certificates_can_be_encrypted_to() -> None:
    with pytest.raises(BadKey):
        encrypt(b"<a/>", ec_key("SECP256R1").certificate)


def test_two_encryptions_of_one_text_share_nothing() -> None:
    first, second = (CIPHER.findall(sealed_text(GENUINE)) for _ in range(2))
    assert not {value for _, value, _ in first} & {value for _, value, _ in second}


def test_the_padding_of_xml_encryption_may_hold_anything() -> None:
    """Only the last byte counts; others write random bytes before it."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    content_key, vector = bytes(range(32)), bytes(16)
    missing = 16 - len(GENUINE) % 16
    padded = GENUINE + b"\xaa" * (missing - 1) + bytes([missing])
    secret = vector + Cipher(algorithms.AES(content_key), modes.CBC(vector)).encryptor().update(padded)
    public = provider_key().public_key()
    wrapped = public.encrypt(content_key, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    text = recoded(recoded(sealed_text(GENUINE), 0, lambda raw: wrapped), 1, lambda raw: secret)
    assert decrypt(element(text), [provider_key()]) == GENUINE
    assert fully_accepted(judged(posted(text)))
    assert unsigned()
