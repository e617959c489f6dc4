"""Certificates for token encryption: ``keyCredentials`` of the application, one of them named by tokenEncryptionKeyId.

The scenario has the one in use as ``encryption_certificate``, and those that were uploaded under ``encryption_keys``.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from harness.entra.graph.call import Json, objects, optional_text, stamp, text
from harness.entra.graph.errors import credential_changed, invalid, ours
from harness.entra.graph.show import decoded, encoded
from harness.errors import HarnessError
from harness.saml.keys import Certificate, read_certificate_file
from harness.scenario.model import App, EncryptionKey, Scenario


def held_keys(scenario: Scenario, app: App) -> tuple[EncryptionKey, ...]:
    """The certificates that were uploaded; one that only the scenario declares is among them."""
    used = app.encryption_certificate
    if used is None or any(one.certificate == used for one in app.encryption_keys):
        return app.encryption_keys
    declared = EncryptionKey(id=scenario.guid("encrypt-key", app.app_id or app.name), certificate=used)
    return (*app.encryption_keys, declared)


def encryption(scenario: Scenario, app: App, *, public: bool = False) -> Json:
    """What the application shows of them. ``public`` adds the certificates themselves."""
    keys = held_keys(scenario, app)
    used = next((one.id for one in keys if one.certificate == app.encryption_certificate), None)
    return {"keyCredentials": [_shown(one, public=public) for one in keys], "tokenEncryptionKeyId": used}


def _shown(one: EncryptionKey, *, public: bool) -> Json:
    cert = _certificate(one.certificate.encode())
    return {
        "customKeyIdentifier": encoded(bytes.fromhex(cert.thumbprint)),
        "displayName": cert.subject,
        "endDateTime": stamp(cert.not_after),
        "key": encoded(cert.der) if public else None,
        "keyId": one.id,
        "startDateTime": stamp(cert.not_before),
        "type": "AsymmetricX509Cert",
        "usage": "Encrypt",
    }


def with_encryption(scenario: Scenario, app: App, body: Mapping[str, object]) -> App:
    """The app after PATCH of its application's ``keyCredentials`` and ``tokenEncryptionKeyId``. Raises GraphError."""
    if not body:
        return app
    keys = held_keys(scenario, app)
    used = next((one.id for one in keys if one.certificate == app.encryption_certificate), None)
    if "keyCredentials" in body:
        keys = _written(objects(body["keyCredentials"], "keyCredentials"), {one.id: one for one in keys})
    if "tokenEncryptionKeyId" in body:
        used = optional_text(body, "tokenEncryptionKeyId")
    found = next((one for one in keys if used is not None and one.id == used.lower()), None)
    if used is not None and found is None:
        raise ours(f"tokenEncryptionKeyId names {used}, which is none of the application's keyCredentials")
    chosen = None if found is None else found.certificate
    return app.model_copy(update={"encryption_keys": keys, "encryption_certificate": chosen})


def _written(entries: Sequence[Json], held: Mapping[str, EncryptionKey]) -> tuple[EncryptionKey, ...]:
    """The list that was sent: known keys stay as they are, and others must bring their certificate."""
    keys = []
    for number, entry in enumerate(entries):
        known = held.get((optional_text(entry, "keyId") or "").lower())
        if known is not None:
            _require_same(entry, known)
        keys.append(known or _new(entry, f"keyCredentials[{number}]"))
    return tuple(keys)


def _require_same(entry: Json, known: EncryptionKey) -> None:
    shown = _shown(known, public=True)
    if any(entry.get(name) not in (None, shown[name]) for name in ("key", "usage", "type", "customKeyIdentifier")):
        raise credential_changed(known.id)


def _new(entry: Json, where: str) -> EncryptionKey:
    if (entry.get("type"), entry.get("usage")) != ("AsymmetricX509Cert", "Encrypt"):
        raise ours(f"{where}: an application of this mock holds certificates of usage Encrypt only")
    try:
        cert = _certificate(decoded(text(entry, "key")))
        key_id = str(UUID(optional_text(entry, "keyId") or str(uuid4())))
    except (HarnessError, ValueError) as error:
        raise invalid([(where, str(error))]) from None
    if cert.key_type != "RSA":
        raise invalid([(where, f"an RSA certificate is needed, this one has {cert.key_type}")])
    return EncryptionKey(id=key_id, certificate=encoded(cert.der))


def _certificate(raw: bytes) -> Certificate:
    return read_certificate_file(raw, "key")[0]
