"""EncryptedAssertion: opened to bytes, and made.

Own code over cryptography instead of xmlsec: xmlsec decrypts into the tree (two roots and text-only
plaintexts included) and by default with RSA 1.5 and 3DES, while here the plaintext must come out as bytes
and go through the XML door like any other message. xmlsec judges both directions in the tests.

Every failure to decrypt is one exception with one text: encryption is not authentication, and a
decryptor that tells its errors apart is an oracle.
"""

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from harness.errors import BadKey, DecryptionFailed
from harness.saml.b64 import decode_base64
from harness.saml.keys import Certificate
from harness.saml.names import DS, SAML, SHA1, SHA256, XENC, XENC11

AES128_CBC = XENC + "aes128-cbc"
AES256_CBC = XENC + "aes256-cbc"
AES128_GCM = XENC11 + "aes128-gcm"
AES256_GCM = XENC11 + "aes256-gcm"
CONTENT_KEY_BYTES = {AES128_CBC: 16, AES256_CBC: 32, AES128_GCM: 16, AES256_GCM: 32}
OAEP_MGF1P = XENC + "rsa-oaep-mgf1p"
OAEP_11 = XENC11 + "rsa-oaep"
_MGF = {None: hashes.SHA1, XENC11 + "mgf1sha1": hashes.SHA1, XENC11 + "mgf1sha256": hashes.SHA256}
_OAEP_DIGEST = {None: hashes.SHA1, SHA1: hashes.SHA1, SHA256: hashes.SHA256}
_OAEP_PAIRS = {(hashes.SHA1, hashes.SHA1), (hashes.SHA256, hashes.SHA1), (hashes.SHA256, hashes.SHA256)}

_E = f"{{{XENC}}}"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


@dataclass(frozen=True, slots=True)
class Encryption:
    """How an assertion is encrypted. The defaults are what Entra was seen to send."""

    content: str = AES256_CBC
    transport: str = OAEP_MGF1P
    digest: str = SHA1
    mgf: str | None = None


def decrypt(encrypted: etree._Element, keys: Sequence[rsa.RSAPrivateKey]) -> bytes:
    """The plaintext of a ``saml:EncryptedAssertion``, by the first key that opens it.

    Raises DecryptionFailed, always the same.
    """
    for key in keys:
        try:
            return _decrypt(encrypted, key)
        except (ValueError, TypeError, KeyError, InvalidTag, OverflowError):
            continue
    raise DecryptionFailed


def _decrypt(encrypted: etree._Element, key: rsa.RSAPrivateKey) -> bytes:
    data = _one(encrypted, "EncryptedData")
    wrapped = [*data.iterfind(f"{{{DS}}}KeyInfo/{_E}EncryptedKey"), *encrypted.iterchildren(_E + "EncryptedKey")]
    if len(wrapped) != 1:
        raise ValueError("expected exactly one EncryptedKey")
    content_uri = _one(data, "EncryptionMethod").get("Algorithm") or ""
    content_key = key.decrypt(_cipher_value(wrapped[0]), _oaep(_one(wrapped[0], "EncryptionMethod")))
    if len(content_key) != CONTENT_KEY_BYTES[content_uri]:
        raise ValueError("the content key has another length than its algorithm")
    secret = _cipher_value(data)
    if content_uri in (AES128_GCM, AES256_GCM):
        return AESGCM(content_key).decrypt(secret[:12], secret[12:], None)
    return _unpad(_cbc(content_key, secret[:16]).decryptor().update(secret[16:]))


def _one(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(_E + name)
    if len(found) != 1:
        raise ValueError(f"{len(found)} {name} elements")
    return found[0]


def _cipher_value(parent: etree._Element) -> bytes:
    data = _one(parent, "CipherData")
    value = _one(data, "CipherValue")
    if len(value) or len(data) != 1:
        raise ValueError("the CipherData holds more than a CipherValue")
    return decode_base64(value.text or "")


def _oaep(method: etree._Element) -> padding.OAEP:
    uri = method.get("Algorithm")
    if uri not in (OAEP_MGF1P, OAEP_11) or method.find(_E + "OAEPparams") is not None:
        raise ValueError("the key transport is not RSA-OAEP")
    digest = method.find(f"{{{DS}}}DigestMethod")
    mgf = method.find(f"{{{XENC11}}}MGF")
    if uri == OAEP_MGF1P and mgf is not None:
        raise ValueError("rsa-oaep-mgf1p names its mask function itself")
    mask = _MGF[None if mgf is None else mgf.get("Algorithm")]
    algorithm = _OAEP_DIGEST[None if digest is None else digest.get("Algorithm")]
    if (algorithm, mask) not in _OAEP_PAIRS:
        raise ValueError("this pair of digest and mask function is not one that AWS is observed to take")
    return padding.OAEP(mgf=padding.MGF1(mask()), algorithm=algorithm(), label=None)


def _cbc(key: bytes, vector: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(vector))


def _unpad(padded: bytes) -> bytes:
    """XML Encryption's padding: only the last byte says how many bytes go; the others are arbitrary."""
    if not padded or len(padded) % 16 or not 1 <= padded[-1] <= 16:
        raise ValueError("the padding is wrong")
    return padded[: -padded[-1]]


def encrypt(assertion: bytes, certificate: Certificate, how: Encryption | None = None) -> str:
    """The ``EncryptedAssertion`` text around serialised assertion bytes, in the shape Entra sends.

    The recipient is named by issuer and serial inside a WS-Security reference, as Entra does.
    Raises BadKey when the certificate holds no RSA key.
    """
    how = how or Encryption()
    public = certificate.public_key
    if not isinstance(public, rsa.RSAPublicKey):
        raise BadKey("token encryption needs a certificate with an RSA key")
    key = os.urandom(CONTENT_KEY_BYTES[how.content])
    oaep = padding.OAEP(padding.MGF1(_MGF[how.mgf]()), _OAEP_DIGEST[how.digest](), None)
    mgf = "" if how.mgf is None else f'<x:MGF xmlns:x="{XENC11}" Algorithm="{how.mgf}"/>'
    return (
        f'<EncryptedAssertion xmlns="{SAML}"><xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{how.content}"/><KeyInfo xmlns="{DS}">'
        f'<e:EncryptedKey xmlns:e="{XENC}"><e:EncryptionMethod Algorithm="{how.transport}">'
        f'<DigestMethod Algorithm="{how.digest}"/>{mgf}</e:EncryptionMethod>'
        f'<KeyInfo><o:SecurityTokenReference xmlns:o="{_WSSE}"><X509Data><X509IssuerSerial>'
        f"<X509IssuerName>{_escape(certificate.x509.issuer.rfc4514_string())}</X509IssuerName>"
        f"<X509SerialNumber>{certificate.x509.serial_number}</X509SerialNumber></X509IssuerSerial></X509Data>"
        f"</o:SecurityTokenReference></KeyInfo><e:CipherData><e:CipherValue>"
        f"{_text(public.encrypt(key, oaep))}</e:CipherValue></e:CipherData></e:EncryptedKey></KeyInfo>"
        f"<xenc:CipherData><xenc:CipherValue>{_text(_seal(assertion, key, how.content))}</xenc:CipherValue>"
        f"</xenc:CipherData></xenc:EncryptedData></EncryptedAssertion>"
    )


def _seal(plain: bytes, key: bytes, uri: str) -> bytes:
    if uri in (AES128_GCM, AES256_GCM):
        nonce = os.urandom(12)
        return nonce + AESGCM(key).encrypt(nonce, plain, None)
    missing = 16 - len(plain) % 16
    vector = os.urandom(16)
    return vector + _cbc(key, vector).encryptor().update(plain + bytes(missing - 1) + bytes([missing]))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
