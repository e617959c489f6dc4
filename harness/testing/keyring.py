"""The keys of one run: each tenant's are made when first needed, and once."""

from datetime import datetime

from harness.entra.certificates import active_certificate
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.saml.keys import SigningKey
from harness.scenario.model import Scenario


class KeyRing:
    """A key store for each tenant. Two tenants may give their apps and certificates the same names."""

    def __init__(self) -> None:
        self._held: list[tuple[Scenario, KeyStore]] = []

    def store(self, tenant: Scenario) -> KeyStore:
        """The tenant's keys."""
        for known, store in self._held:
            if known is tenant or known == tenant:
                return store
        self._held.append((tenant, KeyStore()))
        return self._held[-1][1]

    def signing_key(self, tenant: Scenario, now: datetime) -> SigningKey:
        """What the first app of a tenant signs with."""
        app = tenant.apps[0]
        return self.store(tenant).key(app, active_certificate(app, now))

    def idp(self, tenant: Scenario, now: datetime, key: SigningKey | None = None) -> EntraIdp:
        """The tenant's mock Entra; with a key of somebody's own it signs for the first app with that."""
        if key is None or key is self.signing_key(tenant, now):
            return EntraIdp(tenant, self.store(tenant))
        own, app = KeyStore(), tenant.apps[0]
        own.use(app, active_certificate(app, now), key)
        return EntraIdp(tenant, own)
