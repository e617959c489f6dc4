"""Where a rollover stands, read from real exports: who trusts which certificate, and what an activation would do.

Metadata does not say which of its certificates signs; a captured response does. Without one, an account is well when
it trusts every certificate that the app lists, since then it does not matter.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from harness.errors import UnreadableInput
from harness.report.model import Finding, Outcome, Severity
from harness.report.sheet import Entry, Section, Sheet
from harness.rollover.exports import Export, Exports
from harness.rollover.sheet import counted
from harness.rules import cards
from harness.saml.keys import Certificate
from harness.saml.received import receive

SOON = "CRT002"


class Standing:
    """What can be said of a folder of exports at an instant."""

    def __init__(self, exports: Exports, now: datetime, warn_days: int = 60) -> None:
        self.exports, self.now, self.warn = exports, now, timedelta(days=warn_days)
        self.issuer = next(iter(exports.app.entity_ids), None)
        self.listed = exports.app.keys_for(self.issuer)
        self.new = max(self.listed, key=lambda one: (one.not_before, one.not_after), default=None)
        """The certificate made last."""
        received = [receive(one.xml, exports.app.keys, allow_sha1=True) for one in exports.responses]
        self.signers = tuple(one.own_signature.key if one.own_signature else None for one in received)
        """What signed each captured response; None where no certificate of the app did."""

    @property
    def active(self) -> Certificate | None:
        """The certificate that signs, where a response shows it: the last capture counts."""
        return next((one for one in reversed(self.signers) if one is not None), None)

    def lockouts(self, export: Export) -> Iterator[str]:
        """Why the users of an account are locked out, or would be."""
        if self.issuer not in export.metadata.entity_ids:
            described = ", ".join(export.metadata.entity_ids) or "no identity provider"
            yield f"locked out: its document describes {described}, and responses are issued by {self.issuer}"
            return
        trusted = export.metadata.trusts(self.issuer)
        if self.active is not None and self.active.public_bytes not in trusted:
            yield f"locked out: it does not trust {self._named(self.active)}, which signs now"
        elif not any(one.public_bytes in trusted for one in self.listed):
            yield "locked out: it trusts no certificate that the app lists"
        if self.new is not None and self.new.public_bytes not in trusted and self.new != self.active:
            yield f"would be locked out if {self._named(self.new)} were made active now: it does not trust it"

    def _named(self, one: Certificate) -> str:
        known = [name for name, key in (("the new one", self.new), ("the active one", self.active)) if key == one]
        role = f" ({', '.join(known)})" if known and len(self.listed) > 1 else ""
        return f"{one.thumbprint}{role}"

    def sheet(self, source: str) -> Sheet:
        """The answer: who would be locked out, account by account, and what expires first."""
        if self.new is None:
            raise UnreadableInput(f"{self.exports.app.name}: it lists no signing certificate; download it anew")
        accounts = tuple(self._account(one) for one in self.exports.providers)
        out = sum(one.failed for one in accounts)
        sections = (
            Section("accounts", "What every account trusts", accounts),
            Section("certificates", "The app's certificates, in the order of their ends", tuple(self._certificates())),
            *([Section("responses", "Captured responses", self._responses())] if self.signers else []),
        )
        return Sheet(source, self._verdict(out), int(bool(out)), sections, self.now, cards())

    def _verdict(self, out: int) -> str:
        total = counted(len(self.exports.providers), "account")
        new = self.listed[0].thumbprint if self.new is None else self.new.thumbprint
        if out:
            return f"{out:,} of {total} {'is' if out == 1 else 'are'} locked out, or would be if {new} were active now."
        if len(self.listed) == 1:
            return f"Nobody is locked out of {total}; the app has one certificate, {new}."
        return f"{new} can be made active now: nobody is locked out of {total}."

    def _account(self, export: Export) -> Entry:
        trusted = export.metadata.keys_for(self.issuer)
        lines = [*self.lockouts(export)] or ["trusts " + ("what signs" if self.active else "every certificate it must")]
        lines += [f"holds {self._named(one)}, until {one.not_after:%Y-%m-%d}" for one in trusted]
        foreign = sum(one not in self.listed for one in trusted)
        if foreign:
            lines.append(
                f"{counted(foreign, 'certificate')} of these {'is' if foreign == 1 else 'are'} none of the app's"
            )
        failed = any(True for _ in self.lockouts(export))
        return Entry(export.name, Outcome.FAIL if failed else Outcome.PASS, "", "\n".join(lines))

    def _certificates(self) -> Iterator[Entry]:
        for one in sorted(self.listed, key=lambda one: one.not_after):
            trusting = sum(one.public_bytes in export.metadata.trusts(self.issuer) for export in self.exports.providers)
            said = (
                f"until {one.not_after:%Y-%m-%d}; trusted in {trusting:,} of {len(self.exports.providers):,} accounts"
            )
            yield Entry(self._named(one), Outcome.PASS, "", said, tuple(self._ending(one)))

    def _ending(self, one: Certificate) -> Iterator[Finding]:
        left = one.not_after - self.now
        if left <= self.warn:
            days = left // timedelta(days=1)
            said = f"It expires in {counted(days, 'day')}." if days >= 0 else f"It expired {counted(-days, 'day')} ago."
            yield Finding(
                SOON,
                Severity.WARNING,
                f"{said} AWS goes on taking it; Entra signs with a newer one by itself once there is one.",
                where=self.exports.app.name,
                line=0,
                got=f"{one.not_after:%Y-%m-%d}",
                expected=f"more than {self.warn.days} days left",
                fix="Create the next certificate, give its metadata to every account, then make it active.",
                claimed=False,
            )

    def _responses(self) -> tuple[Entry, ...]:
        return tuple(
            Entry(
                f"response {number}",
                Outcome.PASS if signer is not None else Outcome.SKIP,
                "",
                f"signed by {self._named(signer)}"
                if signer is not None
                else "signed by no certificate that the app lists, so it says nothing of what signs now",
            )
            for number, signer in enumerate(self.signers, 1)
        )
