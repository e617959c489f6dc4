"""Mistakes in instants: what is not valid yet, no longer valid, or written as no instant at all."""

from datetime import timedelta

from harness.cases.core import ACCEPTED, UNKNOWN, ResponseSpec, fault
from harness.cases.words import CATCH_ALL, EXPIRED, TOO_OLD


@fault(expect="AST011", aws=EXPIRED, classes="G5", refs=("CVE-2026-9096",))
def conditions_expired(spec: ResponseSpec) -> ResponseSpec:
    """NotOnOrAfter of the Conditions was a minute ago: AWS allows no skew."""
    return spec.with_token(lifetime=timedelta(seconds=-50)).edit(
        f'NotBefore="{spec.shown(-310)}"', f'NotBefore="{spec.shown(-3600)}"'
    )


@fault(expect="AST011", aws=EXPIRED, classes="G5 G18")
def conditions_that_end_now(spec: ResponseSpec) -> ResponseSpec:
    """NotOnOrAfter of the Conditions is the very instant that is judged."""
    return spec.with_token(lifetime=timedelta(seconds=10))


@fault(expect="AST012", aws=ACCEPTED, classes="G5 G18")
def conditions_not_yet_valid(spec: ResponseSpec) -> ResponseSpec:
    """NotBefore is a millisecond away. AWS is seen to take even a day."""
    return spec.edit(f'NotBefore="{spec.shown(-310)}"', f'NotBefore="{spec.shown(0.001)}"')


@fault(expect="AST012 AST013", aws=ACCEPTED, classes="G5")
def conditions_inverted(spec: ResponseSpec) -> ResponseSpec:
    """NotBefore is later than NotOnOrAfter."""
    return spec.edit(f'NotBefore="{spec.shown(-310)}"', f'NotBefore="{spec.shown(7200)}"')


@fault(expect="AST016", aws=EXPIRED, classes="G13")
def confirmation_expired(spec: ResponseSpec) -> ResponseSpec:
    """NotOnOrAfter of SubjectConfirmationData was a minute ago."""
    return spec.edit(f'NotOnOrAfter="{spec.shown(3590)}" Recipient', f'NotOnOrAfter="{spec.shown(-60)}" Recipient')


@fault(expect="AST023", aws=EXPIRED, classes="G17")
def session_expired(spec: ResponseSpec) -> ResponseSpec:
    """SessionNotOnOrAfter was a minute ago."""
    return spec.edit("<AuthnStatement ", f'<AuthnStatement SessionNotOnOrAfter="{spec.shown(-60)}" ')


@fault(expect="AWS018", aws=TOO_OLD, classes="G3 G16", refs=("CVE-2026-45720",))
def older_than_five_minutes(spec: ResponseSpec) -> ResponseSpec:
    """Issued 301 seconds ago: a stale tab, or the role picker left open. Also a replay, which AWS does not record."""
    return spec.with_token(base=spec.at(-301), issued=spec.at(-301))


@fault(expect="AST025", aws=UNKNOWN, classes="G3")
def issued_in_the_future(spec: ResponseSpec) -> ResponseSpec:
    """Issued a second from now: the identity provider's clock is fast."""
    return spec.with_token(issued=spec.at(1))


@fault(expect="AST024", aws=UNKNOWN, classes="G3")
def issue_instant_missing(spec: ResponseSpec) -> ResponseSpec:
    """The Assertion has no IssueInstant."""
    return spec.edit(f' IssueInstant="{spec.shown(-10)}" Version', " Version")


@fault(expect="AST024", aws=CATCH_ALL, classes="G4", refs=("CVE-2018-6519",))
def not_before_unreadable(spec: ResponseSpec) -> ResponseSpec:
    """NotBefore is no instant at all."""
    return spec.edit(f'NotBefore="{spec.shown(-310)}"', 'NotBefore="yesterday"')


_ODD_INSTANTS = {
    "without_a_zone": ("2026-11-01T08:55:00", UNKNOWN),
    "with_an_offset": ("2026-11-01T09:55:00+01:00", UNKNOWN),
    "with_a_small_z": ("2026-11-01T08:55:00z", CATCH_ALL),
    "with_a_blank": (" 2026-11-01T08:55:00Z", UNKNOWN),
    "with_a_comma": ("2026-11-01T08:55:00,5Z", CATCH_ALL),
    "at_24_hours": ("2026-10-31T24:00:00Z", UNKNOWN),
    "with_a_leap_second": ("2026-10-31T23:59:60Z", UNKNOWN),
    "as_a_date": ("2026-11-01", CATCH_ALL),
    "in_arabic_digits": ("\u0662\u0660\u0662\u0666-11-01T08:55:00Z", CATCH_ALL),
    "in_year_0": ("0000-11-01T08:55:00Z", UNKNOWN),
    "before_our_era": ("-2026-11-01T08:55:00Z", UNKNOWN),
    "in_year_10000": ("10000-11-01T08:55:00Z", UNKNOWN),
}
for _name, (_text, _answer) in _ODD_INSTANTS.items():

    def _odd(spec: ResponseSpec, text: str = _text) -> ResponseSpec:
        return spec.edit(f'NotBefore="{spec.shown(-310)}"', f'NotBefore="{text}"')

    _odd.__name__ = f"not_before_{_name}"
    _odd.__doc__ = f"NotBefore is written {_name.replace('_', ' ')}: {_text.strip()}."
    fault(expect="AST024", aws=_answer, classes="G4", refs=("CVE-2018-6519",))(_odd)
