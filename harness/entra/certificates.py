"""The life cycle of an app's signing certificates: made inactive, made active, removed, expired.

Each step takes an app as it is and gives the app as it is then; keys are the key store's. Making one active is one
step: the other is inactive at once, and nothing is ever signed with both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.entra.refusals import no_signing_key
from harness.errors import HarnessError
from harness.scenario.model import App, Certificate

LONGEST_YEARS = 3
REMINDER_DAYS = (60, 30, 7)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A mail that Entra sends before the active certificate expires."""

    at: datetime
    days_left: int
    certificate: str
    to: tuple[str, ...]


def active_certificate(app: App, now: datetime) -> Certificate:
    """The certificate that signs at ``now``.

    The active one; but once it has expired, a valid inactive one is used by itself (of several the one that lasts
    longest, which is inferred). With nothing valid, Entra goes on signing with the expired one: whether that works
    is the service provider's decision. Raises EntraRefusal when the app has no certificate at all.
    """
    if not app.certificates:
        raise no_signing_key(app.app_id or app.name)
    active = [one for one in app.certificates if one.active]
    if active and active[0].not_after > now:
        return active[0]
    valid = [one for one in app.certificates if one.not_before <= now < one.not_after]
    return max(valid or active[:1] or app.certificates[:1], key=lambda one: one.not_after)


def create_certificate(
    app: App,
    now: datetime,
    *,
    not_after: datetime | None = None,
    name: str | None = None,
    subject: str | None = None,
) -> App:
    """The app with a new certificate, inactive, valid from ``now``: until ``not_after``, by default three years.

    Raises HarnessError for a name that is taken and for an end that is past or more than three years away.
    """
    start = now.replace(microsecond=0)
    latest = _years_later(start, LONGEST_YEARS)
    end = latest if not_after is None else not_after.replace(microsecond=0)
    if not start < end <= latest:
        raise HarnessError(
            f"a certificate made at {start:%Y-%m-%dT%H:%M:%SZ} cannot end at {end:%Y-%m-%dT%H:%M:%SZ}: "
            f"Entra takes an end of up to {LONGEST_YEARS} years later, {latest:%Y-%m-%dT%H:%M:%SZ}"
        )
    taken = {one.name for one in app.certificates}
    if name in taken:
        raise HarnessError(f"app {app.name!r} has a certificate named {name!r} already; choose another name")
    free = name or _free_name(f"{start:%Y-%m-%d %H%M%SZ}", taken)
    made = Certificate(name=free, not_before=start, not_after=end, subject=subject)
    return app.model_copy(update={"certificates": (*app.certificates, made)})


def activate(app: App, name: str) -> App:
    """The app with this certificate active and every other inactive. Raises HarnessError for an unknown name."""
    wanted = find_certificate(app, name)
    certificates = tuple(one.model_copy(update={"active": one is wanted}) for one in app.certificates)
    return app.model_copy(update={"certificates": certificates, "preferred_thumbprint": None})


def delete_certificate(app: App, name: str) -> App:
    """The app without this certificate. Raises HarnessError for an unknown name, and for the active one."""
    unwanted = find_certificate(app, name)
    if unwanted.active:
        raise HarnessError(
            f"certificate {name!r} of app {app.name!r} is active, and what Entra does without it is not known; "
            "make another one active first"
        )
    return app.model_copy(update={"certificates": tuple(one for one in app.certificates if one is not unwanted)})


def find_certificate(app: App, name: str) -> Certificate:
    """The certificate of that name. Raises HarnessError, which lists those there are."""
    for one in app.certificates:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in app.certificates) or "none"
    raise HarnessError(f"app {app.name!r} has no certificate {name!r}; its certificates: {known}")


def reminders(app: App) -> tuple[Reminder, ...]:
    """The mails that announce the end of the active certificate, earliest first."""
    return tuple(
        Reminder(one.not_after - timedelta(days=days), days, one.name, app.notification_emails)
        for one in app.certificates
        if one.active
        for days in REMINDER_DAYS
    )


def _years_later(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + years, day=28)


def _free_name(wanted: str, taken: set[str]) -> str:
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
