"""What a stranger does with encrypted assertions: anybody can encrypt, so encryption proves nothing."""

import re
from collections.abc import Callable

from harness.cases.captured import Captured, assertion_in, change, identity
from harness.cases.core import OF_BOTH, OF_ENCRYPTED, UNKNOWN, Card, add_attack, attack
from harness.cases.words import BAD_SIGNATURE, UNSIGNED
from harness.cases.workshop import OPENS, World
from harness.saml.encryption import Encryption, encrypt
from harness.saml.names import DS, XENC

OPENED = World(opens=(OPENS,))
_SEALED = re.compile(rb"<EncryptedAssertion .*?</EncryptedAssertion>", re.DOTALL)
_VALUE = re.compile(rb"(?<=<xenc:CipherValue>)[^<]*")
_CIPHER = re.compile(rb"<xenc:CipherValue>[^<]*</xenc:CipherValue>")
_WRAPPED = re.compile(rb"<e:EncryptedKey .*?</e:EncryptedKey>", re.DOTALL)
_KEY_VALUE = re.compile(rb"(?<=<e:CipherValue>)[^<]*")


def _sealed(captured: Captured, plain: bytes, how: Encryption | None = None) -> bytes:
    """Plaintext of the stranger's choice, encrypted for the service provider."""
    return encrypt(plain, captured.provider, how).encode()


@attack(
    expect="SIG001", aws=UNSIGNED, classes="H1", refs=("CVE-2024-4985", "CVE-2024-9487", "CVE-2026-2092"), world=OPENED
)
def forged_assertion_encrypted(captured: Captured) -> bytes:
    """An unsigned Assertion is encrypted for the service provider, whose certificate is public."""
    return captured.around(_sealed(captured, captured.evil()))


@attack(expect="SIG002 MET003", aws=BAD_SIGNATURE, classes="H1", refs=("CVE-2024-4985",), world=OPENED)
def assertion_of_a_stranger_encrypted(captured: Captured) -> bytes:
    """The same, signed with the stranger's key before it is encrypted."""
    return captured.around(_sealed(captured, assertion_in(captured.resigned())))


@attack(expect="SIG003", aws=BAD_SIGNATURE, classes="H1", world=OPENED)
def tampered_assertion_encrypted(captured: Captured) -> bytes:
    """A captured plain Assertion is changed and encrypted."""
    return captured.around(_sealed(captured, assertion_in(captured.forged_in_place())))


@attack(expect="SIG001 SIG003", aws=UNSIGNED, classes="H1", refs=("CVE-2024-9487",), world=OPENED, of=OF_BOTH)
def forged_ciphertext_in_a_signed_response(captured: Captured) -> bytes:
    """The genuine plain Assertion of a signed Response is replaced by a forged ciphertext."""
    return captured.around(_sealed(captured, captured.evil()))


@attack(expect="AST002 SIG019", classes="H3", world=OPENED)
def forged_assertion_beside_the_ciphertext(captured: Captured) -> bytes:
    """A plain forged Assertion stands before the genuine one, which is encrypted."""
    return captured.around(captured.evil() + _sealed(captured, captured.assertion))


@attack(expect="AST002 AST029", classes="H3", of=OF_ENCRYPTED)
def two_ciphertexts(captured: Captured) -> bytes:
    """The genuine ciphertext stands twice."""
    return _SEALED.sub(lambda found: found[0] * 2, captured.xml)


@attack(expect="AST002", classes="H3 C5", world=OPENED)
def forged_ciphertext_beside_the_assertion(captured: Captured) -> bytes:
    """A forged ciphertext stands beside the genuine plain Assertion."""
    return captured.around(captured.assertion + _sealed(captured, captured.evil()))


@attack(expect="XML008", classes="H2", refs=("CVE-2016-5697",), world=OPENED)
def id_used_inside_and_outside(captured: Captured) -> bytes:
    """The Response around the ciphertext has the ID of the Assertion inside."""
    around = captured.around(_sealed(captured, captured.assertion))
    return around.replace(identity(captured.xml), captured.assertion_id, 1)


_EDITS: tuple[tuple[str, str, Callable[[Captured], bytes], str], ...] = (
    ("ciphertext_empty", "The ciphertext is empty.", lambda one: _VALUE.sub(b"", one.xml), "H5"),
    ("ciphertext_of_15_bytes", "The ciphertext is shorter than a block.",
     lambda one: _VALUE.sub(b"AAAAAAAAAAAAAAAAAAAA", one.xml), "H5"),
    ("ciphertext_of_one_block", "The ciphertext is an initialisation vector alone.",
     lambda one: _VALUE.sub(b"AAAAAAAAAAAAAAAAAAAAAA==", one.xml), "H5"),
    ("ciphertext_cut_off", "The ciphertext is no whole number of blocks.",
     lambda one: _VALUE.sub(lambda found: found[0][:400], one.xml), "H5"),
    ("ciphertext_not_base64", "The ciphertext is no base64.", lambda one: _VALUE.sub(b"!!!!", one.xml), "H5"),
    ("key_garbled", "The encrypted key opens to nothing.",
     lambda one: _KEY_VALUE.sub(lambda found: b"AAAA" + found[0][4:], one.xml), "H4"),
    ("key_missing", "There is no EncryptedKey.", lambda one: _WRAPPED.sub(b"", one.xml), "H6"),
    ("two_keys", "There are two EncryptedKeys.", lambda one: _WRAPPED.sub(lambda found: found[0] * 2, one.xml), "H6"),
    ("key_to_be_fetched", "The EncryptedKey is to be fetched.",
     lambda one: _WRAPPED.sub(f'<RetrievalMethod xmlns="{DS}" URI="http://127.0.0.1:9/k"/>'.encode(), one.xml), "H6"),
    ("ciphertext_to_be_fetched", "The ciphertext is to be fetched.",
     lambda one: _CIPHER.sub(b'<xenc:CipherReference URI="file:///etc/passwd"/>', one.xml), "H6"),
    ("transport_rsa_1_5", "The key is said to be encrypted with RSA 1.5.",
     lambda one: one.xml.replace(f"{XENC}rsa-oaep-mgf1p".encode(), f"{XENC}rsa-1_5".encode()), "H4"),
    ("content_of_another_length", "The content is said to be AES-128, the key is for AES-256.",
     lambda one: change(one.xml, f"{XENC}aes256-cbc", f"{XENC}aes128-cbc"), "H5"),
)  # fmt: skip
for _name, _docstring, _forge, _classes in _EDITS:
    add_attack(__name__, _name, _docstring, Card("AST029", UNKNOWN, None, _classes), _forge, OF_ENCRYPTED)

_PLAIN: tuple[tuple[str, str, Callable[[Captured], bytes]], ...] = (
    ("text", "The plaintext is a word.", lambda _: b"hello"),
    ("nothing", "The plaintext is empty.", lambda _: b""),
    ("two_roots", "The plaintext has two roots.", lambda one: one.assertion + one.evil()),
    ("another_element", "The plaintext is a NameID.",
     lambda _: b'<NameID xmlns="urn:oasis:names:tc:SAML:2.0:assertion">admin@contoso.com</NameID>'),
    ("a_whole_response", "The plaintext is a Response.", lambda one: one.xml),
    ("another_ciphertext", "The plaintext is a ciphertext.", lambda one: _sealed(one, one.assertion)),
    ("a_doctype", "The plaintext has a DOCTYPE.", lambda one: b"<!DOCTYPE a>" + one.assertion),
    ("a_comment", "The plaintext has a comment.", lambda one: b"<!-- -->" + one.assertion),
    ("an_undeclared_prefix", "The plaintext uses a prefix that only the Response declares.",
     lambda one: one.assertion.replace(b"<Subject>", b"<samlp:Extensions/><Subject>")),
)  # fmt: skip
_COMMENTED = "a_comment"
"""The one plaintext that can be read, and is refused for what the door finds in it."""
for _name, _docstring, _forge in _PLAIN:
    add_attack(
        __name__,
        f"plaintext_is_{_name}",
        _docstring,
        Card("XML004" if _name == _COMMENTED else "AST029", UNKNOWN, None, "H7"),
        lambda captured, forge=_forge: captured.around(_sealed(captured, forge(captured))),  # type: ignore[misc]
        world=OPENED,
    )
