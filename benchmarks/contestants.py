"""The validators that are compared, each as well set up as its documents allow. Each takes base64, says yes or no."""

import base64
import shutil
from collections.abc import Callable, Sequence

import xmlsec
from documents import ACS, AT, policy_of
from lxml import etree

from harness.report.model import Report
from harness.saml.metadata import Metadata
from harness.saml.wire import read_capture
from harness.validate import check

Validator = Callable[[str], bool]

_TOO_LARGE = frozenset({"AWS019", "AWS020"})
_MAX_STS, _MAX_PAGE = 100_000, 128 * 1024


def ours(metadata: Metadata, *, engines: bool = False) -> Validator:
    """The whole validation: strict engine, every rule, AWS's answers, the Report."""
    policy = policy_of(metadata)

    def accepts(text: str) -> bool:
        report = check(read_capture(text.encode()), policy, AT, ask_engines=engines)
        return _clean(report, len(text))

    return accepts


def _clean(report: Report, size: int) -> bool:
    """Signed and without an error, but for the size limits that AWS documents: exactly those must be reported."""
    expected = {code for code, limit in (("AWS019", _MAX_STS + 1), ("AWS020", _MAX_PAGE)) if size >= limit}
    errors = report.error_codes
    if expected and errors & _TOO_LARGE != expected:
        raise AssertionError(f"{size} characters: expected {expected} among {errors}")
    return report.signed is not None and errors == expected


def raw_xmlsec(metadata: Metadata) -> Validator:
    """xmlsec at its best: the key loaded once as a bare public key; parse and verify, no other check."""
    public = metadata.keys[0].public_bytes
    key = xmlsec.Key.from_memory(public, xmlsec.constants.KeyDataFormatDer)

    def accepts(text: str) -> bool:
        root = etree.fromstring(base64.b64decode(text))
        signature = next(root.iter("{http://www.w3.org/2000/09/xmldsig#}Signature"))
        context = xmlsec.SignatureContext()
        context.key = key
        context.register_id(signature.getparent(), "ID")
        try:
            context.verify(signature)
        except xmlsec.Error:
            return False
        return True

    return accepts


def signxml(metadata: Metadata) -> Validator:
    """signxml with the certificate as an object and every expectation stated."""
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.exceptions import InvalidInput, SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    certificate = metadata.keys[0].x509
    config = SignatureConfiguration(
        location="./{urn:oasis:names:tc:SAML:2.0:assertion}Assertion/",
        signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        expect_references=1,
        verification_time=AT,
    )

    def accepts(text: str) -> bool:
        try:
            XMLVerifier().verify(base64.b64decode(text), x509_cert=certificate, expect_config=config, id_attribute="ID")
        except (SignXMLException, InvalidInput):
            return False
        return True

    return accepts


def minisaml(metadata: Metadata) -> Validator:
    """minisaml with the certificate as an object."""
    from minisaml.errors import MiniSAMLError
    from minisaml.response import validate_response
    from minisignxml.errors import MiniSignXMLError

    certificate, issuer = metadata.keys[0].x509, metadata.entity_ids[0]

    def accepts(text: str) -> bool:
        try:
            validate_response(data=text, certificate=certificate, expected_audience=ACS, idp_issuer=issuer)
        except (MiniSAMLError, MiniSignXMLError):
            return False
        return True

    return accepts


def python3_saml(metadata: Metadata) -> Validator:
    """python3-saml: strict, settings built once, is_valid and the attributes."""
    from onelogin.saml2.response import OneLogin_Saml2_Response
    from onelogin.saml2.settings import OneLogin_Saml2_Settings

    settings = OneLogin_Saml2_Settings(
        {
            "strict": True,
            "idp": {
                "entityId": metadata.entity_ids[0],
                "singleSignOnService": {"url": "https://login.microsoftonline.com/common/saml2"},
                "x509cert": metadata.keys[0].base64,
            },
            "sp": {"entityId": ACS, "assertionConsumerService": {"url": ACS}},
            "security": {"wantAssertionsSigned": True, "requestedAuthnContext": False},
        },
        sp_validation_only=True,
    )
    request = {"https": "on", "http_host": "signin.aws.amazon.com", "script_name": "/saml"}

    def accepts(text: str) -> bool:
        response = OneLogin_Saml2_Response(settings, text)
        return bool(response.is_valid(request) and response.get_attributes())

    return accepts


def pysaml2(metadata: Metadata) -> Validator:
    """pysaml2 with the xmlsec1 command, its client built once."""
    import logging

    from saml2 import BINDING_HTTP_POST
    from saml2.client import Saml2Client
    from saml2.config import SPConfig

    logging.getLogger("saml2").addHandler(logging.NullHandler())
    logging.getLogger("saml2").propagate = False
    settings = {
        "entityid": ACS,
        "xmlsec_binary": shutil.which("xmlsec1"),
        "metadata": {"inline": [metadata.raw.decode("utf-8-sig")]},
        "allow_unknown_attributes": True,
        "service": {
            "sp": {
                "endpoints": {"assertion_consumer_service": [(ACS, BINDING_HTTP_POST)]},
                "allow_unsolicited": True,
                "want_response_signed": False,
                "want_assertions_signed": True,
            }
        },
    }
    client = Saml2Client(SPConfig().load(settings))

    def accepts(text: str) -> bool:
        try:
            return client.parse_authn_request_response(text, BINDING_HTTP_POST, outstanding={}) is not None
        except Exception:  # noqa: BLE001  (it raises whatever went wrong)
            return False

    return accepts


def require_honest(name: str, accepts: Validator, documents: Sequence[str]) -> None:
    """Each contestant takes the good bytes and refuses a flipped role and a flipped signature digit."""
    good = documents[0]
    xml = base64.b64decode(good)
    assert len(set(documents)) == len(documents), "two documents are alike"
    assert accepts(good), f"{name} refuses a genuine response"
    place = xml.index(b">", xml.index(b"<SignatureValue")) + 20
    flipped = xml[:place] + (b"A" if xml[place : place + 1] != b"A" else b"B") + xml[place + 1 :]
    for what, tampered in (("role", xml.replace(b":role/team", b":role/tEam", 1)), ("signature digit", flipped)):
        assert tampered != xml
        assert not accepts(base64.b64encode(tampered).decode()), f"{name} accepts a flipped {what}"
