"""Values from input made safe to show: nothing in a response may move a cursor or reverse a line."""

import unicodedata

MAX_SHOWN = 500


def plain(value: object, limit: int = MAX_SHOWN) -> str:
    """The text on one line; control, format, bidi and unassigned characters as ``\\u`` escapes, long texts cut."""
    text = str(value)
    if len(text) > limit:
        text = f"{text[:limit]}... ({len(text):,} characters)"
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _harmless(character) else _escaped(character) for character in text)


def _harmless(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] not in "CZ"


def _escaped(character: str) -> str:
    return (
        character.encode("unicode_escape").decode("ascii")
        if not character.isascii() or character < " "
        else (f"\\x{ord(character):02x}")
    )
