"""The sign-in endpoint: a posted response becomes the role picker, a session, or a refusal.

The same response is posted again with the role that was picked, so its age counts while the user looks.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa

from harness.arn import RolePair
from harness.aws.acceptance import Attempt, page_answers, signin_answer
from harness.aws.account import Aws, SamlProvider
from harness.aws.store import AwsStore, IssuedSession, unique_id
from harness.report.model import Accepted, AwsAnswer, Session
from harness.saml.b64 import decode_base64
from harness.saml.keys import Certificate
from harness.saml.received import receive


@dataclass(frozen=True, slots=True)
class PickerAccount:
    """One account of the picker: its heading, and its roles as (ARN, name)."""

    heading: str
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Picker:
    """Several roles can be assumed: the user has to choose."""

    accounts: tuple[PickerAccount, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    """The user is in: the role, the session and its credentials."""

    pair: RolePair
    session: Session
    credentials: IssuedSession


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """AWS's answer, a refusal or an unknown one."""

    answer: AwsAnswer


def sign_in(
    store: AwsStore, posted: str, now: datetime, role_index: str | None = None
) -> Picker | Entered | TurnedAway:
    """What the page answers to a posted SAMLResponse; ``role_index`` is the role ARN that was picked.

    A single usable role is entered without a picker.
    """
    aws = store.aws
    attempt = attempt_of(aws, posted, now, certificates=aws.keys, providers=(*aws.providers.values(),))
    answers = page_answers(attempt)
    usable = {one.pair: one.answer for one in answers if one.pair and isinstance(one.answer, Accepted)}
    if not usable:
        return TurnedAway(signin_answer(attempt))
    if role_index is None and len(usable) > 1:
        return Picker(_accounts(store.aws, [*usable]))
    for pair, answer in usable.items():
        if role_index is None or str(pair.role) == role_index:
            return Entered(pair, answer.session, issue(store, pair, answer.session, now))
    return TurnedAway(
        next((one.answer for one in answers if one.pair and str(one.pair.role) == role_index), signin_answer(attempt))
    )


def attempt_of(
    aws: Aws,
    posted: str,
    now: datetime,
    *,
    certificates: Sequence[Certificate],
    providers: Sequence[SamlProvider],
    duration_seconds: int | None = None,
) -> Attempt:
    """A posted response, taken in with these certificates and the private keys of these providers, newest first."""
    xml, fault = b"", None
    try:
        xml = decode_base64(posted)
    except ValueError as error:
        fault = str(error)
    private = [one.key for provider in providers for one in reversed(provider.private_keys)]
    received = receive(xml, certificates, decrypt_keys=[key for key in private if isinstance(key, rsa.RSAPrivateKey)])
    return Attempt(received, aws, now, len(posted), fault, duration_seconds)


def issue(store: AwsStore, pair: RolePair, session: Session, now: datetime) -> IssuedSession:
    """Temporary credentials for an accepted sign-in, remembered by the mock."""
    role = store.aws.roles.get(str(pair.role))
    role_id = role.unique_id if role is not None and role.unique_id else unique_id("AROA", 17)
    issued = IssuedSession(
        access_key_id=unique_id("ASIA"),
        secret_access_key=secrets.token_urlsafe(30),
        session_token=secrets.token_urlsafe(192),
        account=pair.role.account,
        arn=f"arn:{pair.role.partition}:sts::{pair.role.account}:assumed-role/{pair.role.name}/{session.name}",
        user_id=f"{role_id}:{session.name}",
        expires=now + timedelta(seconds=session.seconds),
    )
    store.issue(issued)
    return issued


def _accounts(aws: Aws, pairs: Sequence[RolePair]) -> tuple[PickerAccount, ...]:
    grouped: dict[str, list[tuple[str, str]]] = {}
    for pair in pairs:
        grouped.setdefault(pair.role.account, []).append((str(pair.role), pair.role.name))
    return tuple(PickerAccount(_heading(account, aws.aliases), tuple(roles)) for account, roles in grouped.items())


def _heading(account: str, aliases: Mapping[str, str]) -> str:
    alias = aliases.get(account)
    return f"Account: {account}" if alias is None else f"Account: {alias} ({account})"
