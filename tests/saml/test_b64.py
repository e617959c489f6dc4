"""Base64: exactly what RFC 4648 defines, with XML's white space between the digits."""

from __future__ import annotations

import base64
import random

import pytest

from harness.saml.b64 import decode_base64

READ = {
    "": b"",
    " ": b"",
    "YQ==": b"a",
    "YWI=": b"ab",
    "YWJj": b"abc",
    "YWJjZA==": b"abcd",
    "YWJj\n": b"abc",
    "\r\n YW\tJj \n": b"abc",
    "Y Q = =": b"a",
    "+/+/": b"\xfb\xff\xbf",
    "AAAA": b"\0\0\0",
}

NOT_READ = [
    "Y",
    "YQ",
    "YQ=",
    "YQ===",
    "YQ====",
    "YWI",
    "YWI==",
    "YWJj=",
    "YWJj==",
    "YWJj====",
    "=",
    "==",
    "====",
    "A===",
    "YW=Jj",
    "YQ==YQ==",
    "AAA=AAA=",
    "YQ==\nYWJj",
    "YW!Jj",
    "YW-j",
    "YW_j",
    "-_-_",
    "YWJj.",
    "YWJj\x0b",
    "YWJj\x0c",
    "YWJj\xa0",
    "YWJj\u2028",
    "YWJj\0",
    "YR==",
    "YWJ=",
    "YWJjYR==",
    "Y\u00e9Jj",
    "\u0391WJj",
    "\uff21\uff21\uff21\uff21",
    "%59WJj",
    "YWJj,YWJj",
]


@pytest.mark.parametrize("text", READ)
def test_strict_base64_is_read(text: str) -> None:
    assert decode_base64(text) == READ[text]


@pytest.mark.parametrize("text", NOT_READ)
def test_anything_else_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        decode_base64(text)


def test_pythons_own_decoder_would_take_several_of_them() -> None:
    def taken(text: str) -> bool:
        try:
            base64.b64decode(text)
        except ValueError:
            return False
        return True

    assert len([text for text in NOT_READ if taken(text)]) >= 10


def test_whatever_is_encoded_is_read_back() -> None:
    dice = random.Random(1)
    for length in [*range(200), 1_000, 65_537]:
        raw = dice.randbytes(length)
        text = base64.b64encode(raw).decode()
        assert decode_base64(text) == raw
        assert decode_base64(base64.encodebytes(raw).decode()) == raw


def test_each_byte_string_has_exactly_one_text() -> None:
    """What is read, written again, is what was given: no two texts are taken for the same bytes."""
    dice = random.Random(2)
    alphabet = "ABCDwxyz0189+/=-_ !\n\u00e9"
    read = 0
    for _ in range(20_000):
        text = "".join(dice.choices(alphabet, k=dice.randint(0, 9)))
        try:
            raw = decode_base64(text)
        except ValueError:
            continue
        read += 1
        assert base64.b64encode(raw).decode() == text.replace(" ", "").replace("\n", "")
    assert read > 500
