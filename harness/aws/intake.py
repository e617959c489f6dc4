"""A posted response is taken in, with the keys that AWS would use for it."""

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import rsa

from harness.aws.account import Aws, SamlProvider
from harness.aws.attempt import Attempt
from harness.saml.b64 import decode_base64, lenient_base64
from harness.saml.keys import Certificate
from harness.saml.received import receive


def attempt_of(
    aws: Aws,
    posted: str,
    now: datetime,
    *,
    certificates: Sequence[Certificate],
    providers: Sequence[SamlProvider],
    duration_seconds: int | None = None,
) -> Attempt:
    """A posted response, its signatures tried with these certificates and opened with these providers' keys."""
    fault = None
    try:
        xml = decode_base64(posted)
    except ValueError as error:
        # What AWS's decoder forgives is not known: no session comes of it, but what is no XML at all is told apart.
        xml, fault = lenient_base64(posted), str(error)
    received = receive(xml, certificates, decrypt_keys=opening_keys(providers))
    return Attempt(received, aws, now, len(posted), fault, duration_seconds)


def opening_keys(providers: Sequence[SamlProvider]) -> list[rsa.RSAPrivateKey]:
    """The private keys that open encrypted assertions: of each provider the newest first. IAM takes other kinds of
    key than RSA too; they open nothing."""
    uploaded = [one.key for provider in providers for one in reversed(provider.private_keys)]
    return [key for key in uploaded if isinstance(key, rsa.RSAPrivateKey)]
