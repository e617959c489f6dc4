"""What AWS is asked: one response, the accounts it meets, and a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple, cast

from harness.arn import RESERVED, RolePair, all_usual, parse_role_pairs
from harness.aws.account import Aws, Role, SamlProvider
from harness.aws.endpoints import PRINCIPAL_TAG, ROLE
from harness.lazy import lazy
from harness.report.model import Refused, Unknown
from harness.saml.metadata import Metadata
from harness.saml.model import Assertion
from harness.saml.names import SAML
from harness.saml.received import Received

_HIDDEN = tuple(f"{{{SAML}}}{name}" for name in ("EncryptedID", "EncryptedAttribute", "BaseID"))

_RESOURCE = itemgetter(RolePair._fields.index("resource"))

Objection = Refused | Unknown
"""What a condition says when it is not met."""


class Door(StrEnum):
    """The two ways in."""

    STS = "AssumeRoleWithSAML"
    PAGE = "sign-in page"


class Given(StrEnum):
    """What settles conditions: where it is given, they hold and are not asked."""

    USUAL_RESPONSE = "a response in the one form that Entra writes, its signature verified"
    USUAL_PAIR = "a pair just as the documents write it"
    NO_ACCOUNTS = "no scenario says what the accounts hold"


_GIVEN = {
    (usual, undeclared): frozenset([Given.USUAL_RESPONSE] * usual + [Given.NO_ACCOUNTS] * undeclared)
    for usual in (False, True)
    for undeclared in (False, True)
}


@dataclass(eq=False)
class Attempt:
    """One response held out to AWS. ``duration_seconds`` is a parameter of STS alone."""

    received: Received
    aws: Aws
    now: datetime
    base64_size: int
    base64_fault: str | None = None
    duration_seconds: int | None = None
    roles: tuple[RolePair | None, ...] | None = None
    """The values of the Role attribute as pairs, where they were parsed already."""

    @lazy
    def given(self) -> frozenset[Given]:
        """What is given for every pair."""
        return _GIVEN[self.received.usual is not None, not self.aws.declared]

    @lazy
    def facts(self) -> Assertion | None:
        """Signed facts where there are any, else claimed ones. None when parts are hidden: what cannot be read
        cannot be judged, and what seems missing may be among them."""
        return None if self.hides_parts else self.received.facts

    @lazy
    def hides_parts(self) -> bool:
        """Whether the assertion holds encrypted parts, or a subject of a kind that AWS does not describe."""
        if self.received.usual is not None:
            return False
        assertions = self.received.assertions
        root = self.received.document.root
        # One look at the whole document: it may hold thousands of assertions, and hardly ever a hidden part.
        if self.received.inner is None and root is not None and next(root.iter(*_HIDDEN), None) is None:
            return False
        return any(next(one.iter(*_HIDDEN), None) is not None for one in assertions)

    @lazy
    def pairs(self) -> tuple[RolePair, ...]:
        """The usable pairs of the Role attribute, each value once, in document order."""
        if self.facts is None:
            return ()
        values = self.facts.values(ROLE)
        roles = parse_role_pairs(values) if self.roles is None else self.roles
        # Two values that are just as the documents write them are two pairs; others may differ in blanks alone.
        if len({*values}) == len(values) and all_usual(roles):
            return cast("tuple[RolePair, ...]", roles)
        return tuple(
            dict.fromkeys([pair for pair in dict(zip(values, roles, strict=True)).values() if pair is not None])
        )

    @lazy
    def pairs_are_alike(self) -> bool:
        """Whether no condition can tell the pairs apart: all usual, none reserved, one metadata document for all."""
        if self.aws.declared or self.aws.providers or self.aws.fallback is None or not all_usual(self.pairs):
            return False
        return RESERVED not in "".join(map(_RESOURCE, self.pairs))

    @lazy
    def tags(self) -> Mapping[str, tuple[str, ...]]:
        """The session tags: key -> the values of its attribute. A repeated key keeps the last."""
        start = len(PRINCIPAL_TAG)
        return {
            attribute.name[start:]: attribute.values
            for attribute in (self.facts.attributes if self.facts is not None else ())
            if attribute.name.startswith(PRINCIPAL_TAG)
        }


class Asked(NamedTuple):
    """One pair of an attempt, with what the account holds for it.

    ``metadata`` is what the provider is known or assumed to hold; ``role`` is None where none is declared.
    """

    attempt: Attempt
    assertion: Assertion
    pair: RolePair
    offered: bool
    provider: SamlProvider | None
    metadata: Metadata | None
    role: Role | None


def ask(attempt: Attempt, assertion: Assertion, pair: RolePair, *, offered: bool = True) -> Asked:
    """The pair beside what the account holds for it."""
    aws = attempt.aws
    provider = aws.providers.get(str(pair.provider)) if aws.providers else None
    fallback = None if aws.declared else aws.fallback
    metadata = provider.metadata if provider is not None else fallback
    role = aws.roles.get(str(pair.role)) if aws.declared else None
    return Asked(attempt, assertion, pair, offered, provider, metadata, role)
