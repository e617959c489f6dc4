"""The modules that hold cases, in the order of the catalogue. None is found by looking about."""

from importlib import import_module

from harness.cases.core import REGISTRY, Case
from harness.errors import HarnessError

FAMILIES = {
    "controls": "What must be accepted, although it looks unusual",
    "foreign": "Responses that other identity providers made, which must be accepted",
    "protocol": "Mistakes in what the identity provider says",
    "timing": "Mistakes in instants: not valid yet, no longer valid, or not written as instants",
    "claims": "Mistakes in the claims that AWS reads",
    "accounts": "Mistakes between Entra's side and AWS's: keys, providers, roles, trust",
    "trust": "What trust policies ask of a response, of its session tags and its source identity",
    "calls": "Mistakes of whoever calls STS with a response that is good",
    "entra": "Mistakes that show inside Entra, before AWS is asked",
    "profiles": "Signatures that the identity provider truly made, outside the profile",
    "metadata": "Mistakes in the metadata that was uploaded to AWS, and forgeries of it",
    "envelope": "What is posted in place of plain base64",
    "parsing": "What a stranger does with XML itself",
    "flooding": "Documents made to keep a service provider busy",
    "wrapping": "Signatures that are genuine and stand where they prove nothing",
    "references": "What a Signature is made to say about itself",
    "forgery": "Keys and algorithms of a stranger's choice",
    "values": "Values that two readers read differently",
    "ciphers": "Assertions encrypted with algorithms that AWS is not known to take",
    "encryption": "What a stranger does with encrypted assertions",
}


def everything() -> tuple[Case, ...]:
    """Every case, family by family."""
    for name in FAMILIES:
        import_module(f"harness.cases.{name}")
    order = [*FAMILIES]
    return tuple(sorted(REGISTRY.values(), key=lambda one: order.index(one.family)))


def chosen(*wanted: str) -> tuple[Case, ...]:
    """The cases of some families, kinds or IDs; all of them when none is named. Raises HarnessError."""
    all_cases = everything()
    picked: list[Case] = []
    for name in wanted:
        fits = [one for one in all_cases if name in (one.id, one.family, one.kind.value, f"{one.kind.value}s")]
        if not fits:
            raise HarnessError(f"there is no case, family or kind {name!r}; saml-harness cases list names them")
        picked += fits
    return tuple(dict.fromkeys(picked)) if wanted else all_cases
