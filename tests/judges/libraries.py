"""Judges that are Python libraries and run inside this process: python3-saml, pysaml2, minisaml."""

from __future__ import annotations

import logging
import shutil
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from tests.judges.shape import Judge, Missing, Sample, Word, certificates

# pysaml2 logs each refusal as an error; the refusal itself is passed on as the judge's word.
logging.getLogger("saml2").addHandler(logging.NullHandler())


def distribution_version(name: str) -> str:
    """The version of an installed Python distribution; raises Missing when there is none."""
    try:
        return version(name)
    except PackageNotFoundError as error:
        raise Missing(f"{name} is not installed: pip install {name}") from error


class Python3Saml(Judge):
    """OneLogin's python3-saml: strict, schema checked, the Assertion's signature demanded, metadata keys."""

    name = "python3-saml"

    def version(self) -> str:
        """The installed version of python3-saml."""
        return distribution_version("python3-saml")

    def word(self, sample: Sample) -> Word:
        """Its verdict, or its error text."""
        from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as MetadataParser
        from onelogin.saml2.response import OneLogin_Saml2_Response
        from onelogin.saml2.settings import OneLogin_Saml2_Settings

        try:
            idp = MetadataParser.parse(sample.metadata, entity_id=sample.issuer)
            settings = OneLogin_Saml2_Settings(
                MetadataParser.merge_settings(self._settings(sample), idp), sp_validation_only=True
            )
            response = OneLogin_Saml2_Response(settings, sample.response)
            if not response.is_valid(self._request(sample)):
                return Word(accepted=False, says=str(response.get_error()))
            return Word(True, f"NameID {response.get_nameid()}", dict(response.get_attributes()))
        except Exception as error:
            return self.refusal(error)

    @staticmethod
    def _settings(sample: Sample) -> dict[str, Any]:
        return {
            "strict": True,
            "sp": {
                "entityId": sample.audience,
                "assertionConsumerService": {
                    "url": sample.acs,
                    "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
                },
            },
            "security": {
                "wantAssertionsSigned": True,
                "wantMessagesSigned": False,
                # AWS takes a person with any way of signing in.
                "requestedAuthnContext": False,
            },
        }

    @staticmethod
    def _request(sample: Sample) -> dict[str, str]:
        acs = urlsplit(sample.acs)
        return {
            "https": "on" if acs.scheme == "https" else "off",
            "http_host": acs.netloc,
            "script_name": acs.path,
        }


class Pysaml2(Judge):
    """pysaml2 with the xmlsec1 binary; keys from the metadata, a signature demanded on either part."""

    name = "pysaml2"

    def version(self) -> str:
        """The installed version of pysaml2; it also needs the xmlsec1 command."""
        if not shutil.which("xmlsec1"):
            raise Missing("pysaml2 needs the xmlsec1 command: apt-get install xmlsec1")
        return distribution_version("pysaml2")

    def word(self, sample: Sample) -> Word:
        """Its verdict, with the attributes by their names on the wire."""
        from saml2 import BINDING_HTTP_POST
        from saml2.client import Saml2Client
        from saml2.config import SPConfig

        try:
            client = Saml2Client(SPConfig().load(self._settings(sample)))
            response = client.parse_authn_request_response(sample.response, BINDING_HTTP_POST, outstanding={})
            if response is None:
                return Word(accepted=False, says="parse_authn_request_response returned None")
            return Word(True, f"NameID {response.name_id.text}", self._attributes(response.assertion))
        except Exception as error:
            return self.refusal(error)

    @staticmethod
    def _attributes(assertion: Any) -> dict[str, list[str]]:
        # response.ava would rename the attributes by pysaml2's own maps.
        return {
            attribute.name: [value.text or "" for value in attribute.attribute_value]
            for statement in assertion.attribute_statement
            for attribute in statement.attribute
        }

    @staticmethod
    def _settings(sample: Sample) -> dict[str, Any]:
        from saml2 import BINDING_HTTP_POST

        return {
            "entityid": sample.audience,
            "xmlsec_binary": shutil.which("xmlsec1"),
            "metadata": {"inline": [sample.metadata.decode("utf-8-sig")]},
            "allow_unknown_attributes": True,
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(sample.acs, BINDING_HTTP_POST)]},
                    "allow_unsolicited": True,
                    "want_response_signed": False,
                    "want_assertions_signed": False,
                    "want_assertions_or_response_signed": True,
                }
            },
        }


class Minisaml(Judge):
    """minisaml: small and strict, no clock drift allowed, one signature only."""

    name = "minisaml"

    def version(self) -> str:
        """The installed version of minisaml."""
        return distribution_version("minisaml")

    def word(self, sample: Sample) -> Word:
        """Its verdict, or the exception it raised."""
        from cryptography.x509 import load_pem_x509_certificate
        from minisaml.response import validate_response

        try:
            response = validate_response(
                data=sample.response,
                certificate=[load_pem_x509_certificate(pem.encode()) for pem in certificates(sample.certificate_pem)],
                expected_audience=sample.audience,
                idp_issuer=sample.issuer,
            )
        except Exception as error:
            return self.refusal(error)
        read = {attribute.name: list(attribute.values) for attribute in response.attributes}
        return Word(True, f"NameID {response.name_id}", read)
