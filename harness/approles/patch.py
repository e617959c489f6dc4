"""What to send, and what sending it would do.

PATCH replaces the whole list, and Graph refuses to delete or change an app role that is enabled: a removal takes two
bodies, the first of which disables.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.approles.model import MSIAM, AppRole, app_role, msiam_access
from harness.arn import RolePair, parse_role_pair

Kind = Literal["add", "delete", "change", "disable", "enable"]


@dataclass(frozen=True)
class Change:
    """One thing that PATCH would do. ``refused`` says that Graph refuses it in one step, and why."""

    kind: Kind
    role: AppRole
    words: str
    refused: str = ""


def wanted_roles(pairs: Iterable[RolePair], live: Sequence[AppRole] | None = None) -> tuple[AppRole, ...]:
    """The list as it shall be: ``msiam_access`` first, then one entry for each pair.

    Of the live list stay: every entry without a value or of the application itself, and the entry of each value
    that is wanted, with its id and names; Graph would refuse to change it.
    """
    known = {_role_first(role.value): role for role in live or () if role.value}
    kept = [role for role in live or () if not role.value or role.origin == "Application"]
    if not any(role.display_name == MSIAM for role in kept):
        kept.insert(0, msiam_access())
    kept.sort(key=lambda role: role.display_name != MSIAM)
    fresh = [app_role(pair) for pair in pairs]
    found = [known[role.value].with_enabled(True) if role.value in known else role for role in fresh]
    return tuple({role.id: role for role in (*kept, *found)}.values())


def _role_first(value: str) -> str:
    """A live value as it would be written here: a swapped one is known again, not added a second time."""
    pair = parse_role_pair(value)
    return str(pair) if pair else value


def bodies(wanted: Sequence[AppRole], live: Sequence[AppRole] | None = None) -> tuple[tuple[AppRole, ...], ...]:
    """The lists to PATCH, in order: one, or two when an enabled role goes: first disabled, then left out."""
    final = tuple(wanted)
    stays = {role.id: role for role in final}
    gone = {role.id for role in live or () if role.enabled and role.id not in stays}
    if not gone:
        return (final,)
    leaving = tuple(role.with_enabled(False) for role in live or () if role.id not in stays)
    values = {role.value for role in leaving if role.value}
    # A value may stand once: one that only changes its id comes back with the second body.
    first = tuple(role for role in final if role.value not in values)
    return ((*first, *leaving), final)


def diff(wanted: Sequence[AppRole], live: Sequence[AppRole]) -> tuple[Change, ...]:
    """What PATCHing ``wanted`` over ``live`` does, entry by entry; nothing when it does nothing."""
    before = {role.id: role for role in live}
    after = {role.id: role for role in wanted}
    values = {role.value: role for role in wanted if role.value}
    changes = [_deleted(role, values) for role in live if role.id not in after]
    for role in wanted:
        if role.id not in before:
            changes.append(Change("add", role, _described(role)))
        elif role != before[role.id]:
            changes.append(_changed(before[role.id], role))
    return tuple(changes)


def _described(role: AppRole) -> str:
    return role.value or "no value: it lets users in and sends no Role"


ENABLED = "Graph refuses this while the role is enabled (CannotDeleteOrUpdateEnabledEntitlement): disable it first"
OF_THE_APPLICATION = "Graph refuses this: the list does not match the application object"


def _deleted(role: AppRole, values: dict[str, AppRole]) -> Change:
    words = f"{_described(role)}; its assignments to users and groups are deleted with it"
    if role.value and role.value in values:
        words += f", though its value comes back under another id ({values[role.value].id})"
    refused = ENABLED if role.enabled else ""
    return Change("delete", role, words, OF_THE_APPLICATION if role.origin == "Application" else refused)


def _changed(old: AppRole, new: AppRole) -> Change:
    parts = [
        f"{label} {was!r} becomes {becomes!r}"
        for label, was, becomes in (
            ("value", old.value, new.value),
            ("displayName", old.display_name, new.display_name),
            ("description", old.description, new.description),
            ("allowedMemberTypes", list(old.member_types), list(new.member_types)),
            ("origin", old.origin, new.origin),
        )
        if was != becomes
    ]
    if replace(new, enabled=old.enabled) == old:
        return _switched(new)
    parts += [f"isEnabled becomes {str(new.enabled).lower()}"] if new.enabled != old.enabled else []
    return Change("change", new, "; ".join(parts), ENABLED if old.enabled else "")


def _switched(role: AppRole) -> Change:
    if role.enabled:
        return Change("enable", role, "it can be assigned again")
    return Change("disable", role, "it can no longer be assigned; those who have it keep it in their tokens")
