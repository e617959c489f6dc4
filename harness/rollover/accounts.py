"""What the AWS accounts of a rehearsal hold at each instant, and how a step in AWS changes it."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from harness.aws.account import Aws
from harness.errors import HarnessError
from harness.rollover.plan import BadPlan, Plan
from harness.rollover.stage import Stage
from harness.saml.metadata import Metadata


@dataclass(frozen=True, eq=False)
class Document:
    """A metadata document as an account keeps it, and the certificates it lists in the scenario's words."""

    metadata: Metadata
    certificates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What a provider holds; no document while there is no provider."""

    document: Document | None
    unique_id: str
    given_by: int | None = None
    """The step that gave it the document; None for the one it had."""


def first_key_alone(metadata: Metadata) -> Metadata:
    """The document as a service provider understands it that keeps the first certificate only."""
    entities = tuple(replace(one, signing=one.signing[:1]) for one in metadata.entities)
    return replace(metadata, entities=entities)


class Accounts:
    """The state of every entrance's provider. ``downloads`` are documents by name, for each app."""

    def __init__(self, plan: Plan, stage: Stage, aws: Aws, names: Mapping[bytes, tuple[str, ...]]) -> None:
        self.plan, self.stage, self.aws = plan, stage, aws
        self.downloads: dict[str, Mapping[str, Document]] = {}
        self.retired: set[str] = set()
        """Unique IDs of providers that were deleted."""
        began = {id(one): self.kept(one, names.get(one.raw, ("the keys in its file",))) for one in aws.documents}
        self.held = [
            Held(began[id(aws.providers[str(one.provider)].metadata)], _unique_id(str(one.provider), 0))
            for one in stage.entrances
        ]
        self._busy: dict[int, tuple[datetime, int]] = {}

    def kept(self, metadata: Metadata, certificates: Sequence[str]) -> Document:
        """A document as the service provider keeps it."""
        if self.plan.first_certificate_only:
            return Document(first_key_alone(metadata), tuple(certificates[:1]))
        return Document(metadata, tuple(certificates))

    def reserve(self, step: int, entrances: Sequence[int], begun: datetime, done: datetime) -> None:
        """Two updates of one provider must not overlap. Raises BadPlan."""
        for number in entrances:
            free, other = self._busy.get(number, (begun, 0))
            if begun < free:
                entrance = self.stage.entrances[number]
                raise BadPlan(
                    f"{self.plan.label(step)}: {entrance.label} would be reached at {begun:%Y-%m-%dT%H:%M:%SZ}, "
                    f"while {self.plan.label(other)} is at work there until {free:%Y-%m-%dT%H:%M:%SZ}; "
                    "two updates of one provider must not overlap"
                )
            self._busy[number] = (done, step)

    def is_gone(self, address: str) -> bool:
        """Whether a reply URL is the own address of a provider that was deleted."""
        return address.rpartition("/")[2] in self.retired

    def delete(self, entrances: Sequence[int]) -> None:
        """DeleteSAMLProvider."""
        for number in entrances:
            self.retired.add(self.held[number].unique_id)
            self.held[number] = replace(self.held[number], document=None)

    def give(self, step: int, entrances: Sequence[int], name: str, *, again: bool) -> None:
        """UpdateSAMLProvider; CreateSAMLProvider when the provider is made ``again``, which gives it a new ID."""
        documents = self.downloads[name]
        for number in entrances:
            entrance = self.stage.entrances[number]
            if entrance.app not in documents:
                raise HarnessError(f"document {name!r} was not downloaded for app {entrance.app!r}")
            held = self.held[number]
            unique_id = _unique_id(str(entrance.provider), step) if again else held.unique_id
            self.held[number] = Held(documents[entrance.app], unique_id, step)


def _unique_id(arn: str, generation: int) -> str:
    """In the form of IAM's, and the same on every run."""
    digest = hashlib.sha256(f"{arn}/{generation}".encode()).digest()
    return "SAMLSP" + base64.b32encode(digest).decode("ascii")[:16]
