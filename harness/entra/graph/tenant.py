"""The tenant as Graph's handlers see it: every object has its identifier, and a change is judged as a whole."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.model import Scenario
from harness.scenario.pinned import pinned

Row = TypeVar("Row")
Find = Callable[[Scenario, str], Row]


class Tenant:
    """Reads and changes of one mock tenant."""

    def __init__(self, idp: EntraIdp, iam_url: str | None = None) -> None:
        self._idp = idp
        self.iam_url = iam_url
        """Where the role import asks for the roles of an AWS account."""
        self._own: Scenario | None = None
        """What the last change here made: pinned as it is."""
        self._noted: list[tuple[datetime, Scenario]] = []
        self._noting = threading.Lock()

    @property
    def keys(self) -> KeyStore:
        return self._idp.keys

    @property
    def scenario(self) -> Scenario:
        """The tenant as it is now."""
        return self._pinned(self._idp.scenario)

    def note(self, now: datetime) -> None:
        """Remember how the tenant is: where reads are behind, they will show it later."""
        with self._noting:
            if not self._noted or self._noted[-1][1] is not self.scenario:
                self._noted.append((now, self.scenario))
            late = now - timedelta(seconds=self.scenario.tenant.graph_delay)
            while len(self._noted) > 1 and self._noted[1][0] <= late:
                del self._noted[0]

    def seen(self, now: datetime) -> Scenario:
        """The tenant as a read finds it: as it was some time ago, where the scenario says that replicas are behind."""
        self.note(now)
        with self._noting:
            return self._noted[0][1]

    def _pinned(self, scenario: Scenario) -> Scenario:
        return scenario if scenario is self._own else pinned(scenario)

    def change(self, step: Callable[[Scenario], Mapping[str, Any]]) -> Scenario:
        """Replace the tables that ``step`` names. Nothing happens when it raises, or makes no good scenario of it."""

        def whole(before: Scenario) -> Scenario:
            held = self._pinned(before)
            self._own = Scenario.model_validate({**dict(held), **step(held)})
            return self._own

        return self._idp.change(whole)

    def replace(self, table: str, find: Find[Row], name: str, make: Callable[[Scenario, Row], Row]) -> Row:
        """Replace one row of a table, which is what is given back."""
        results: list[Row] = []

        def step(held: Scenario) -> Mapping[str, Any]:
            found = find(held, name)
            results.append(make(held, found))
            return {table: tuple(results[-1] if one is found else one for one in getattr(held, table))}

        self.change(step)
        return results[-1]

    def append(self, table: str, make: Callable[[Scenario], Row]) -> Row:
        """Add a row to a table, which is what is given back."""
        results: list[Row] = []

        def step(held: Scenario) -> Mapping[str, Any]:
            results.append(make(held))
            return {table: (*getattr(held, table), results[-1])}

        self.change(step)
        return results[-1]
