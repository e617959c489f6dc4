"""``saml-harness rules``: what is checked, why, and how to mend it."""

import click

from harness.cli.output import answer, color, width


@click.command()
@click.argument("code", required=False)
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
def rules(code: str | None, form: str) -> None:
    """List every rule, or show one rule's card: why it is there and how to mend what breaks it.

    CODE is a rule such as AST003, or a family such as AWS.
    """
    from harness.errors import HarnessError
    from harness.report.as_markdown import cards_as_markdown
    from harness.report.as_text import card_as_text, cards_as_text
    from harness.rules import cards

    wanted = [card for card in cards() if code is None or card.code.startswith(code.upper())]
    if not wanted:
        raise HarnessError(f"there is no rule {code!r}; saml-harness rules lists them")
    if form == "markdown":
        answer(cards_as_markdown(wanted))
    elif code is not None and len(wanted) == 1:
        answer(card_as_text(wanted[0], width=width(), color=color()))
    else:
        answer(cards_as_text(wanted, width=width(), color=color()))
