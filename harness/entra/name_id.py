"""The subject's NameID: what the app is set to, or the format that the request asks for."""

import secrets

from harness.entra.attributes import Person, pairwise_id
from harness.entra.claims import effective_rows
from harness.entra.refusals import input_missing, name_id_policy_invalid
from harness.entra.transformations import transform
from harness.saml.names import NAMEID_EMAIL

_11 = "urn:oasis:names:tc:SAML:1.1:nameid-format:"
_20 = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
FORMATS = {
    "emailAddress": NAMEID_EMAIL,
    "persistent": _20 + "persistent",
    "unspecified": _11 + "unspecified",
    "windows": _11 + "WindowsDomainQualifiedName",
}
TRANSIENT = _20 + "transient"


def name_id_of(person: Person, asked: str | None = None) -> tuple[str, str]:
    """Value and Format. ``asked`` is the Format of the request's NameIDPolicy, which wins over the app's.

    Raises EntraRefusal for a format that Entra does not give, and for a source without a value.
    """
    if asked is None:
        return _configured(person)
    if asked == NAMEID_EMAIL:
        return _configured(person)[0], asked
    if asked in (FORMATS["persistent"], FORMATS["unspecified"]):
        return pairwise_id(person.scenario, person.app, person.user), asked
    if asked == TRANSIENT:
        return secrets.token_urlsafe(32), asked
    raise name_id_policy_invalid(asked)


def _configured(person: Person) -> tuple[str, str]:
    wanted = effective_rows(person).name_id
    if wanted.transformations:
        steps = [one.model_copy(update={"input": one.input or wanted.source}) for one in wanted.transformations]
        made = transform(steps, person.read)
        if made:
            return made[0], FORMATS[wanted.format]
        return pairwise_id(person.scenario, person.app, person.user), FORMATS["persistent"]
    value = person.attribute(wanted.source)
    if not value:
        raise input_missing(wanted.source, "nameidentifier")
    return value[0], FORMATS[wanted.format]
