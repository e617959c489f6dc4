"""The table of a redaction: the same word for the same word, and no cipher that anybody breaks."""

import re
import string
from datetime import UTC, datetime

import pytest

from harness.redact.disguise import CONSTANTS, Disguise


def test_a_table_gives_the_same_word_the_same_word_and_another_another() -> None:
    disguise = Disguise([])
    words = ["".join(pair) for pair in zip(string.ascii_lowercase * 4, string.ascii_uppercase * 4, strict=True)]
    new = {word: disguise.value(word) for word in [*words, "contoso", "britta"]}
    assert all(disguise.value(word) == made for word, made in new.items())
    assert len(set(new.values())) == len(new)
    assert disguise.value("CONTOSO") == new["contoso"].upper()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("arn:aws-cn:iam::111122223333:role/a/Admin", r"arn:aws-cn:iam::[0-9]{12}:role/[a-z]/[A-Z][a-z]{4}"),
        ("guest_fabrikam.com#EXT#@contoso.onmicrosoft.com", r"[a-z]{5}_[a-z]{8}\.[a-z]{3}#EXT#@[a-z.]{23}"),
        ("11111111-2222-4333-8444-555555555555", r"[0-9]{8}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{12}"),
        ("https://sts.windows.net/abc/", r"https://sts\.windows\.net/[a-z]{3}/"),
        ("https://signin.aws.amazon.com/samlfish", r"https://[a-z.]{21}/[a-z]{8}"),
        ("https://eu-west-1.signin.aws.amazon.com/saml/acs/SAMLSPABCDEF0123456789",
         r"https://eu-west-1\.signin\.aws\.amazon\.com/saml/acs/SAMLSP[A-Z]{6}[0-9]{10}"),
        ("0000-11-01T09:00:00Z", r"0000-[01][0-9]-[0-2][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z"),
    ],
)  # fmt: skip
def test_shapes_that_rules_look_at_stay(text: str, form: str) -> None:
    made = Disguise([]).value(text)
    assert re.fullmatch(form, made)
    assert made != text


def test_constants_and_short_numbers_of_a_session_stay() -> None:
    disguise = Disguise([])
    assert [disguise.value(one) for one in CONSTANTS] == [*CONSTANTS]
    assert disguise.seconds("3600") == "3600"
    assert disguise.value("3600") != "3600"


def test_an_instant_beyond_the_calendar_stays_in_it() -> None:
    disguise = Disguise([])
    assert disguise.moment(datetime(2026, 1, 1, tzinfo=UTC)).year in range(2022, 2031)
    edges = [disguise.moment(datetime(year, 1, 1, tzinfo=UTC)).year for year in (1, 9999)]
    assert edges[0] < 10
    assert edges[1] > 9990


SPELLED_OUT = [
    "B r i t t a S i m o n",
    "%42%72%69%74%74%61%20%53%69%6d%6f%6e",
    "&#66;&#114;&#105;&#116;&#116;&#97;&#32;&#83;",
    r"\u0042\u0072\u0069\u0074\u0074\u0061\u0020\u0053",
    "66,114,105,116,116,97,32,83",
]


@pytest.mark.parametrize("text", SPELLED_OUT)
def test_what_is_spelled_out_is_no_cipher(text: str) -> None:
    """The same letter has another replacement in each place: over many tables the two t of Britta part company."""
    made = [Disguise([]).value(text) for _ in range(20)]
    places = [re.findall(r"[0-9A-Za-z]+", one) for one in made]
    assert len({len(one) for one in places}) == 1
    assert any(one[3].lower() != one[4].lower() for one in places)


@pytest.mark.parametrize("text", SPELLED_OUT)
def test_the_same_value_is_the_same_even_where_it_is_spelled_out(text: str) -> None:
    disguise = Disguise([])
    assert disguise.value(text) == disguise.value(text) != disguise.value(text + " x")


def test_a_word_of_other_letters_is_replaced_as_a_whole() -> None:
    """Letter for letter it would keep the pattern of the name."""
    disguise = Disguise([])
    whole = "\u0418\u0432\u0430\u043d"
    assert disguise.value(whole) == disguise.value(whole)
    assert disguise.value(whole)[0] != disguise.value("\u0418") or disguise.value(whole)[1] != disguise.value("\u0432")
    assert len(disguise.value(whole)) == 4
