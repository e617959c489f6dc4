"""The few kinds of calls: a list, one object, a new row, a changed one, one that goes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.entra.graph.call import Answer, Call, Json, entity
from harness.entra.graph.lists import collection
from harness.entra.graph.tenant import Find, Tenant
from harness.scenario.model import Scenario

DONE = Answer(204)
Handler = Callable[..., Answer]
"""Takes the tenant, the call and the ids of its path."""


def listed(name: str, items: Callable[..., Sequence[Json]]) -> Handler:
    """GET of a collection: ``items`` takes the tenant as it is now, and the ids."""

    def handler(tenant: Tenant, call: Call, *ids: str) -> Answer:
        return collection(call, name, items(tenant.seen(call.now), *ids))

    return handler


def shown(name: str, item: Callable[..., Json]) -> Handler:
    """GET of one object."""

    def handler(tenant: Tenant, call: Call, *ids: str) -> Answer:
        return entity(call, name, item(tenant.seen(call.now), *ids))

    return handler


def created(table: str, name: str, make: Callable[[Scenario, Json], Any], show: Callable[[Any], Json]) -> Handler:
    """POST to a collection: a new row of a table."""

    def handler(tenant: Tenant, call: Call) -> Answer:
        data = call.json()
        return entity(call, name, show(tenant.append(table, lambda held: make(held, data))), 201)

    return handler


def changed(table: str, find: Find[Any], make: Callable[..., Any]) -> Handler:
    """A call after which a row is another: ``make`` takes tenant, row and body."""

    def handler(tenant: Tenant, call: Call, name: str) -> Answer:
        data = call.json()
        tenant.replace(table, find, name, lambda held, row: make(held, row, data))
        return DONE

    return handler


def unlinked(table: str, find: Find[Any], make: Callable[..., Any]) -> Handler:
    """DELETE of something that a row holds: ``make`` takes tenant, row and the id of it."""

    def handler(tenant: Tenant, _: Call, name: str, part: str) -> Answer:
        tenant.replace(table, find, name, lambda held, row: make(held, row, part))
        return DONE

    return handler


def removed(step: Callable[[Scenario, str], Mapping[str, Any]]) -> Handler:
    """DELETE of an object: ``step`` gives the tables without it."""

    def handler(tenant: Tenant, _: Call, name: str) -> Answer:
        tenant.change(lambda held: step(held, name))
        return DONE

    return handler
