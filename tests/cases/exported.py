"""An export read back as somebody else would read it: from its files alone, into AWS's side and a judge's answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from harness.arn import Arn, parse_arn
from harness.aws.account import Aws, Role, SamlProvider
from harness.aws.query import ApiError
from harness.aws.store import AwsStore
from harness.aws.sts import Sts
from harness.errors import UnreadableInput
from harness.report.model import Accepted, AwsAnswer, Refused
from harness.saml.metadata import Metadata, read_metadata
from harness.saml.times import parse_instant
from harness.saml.wire import read_capture
from harness.validate import Policy, check

USUAL = {"clock": None, "metadata": None, "accounts": None, "asked_role": None, "call": None, "allow_sha1": False}


@dataclass(frozen=True)
class Export:
    """A folder that was exported, and the private key for which it was encrypted."""

    folder: Path
    key: rsa.RSAPrivateKey

    @property
    def index(self) -> Mapping[str, Any]:
        return _read(self.folder / "cases.json")

    def judged(self, case: Mapping[str, Any]) -> tuple[set[str], list[Mapping[str, str]], Mapping[str, str]]:
        """The error codes and warnings, STS's answers and the page's answer to one case."""
        world = case["world"] or {**USUAL, "metadata": self.index["metadata"]}
        aws = self._aws(world)
        posted = (self.folder / case["file"]).read_bytes()
        now = parse_instant(world["clock"] or self.index["clock"])
        try:
            capture = read_capture(posted)
        except UnreadableInput:
            return set(), [{"answer": "unreadable"}], {"answer": "unreadable"}
        policy = Policy(aws, aws.keys, role=world["asked_role"], allow_sha1=world["allow_sha1"])
        report = check(capture, policy, now, decrypt_keys=[self.key] if case["encrypted"] else [])
        sts = [said(one.answer) for one in report.sts]
        if world["call"] is not None:
            sts = [
                self._called(
                    aws, {"SAMLAssertion": posted.decode(), **world["call"]}, now, world["accounts"]["without_sts"]
                )
            ]
        return set(report.codes), sts, said(report.signin)

    def _called(self, aws: Aws, call: Mapping[str, str | None], now: Any, without: Sequence[str]) -> Mapping[str, str]:
        parameters = {name: value for name, value in call.items() if value is not None}
        try:
            Sts(AwsStore(aws, without_sts=without)).assume_role_with_saml(parameters, now, "{request_id}")
        except ApiError as error:
            return {"answer": "refused", "code": error.code, "message": str(error)}
        return {"answer": "accepted"}

    def _aws(self, world: Mapping[str, Any]) -> Aws:
        accounts = world["accounts"]
        if accounts is None:
            return Aws(declared=False, fallback=self._metadata(world["metadata"]))
        providers = {
            one["arn"]: SamlProvider(arn(one["arn"]), self._metadata(one["metadata"]), one["encryption_required"])
            for one in accounts["saml_providers"]
        }
        roles = {
            one["arn"]: Role(arn(one["arn"]), one["trust_policy"], one["max_session_duration"])
            for one in accounts["roles"] or ()
        }
        return Aws(declared=accounts["roles"] is not None, providers=providers, roles=roles)

    def _metadata(self, name: str) -> Metadata:
        return read_metadata((self.folder / name).read_bytes())


@cache
def _read(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def arn(text: str) -> Arn:
    found = parse_arn(text)
    assert found is not None
    return found


def said(answer: AwsAnswer) -> Mapping[str, str]:
    if isinstance(answer, Accepted):
        return {"answer": "accepted"}
    if isinstance(answer, Refused):
        return {"answer": "refused", "code": answer.code, "message": answer.message}
    return {"answer": "unknown"}


def meets(given: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether an answer is the expected one; words that are not in the index are not known."""
    return all(given.get(name) == value for name, value in wanted.items())
