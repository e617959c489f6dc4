"""The print of ``scenario show``: one world as tables."""

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.report.as_text import new_console, written
from harness.report.plain import plain
from harness.scenario.model import App, Role, Scenario


def scenario_as_text(scenario: Scenario, *, width: int = 100, color: bool = False) -> str:
    """Apps with certificates and assignments, then accounts with SAML providers and roles."""
    console = new_console(width, color=color)
    tenant = f"{scenario.tenant.display_name}, tenant {scenario.tenant_id}"
    console.print(Text(f"{scenario.name}: {plain(tenant)}", style="bold"))
    for app in scenario.apps:
        console.print(Text(f"\nApp {plain(app.name)}", style="bold"))
        _table(console, ("certificate", "from", "until", ""), _certificates(app))
        _table(console, ("user", "through", "app role"), _assigned(scenario, app))
    _table(console, ("account", "alias", "role", "trusts", "session at most"), _roles(scenario))
    _table(console, ("account", "SAML provider", "metadata of"), _providers(scenario))
    return written(console)


def _table(console: Console, headings: tuple[str, ...], lines: Iterator[tuple[str, ...]]) -> None:
    """A table; nothing when it has no rows."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for line in lines:
        table.add_row(*(plain(cell) for cell in line))
    if table.row_count:
        console.print(Padding(table, (1, 0, 0, 2)))


def _certificates(app: App) -> Iterator[tuple[str, ...]]:
    for one in app.certificates:
        state = "active" if one.active else "inactive"
        yield one.name, f"{one.not_before:%Y-%m-%d}", f"{one.not_after:%Y-%m-%d}", state


def _assigned(scenario: Scenario, app: App) -> Iterator[tuple[str, ...]]:
    """Who holds which app role: assigned in person, or a direct member of a group that is."""
    members = {group.name: group.members for group in scenario.groups}
    users = {user.upn for user in scenario.users}
    disabled = {role.name for role in app.roles if not role.enabled}
    for one in app.assignments:
        role = f"{one.role} (disabled)" if one.role in disabled else one.role
        if one.to in members:
            held = [name for name in members[one.to] if name in users]
            yield from ((name, one.to, role) for name in held)
            if not held:
                yield "nobody", one.to, role
        else:
            yield one.to, "", role
    assigned = {one.to for one in app.assignments}
    counted = assigned | {name for group in assigned & set(members) for name in members[group]}
    yield from ((user.upn, "", "not assigned") for user in scenario.users if user.upn not in counted)


def _roles(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    for account in scenario.accounts:
        for role in account.roles:
            session = f"{role.max_session_duration} s"
            yield account.id, account.alias or "", f"{role.path[1:]}{role.name}", _trust(role), session


def _trust(role: Role) -> str:
    return ", ".join(role.trusts) if role.trusts else "a policy of its own"


def _providers(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    for account in scenario.accounts:
        for one in account.saml_providers:
            yield account.id, one.name, f"app {one.app}" if one.app else f"file {one.metadata}"
