"""The signature and digest algorithms of the strict profile: one row each. What is not here is refused."""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from harness.saml import names
from harness.saml.keys import Certificate, SigningPrivateKey

_PKCS1 = padding.PKCS1v15()


@dataclass(frozen=True, slots=True)
class SignatureMethod:
    """One SignatureMethod: ``family`` is RSA, PSS or ECDSA."""

    uri: str
    family: str
    hash: hashes.HashAlgorithm

    @property
    def key_type(self) -> str:
        return "EC" if self.family == "ECDSA" else "RSA"

    @property
    def _pss(self) -> padding.PSS:
        return padding.PSS(mgf=padding.MGF1(self.hash), salt_length=self.hash.digest_size)

    def sign(self, key: SigningPrivateKey, data: bytes) -> bytes:
        """The SignatureValue over ``data``. Raises TypeError when the key is of another kind."""
        if isinstance(key, rsa.RSAPrivateKey) and self.family != "ECDSA":
            return key.sign(data, self._pss if self.family == "PSS" else _PKCS1, self.hash)
        if isinstance(key, ec.EllipticCurvePrivateKey) and self.family == "ECDSA":
            r, s = decode_dss_signature(key.sign(data, ec.ECDSA(self.hash)))
            size = (key.curve.key_size + 7) // 8
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        raise TypeError(f"{self.uri} needs another kind of key")

    def verifies(self, certificate: Certificate, data: bytes, value: bytes) -> bool:
        """Whether ``value`` is this certificate's signature over ``data``."""
        key = certificate.public_key
        try:
            if isinstance(key, rsa.RSAPublicKey) and self.family != "ECDSA":
                key.verify(value, data, self._pss if self.family == "PSS" else _PKCS1, self.hash)
                return True
            if isinstance(key, ec.EllipticCurvePublicKey) and self.family == "ECDSA":
                size = (key.curve.key_size + 7) // 8
                if len(value) != 2 * size:
                    return False
                r, s = int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
                key.verify(encode_dss_signature(r, s), data, ec.ECDSA(self.hash))
                return True
        except InvalidSignature:
            return False
        return False


SIGNATURE_METHODS = {
    uri: SignatureMethod(uri, family, algorithm)
    for uri, family, algorithm in (
        (names.RSA_SHA1, "RSA", hashes.SHA1()),  # noqa: S303  (refused unless allowed, see dsig)
        (names.RSA_SHA256, "RSA", hashes.SHA256()),
        (names.RSA_SHA384, "RSA", hashes.SHA384()),
        (names.RSA_SHA512, "RSA", hashes.SHA512()),
        (names.ECDSA_SHA256, "ECDSA", hashes.SHA256()),
        (names.ECDSA_SHA384, "ECDSA", hashes.SHA384()),
        (names.ECDSA_SHA512, "ECDSA", hashes.SHA512()),
        (names.PSS_SHA256, "PSS", hashes.SHA256()),
        (names.PSS_SHA384, "PSS", hashes.SHA384()),
        (names.PSS_SHA512, "PSS", hashes.SHA512()),
    )
}
DIGESTS = {
    names.SHA1: hashlib.sha1,
    names.SHA256: hashlib.sha256,
    names.SHA384: hashlib.sha384,
    names.SHA512: hashlib.sha512,
}
SHA1_URIS = frozenset({names.RSA_SHA1, names.SHA1})


def digest(uri: str, *data: bytes) -> bytes:
    """The digest of ``data``, one piece after the other, by the algorithm that a DigestMethod names.

    Raises KeyError for another.
    """
    whole = DIGESTS[uri](usedforsecurity=False)
    for piece in data:
        whole.update(piece)
    return whole.digest()
