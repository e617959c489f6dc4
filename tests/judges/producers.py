"""Real identity providers: programs no one here wrote, told what to say, to try our validator on."""

from __future__ import annotations

import base64
import gc
import json
import shutil
import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.saxutils import quoteattr

from tests.judges import ledger, simplesamlphp
from tests.judges.libraries import distribution_version
from tests.judges.programs import node_version
from tests.judges.samples import Order, response_around
from tests.judges.shape import DRIVERS, Missing, run

EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"

SIGN_ON = "https://idp.contoso.example/sso"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"

__all__ = ["PRODUCERS", "Missing", "Order", "Producer"]


class Producer:
    """An identity provider that makes a signed response with the facts and the key it is given."""

    name: str
    signs: ClassVar[str]
    """Which parts it signs here: "assertion" or "both"."""

    def version(self) -> str:
        """The installed program's version; raises Missing when it is not installed."""
        raise NotImplementedError

    def produce(self, order: Order) -> str:
        """The base64 text of a response for the order's ACS. Raises Missing, or RuntimeError if it fails."""
        version = self.version()
        with warnings.catch_warnings():
            # The suite turns warnings into errors; what this program warns its own authors of is not ours.
            warnings.simplefilter("ignore")
            response = self.response(order)
            gc.collect()  # files that a program left open are closed here, not with a warning in another test
        ledger.produced(self.name, version)
        return response

    def response(self, order: Order) -> str:
        """The part each producer defines."""
        raise NotImplementedError


class SimpleSamlPhp(Producer):
    """SimpleSAMLphp, IdP-initiated, with its own login page; by its defaults it signs both parts."""

    name = "simplesamlphp"
    signs = "both"

    def version(self) -> str:
        """The version of the Debian package."""
        return simplesamlphp.version()

    def response(self, order: Order) -> str:
        """A server for one sign-in."""
        return simplesamlphp.sign_in(order)

    def metadata(self, order: Order) -> bytes:
        """What it publishes about itself."""
        return simplesamlphp.metadata(order)


class Pysaml2Idp(Producer):
    """pysaml2's Server; prefixes ns0, ns1 and a type on every value."""

    name = "pysaml2-idp"
    signs = "assertion"

    def version(self) -> str:
        """The installed version of pysaml2; it also needs the xmlsec1 command."""
        if not shutil.which("xmlsec1"):
            raise Missing("pysaml2 needs the xmlsec1 command: apt-get install xmlsec1")
        return distribution_version("pysaml2")

    def metadata(self, order: Order) -> bytes:
        """What pysaml2 writes about itself from the same settings."""
        from saml2.metadata import entity_descriptor

        with tempfile.TemporaryDirectory(prefix="judges-pysaml2-") as name:
            return str(entity_descriptor(_pysaml2_config(order, Path(name)))).encode()

    def response(self, order: Order, *, both: bool = False) -> str:
        """One unsolicited response, of which ``both`` signs the envelope too."""
        from saml2.authn_context import PASSWORD
        from saml2.saml import NameID
        from saml2.server import Server
        from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

        with tempfile.TemporaryDirectory(prefix="judges-pysaml2-") as name:
            server = Server(config=_pysaml2_config(order, Path(name)))
            response = server.create_authn_response(
                identity={name: list(values) for name, values in order.attributes.items()},
                in_response_to=None,
                destination=order.acs,
                sp_entity_id=order.audience,
                name_id=NameID(format=EMAIL, text=order.name_id),
                authn={"class_ref": PASSWORD, "authn_auth": order.issuer},
                sign_assertion=True,
                sign_response=both,
                sign_alg=SIG_RSA_SHA256,
                digest_alg=DIGEST_SHA256,
            )
        return base64.b64encode(str(response).encode()).decode()


class NpmSaml(Producer):
    """The npm package `saml`: it signs an Assertion; the unsigned Response around it is ours."""

    name = "npm-saml"
    signs = "assertion"

    def version(self) -> str:
        """The version of the npm package."""
        return node_version("saml")

    def response(self, order: Order) -> str:
        """One assertion in a Response."""
        told = {
            "key": order.keys.key_pem,
            "certificate": order.keys.certificate_pem,
            "issuer": order.issuer,
            "audience": order.audience,
            "acs": order.acs,
            "name_id": order.name_id,
            "attributes": {name: list(values) for name, values in order.attributes.items()},
        }
        child = run(["node", DRIVERS / "saml20.mjs"], json.dumps(told))
        if child.returncode != 0:
            raise RuntimeError(f"npm saml ended with status {child.returncode}: {child.stderr[-500:]}")
        xml = response_around(order, datetime.now(UTC), child.stdout)
        return base64.b64encode(xml.encode()).decode()


def _pysaml2_config(order: Order, directory: Path) -> Any:
    from saml2.config import IdPConfig

    return IdPConfig().load(_pysaml2_settings(order, directory))


def _pysaml2_settings(order: Order, directory: Path) -> dict[str, Any]:
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    key.write_text(order.keys.key_pem, encoding="ascii")
    certificate.write_text(order.keys.certificate_pem, encoding="ascii")
    sp_metadata = (
        f"<EntityDescriptor entityID={quoteattr(order.audience)}"
        ' xmlns="urn:oasis:names:tc:SAML:2.0:metadata">'
        '<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'
        f" Location={quoteattr(order.acs)}/></SPSSODescriptor></EntityDescriptor>"
    )
    policy = {"default": {"lifetime": {"hours": 1}, "attribute_restrictions": None}}
    return {
        "entityid": order.issuer,
        "key_file": str(key),
        "cert_file": str(certificate),
        "xmlsec_binary": shutil.which("xmlsec1"),
        "metadata": {"inline": [sp_metadata]},
        "service": {"idp": {"policy": policy, "endpoints": {"single_sign_on_service": [(SIGN_ON, REDIRECT)]}}},
    }


PRODUCERS: tuple[Producer, ...] = (SimpleSamlPhp(), Pysaml2Idp(), NpmSaml())
"""Every producer there is; one that is not installed raises Missing when it is asked."""
