"""A scenario file to start from: the built-in company under another name, with a comment for each table."""

from importlib.resources import files

from harness.scenario.load import SUFFIX, parse_scenario

_HEAD = """\
# A scenario of saml-harness: one file for both sides, the Entra tenant and the AWS accounts.
# `saml-harness scenario check` reads it, `scenario show` shows who gets what, `scenario schema` helps your editor.
# Keys are never in it: they are made when first needed and kept in a folder named after it.
# Identifiers that are left out (tenant, apps, users, groups) are derived from the name.
"""
_ABOVE = {
    "[tenant]": "# The tenant. `id` may be given: your own makes the Issuer and the endpoints look like yours.",
    "[[apps]]": "# An enterprise application from the gallery's AWS template. One for all accounts, or one for each;\n"
    '# several need identifiers of their own: identifiers = ["https://signin.aws.amazon.com/saml#2"].\n'
    "# Without [[apps.claims]] it has the tutorial's three: Role, RoleSessionName, SessionDuration.",
    "[[apps.certificates]]": "# Signing certificates; at most one is active.",
    "[[apps.roles]]": "# App roles. The value goes into the Role claim: role ARN, comma, SAML provider ARN, no blank.\n"
    "# `saml-harness scenario import` makes them from a list of roles.",
    "[[apps.assignments]]": "# Who has which app role: a user by upn, or a group by name.",
    "[[users]]": "# Users. `home_tenant` or #EXT# in the upn makes one a guest.",
    "[[groups]]": "# Groups. Only direct members count: a group within a group brings nothing.",
    "[[accounts]]": "# AWS accounts.",
    "[[accounts.saml_providers]]": "# `app` says that the app's federation metadata was uploaded; `metadata` names a\n"
    "# file instead. `certificates` lists those that the upload held.",
    "[[accounts.roles]]": "# Roles. `trusts` gives the usual policy; `trust_policy` takes one of your own, as JSON.",
}


def starting_text(name: str) -> str:
    """The text of a scenario file of this name. Raises BadScenario when the name is none."""
    text = files("harness.scenario").joinpath("demo" + SUFFIX).read_text("utf-8")
    lines = text.replace('name = "contoso-demo"', f'name = "{name}"', 1).splitlines()[2:]
    waiting = dict(_ABOVE)
    said = [f"{waiting.pop(line)}\n{line}" if line in waiting else line for line in lines]
    whole = _HEAD + "\n" + "\n".join(said).lstrip("\n") + "\n"
    parse_scenario(whole, name + SUFFIX)
    return whole
