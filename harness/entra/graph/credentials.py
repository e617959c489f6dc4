"""An app's signing certificates as three credentials each, and what addTokenSigningCertificate and PATCH do to them.

Each certificate is a Sign key, a Verify key and a password, which share their customKeyIdentifier. There is no call
that removes one: the lists are read, and written back without it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from harness.entra.certificates import create_certificate, delete_certificate
from harness.entra.graph.call import Call, Json, moment, objects, optional_text, stamp, text
from harness.entra.graph.errors import credential_changed, invalid, ours, too_large
from harness.entra.graph.show import encoded
from harness.entra.keystore import KeyStore
from harness.errors import HarnessError
from harness.saml.keys import Certificate as Public
from harness.scenario.model import App, Certificate, Scenario

MOST_KEYS = 600
"""Reported: with more than about so many keyCredentials the object is too large."""
_ROUND_TRIP = ("customKeyIdentifier", "displayName", "type", "usage")


def credentials(scenario: Scenario, app: App, keys: KeyStore, *, public: bool = False) -> Json:
    """What a service principal shows of its certificates. ``public`` adds the certificate itself to Verify keys."""
    found = [(one, keys.certificate(app, one)) for one in app.certificates]
    key_credentials = [entry for one, cert in found for entry in _keys(scenario, app, one, cert, public=public)]
    ends = {cert.thumbprint: one.not_after for one, cert in found}
    preferred = preferred_thumbprint(app, keys)
    return {
        "keyCredentials": key_credentials,
        "passwordCredentials": [_password(scenario, app, one, cert) for one, cert in found],
        "preferredTokenSigningKeyThumbprint": preferred,
        "preferredTokenSigningKeyEndDateTime": stamp(ends.get((preferred or "").upper())),
    }


def preferred_thumbprint(app: App, keys: KeyStore) -> str | None:
    """The thumbprint that was asked for, or that of the active certificate; None for Entra's own choice."""
    if app.preferred_thumbprint is not None:
        return app.preferred_thumbprint
    active = next((one for one in app.certificates if one.active), None)
    return None if active is None else keys.certificate(app, active).thumbprint


def key_id(scenario: Scenario, app: App, certificate: Certificate, usage: str) -> str:
    """The identifier of a credential. Sign key and password share theirs."""
    return scenario.guid(f"{usage}-key", f"{app.app_id}/{certificate.name}")


def _shared(one: Certificate, cert: Public) -> Json:
    return {
        "customKeyIdentifier": encoded(bytes.fromhex(cert.thumbprint)),
        "displayName": cert.subject,
        "endDateTime": stamp(one.not_after),
        "startDateTime": stamp(one.not_before),
    }


def _keys(scenario: Scenario, app: App, one: Certificate, cert: Public, *, public: bool) -> list[Json]:
    shared = _shared(one, cert)
    sign = {"type": "X509CertAndPassword", "usage": "Sign", "key": None, "keyId": key_id(scenario, app, one, "sign")}
    verify = {
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": encoded(cert.der) if public else None,
        "keyId": key_id(scenario, app, one, "verify"),
    }
    return [{**shared, **sign}, {**shared, **verify}]


def _password(scenario: Scenario, app: App, one: Certificate, cert: Public) -> Json:
    return {**_shared(one, cert), "hint": None, "keyId": key_id(scenario, app, one, "sign"), "secretText": None}


def with_new_certificate(app: App, call: Call) -> App:
    """The app with one more certificate, inactive, as addTokenSigningCertificate makes it. Raises GraphError."""
    data = call.json()
    name = text(data, "displayName")
    if not name.startswith("CN=") or not 3 < len(name) <= 67 or not name.isprintable():
        raise invalid([("displayName", "it must start with CN= and name a subject of up to 64 characters")])
    end = None if data.get("endDateTime") is None else moment(data["endDateTime"], "endDateTime")
    if 2 * (len(app.certificates) + 1) > MOST_KEYS:
        raise too_large()
    try:
        return create_certificate(app, call.now, not_after=end, subject=name.removeprefix("CN="))
    except HarnessError as error:
        raise invalid([("endDateTime", str(error))]) from None


def self_signed(scenario: Scenario, app: App, keys: KeyStore) -> Json:
    """The newest certificate as addTokenSigningCertificate answers. The keyId is that of the Sign key."""
    one = app.certificates[-1]
    cert = keys.certificate(app, one)
    answer = _keys(scenario, app, one, cert, public=True)[1]
    return {**answer, "keyId": key_id(scenario, app, one, "sign"), "thumbprint": cert.thumbprint}


def with_preferred(app: App, thumbprint: str | None, keys: KeyStore) -> App:
    """The app that signs with this thumbprint. Graph does not look whether there is such a certificate; None leaves
    the choice to Entra. Raises GraphError."""
    if thumbprint is not None and not (
        len(thumbprint) == 40 and all(one in "0123456789abcdefABCDEF" for one in thumbprint)
    ):
        raise invalid([("preferredTokenSigningKeyThumbprint", "40 hexadecimal digits, or null")])
    wanted = (thumbprint or "").upper()
    active = next((one for one in app.certificates if keys.certificate(app, one).thumbprint == wanted), None)
    certificates = tuple(one.model_copy(update={"active": one is active}) for one in app.certificates)
    unknown = thumbprint if active is None else None
    return app.model_copy(update={"certificates": certificates, "preferred_thumbprint": unknown})


def with_credentials(scenario: Scenario, app: App, body: Mapping[str, object], keys: KeyStore) -> App:
    """The app after ``keyCredentials`` and ``passwordCredentials`` were written back. Raises GraphError."""
    sent = [name for name in ("keyCredentials", "passwordCredentials") if name in body]
    if not sent:
        return app
    held = credentials(scenario, app, keys)
    kept = {name: _kept(objects(body[name], name), held[name], name) for name in sent}
    if "keyCredentials" not in kept:
        return _without_passwords(app, kept.get("passwordCredentials"), held)
    for one in app.certificates:
        present = {usage: key_id(scenario, app, one, usage) in kept["keyCredentials"] for usage in ("sign", "verify")}
        if not any(present.values()):
            app = _without(app, one)
        elif not all(present.values()):
            raise ours(f"a certificate is taken out whole: the Sign and the Verify key of {one.name!r} go together")
    return app


def _kept(wanted: Sequence[Json], held: Sequence[Json], name: str) -> set[str]:
    """The ids that stay. Each must come back as it was read, its secret part null."""
    known = {one["keyId"]: one for one in held}
    stays = set()
    for number, entry in enumerate(wanted):
        key = optional_text(entry, "keyId") or ""
        if key not in known:
            raise ours(f"{name}[{number}] is new; in this mock certificates come from addTokenSigningCertificate")
        if not _unchanged(entry, known[key]):
            raise credential_changed(key)
        stays.add(key)
    return stays


def _unchanged(entry: Json, held: Json) -> bool:
    secret = entry.get("secretText") or (entry.get("key") and entry.get("usage") == "Sign")
    same = all(entry.get(name) == held.get(name) for name in _ROUND_TRIP)
    return same and not secret and all(_instant(entry, held, name) for name in ("startDateTime", "endDateTime"))


def _instant(entry: Json, held: Json, name: str) -> bool:
    given: datetime = moment(entry.get(name), name)
    return given == moment(held[name], name)


def _without_passwords(app: App, kept: set[str] | None, held: Json) -> App:
    """Without their keys, passwords cannot go: what Entra then signs with is not known."""
    if kept is not None and kept != {one["keyId"] for one in held["passwordCredentials"]}:
        raise ours("take a certificate's keyCredentials out together with its passwordCredentials")
    return app


def _without(app: App, one: Certificate) -> App:
    try:
        return delete_certificate(app, one.name)
    except HarnessError as error:
        raise ours(str(error)) from None
