"""What every table of a scenario file shares: the kinds of its values, and that unknown keys are refused.

A typo is never a silent default.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from harness.lazy import lazy


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("give the time zone, as in 2026-01-01T00:00:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC this is no date between the years 1 and 9999") from None


def _no_control_characters(text: str) -> str:
    if any(ord(character) < 32 or character in "\x7f\ufffe\uffff" for character in text):
        raise ValueError("it holds a control character, which no SAML claim can carry")
    return text


Moment = Annotated[datetime, AfterValidator(_utc)]
Text = Annotated[str, AfterValidator(_no_control_characters)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$")]
Guid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")]


class Table(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=False,
        use_attribute_docstrings=True,
        ignored_types=(lazy,),
    )

    # What was worked out of the fields and kept (see `lazy`) goes nowhere: a copy is made to differ.

    def __copy__(self) -> Self:
        return super().__copy__()._bare()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return super().__deepcopy__(memo)._bare()

    def _bare(self) -> Self:
        for worked_out in self.__dict__.keys() - type(self).model_fields.keys():
            del self.__dict__[worked_out]
        return self

    def __iter__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # as in BaseModel
        return ((name, value) for name, value in super().__iter__() if name in type(self).model_fields)


def require_unique(what: str, names: Iterator[Any]) -> None:
    """Refuse names that occur more than once. Raises ValueError, as pydantic wants it, which lists them."""
    twice = [str(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{what} occurs more than once: {', '.join(twice[:5])}")
