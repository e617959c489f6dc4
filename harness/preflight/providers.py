"""What each AWS account was given as metadata, and whether it knows the key that Entra signs with."""

from collections.abc import Iterator
from functools import partial

from harness.arn import Arn, parse_role_pair
from harness.entra.certificates import active_certificate
from harness.entra.refusals import EntraRefusal
from harness.lazy import lazy
from harness.preflight.checks import Asked, Part, finding
from harness.preflight.world import World
from harness.report.model import Finding, Outcome
from harness.report.sheet import Entry, outcome_of
from harness.rules.metadata import check_metadata
from harness.saml.metadata import Metadata
from harness.scenario.model import App


def providers(world: World) -> Part:
    """For each SAML provider: is it the tenant's, does it hold the signing key, and is the document good."""
    looked = _Documents(world)
    checks = [one for arn, held in world.aws.providers.items() for one in looked.of(arn, held.arn, held.metadata)]
    return Part("metadata", "Metadata in the AWS accounts", tuple(checks))


class _Documents:
    """Documents are few, and the same for many providers: each is looked at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[int, tuple[Finding, ...]] = {}

    def of(self, arn: str, name: Arn, document: Metadata) -> Iterator[Asked]:
        """The checks of one provider."""
        short = f"{name.account}/{name.resource}"
        yield Asked(f"{short}/signing-key", partial(_signing_key, self._world, f"{short}/signing-key", arn, self.users))
        yield Asked(f"{short}/document", partial(self._document, f"{short}/document", document))

    @lazy
    def users(self) -> dict[str, list[App]]:
        """The apps whose roles name each provider."""
        found: dict[str, dict[str, App]] = {}
        for app in self._world.apps:
            for role in app.roles:
                pair = parse_role_pair(role.value) if role.value else None
                if pair is not None:
                    found.setdefault(str(pair.provider), {})[app.name] = app
        return {arn: [*apps.values()] for arn, apps in found.items()}

    def _document(self, name: str, document: Metadata) -> Entry:
        if id(document) not in self._known:
            self._known[id(document)] = check_metadata(document, self._world.now)
        findings = self._known[id(document)]
        return Entry(name, outcome_of(findings), "AWS takes the document, and nothing in it will hurt.", "", findings)


def _signing_key(world: World, name: str, arn: str, users: dict[str, list[App]]) -> Entry:
    title = "It holds the Issuer and the key that Entra signs with."
    apps = users.get(arn, [])
    if not apps:
        return Entry(name, Outcome.SKIP, title, "no app role names this provider")
    findings = tuple(one for app in apps for one in _unknown_key(world, arn, app))
    return Entry(name, outcome_of(findings), title, "", findings)


def _unknown_key(world: World, arn: str, app: App) -> Iterator[Finding]:
    document = world.aws.providers[arn].metadata
    try:
        declared = active_certificate(app, world.now)
    except EntraRefusal as refusal:
        yield finding("MET013", f"App {app.name} has no certificate.", got=str(refusal), expected="one that is active")
        return
    key, issuer = world.idp.keys.certificate(app, declared), world.idp.issuer
    if key.public_bytes not in document.trusts(issuer):
        held = ", ".join(one.thumbprint for one in document.keys_for(issuer)) or " or ".join(document.entity_ids)
        yield finding(
            "MET013",
            f"The metadata of {arn} does not hold what signs.",
            got=f"{app.name} signs with {declared.name}, {key.thumbprint}, as {issuer}",
            expected=f"one of {held}" if held else "a document that names an issuer",
        )
