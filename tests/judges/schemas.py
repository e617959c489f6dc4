"""The OASIS schemas of SAML 2.0, as python3-saml ships them, applied by libxml2."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from tests.judges import ledger
from tests.judges.libraries import distribution_version
from tests.judges.shape import Missing

METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

__all__ = ["Missing", "metadata_schema_errors", "schema_errors"]


def schema_errors(xml: bytes) -> list[str]:
    """What the protocol schema holds against a response; nothing when it is valid. Raises Missing."""
    return _errors("saml-schema-protocol-2.0.xsd", _parsed(xml))


def metadata_schema_errors(xml: bytes) -> list[str]:
    """What the metadata schema holds against a document, its WS-Federation roles aside. Raises Missing.

    Entra's metadata has RoleDescriptors with an xsi:type from WS-Federation. RoleDescriptor is abstract,
    so without that schema (which is not shipped with SAML's) libxml2 calls each of them invalid, whatever
    it holds. They are taken out first; nothing is said about them, keys inside them included.
    """
    root = _parsed(xml)
    for role in root.findall(f"{{{METADATA}}}RoleDescriptor[@{XSI_TYPE}]"):
        root.remove(role)
    return _errors("saml-schema-metadata-2.0.xsd", root)


def _parsed(xml: bytes) -> etree._Element:
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))


def _errors(schema: str, root: etree._Element) -> list[str]:
    version = distribution_version("python3-saml")
    judge = _schema(schema)
    judge.validate(root)
    # The log is read at once: a schema object keeps only its last one.
    errors = [f"line {entry.line}: {entry.message}" for entry in judge.error_log]
    ledger.judged(schema, f"python3-saml-{version}", [not errors])
    return errors


@cache
def _schema(name: str) -> etree.XMLSchema:
    package = find_spec("onelogin.saml2")
    if package is None or not package.submodule_search_locations:
        raise Missing("the schemas come with python3-saml: pip install python3-saml")
    path = Path(package.submodule_search_locations[0]) / "schemas" / name
    return etree.XMLSchema(etree.parse(path))
