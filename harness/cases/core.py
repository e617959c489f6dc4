"""What a case is and how it is declared: a default with one thing changed, and the answer that must come.

Three kinds, parted by what they are given, so that the type proves who could do it. A *fault* changes the
recipe before the identity provider signs. An *attack* has captured bytes and a stranger's own key. A
*control* is right, though it looks unusual, and must be accepted: without these, a judge that refuses
everything would pass.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from inspect import cleandoc

from harness.cases.captured import Captured
from harness.cases.recipe import ASSERTION, RESPONSE, ResponseSpec, usual_spec, usual_token, written
from harness.cases.tenants import Tenant
from harness.cases.words import ACCEPTED, UNKNOWN, UNREADABLE, Answer, Verdict, on_the_page
from harness.cases.workshop import ENTRA, INTRUDER, OPENS, MetadataSpec, Workshop, World
from harness.errors import HarnessError
from harness.saml.encryption import Encryption
from harness.saml.names import ECDSA_SHA256, RSA_SHA256

__all__ = ["ACCEPTED", "UNKNOWN", "UNREADABLE", "Captured", "Case", "ResponseSpec", "attack", "control", "fault"]

ENTRA_FAMILY = "entra"
INTRUDERS_OWN = "mallory@contoso.com"
"""As whom the stranger may sign in himself."""


class Kind(StrEnum):
    """Who made it so."""

    FAULT = "fault"
    ATTACK = "attack"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be said: every code listed, no other error code, and these answers at AWS's two doors."""

    codes: frozenset[str]
    sts: Answer
    """STS's answer to every pair of the Role attribute."""
    page: Answer
    entra: str = ""
    """How Entra's refusal begins; empty where Entra is not asked, or goes along."""


@dataclass(frozen=True)
class Material:
    """What a judge is given. ``posted`` is the value of the form's field, or a whole form body.

    With a ``tenant`` nothing is posted yet: Entra is asked first, and what it answers is.
    """

    posted: bytes
    world: World
    workshop: Workshop
    tenant: Tenant | None = None

    @property
    def now(self) -> datetime:
        """The instant at which it is judged."""
        return self.world.at or self.workshop.now


Build = Callable[[Workshop], Material]


@dataclass(frozen=True, eq=False)
class Case:
    """One case. ``fools`` names the bare libraries that verify a signature in it, and ``reader`` where somebody who
    reads the text of a NameID, Issuer, Audience or AttributeValue in the document meets one that was never signed."""

    id: str
    kind: Kind
    summary: str
    details: str
    expected: Expected
    classes: tuple[str, ...]
    refs: tuple[str, ...]
    fools: tuple[str, ...]
    live: bool
    """Whether bare libraries are asked about it at all: it is about where a signature stands, or what it covers."""
    world: World
    make: Build

    @property
    def family(self) -> str:
        return self.id.partition("/")[0]

    @property
    def of_entra(self) -> bool:
        """Whether the mock Entra is asked, and not a service provider."""
        return self.family == ENTRA_FAMILY

    @property
    def accepted(self) -> bool | None:
        """Whether a service provider should let the user in; None where documents and AWS's practice part."""
        door = self.expected.page if self.world.call is None else self.expected.sts
        if door.verdict is not Verdict.ACCEPTED:
            return False
        return None if self.expected.codes else True

    def material(self, workshop: Workshop) -> Material:
        """What a judge is given, made with one run's keys."""
        return self.make(workshop)


REGISTRY: dict[str, Case] = {}


@dataclass(frozen=True, slots=True)
class Card:
    """What a declaration says about its case beside the change itself."""

    expect: str
    aws: Answer
    page: Answer | None = None
    classes: str = ""
    refs: tuple[str, ...] = ()
    fools: str | None = None
    """Who is fooled: xmlsec, signxml, reader; "" for nobody; None where no library is asked."""
    entra: str = ""

    @property
    def expected(self) -> Expected:
        page = on_the_page(self.aws) if self.page is None else self.page
        return Expected(frozenset(self.expect.split()), self.aws, page, self.entra)


def register(home: str, name: str, kind: Kind, docstring: str, card: Card, world: World, make: Build) -> None:
    """Put a case into the catalogue. Its ID is that of its module and its name. Raises HarnessError."""
    identity = f"{home.rpartition('.')[2]}/{name.replace('_', '-')}"
    summary, _, details = cleandoc(docstring).partition("\n\n")
    if identity in REGISTRY or not summary:
        raise HarnessError(f"case {identity}: {'declared twice' if summary else 'has no docstring'}")
    REGISTRY[identity] = Case(
        identity, kind, " ".join(summary.split()), " ".join(details.split()), card.expected,
        tuple(card.classes.split()), card.refs, tuple((card.fools or "").split()), card.fools is not None, world, make,
    )  # fmt: skip


Recipe = Callable[[ResponseSpec], ResponseSpec]
Change = Callable[[Tenant], Tenant]
Forgery = Callable[[Captured], bytes]


def fault(
    *, expect: str, aws: Answer, page: Answer | None = None, classes: str = "", refs: tuple[str, ...] = (),
    fools: str | None = None,
) -> Callable[[Recipe], Recipe]:  # fmt: skip
    """A mistake of the administrator's or of the identity provider's: the recipe before it is signed."""
    card = Card(expect, aws, page, classes, refs, fools)
    return lambda change: _declared(change, Kind.FAULT, card)


def control(
    *, aws: Answer = ACCEPTED, expect: str = "", page: Answer | None = None, classes: str = "",
    refs: tuple[str, ...] = (),
) -> Callable[[Recipe], Recipe]:  # fmt: skip
    """A response that is right. ``expect`` may name warnings and notes, never an error."""
    card = Card(expect, aws, page, classes, refs)
    return lambda change: _declared(change, Kind.CONTROL, card)


def _declared(change: Recipe, kind: Kind, card: Card) -> Recipe:
    world = change(usual_spec(Workshop().now)).world
    home = (change.__module__, change.__name__)
    register(*home, kind, change.__doc__ or "", card, world, lambda workshop: recipe_material(change, workshop))
    return change


def recipe_material(change: Recipe, workshop: Workshop) -> Material:
    """The response of a changed recipe, as it is posted, in the recipe's world."""
    spec = change(usual_spec(workshop.now))
    return Material(base64.b64encode(written(spec, workshop)), spec.world, workshop)


def entra_case(
    says: str = "", *, codes: str = "", aws: Answer = UNREADABLE, page: Answer | None = None, classes: str = "",
    refs: tuple[str, ...] = (), kind: Kind = Kind.FAULT,
) -> Callable[[Change], Change]:  # fmt: skip
    """What is tried in a tenant. ``says`` is how Entra's refusal begins; without one it signs in and AWS answers."""
    card = Card(codes, aws, page, classes, refs, entra=says)

    def declare(change: Change) -> Change:
        def make(workshop: Workshop) -> Material:
            return Material(b"", World(), workshop, change(Tenant()))

        register(change.__module__, change.__name__, kind, change.__doc__ or "", card, World(), make)
        return change

    return declare


@dataclass(frozen=True, slots=True)
class Capture:
    """How the captured response was made: what is signed of it, by which key, and whether it is encrypted."""

    signed: tuple[str, ...] = (ASSERTION,)
    encrypted: bool = False
    key: str = ENTRA
    method: str = RSA_SHA256


OF_ASSERTION, OF_RESPONSE = Capture(), Capture((RESPONSE,))
OF_BOTH, OF_ENCRYPTED = Capture((ASSERTION, RESPONSE)), Capture(encrypted=True)
OF_CURVE = Capture(key="P-256", method=ECDSA_SHA256)


def attack(
    *, expect: str, aws: Answer = UNKNOWN, page: Answer | None = None, classes: str = "", refs: tuple[str, ...] = (),
    fools: str | None = None, of: Capture = OF_ASSERTION, posted: bool = False, world: World | None = None,
    kind: Kind = Kind.ATTACK,
) -> Callable[[Forgery], Forgery]:  # fmt: skip
    """What a stranger makes of one captured response: XML, or with ``posted`` the value that is posted.

    With ``kind`` CONTROL it is a change that takes nothing in: the session must still be the captured user's.
    """
    card = Card(expect, aws, page, classes, refs, fools)

    def declare(forge: Forgery) -> Forgery:
        add_attack(forge.__module__, forge.__name__, forge.__doc__ or "", card, forge, of, posted, world, kind)
        return forge

    return declare


def add_attack(
    home: str, name: str, docstring: str, card: Card, forge: Forgery, of: Capture = OF_ASSERTION,
    posted: bool = False, world: World | None = None, kind: Kind = Kind.ATTACK,
) -> None:  # fmt: skip
    """The same for cases that come from a table."""
    meets = world or (World(opens=(OPENS,)) if of.encrypted else World())

    def make(workshop: Workshop) -> Material:
        raw = forge(captured(workshop, of))
        return Material(raw if posted else base64.b64encode(raw), meets, workshop)

    register(home, name, kind, docstring, card, meets, make)


@lru_cache(16)
def captured(workshop: Workshop, of: Capture) -> Captured:
    """What a stranger holds in this run."""
    spec = usual_spec(workshop.now)
    encryption = Encryption() if of.encrypted else None
    how = {"signed": of.signed, "encryption": encryption, "key": of.key, "method": of.method}
    own = ResponseSpec(workshop.now, usual_token(workshop.now, INTRUDERS_OWN), **how)  # type: ignore[arg-type]
    own = own.with_token(response_id="_r1111111-own", assertion_id="_a1111111-own")
    return Captured(
        written(ResponseSpec(spec.now, spec.token, **how), workshop),  # type: ignore[arg-type]
        written(own, workshop),
        workshop.metadata(MetadataSpec()),
        workshop.key(INTRUDER),
        workshop.certificate(of.key),
        workshop.certificate(OPENS),
    )
