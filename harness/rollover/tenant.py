"""The steps of a plan that are done in Entra."""

from harness.aws.endpoints import PARTITIONS
from harness.entra.certificates import activate, create_certificate, delete_certificate, find_certificate
from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.rollover.accounts import Accounts, Document
from harness.rollover.plan import (
    Activate,
    CreateCertificate,
    DeleteCertificate,
    Download,
    Expiry,
    RollBack,
    SetReplyUrls,
)
from harness.rollover.stage import Stage
from harness.saml.metadata import read_metadata
from harness.scenario.model import App, Scenario

Change = CreateCertificate | Activate | RollBack | DeleteCertificate | SetReplyUrls


class Tenant:
    """The Entra side while a plan runs. A step that cannot be taken raises HarnessError."""

    def __init__(self, stage: Stage, idp: EntraIdp, accounts: Accounts) -> None:
        self.stage, self.idp, self.accounts = stage, idp, accounts
        self._before: dict[str, str] = {}
        """App -> the certificate that was active before."""
        self._used = {app.name: {one.name for one in app.certificates} for app in idp.scenario.apps}

    @property
    def apps(self) -> list[App]:
        """The apps behind the entrances, as they are now."""
        return [self._app(name) for name in self.stage.apps]

    def take(self, step: Change | Download | Expiry) -> None:
        """Take one step in every app it concerns."""
        concerned = self.apps if step.apps is None else [self._app(name) for name in step.apps]
        match step:
            case Download():
                kept = {app.name: self._document(app, step) for app in concerned}
                self.accounts.downloads[step.document] = kept
            case Expiry():
                for app in concerned:
                    _require_expired(app, step)
            case _:
                changed = {app.name: self._changed(app, step) for app in concerned}
                self.idp.change(lambda scenario: _with_apps(scenario, changed))

    def _changed(self, app: App, step: Change) -> App:
        match step:
            case CreateCertificate():
                return self._with_new(app, step)
            case Activate():
                return self._activated(app, step.certificate)
            case RollBack():
                if app.name not in self._before:
                    raise HarnessError(f"no earlier step made another certificate of app {app.name!r} active")
                return self._activated(app, self._before[app.name])
            case DeleteCertificate():
                return delete_certificate(app, step.certificate)
            case SetReplyUrls():
                return self._addressed(app)

    def _with_new(self, app: App, step: CreateCertificate) -> App:
        if step.certificate in self._used[app.name]:
            raise HarnessError(f"app {app.name!r} has or had a certificate {step.certificate!r}; choose another name")
        self._used[app.name].add(step.certificate)
        return create_certificate(app, step.at, not_after=step.not_after, name=step.certificate)

    def _activated(self, app: App, name: str) -> App:
        changed = activate(app, name)
        before = next((one.name for one in app.certificates if one.active), None)
        if before == name:
            raise HarnessError(f"certificate {name!r} of app {app.name!r} is active already")
        if before is not None:
            self._before[app.name] = before
        return changed

    def _addressed(self, app: App) -> App:
        """The app with the address of its only entrance's provider as reply URL."""
        numbers = [number for number, one in enumerate(self.stage.entrances) if one.app == app.name]
        if len(numbers) != 1:
            raise HarnessError(
                f"app {app.name!r} serves {len(numbers)} accounts, and a provider's own address serves one; "
                "leave the reply URL of such an app as it is"
            )
        host = PARTITIONS[self.stage.entrances[numbers[0]].provider.partition].host
        address = f"https://{host}/saml/acs/{self.accounts.held[numbers[0]].unique_id}"
        return app.model_copy(update={"reply_urls": (address,)})

    def _document(self, app: App, step: Download) -> Document:
        """What is downloaded, without the byte order mark that IAM refuses."""
        if step.tenant_wide:
            metadata = read_metadata(self.idp.tenant_metadata(bom=False), "tenant-wide metadata")
            return self.accounts.kept(metadata, ("the tenant's own key",))
        source = app if step.of is None else self._app(step.of)
        for name in step.certificates or ():
            find_certificate(source, name)
        if self.accounts.plan.newest_first:
            source = source.model_copy(update={"certificates": source.certificates[::-1]})
        names = tuple(
            one.name for one in source.certificates if step.certificates is None or one.name in step.certificates
        )
        idp = EntraIdp(_with_apps(self.idp.scenario, {source.name: source}), self.idp.keys)
        raw = idp.federation_metadata(step.at, app=source.name, bom=False, certificates=names)
        prefix = "" if step.of is None else f"{step.of}: "
        metadata = read_metadata(raw, f"metadata of app {source.name}")
        return self.accounts.kept(metadata, [prefix + name for name in names])

    def _app(self, name: str) -> App:
        for app in self.idp.scenario.apps:
            if app.name == name:
                return app
        known = ", ".join(app.name for app in self.idp.scenario.apps)
        raise HarnessError(f"the scenario has no app {name!r}; its apps: {known}")


def _with_apps(scenario: Scenario, changed: dict[str, App]) -> Scenario:
    apps = tuple(changed.get(app.name, app) for app in scenario.apps)
    return scenario.model_copy(update={"apps": apps})


def _require_expired(app: App, step: Expiry) -> None:
    one = find_certificate(app, step.certificate)
    if one.not_after > step.at:
        raise HarnessError(
            f"certificate {one.name!r} of app {app.name!r} is valid until {one.not_after:%Y-%m-%dT%H:%M:%SZ}; "
            "date the step then"
        )
