"""A plan: dated steps on a simulated clock, each done in Entra or in the AWS accounts.

A plan is data. Whether its order is possible is known only beside a scenario, when it is put on the clock.
"""

import tomllib
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import tomli_w
from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from harness.errors import HarnessError
from harness.saml.wire import read_file
from harness.scenario.tables import Moment, Name, Table, Text

MAX_STEPS = 200
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Minutes = Annotated[float, Field(ge=0, le=60 * 24 * 366, allow_inf_nan=False)]


def near(moment: datetime) -> datetime:
    """An instant of this century, so that days can be counted from it. Raises ValueError, as pydantic wants it."""
    if not 2000 <= moment.year <= 2100:
        raise ValueError(f"{moment:%Y-%m-%d} is not between 2000 and 2100")
    return moment


Near = Annotated[Moment, AfterValidator(near)]


class BadPlan(HarnessError):
    """A plan that cannot be carried out; the message names the step and the cure."""


class Expected(StrEnum):
    """Who can sign in after a step."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


class _Step(Table):
    at: Near
    """When it is done, or begun where it takes time."""
    expect: Expected | None = None
    """Who is expected to be able to sign in once the step is done."""

    @property
    def title(self) -> str:
        """The step in a few words."""
        raise NotImplementedError


class _InEntra(_Step):
    apps: tuple[Text, ...] | None = None
    """The apps it concerns; every one that users enter AWS by when left out."""


class CreateCertificate(_InEntra):
    """A new signing certificate, inactive."""

    do: Literal["create-certificate"] = "create-certificate"
    """The kind of step."""
    certificate: Name
    """A name for it, by which later steps speak of it."""
    not_after: Near | None = None
    """When it expires; after three years when left out, as Entra has it."""

    @property
    def title(self) -> str:
        return f"Create certificate {self.certificate} in Entra"


class Activate(_InEntra):
    """``Make certificate active``: from this instant Entra signs with it and with no other."""

    do: Literal["activate"] = "activate"
    """The kind of step."""
    certificate: Name
    """Which one, by its name in the scenario or in an earlier step."""

    @property
    def title(self) -> str:
        return f"Make certificate {self.certificate} active in Entra"


class RollBack(_InEntra):
    """The certificate that was active before is made active again."""

    do: Literal["roll-back"] = "roll-back"
    """The kind of step."""

    @property
    def title(self) -> str:
        return "Roll back: make the certificate active that was so before"


class DeleteCertificate(_InEntra):
    """An inactive certificate is deleted in Entra."""

    do: Literal["delete-certificate"] = "delete-certificate"
    """The kind of step."""
    certificate: Name
    """Which one, by its name in the scenario or in an earlier step."""

    @property
    def title(self) -> str:
        return f"Delete certificate {self.certificate} in Entra"


class Expiry(_InEntra):
    """A certificate's last day has come. Nothing is done: the step says that time has passed."""

    do: Literal["expiry"] = "expiry"
    """The kind of step."""
    certificate: Name
    """Which one, by its name in the scenario or in an earlier step."""

    @property
    def title(self) -> str:
        return f"Certificate {self.certificate} expires"


class Download(_InEntra):
    """Federation metadata is downloaded and kept under a name, as it is at this instant."""

    do: Literal["download-metadata"] = "download-metadata"
    """The kind of step."""
    document: Name
    """A name for it, by which later steps upload it."""
    certificates: tuple[Name, ...] | None = None
    """Only these: the portal offers a document for a single certificate, too."""
    of: Text | None = None
    """Another app's document, by mistake."""
    tenant_wide: bool = False
    """The document without an app ID, by mistake: it lists a key that signs for no app."""

    @model_validator(mode="after")
    def _one_source(self) -> "Download":
        if sum((self.certificates is not None, self.of is not None, self.tenant_wide)) > 1:
            raise ValueError("give one of certificates, of and tenant_wide")
        return self

    @property
    def title(self) -> str:
        what = "the app's metadata"
        if self.tenant_wide:
            what = "the tenant-wide metadata"
        elif self.of is not None:
            what = f"the metadata of app {self.of}"
        elif self.certificates is not None:
            what = f"the metadata of {', '.join(self.certificates)} alone"
        return f"Download {what}"


class _InAws(_Step):
    document: Name
    """What an earlier step downloaded."""
    accounts: tuple[AccountId, ...] | None = None
    """All accounts when left out."""
    leave_out: tuple[AccountId, ...] = ()
    """Forgotten accounts."""
    minutes_per_account: Minutes = 0
    """How long one account takes."""
    workers: Annotated[int, Field(ge=1, le=1000)] = 1
    """How many accounts are under way at the same time."""
    verb: ClassVar[str]

    @property
    def title(self) -> str:
        which = "every account" if self.accounts is None else _some(self.accounts)
        forgotten = f", {_some(self.leave_out)} forgotten" if self.leave_out else ""
        return f"{self.verb} in {which}{forgotten}"


class Update(_InAws):
    """``UpdateSAMLProvider`` in each account, a few at a time: a document takes the place of the old one."""

    do: Literal["update-providers"] = "update-providers"
    """The kind of step."""
    verb: ClassVar[str] = "Update the SAML provider"


class Recreate(_InAws):
    """The provider is deleted and created again: absent in between, and with a new unique ID."""

    do: Literal["recreate-providers"] = "recreate-providers"
    """The kind of step."""
    verb: ClassVar[str] = "Delete and create the SAML provider"


class SetReplyUrls(_InEntra):
    """The app's reply URL becomes the address of its provider as it is now."""

    do: Literal["set-reply-urls"] = "set-reply-urls"
    """The kind of step."""

    @property
    def title(self) -> str:
        return "Set the app's reply URL to the provider's new address"


AnyStep = (
    CreateCertificate | Activate | RollBack | DeleteCertificate | Expiry | Download | Update | Recreate | SetReplyUrls
)
Step = Annotated[AnyStep, Field(discriminator="do")]
InAws = Update | Recreate


class Plan(Table):
    """Dated steps, in the order of their dates."""

    version: Literal[1] = 1
    """Of the file format: 1."""
    name: Name
    """Stands in reports."""
    summary: Text = ""
    """What the plan is for."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_STEPS)]
    """In the order of their dates; at most two hundred."""
    until: Near | None = None
    """How long to look after the last step; a day when left out."""
    first_certificate_only: bool = False
    """The service provider keeps the first certificate of a document alone. AWS is not such a one."""
    newest_first: bool = False
    """Metadata lists the newest certificate first. In which order Entra lists them is not known."""

    @property
    def start(self) -> datetime:
        return self.steps[0].at

    def label(self, number: int) -> str:
        """A step by its number, from 1, as messages name it."""
        step = self.steps[number - 1]
        return f"step {number} ({step.do}, {step.at:%Y-%m-%dT%H:%M:%SZ})"

    def to_toml(self) -> str:
        """The plan as a file that `load_plan` reads."""
        steps = [{"do": step.do, **step.model_dump(exclude_defaults=True, mode="python")} for step in self.steps]
        return tomli_w.dumps({"version": 1, **self.model_dump(exclude_defaults=True), "steps": steps})


def load_plan(path: str | Path) -> Plan:
    """The plan in a file. Raises BadPlan, which lists every place that is wrong."""
    return parse_plan(read_file(str(path)).decode("utf-8", "replace"), str(path))


def parse_plan(text: str, name: str) -> Plan:
    """The plan in a text. ``name`` is for the messages."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadPlan(f"{name}: not TOML: {error}") from None
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        faults = [f"  {_place(fault, data)}: {_said(fault)}" for fault in error.errors(include_url=False)]
        raise BadPlan(f"{name}: {len(faults)} error{'s'[: len(faults) > 1]}\n" + "\n".join(faults[:50])) from None


def _place(fault: ErrorDetails, data: dict[str, Any]) -> str:
    """``step 3 (activate): certificate``: steps are counted from 1, as people do."""
    location = [*fault["loc"]]
    if location[:1] != ["steps"] or len(location) < 2 or not isinstance(location[1], int):
        return ".".join(str(part) for part in location) or "the file"
    step = data["steps"][location[1]]
    done = step.get("do") if isinstance(step, dict) else None
    rest = ".".join(str(part) for part in location[2:] if part != done)
    kind = f" ({done})" if isinstance(done, str) else ""
    return f"step {location[1] + 1}{kind}" + (f": {rest}" if rest else "")


def _said(fault: ErrorDetails) -> str:
    if fault["type"] == "extra_forbidden":
        return "unknown key"
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return f"do must be one of {', '.join(STEPS)}"
    return fault["msg"].removeprefix("Value error, ")


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


STEPS: dict[str, type[AnyStep]] = {
    str(kind.model_fields["do"].default): kind
    for kind in (
        CreateCertificate,
        Download,
        Update,
        Recreate,
        Activate,
        RollBack,
        DeleteCertificate,
        Expiry,
        SetReplyUrls,
    )
}
"""Every kind of step by what a file calls it."""
