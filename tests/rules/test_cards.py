"""The cards: what `saml-harness rules` prints about each rule."""

import re

import pytest

from harness.report.model import Basis, Rule, Severity
from harness.rules import MODULES, cards
from harness.rules.registry import GONE, REGISTRY, rule

FAMILY_OF = {
    "document": {"XML"},
    "signature": {"SIG"},
    "signers": {"SIG"},
    "response": {"AST"},
    "assertion": {"AST"},
    "roles": {"AWS"},
    "aws": {"AWS"},
    "metadata": {"MET"},
    "certificate": {"CRT"},
    "trust": {"TRU"},
}
PLACE = re.compile(
    r"\b(Entra|IAM|AWS|app role|enterprise application|metadata|claim|ARNs|sign in again)\b", re.IGNORECASE
)
each_card = pytest.mark.parametrize("card", [pytest.param(card, id=card.code) for card in cards()])


@each_card
def test_the_summary_is_one_sentence(card: Rule):
    assert card.summary.endswith(".")
    assert "\n" not in card.summary
    assert not re.search(r"\. [A-Z]", card.summary), "a second sentence"
    assert card.summary[0].isupper()


@each_card
def test_why_and_fix_are_given_in_sentences(card: Rule):
    for text in (card.why, card.fix):
        assert len(text) > 10
        assert text.endswith((".", '."'))
        assert "Why:" not in text
        assert "Fix:" not in text
        assert "  " not in text


@each_card
def test_a_source_a_severity_and_a_basis_are_given(card: Rule):
    assert card.refs
    assert all(ref.strip() == ref and ref for ref in card.refs)
    assert isinstance(card.severity, Severity)
    assert isinstance(card.basis, Basis)


@each_card
def test_the_name_is_the_functions_and_reads_as_a_claim(card: Rule):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", card.name)
    assert REGISTRY[card.code].find.__name__ == card.name.replace("-", "_")


@each_card
def test_a_fix_of_aws_or_trust_names_a_place(card: Rule):
    if card.family == "TRU":
        assert card.fix.startswith("IAM, ")
    if card.severity is Severity.ERROR and card.family in {"AWS", "MET", "CRT"}:
        assert PLACE.search(card.fix), card.fix


@each_card
def test_a_path_into_the_portal_is_written_in_one_way(card: Rule):
    if "Single sign-on" in card.fix:
        assert "Entra, Enterprise application, Single sign-on, " in card.fix


def test_codes_and_names_are_unique():
    assert len({card.code for card in cards()}) == len(cards())
    assert len({card.name for card in cards()}) == len(cards())


def test_codes_run_without_gaps_in_each_family():
    """A gap is a code that is gone."""
    codes = {card.code for card in cards()} | GONE
    for family in ("XML", "SIG", "AST", "AWS", "MET", "CRT", "TRU"):
        numbers = sorted(int(code[3:]) for code in codes if code.startswith(family))
        assert numbers == [*range(1, len(numbers) + 1)]


def test_every_code_is_of_its_modules_family():
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == set(FAMILY_OF)
    for code, registered in REGISTRY.items():
        assert code[:3] in FAMILY_OF[registered.find.__module__.rpartition(".")[2]]


def test_cards_come_in_the_order_of_the_report():
    families = [card.family for card in cards()]
    assert list(dict.fromkeys(families)) == ["XML", "SIG", "AST", "AWS", "MET", "CRT", "TRU"]
    assert families == sorted(families, key=["XML", "SIG", "AST", "AWS", "MET", "CRT", "TRU"].index)


@pytest.mark.parametrize("code", ["AST003", *GONE])
def test_a_code_is_never_given_again(code: str):
    def another(evidence):
        """It is another rule.

        Why: a test.
        Fix: none.
        """
        yield from ()

    with pytest.raises(ValueError, match=f"the code {code} is taken"):
        rule(code, severity=Severity.NOTE, basis=Basis.INFERRED, refs=("none",))(another)
    assert REGISTRY["AST003"].card.name == "audience-is-this-provider"
