"""Claims transformations, each by what it gives."""

import pytest
from pydantic import ValidationError

from harness.entra.refusals import EntraRefusal
from harness.entra.transformations import transform
from harness.errors import HarnessError
from harness.scenario.claims import Transformation

SOURCES = {
    "user.mail": ("Ada.Lovelace42@contoso.com",),
    "user.employeeid": ("007E42",),
    "user.department": (),
    "user.assignedroles": ("one:Admin", "two:Reader"),
}


def read(source: str) -> tuple[str, ...]:
    return SOURCES[source] if source.startswith("user.") else (source,)


def step(method: str, source: str | None = "user.mail", **fields: object) -> Transformation:
    return Transformation.model_validate({"method": method, "input": source, **fields})


@pytest.mark.parametrize(
    ("steps", "values"),
    [
        ([step("ExtractMailPrefix")], ("Ada.Lovelace42",)),
        ([step("ToLowercase")], ("ada.lovelace42@contoso.com",)),
        ([step("ToUppercase")], ("ADA.LOVELACE42@CONTOSO.COM",)),
        ([step("Join", value="-", input2="user.employeeid")], ("Ada.Lovelace42@contoso.com-007E42",)),
        ([step("Join", value="@", input2="sandbox", source="user.employeeid")], ("007E42@sandbox",)),
        ([step("Join", value="@", input2="user.department")], ()),
        ([step("Contains", value="Love", output="yes", output_no_match="no")], ("yes",)),
        ([step("Contains", value="love", output="yes", output_no_match="no")], ("no",)),
        ([step("Contains", value="love", output="yes")], ()),
        ([step("StartWith", value="Ada", output="user.employeeid")], ("007E42",)),
        ([step("EndWith", value="@contoso.com", output="inside")], ("inside",)),
        ([step("ExtractAfter", value="@")], ("contoso.com",)),
        ([step("ExtractAfter", value="#")], ()),
        ([step("ExtractBefore", value=".")], ("Ada",)),
        ([step("ExtractBetween", value=".", end="@")], ("Lovelace42",)),
        ([step("ExtractBetween", value=".", end="#")], ()),
        ([step("ExtractAlphaPrefix")], ("Ada",)),
        ([step("ExtractAlphaSuffix")], ("com",)),
        ([step("ExtractNumericPrefix", "user.employeeid")], ("007",)),
        ([step("ExtractNumericSuffix", "user.employeeid")], ("42",)),
        ([step("ExtractNumericPrefix")], ()),
        ([step("IfEmpty", "user.department", output="none")], ("none",)),
        ([step("IfEmpty", output="none")], ("Ada.Lovelace42@contoso.com",)),
        ([step("IfNotEmpty", output="some")], ("some",)),
        ([step("IfNotEmpty", "user.department", output="some")], ()),
        ([step("Substring", start=4, length=8)], ("Lovelace",)),
        ([step("Substring", start=15)], ("contoso.com",)),
        ([step("Substring", start=99)], ()),
        ([step("ToLowercase", "user.assignedroles")], ("one:admin",)),
        ([step("ToLowercase", "user.assignedroles", multivalued=True)], ("one:admin", "two:reader")),
        ([step("ExtractMailPrefix"), step("ToLowercase", None)], ("ada.lovelace42",)),
        ([step("ExtractMailPrefix", "user.department"), step("IfEmpty", None, output="x")], ("x",)),
    ],
    ids=lambda given: "+".join(one.method for one in given) if isinstance(given, list) else None,
)
def test_a_transformation_gives_what_it_says(steps: list[Transformation], values: tuple[str, ...]):
    assert transform(steps, read) == values


def test_a_pattern_takes_dot_nets_groups_and_further_parameters():
    pattern = r"(?'first'\w+)\.(?'last'[A-Za-z]+)"
    replaced = step(
        "RegexReplace", pattern=pattern, replacement="{last}-{first}-{id}", parameters={"id": "user.employeeid"}
    )
    assert transform([replaced], read) == ("Lovelace-Ada-007E42",)


@pytest.mark.parametrize(("no_match", "values"), [(None, ()), ("user.employeeid", ("007E42",)), ("none", ("none",))])
def test_a_pattern_that_does_not_match_gives_what_was_said_for_that(no_match: str | None, values: tuple[str, ...]):
    given = step("RegexReplace", pattern="^x", replacement="y", output_no_match=no_match)
    assert transform([given], read) == values


def test_a_slow_pattern_is_stopped_in_entras_words():
    slow = step("RegexReplace", "a" * 40 + "!", pattern=r"^(a|aa)+$", replacement="x")
    with pytest.raises(EntraRefusal, match="AADSTS501621"):
        transform([slow], read)


def test_the_values_of_a_claim_share_the_time():
    slow = step("RegexReplace", "user.many", pattern=r"^(?:(a|a|a)+)+$", replacement="x", multivalued=True)
    with pytest.raises(EntraRefusal, match="AADSTS501621"):
        transform([slow], lambda _: ("a" * 28 + "!",) * 500)


def test_a_pattern_too_deep_to_read_is_none():
    with pytest.raises(HarnessError, match="of a RegexReplace is none"):
        transform([step("RegexReplace", pattern="(" * 3000 + ")" * 3000, replacement="x")], read)


def test_a_join_takes_the_first_of_several_unless_told():
    joined = step("Join", "user.employeeid", input2="user.assignedroles", value="-")
    assert transform([joined], read) == ("007E42-one:Admin",)


def test_a_pattern_that_is_none_is_named():
    with pytest.raises(HarnessError, match=r"the pattern '\(' of a RegexReplace is none"):
        transform([step("RegexReplace", pattern="(", replacement="x")], read)


@pytest.mark.parametrize(
    ("method", "said"),
    [("Join", "Join needs input2"), ("Contains", "Contains needs value and output"), ("Substring", "needs start")],
)
def test_what_a_transformation_needs_is_said(method: str, said: str):
    with pytest.raises(ValidationError, match=said):
        step(method)
