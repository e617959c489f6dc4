"""Collections: filtered, ordered, selected and in pages, with the link to the next."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from harness.entra.graph.call import Answer, Call, Json, refuse_other_options, selected
from harness.entra.graph.errors import invalid
from harness.entra.graph.filters import parse_filter

PAGE, LONGEST_PAGE = 100, 999
_OPTIONS = {"$filter", "$select", "$top", "$skiptoken", "$count", "$orderby"}


def collection(call: Call, name: str, items: Sequence[Json]) -> Answer:
    """A page of a collection. Raises GraphError for a query that Graph or this mock does not take."""
    refuse_other_options(call, _OPTIONS)
    found = _ordered(call, _filtered(call, items))
    size, start = _number(call, "$top", PAGE, LONGEST_PAGE), _number(call, "$skiptoken", 0, 10**9)
    body: Json = {"@odata.context": f"{call.base}/$metadata#{name}"}
    if call.query.get("$count", "").lower() == "true":
        body["@odata.count"] = len(found)
    if len(found) > start + size:
        query = {**call.query, "$skiptoken": str(start + size)}
        body["@odata.nextLink"] = f"{call.base}/{'/'.join(map(quote, call.path))}?{urlencode(query, safe='$')}"
    body["value"] = [selected(call, one) for one in found[start : start + size]]
    return Answer(200, body)


def _filtered(call: Call, items: Sequence[Json]) -> Sequence[Json]:
    if "$filter" not in call.query:
        return items
    test = parse_filter(call.query["$filter"])
    return [one for one in items if test(one)]


def _ordered(call: Call, items: Sequence[Json]) -> Sequence[Json]:
    if "$orderby" not in call.query:
        return items
    name, _, direction = call.query["$orderby"].partition(" ")
    if direction not in ("", "asc", "desc") or any(name not in one for one in items):
        raise invalid([("$orderby", "one property that all have, and asc or desc")])
    return sorted(items, key=lambda one: str(one[name] or "").lower(), reverse=direction == "desc")


def _number(call: Call, name: str, default: int, most: int) -> int:
    given = call.query.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 10) or not int(name == "$top") <= int(given) <= most:
        raise invalid([(name, f"a number up to {most}")])
    return int(given)
