"""Values made safe to show."""

import pytest

from harness.report.plain import plain


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("two words", "two words"),
        ("", ""),
        (None, "None"),
        (7, "7"),
        ("Zoë Müller 日本", "Zoë Müller 日本"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x00", r"\x00"),
        ("\x7f", r"\x7f"),
        ("\x9b", r"\x9b"),
        ("\x85", r"\x85"),
        ("\u00a0", r"\xa0"),
        ("\u200b\u200d\ufeff", r"\u200b\u200d\ufeff"),
        ("\u202e\u2066\u2069", r"\u202e\u2066\u2069"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\u3000", r"\u3000"),
        ("\ue000", r"\ue000"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("[bold]x[/]", "[bold]x[/]"),
        ("100% :smile: ::set-output::", "100% :smile: ::set-output::"),
    ],
    ids=repr,
)
def test_what_could_act_is_shown_as_an_escape(value: object, shown: str):
    assert plain(value) == shown


def test_long_texts_are_cut_and_their_length_is_said():
    assert plain("a" * 500) == "a" * 500
    assert plain("a" * 12_345) == "a" * 500 + "... (12,345 characters)"
    assert plain("a" * 20, 10) == "a" * 10 + "... (20 characters)"


@pytest.mark.parametrize("value", ["\u202e" * 400, "a\u200b" * 300], ids=["bidi", "zero-width"])
def test_a_cut_text_is_as_safe_as_a_short_one(value: str):
    assert plain(value).isascii()


def test_the_whole_of_unicode_comes_out_printable():
    assert plain("".join(map(chr, range(0x110000))), 0x110000).isprintable()
