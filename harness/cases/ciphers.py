"""Algorithms of XML Encryption that AWS is not known to take, with ciphertexts that are truly of that algorithm.

AWS was seen to take AES of 128 and 256 bits, and RSA-OAEP with SHA-1 or SHA-256. What it answers to others nobody is
known to have seen, so none of these opens a session here.
"""

import base64
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness.cases.core import UNKNOWN, ResponseSpec, fault
from harness.cases.workshop import OPENS, World
from harness.errors import BadKey
from harness.saml.encryption import OAEP_11, OAEP_MGF1P, Encryption, encrypt
from harness.saml.keys import Certificate
from harness.saml.names import SHA1, XENC, XENC11

_VALUE = re.compile(r"(?<=CipherValue>)[^<]+")
_METHOD = re.compile(r'(?<=EncryptionMethod Algorithm=")[^"]*')
_DIGEST = re.compile(f'(?<=<DigestMethod Algorithm="){re.escape(SHA1)}')


def _aes_cbc(key: bytes, plain: bytes) -> bytes:
    return _chained(Cipher(algorithms.AES(key), modes.CBC(vector := os.urandom(16))), vector, plain)


def _triple_des(key: bytes, plain: bytes) -> bytes:
    return _chained(Cipher(TripleDES(key), modes.CBC(vector := os.urandom(8))), vector, plain)


def _chained(cipher: Cipher[modes.CBC], vector: bytes, plain: bytes) -> bytes:
    missing = len(vector) - len(plain) % len(vector)
    return vector + cipher.encryptor().update(plain + bytes(missing - 1) + bytes([missing]))


def _aes_gcm(key: bytes, plain: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def _oaep(algorithm: hashes.HashAlgorithm) -> padding.OAEP:
    mask = padding.MGF1(hashes.SHA1())  # noqa: S303  (what XML Encryption takes where no mask is named)
    return padding.OAEP(mask, algorithm, None)


def _usual_oaep() -> padding.OAEP:
    return _oaep(hashes.SHA1())  # noqa: S303  (the same)


@dataclass(frozen=True, slots=True)
class OddEncryption:
    """An encryption that `harness.saml.encryption` does not make."""

    content: str
    bytes_of_key: int
    cipher: Callable[[bytes, bytes], bytes]
    transport: str = OAEP_MGF1P
    digest: str = SHA1
    wrapping: Callable[[], padding.AsymmetricPadding] = _usual_oaep

    def sealed(self, plain: bytes, certificate: Certificate) -> str:
        """The EncryptedAssertion in Entra's shape, with these algorithms in it. Raises BadKey."""
        public = certificate.public_key
        if not isinstance(public, rsa.RSAPublicKey):
            raise BadKey("token encryption needs a certificate with an RSA key")
        key = os.urandom(self.bytes_of_key)
        values = iter((public.encrypt(key, self.wrapping()), self.cipher(key, plain)))
        methods = iter((self.content, self.transport))
        text = _METHOD.sub(lambda _: next(methods), encrypt(plain, certificate))
        text = _VALUE.sub(lambda _: base64.b64encode(next(values)).decode(), text)
        return (
            _DIGEST.sub(self.digest, text) if self.digest else text.replace(f'<DigestMethod Algorithm="{SHA1}"/>', "")
        )


AES256 = XENC + "aes256-cbc", 32, _aes_cbc
_ROWS: tuple[tuple[str, str, Encryption | OddEncryption], ...] = (
    ("aes192_cbc", "The content is encrypted with AES-192 in CBC mode.",
     OddEncryption(XENC + "aes192-cbc", 24, _aes_cbc)),
    ("aes192_gcm", "The content is encrypted with AES-192 in GCM mode.",
     OddEncryption(XENC11 + "aes192-gcm", 24, _aes_gcm)),
    ("triple_des", "The content is encrypted with Triple DES.",
     OddEncryption(XENC + "tripledes-cbc", 24, _triple_des)),
    ("rsa_1_5", "The content key is truly encrypted with RSA 1.5.",
     OddEncryption(*AES256, XENC + "rsa-1_5", "", padding.PKCS1v15)),
    ("oaep_with_sha384", "The content key is encrypted with RSA-OAEP and SHA-384.",
     OddEncryption(*AES256, OAEP_11, "http://www.w3.org/2001/04/xmldsig-more#sha384", lambda: _oaep(hashes.SHA384()))),
    ("oaep_with_sha512", "The content key is encrypted with RSA-OAEP and SHA-512.",
     OddEncryption(*AES256, OAEP_11, XENC + "sha512", lambda: _oaep(hashes.SHA512()))),
    ("oaep_sha1_with_mgf1_sha256", "The content key is encrypted with RSA-OAEP, SHA-1, and a mask by SHA-256.",
     Encryption(transport=OAEP_11, mgf=XENC11 + "mgf1sha256")),
)  # fmt: skip
for _name, _docstring, _how in _ROWS:

    def _encrypted(spec: ResponseSpec, how: Encryption | OddEncryption = _how) -> ResponseSpec:
        return replace(spec, encryption=how, world=World(opens=(OPENS,)))

    _encrypted.__name__, _encrypted.__doc__ = _name, _docstring
    fault(expect="AST029", aws=UNKNOWN, classes="H4")(_encrypted)
