"""Amazon Resource Names, and the pairs of them that the SAML ``Role`` attribute carries.

Parsing is lenient about order and blanks, because the values people paste are, and remembers both:
a rule can then say exactly what is odd about a value that AWS would still take.
"""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from operator import itemgetter
from typing import NamedTuple

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
RESERVED = "AWSReservedSSO_"
"""How the name of a role begins that IAM Identity Center made."""
ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)

# A value as the documents write it: the role first, one partition, one account of twelve digits, names that
# IAM can hold, no blanks. A user may hold hundreds of roles, and nearly all are of this form.
_USUAL_PAIR = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov):iam::([0-9]{12}):role/(?![^,]{511}[^,]*/)"  # a path has at most 512 characters
    r"([a-zA-Z0-9_+=.@-]{1,64}|(?:[!-+.0-~-]++/)++[a-zA-Z0-9_+=.@-]{1,64}),"
    r"arn:(\1):iam::(\2):saml-provider/([a-zA-Z0-9_.-]{1,128})()",
    re.ASCII,
)
_USUAL_PAIRS = re.compile(f"^{_USUAL_PAIR.pattern}$", re.ASCII | re.MULTILINE)
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_PROVIDER_NAME = re.compile(r"[\w._-]{1,128}", re.ASCII)
_IAM_ARN = re.compile(r"arn:([^:\s]*):iam::([^:\s]*):(role|saml-provider)/([^\s,]+)")


class Arn(NamedTuple):
    """An IAM role or SAML provider. ``resource`` is path and name: ``team/Admin``."""

    partition: str
    account: str
    kind: str
    resource: str

    @property
    def name(self) -> str:
        """The last part of the resource, without its path."""
        return self.resource.rpartition("/")[2]

    def __str__(self) -> str:
        return f"arn:{self.partition}:iam::{self.account}:{self.kind}/{self.resource}"


def parse_arn(text: str) -> Arn | None:
    """The IAM role or SAML provider that ``text`` names, or None when it names neither."""
    match = _IAM_ARN.fullmatch(text)
    return Arn(*match.groups()) if match else None


class RolePair(NamedTuple):
    """One usable value of the ``Role`` attribute: a role, and the SAML provider that vouches for it.

    Its parts are kept as texts, since a user may hold hundreds of pairs, and hardly anybody asks for both ARNs of each.
    """

    partition: str
    account: str
    resource: str
    """Path and name of the role."""
    provider_partition: str
    provider_account: str
    provider_name: str
    oddities: str = ""
    """What is not as the documents write it; "" where all is, and then none of the parts needs a second look."""

    @property
    def role(self) -> Arn:
        return Arn(self.partition, self.account, "role", self.resource)

    @property
    def provider(self) -> Arn:
        return Arn(self.provider_partition, self.provider_account, "saml-provider", self.provider_name)

    @property
    def provider_first(self) -> bool:
        return _PROVIDER_FIRST in self.oddities

    @property
    def blanks(self) -> bool:
        """Whether white space stood around either ARN: AWS's sign-in page trims it, clients may not."""
        return _BLANKS in self.oddities

    @property
    def usual(self) -> bool:
        """Whether the value is just as the documents write it."""
        return not self.oddities

    @property
    def length(self) -> int:
        """Characters of both ARNs together, as Entra's role import counts them."""
        return len(str(self.role)) + len(str(self.provider))

    def __str__(self) -> str:
        return f"{self.role},{self.provider}"


_PROVIDER_FIRST, _BLANKS, _NAMES = "provider first", "blanks", "unusual names"
_made_of = partial(tuple.__new__, RolePair)
"""A pair of the parts that `_USUAL_PAIR` tells apart; the last of them is empty."""


def parse_role_pair(text: str) -> RolePair | None:
    """The pair in a ``Role`` value, in either order, or None when it is not one role and one provider."""
    if usual := _USUAL_PAIR.fullmatch(text):
        return _made_of(usual.groups())
    parts = text.split(",")
    if len(parts) != 2:
        return None
    first, second = parts[0].strip(), parts[1].strip()
    one, two = _IAM_ARN.fullmatch(first), _IAM_ARN.fullmatch(second)
    if one is None or two is None or one.group(3) == two.group(3):
        return None
    odd = [_NAMES] if len(first) + len(second) + 1 == len(text) else [_NAMES, _BLANKS]
    role, provider = one.groups(), two.groups()
    if role[2] == "saml-provider":
        role, provider = provider, role
        odd.append(_PROVIDER_FIRST)
    return RolePair(role[0], role[1], role[3], provider[0], provider[1], provider[3], ", ".join(odd))


def parse_role_pairs(values: Iterable[str]) -> tuple[RolePair | None, ...]:
    """`parse_role_pair` of every value, in order."""
    values = tuple(values)
    # One look at all values together is much cheaper than one at each, and nearly always they are all usual.
    lines = "\n".join(values)
    found = _USUAL_PAIRS.findall(lines)
    if len(found) != len(values) or lines.count("\n") >= max(len(values), 1):
        return tuple(map(parse_role_pair, values))
    return tuple(map(_made_of, found))


def all_usual(pairs: Sequence[RolePair | None]) -> bool:
    """Whether all values are pairs, and just as the documents write them."""
    return None not in pairs and not any(map(_ODDITIES, pairs))  # type: ignore[arg-type]  # none is None


_ODDITIES = itemgetter(RolePair._fields.index("oddities"))


def name_fault(pair: RolePair) -> str:
    """Why IAM cannot hold a role or provider of this name; "" when it can."""
    name = pair.resource.rpartition("/")[2]
    if not _ROLE_NAME.fullmatch(name):
        return "role names have 1 to 64 characters of a-z A-Z 0-9 _ + = , . @ -"
    if len(pair.resource) - len(name) > 511:
        return "a path has at most 512 characters"
    if not _PROVIDER_NAME.fullmatch(pair.provider_name):
        return "provider names have 1 to 128 characters of a-z A-Z 0-9 . _ -"
    return ""


def can_exist(pair: RolePair) -> bool:
    """Whether IAM can hold a role and a provider of these names, in an account of this number."""
    return pair.usual or (ACCOUNT_ID.fullmatch(pair.account) is not None and not name_fault(pair))
