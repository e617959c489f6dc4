"""The catalogue for tests of another service provider: what to post, and what the provider must make of it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from harness.cases.catalogue import chosen
from harness.cases.core import Case
from harness.cases.workshop import ACS, ISSUER, MetadataSpec, Workshop

_WORD = {True: "let the user in", False: "refuse", None: "do as it likes"}


def case_ids(wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """The IDs of cases that every service provider can be asked: all, or those of families, kinds and IDs.

    Cases that need an AWS account, other metadata or a private key are for `saml-harness cases`. Raises HarnessError
    for a name that is none.
    """
    return tuple(case.id for case in chosen(*wanted) if case.world.usual and not case.of_entra)


@dataclass(frozen=True)
class SamlCase:
    """One case of the catalogue, made with this run's keys."""

    case: Case
    workshop: Workshop

    @property
    def id(self) -> str:
        return self.case.id

    @property
    def summary(self) -> str:
        return self.case.summary

    @property
    def accepted(self) -> bool | None:
        """Whether a service provider must let the user in; None where either will do."""
        return self.case.accepted

    @property
    def now(self) -> datetime:
        """The instant for which it is made. A provider with a clock of its own needs it set to this."""
        return self.workshop.now

    @property
    def metadata(self) -> bytes:
        """The identity provider's metadata, which the service provider must trust; the same for every case."""
        return self.workshop.metadata(MetadataSpec())

    @property
    def issuer(self) -> str:
        return ISSUER

    @property
    def acs(self) -> str:
        """Recipient, Destination and Audience of the responses."""
        return ACS

    @property
    def posted(self) -> str:
        """The value of the SAMLResponse field, as a browser posts it."""
        raw = self.case.material(self.workshop).posted
        if raw.startswith(b"SAMLResponse="):
            return parse_qs(raw.decode("latin-1")).get("SAMLResponse", [""])[0]
        return raw.decode("latin-1")

    @property
    def xml(self) -> bytes:
        """The document, where the value that is posted is base64 of one; else the value itself."""
        try:
            return base64.b64decode(self.posted, validate=False)
        except ValueError:
            return self.posted.encode("latin-1")

    def check(self, *, accepted: bool) -> None:
        """Fail when the service provider's answer is not the one that it must give. Raises AssertionError."""
        __tracebackhide__ = True
        if self.accepted is None or self.accepted == accepted:
            return
        did = "let the user in" if accepted else "refused"
        told = [f"{self.id}: the service provider must {_WORD[self.accepted]}, but it {did}", f"  {self.summary}"]
        told += [f"  {self.case.details}"] if self.case.details else []
        told += [f"  see {'; '.join(self.case.refs)}"] if self.case.refs else []
        raise AssertionError("\n".join(told))


def case_of(identity: str, workshop: Workshop) -> SamlCase:
    """The case of an ID. Raises HarnessError."""
    [case] = chosen(identity)
    return SamlCase(case, workshop)
