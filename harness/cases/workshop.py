"""Keys that are made once in a run and live in memory, and the worlds that responses meet.

A world is data: names of keys, texts to change, trust policies. `Workshop.aws` makes AWS's side of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harness.arn import Arn, parse_arn
from harness.aws.account import Aws, Role, SamlProvider
from harness.cases.odd_certificates import ODD
from harness.entra.metadata import write_metadata
from harness.errors import HarnessError
from harness.saml.keys import Certificate, SigningKey, make_signing_key
from harness.saml.metadata import Metadata, read_metadata

CLOCK = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
"""The instant at which cases are judged, unless another is asked for."""
TENANT = "11111111-2222-4333-8444-555555555555"
OTHER_TENANT = "99999999-2222-4333-8444-555555555555"
ISSUER = f"https://sts.windows.net/{TENANT}/"
ACS = "https://signin.aws.amazon.com/saml"
ACCOUNT = "arn:aws:iam::111122223333"
ROLE = f"{ACCOUNT}:role/Admin"
PROVIDER = f"{ACCOUNT}:saml-provider/Entra"
PAIR = f"{ROLE},{PROVIDER}"
ENTRA, INTRUDER, OPENS = "Entra", "Intruder", "Provider"
"""Names of keys: the identity provider's, a stranger's, and the one that opens encrypted assertions."""

Edit = tuple[str, str]


@dataclass(frozen=True, slots=True)
class KeyRecipe:
    """How a key is made. ``since`` and ``until`` are days from the clock; ``shares`` names a key to certify anew."""

    bits: int = 2048
    curve: ec.EllipticCurve | None = None
    since: int = -100
    until: int = 900
    shares: str | None = None
    common_name: str | None = None


RECIPES = {
    "expired": KeyRecipe(until=0, shares=ENTRA),
    "expires in 7 days": KeyRecipe(until=7, shares=ENTRA),
    "expires in 60 days": KeyRecipe(until=60, shares=ENTRA),
    "from tomorrow": KeyRecipe(since=1, shares=ENTRA),
    "RSA 1024": KeyRecipe(bits=1024),
    "RSA 3072": KeyRecipe(bits=3072),
    "P-256": KeyRecipe(curve=ec.SECP256R1()),
    "P-384": KeyRecipe(curve=ec.SECP384R1()),
    "Tenant": KeyRecipe(common_name="accounts.accesscontrol.windows.net"),
    "Namesake": KeyRecipe(common_name=ENTRA),
    **{f"spare {n}": KeyRecipe(curve=ec.SECP256R1()) for n in range(10)},
}
"""Keys that are not like the others; every other name is an RSA key of 2048 bits."""


@dataclass(frozen=True)
class MetadataSpec:
    """A metadata document in Entra's form. ``edits`` and ``rewrite`` are made after it was signed."""

    keys: tuple[str, ...] = (ENTRA,)
    tenant: str = TENANT
    edits: tuple[Edit, ...] = ()
    rewrite: "Callable[[bytes, Workshop], bytes] | None" = None
    bom: bool = False


@dataclass(frozen=True)
class RoleSpec:
    """A role of a declared account. ``trust`` None is the policy that AWS's console writes."""

    trust: Mapping[str, Any] | None = None
    longest: int = 3600


@dataclass(frozen=True)
class World:
    """What a response meets. Not declared: every provider is assumed to hold ``metadata``."""

    declared: bool = False
    metadata: MetadataSpec = MetadataSpec()
    providers: Mapping[str, MetadataSpec] = field(default_factory=dict)
    """Providers of their own. Of a declared world without any, the usual one holds ``metadata``."""
    roles: Mapping[str, RoleSpec] = field(default_factory=lambda: {ROLE: RoleSpec()})
    required: bool = False
    """AssertionEncryptionMode Required."""
    asked_role: str | None = None
    call: Mapping[str, str | None] | None = None
    """Parameters of a call of AssumeRoleWithSAML that differ from the usual ones; None leaves one out."""
    without_sts: tuple[str, ...] = ()
    """Accounts that have not activated STS in the region that is called."""
    allow_sha1: bool = False
    opens: tuple[str, ...] = ()
    at: datetime | None = None
    """The instant at which the case is judged, where it is not the workshop's."""

    def parameters(self, posted: bytes) -> dict[str, str]:
        """All parameters of the call, with the response that is posted."""
        usual = {"RoleArn": ROLE, "PrincipalArn": PROVIDER, "SAMLAssertion": posted.decode("latin-1")}
        return {name: value for name, value in {**usual, **(self.call or {})}.items() if value is not None}

    @property
    def listed(self) -> Mapping[str, MetadataSpec]:
        """The providers that are known, each with what it holds."""
        return self.providers or ({PROVIDER: self.metadata} if self.declared else {})

    @property
    def usual(self) -> bool:
        """Whether nothing but the identity provider's metadata is asked for, so that any provider can be tested."""
        return self == World()


def statement(
    action: object = "sts:AssumeRoleWithSAML", *, provider: str = PROVIDER, **more: object
) -> dict[str, object]:
    """A statement of a trust policy, which names the ACS unless it has a Condition of its own."""
    condition = {"StringEquals": {"SAML:aud": ACS}}
    usual = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action, "Condition": condition}
    return usual | more


def trust(provider: str = PROVIDER, action: object = "sts:AssumeRoleWithSAML", **more: object) -> dict[str, object]:
    """A trust policy with one statement."""
    return {"Version": "2012-10-17", "Statement": [statement(action, provider=provider, **more)]}


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    """Byte surgery that must find each place exactly once. Raises HarnessError."""
    for old, new in edits:
        if text.count(old) != 1:
            raise HarnessError(f"{text.count(old)} places for {old[:80]!r}; a case changes exactly one")
        text = text.replace(old, new)
    return text


class Workshop:
    """One run's keys and documents, as of one instant.

    ``encrypt_for`` is the certificate of a service provider that opens assertions with a key of its own.
    """

    def __init__(self, now: datetime = CLOCK, encrypt_for: Certificate | None = None) -> None:
        self.now = now
        self._keys: dict[str, SigningKey] = {}
        self.encrypt_for = encrypt_for

    def key(self, name: str) -> SigningKey:
        """The key of that name, made when it is first asked for."""
        if name not in self._keys:
            self._keys[name] = self._make(name, RECIPES.get(name, KeyRecipe()))
        return self._keys[name]

    def _make(self, name: str, recipe: KeyRecipe) -> SigningKey:
        private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if recipe.shares is not None:
            private = self.key(recipe.shares).private
        elif recipe.curve is not None:
            private = ec.generate_private_key(recipe.curve)
        else:
            private = rsa.generate_private_key(65537, recipe.bits)
        since, until = (self.now + timedelta(days=days) for days in (recipe.since, recipe.until))
        return make_signing_key(recipe.common_name or name, since, until, private=private)

    def certificate(self, name: str) -> Certificate:
        """The certificate of a key, or one of those whose key nobody here holds."""
        if name == OPENS and self.encrypt_for is not None:
            return self.encrypt_for
        if name in ODD:
            return ODD[name](self.key(ENTRA), self.now)
        return self.key(name).certificate

    def opening_key(self, name: str) -> rsa.RSAPrivateKey:
        """A private key that opens encrypted assertions. Raises HarnessError for one that is not RSA."""
        private = self.key(name).private
        if not isinstance(private, rsa.RSAPrivateKey):
            raise HarnessError(f"{name}: not an RSA key; assertions are encrypted for RSA keys")
        return private

    def metadata(self, spec: MetadataSpec) -> bytes:
        """The bytes of a metadata document."""
        certificates = [self.certificate(name) for name in spec.keys]
        raw = write_metadata(spec.tenant, certificates, self.key(ENTRA), bom=spec.bom, document_id="_metadata")
        if spec.edits:
            raw = edited(raw.decode(), spec.edits).encode()
        return raw if spec.rewrite is None else spec.rewrite(raw, self)

    @cached_property
    def usual_metadata(self) -> Metadata:
        """What AWS holds unless a case says otherwise."""
        return read_metadata(self.metadata(MetadataSpec()))

    def read(self, spec: MetadataSpec) -> Metadata:
        """The metadata document as AWS reads it."""
        return self.usual_metadata if spec == MetadataSpec() else read_metadata(self.metadata(spec))

    def aws(self, world: World) -> Aws:
        """AWS's side of a world."""
        providers = {
            name: SamlProvider(_arn(name), self.read(spec), world.required) for name, spec in world.listed.items()
        }
        if not world.declared:
            return Aws(declared=False, providers=providers, fallback=None if providers else self.read(world.metadata))
        roles = {name: _role(name, spec) for name, spec in world.roles.items()}
        return Aws(declared=True, providers=providers, roles=roles)


def _role(name: str, spec: RoleSpec) -> Role:
    return Role(_arn(name), trust() if spec.trust is None else spec.trust, spec.longest)


def _arn(text: str) -> Arn:
    arn = parse_arn(text)
    if arn is None:
        raise HarnessError(f"{text!r}: not an ARN")
    return arn
