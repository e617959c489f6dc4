"""The report for people: AWS's answers first, readable on any terminal, and inert whatever the response holds."""

import re

import pytest

from harness.report.as_text import as_text, card_as_text, cards_as_text
from harness.report.demo import broken_as_text, sign_ins_as_text
from harness.rules import cards
from tests.report import reports
from tests.report.reports import ALL, HOSTILE, RAW
from tests.rules.world import judged, key, response

WIDTHS = pytest.mark.parametrize("width", [40, 80, 120])
KINDS = pytest.mark.parametrize("kind", ALL)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@WIDTHS
@KINDS
def test_no_line_is_wider_than_the_terminal(kind: str, width: int):
    assert max(map(len, as_text(ALL[kind](), width=width, verbose=True).splitlines())) <= width


@WIDTHS
@KINDS
def test_nothing_is_cut_off(kind: str, width: int):
    """Words are wrapped, never shortened to an ellipsis: what AWS says is there in full."""
    report = ALL[kind]()
    text = as_text(report, width=width, verbose=True)
    assert "…" not in text
    if width == 120:
        shown = set(text.split())
        assert all(set(finding.fix.split()) <= shown for finding in report.findings)


@KINDS
def test_there_is_no_ansi_without_colour(kind: str):
    assert "\x1b" not in as_text(ALL[kind]())


@KINDS
def test_colour_changes_nothing_but_colour(kind: str):
    coloured = as_text(ALL[kind](), color=True)
    assert "\x1b[" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    lines = [line.rstrip() for line in bare.splitlines()]
    assert "\n".join(lines) + "\n" == as_text(ALL[kind]())


@KINDS
def test_lines_end_without_blanks(kind: str):
    text = as_text(ALL[kind]())
    assert text.endswith("\n")
    assert not re.search(r"[ \t]+$", text, re.MULTILINE)


def test_aws_answers_before_anything_is_found():
    text = as_text(reports.refused())
    places = [text.index(words) for words in ("AWS would refuse", "AWS would answer", "Signatures", "What is wrong")]
    assert places == sorted(places)
    assert text.index("sign-in page") < text.index("STS 111122223333")


def test_a_refusal_is_in_aws_words_with_code_and_status_and_basis():
    text = " ".join(as_text(reports.refused(), width=120).split())
    assert "STS 111122223333 Admin via Entra refused Response signature invalid" in text
    assert "InvalidIdentityToken HTTP 400 (observed)" in text


def test_further_refusals_are_listed():
    text = " ".join(as_text(reports.refused_twice(), width=120).split())
    assert "ExpiredTokenException HTTP 400 (inferred)" in text
    assert "also: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}" in text


def test_a_finding_has_place_both_sides_and_the_cure():
    text = as_text(reports.accepted_with_error(), width=120)
    assert text.splitlines()[1] == "AWS would accept; 1 error."
    shown = " ".join(text.split())
    assert "AST003 error The assertion is addressed to another service provider." in shown
    assert "where /Response/Assertion/Conditions/AudienceRestriction, line 1" in shown
    assert "got https://elsewhere.example/" in shown
    assert "expected https://signin.aws.amazon.com/saml or urn:amazon:webservices" in shown
    assert "fix Entra, Enterprise application, Single sign-on, Basic SAML Configuration: Identifier" in shown


def test_what_was_assumed_is_said():
    assert "assumed: the SAML provider exists and holds the metadata given" in as_text(reports.accepted(), width=120)


def test_each_engine_has_itsword():
    assert "strict verifies, xmlsec verifies, signxml verifies" in " ".join(as_text(reports.accepted()).split())


def test_an_old_capture_shows_what_aws_would_have_answered():
    text = as_text(reports.old())
    assert "AWS would refuse" in text
    later = text[text.index("One second after it was issued AWS would have answered") :]
    assert "accepted" in later
    assert "refused" not in later.partition("What is wrong")[0]


def test_claimed_facts_are_marked():
    text = as_text(judged(response(by=key("stranger"), audience="https://elsewhere.example/")), width=120)
    assert "AST003 error  The assertion is addressed to another service provider.  (claimed:" in text


def test_many_role_pairs_share_a_row():
    text = as_text(reports.many_pairs())
    assert "STS, 300 role pairs" in text
    assert len(text.splitlines()) < 40


def test_nothing_wrong_is_said_only_where_something_was_judged():
    assert "Nothing is wrong." in as_text(reports.accepted())
    assert as_text(reports.unreadable()).splitlines()[1:] == ["No verdict: is empty."]


def test_skipped_rules_are_counted_and_listed_on_request():
    assert "were skipped (--verbose lists them)." in as_text(reports.accepted())
    assert "TRU001" in as_text(reports.accepted(), verbose=True)
    assert "no scenario says what the AWS accounts hold" in as_text(reports.accepted(), verbose=True)


@WIDTHS
@pytest.mark.parametrize("color", [False, True], ids=["plain", "colour"])
def test_a_hostile_response_prints_no_character_that_could_act(width: int, color: bool):
    for report in (reports.hostile(), reports.hostile_root()):
        text = as_text(report, width=width, color=color, verbose=True)
        bare = re.sub(r"\x1b\[[0-9;]*m", "", text) if color else text
        assert not [character for character in bare if character != "\n" and not character.isprintable()]
        assert not set(RAW) & set(bare)


def test_markup_and_emoji_names_are_shown_and_not_read():
    text = squeezed(as_text(reports.hostile(), width=120))
    for words in ("[bold]x[/bold][/]", ":smile:", "[link=http://evil.example]y[/link]", "%0A%s", "::error::pwned"):
        assert squeezed(words) in text


def test_the_rest_of_a_hostile_line_stays_readable():
    text = squeezed(as_text(reports.hostile(), width=120))
    assert squeezed(r"\u202emoc.live\u202c\u200bzero\ufeffwidth\x9b31mC1\x85\x7f") in text


@WIDTHS
def test_the_other_prints_are_as_inert(width: int):
    refusal = reports.hostile()
    for text in (
        sign_ins_as_text({HOSTILE: refusal, "ada": reports.accepted()}, width=width),
        broken_as_text("1. A title", "A story.", refusal, width=width),
    ):
        assert not [character for character in text if character != "\n" and not character.isprintable()]
        assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("card", [pytest.param(card, id=card.code) for card in cards()])
def test_a_card_is_printed_whole_on_the_narrowest_terminal(card):
    text = card_as_text(card, width=40)
    assert max(map(len, text.splitlines())) <= 40
    for part in (card.code, card.summary, card.why, card.fix, *card.refs):
        assert squeezed(part) in squeezed(text)


@WIDTHS
def test_the_list_of_rules_names_every_one(width: int):
    text = cards_as_text(cards(), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert all(card.code in text for card in cards())
