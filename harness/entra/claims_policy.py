"""Claims mapping policies, the JSON that Graph holds: read into rows of claims, and written from them.

A policy stands in place of the rows of the portal, which is locked then. Names are case-sensitive, and what Graph
would not take is refused with its words.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from harness.errors import HarnessError
from harness.scenario.claims import Claim, NameId, Transformation

NAME_ID = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
INVALID = "Property has an invalid value."
_METHODS = ("Join", "ExtractMailPrefix", "ToLowercase", "ToUppercase", "RegexReplace")
_TOP = {"Version", "IncludeBasicClaimSet", "ClaimsSchema", "ClaimsTransformations"}
_ENTRY = {"Value", "Source", "ID", "ExtensionID", "SamlClaimType", "JwtClaimType", "SAMLNameForm", "TransformationID"}


Entry = dict[str, str]


class Rows(NamedTuple):
    """The rows that make an app's attributes: the basic ones first, then its own; and its NameID."""

    basic: tuple[Claim, ...]
    claims: tuple[Claim, ...]
    name_id: NameId


class BadPolicy(HarnessError):
    """A claims mapping policy that Graph does not take. ``place`` names what is wrong in it."""

    def __init__(self, place: str) -> None:
        super().__init__(f"{INVALID} ({place})")
        self.place = place


def rows_of(definition: str, basic: tuple[Claim, ...], name_id: NameId) -> Rows:
    """What a policy's definition says, over the app's own basic rows and NameID. Raises BadPolicy."""
    policy = _policy(definition)
    schema, steps = _list(policy, "ClaimsSchema"), _list(policy, "ClaimsTransformations")
    named = {str(step.get("ID")): step for step in steps}
    try:
        rows = [row for entry in schema if (row := _row(entry, schema, named)) is not None]
        name_id = _name_id([row for row in rows if row.name == NAME_ID], name_id)
    except ValidationError as error:
        raise BadPolicy(error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")) from None
    # Of two entries for one name the later counts, and either counts before a basic row.
    own = {row.name: row for row in rows if row.name != NAME_ID}
    with_basic = str(policy.get("IncludeBasicClaimSet", "true")).lower() == "true"
    kept = tuple(row for row in basic if with_basic and row.full_name not in own)
    return Rows(kept, tuple(own.values()), name_id)


def _name_id(rows: Sequence[Claim], before: NameId) -> NameId:
    """The NameID that the last of the rows sets, in the format that the app has."""
    if not rows:
        return before
    given = {"transformations": rows[-1].transformations} if rows[-1].transformations else {"source": rows[-1].source}
    return NameId.model_validate({"format": before.format, **given})


def definition_of(claims: Sequence[Claim], *, basic: bool = True) -> str:
    """A policy that says what rows say. Raises HarnessError for a row with conditions, which policies cannot hold."""
    schema: list[Entry] = []
    transformations: list[dict[str, Any]] = []
    for number, claim in enumerate(claims, 1):
        if claim.conditions or len(claim.transformations) > 1:
            raise HarnessError(f"claim {claim.full_name!r}: a policy has no conditions and one transformation")
        if claim.transformations:
            inputs, entry, step = _written(claim, claim.transformations[0], f"transformation{number}")
            schema += [*inputs, entry]
            transformations.append(step)
        elif claim.source is not None:
            schema.append(_source_entry(claim.source) | {"SamlClaimType": claim.full_name})
        else:
            schema.append({"Value": claim.value or "", "SamlClaimType": claim.full_name})
    policy: dict[str, Any] = {"Version": 1, "IncludeBasicClaimSet": str(basic).lower(), "ClaimsSchema": schema}
    if transformations:
        policy["ClaimsTransformations"] = transformations
    return json.dumps({"ClaimsMappingPolicy": policy})


def _policy(definition: str) -> Mapping[str, Any]:
    try:
        whole = json.loads(definition)
    except (ValueError, RecursionError) as error:
        raise BadPolicy(f"definition is not JSON: {error}") from None
    policy = whole.get("ClaimsMappingPolicy") if isinstance(whole, dict) else None
    if not isinstance(policy, dict):
        raise BadPolicy("definition holds no ClaimsMappingPolicy")
    if unknown := set(policy) - _TOP:
        raise BadPolicy(f"ClaimsMappingPolicy.{min(unknown)}")
    if policy.get("Version") != 1:
        raise BadPolicy("ClaimsMappingPolicy.Version")
    return policy


def _list(parent: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = parent.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadPolicy(name)
    return found


def _row(
    entry: Mapping[str, Any], schema: Sequence[Mapping[str, Any]], steps: Mapping[str, Mapping[str, Any]]
) -> Claim | None:
    """The row of one entry; None for one that only feeds a transformation or a JWT."""
    if unknown := set(entry) - _ENTRY:
        raise BadPolicy(f"ClaimsSchema.{min(unknown)}")
    name = entry.get("SamlClaimType")
    if not name:
        return None
    if "Value" in entry:
        return Claim(name=str(name), value=str(entry["Value"]))
    if entry.get("Source") == "user" and entry.get("ID"):
        return Claim(name=str(name), source=f"user.{entry['ID']}")
    if entry.get("Source") == "transformation":
        step = steps.get(str(entry.get("TransformationID")))
        if step is None:
            raise BadPolicy(f"ClaimsSchema.TransformationID {entry.get('TransformationID')!r}")
        return Claim(name=str(name), transformations=(_transformation(step, schema),))
    raise BadPolicy(f"ClaimsSchema.Source {entry.get('Source')!r}: this mock reads user and transformation")


def _transformation(step: Mapping[str, Any], schema: Sequence[Mapping[str, Any]]) -> Transformation:
    method = step.get("TransformationMethod")
    if method not in _METHODS:
        raise BadPolicy(f"ClaimsTransformations.TransformationMethod {method!r}")
    claims = _list(step, "InputClaims")
    inputs = [_referenced(one, schema) for one in claims]
    given = {str(one.get("ID")).lower(): str(one.get("Value", "")) for one in _list(step, "InputParameters")}
    if not inputs:
        raise BadPolicy("ClaimsTransformations.InputClaims")
    many = str(claims[0].get("TreatAsMultiValue", False)).lower() == "true"
    fields: dict[str, Any] = {"method": method, "input": inputs[0], "value": given.get("separator")}
    fields["multivalued"] = many
    if method == "Join":
        fields["input2"] = inputs[1] if len(inputs) > 1 else given.get("string2", "")
    if method == "RegexReplace":
        fields |= {"pattern": given.get("regex", ""), "replacement": given.get("replacement", "")}
    return Transformation(**fields)


def _referenced(claim: Mapping[str, Any], schema: Sequence[Mapping[str, Any]]) -> str:
    wanted = claim.get("ClaimTypeReferenceId")
    for entry in schema:
        if entry.get("ID") == wanted and entry.get("Source") != "transformation":
            return str(entry["Value"]) if "Value" in entry else f"user.{wanted}"
    raise BadPolicy(f"ClaimsTransformations.InputClaims.ClaimTypeReferenceId {wanted!r}")


def _written(claim: Claim, step: Transformation, name: str) -> tuple[list[Entry], Entry, dict[str, Any]]:
    """The entries that feed a transformation, the one that it gives, and the transformation."""
    inputs = [one for one in (step.input or "", step.input2 or "") if one.startswith("user.")]
    lost = step.output_no_match is not None or step.parameters
    if step.method not in _METHODS or not inputs or inputs[0] != step.input or lost:
        raise HarnessError(
            f"claim {claim.full_name!r}: a policy has {', '.join(_METHODS)} only, with an attribute as first input, "
            "and without parameters and outputs of their own"
        )
    written = {
        "ID": name,
        "TransformationMethod": step.method,
        "InputClaims": [
            {"ClaimTypeReferenceId": one.removeprefix("user."), "TransformationClaimType": f"string{number}"}
            | ({"TreatAsMultiValue": "true"} if step.multivalued else {})
            for number, one in enumerate(inputs, 1)
        ],
        "InputParameters": [{"ID": key, "Value": value} for key, value in _parameters(step)],
        "OutputClaims": [{"ClaimTypeReferenceId": f"{name}Output", "TransformationClaimType": "outputClaim"}],
    }
    entry = {"Source": "transformation", "ID": f"{name}Output", "TransformationID": name}
    return [_source_entry(one) for one in inputs], entry | {"SamlClaimType": claim.full_name}, written


def _parameters(step: Transformation) -> Iterator[tuple[str, str]]:
    if step.method == "Join":
        if step.input2 is not None and not step.input2.startswith("user."):
            yield "string2", step.input2
        yield "separator", step.value or ""
    if step.method == "RegexReplace":
        yield from (("regex", step.pattern or ""), ("replacement", step.replacement or ""))


def _source_entry(source: str) -> Entry:
    return {"Source": "user", "ID": source.removeprefix("user.")}
