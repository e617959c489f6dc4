"""What AWS answers, case by case: each is a good response with one thing changed, and names the row it stands for.

Codes and messages are written out by hand, so that a slip in the product's table cannot hide here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from harness.aws.acceptance import sts_answers
from harness.report.model import AwsAnswer, Basis
from harness.saml import encryption, names
from tests.aws.responses import (
    ACCOUNT,
    ACS,
    ISSUER,
    NOW,
    assumed,
    at,
    attempt,
    attributes,
    declared,
    key,
    metadata,
    opening_key,
    response,
)  # fmt: skip

INNER = (
    "(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; "
    "Request ID: {request_id}; Proxy: null)"
)
DOCUMENTED, OBSERVED, REPORTED, INFERRED = Basis.DOCUMENTED, Basis.OBSERVED, Basis.REPORTED, Basis.INFERRED


@dataclass(frozen=True)
class Refusal:
    code: str
    status: int | None
    """None for the sign-in page, whose status nobody recorded."""
    message: str
    basis: Basis


@dataclass(frozen=True)
class NotKnown:
    """An Unknown whose reason holds these words."""

    words: str


@dataclass(frozen=True)
class Session:
    """An acceptance, with the fields of its session that matter to the case."""

    basis: Basis = OBSERVED
    fields: Mapping[str, object] = field(default_factory=dict)


def token(message: str, basis: Basis) -> Refusal:
    return Refusal("InvalidIdentityToken", 400, message, basis)


def denied(basis: Basis = DOCUMENTED) -> Refusal:
    return Refusal("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithSAML", basis)


ACCEPTED = Session()
CATCH_ALL = token(f"Invalid base64 SAMLResponse {INNER}", OBSERVED)
NOT_XML = token(f"Invalid base64 SAMLResponse {INNER}", INFERRED)
UNSIGNED = token(
    f"Response (with optional signature) must contain an assertion with a mandatory signature {INNER}", OBSERVED
)
NO_PROVIDER = token(
    "Specified provider doesn't exist (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: "
    "AuthSamlManifestNotFoundException; Request ID: {request_id}; Proxy: null)",
    REPORTED,
)
OTHER_ISSUER = token(f"Issuer not present in specified provider {INNER}", DOCUMENTED)
BAD_SIGNATURE = token("Response signature invalid", OBSERVED)
EXPIRED = Refusal("ExpiredTokenException", 400, "Response has expired", OBSERVED)
TOO_OLD = Refusal(
    "ExpiredTokenException", 400, "Token must be redeemed within 5 minutes of issuance", REPORTED
)  # fmt: skip
NO_SESSION_NAME = token("RoleSessionName is required in AuthnResponse", DOCUMENTED)
BAD_SESSION_NAME = token("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}", DOCUMENTED)
BAD_SOURCE_IDENTITY = token('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"', DOCUMENTED)
NOT_OFFERED = token("SAML Assertion doesn't contain the requested Role and Metadata in the attributes", OBSERVED)
TOO_LONG_FOR_ROLE = Refusal(
    "ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", REPORTED
)
INVALID_PAGE = "Your request included an invalid SAML response. To logout, click here."
NO_ROLE_PAGE = Refusal("", None, INVALID_PAGE, DOCUMENTED)


def invalid(message: str, basis: Basis = REPORTED) -> Refusal:
    return Refusal("ValidationError", 400, message, basis)


def limit(what: str, phrase: str) -> str:
    return f"1 validation error detected: Value{what} failed to satisfy constraint: Member must {phrase}"


def page(refusal: Refusal, basis: Basis = INFERRED) -> Refusal:
    """The same fault as the sign-in page shows it."""
    tail = (
        f"(Service: AWSSecurityTokenService; Status Code: {refusal.status}; Error Code: {refusal.code}; "
        "Request ID: {request_id}; Proxy: null). Please try again."
    )
    return Refusal(refusal.code, None, f"{refusal.message} {tail}", basis)


@dataclass(frozen=True)
class Case:
    """``differs`` goes to the response, ``meets`` to the attempt."""

    row: str
    says: Refusal | NotKnown | Session
    differs: Mapping[str, object] = field(default_factory=dict)
    meets: Mapping[str, object] = field(default_factory=dict)
    requested: str | None = None
    xml: bytes | None = None

    def attempt(self):
        return attempt(response(**self.differs) if self.xml is None else self.xml, **self.meets)


def param(case: Case):
    return pytest.param(case, id=case.row)


def once(old: str, new: str = "") -> dict[str, Sequence[tuple[str, str]]]:
    """A change made before signing."""
    return {"edits": [(old, new)]}


def tampered(old: str, new: str = "") -> dict[str, Sequence[tuple[str, str]]]:
    """A change made after signing."""
    return {"tampered": [(old, new)]}


CONFIRMATION = (
    f'<SubjectConfirmation Method="{names.BEARER}"><SubjectConfirmationData '
    f'NotOnOrAfter="{at(3590)}" Recipient="{ACS}"/></SubjectConfirmation>'
)
CONDITIONS = (
    f'<Conditions NotBefore="{at(-310)}" NotOnOrAfter="{at(3590)}"><AudienceRestriction><Audience>{ACS}</Audience>'
    "</AudienceRestriction></Conditions>"
)
AUTHN = (
    f'<AuthnStatement AuthnInstant="{at(-60)}" SessionIndex="_a1"><AuthnContext><AuthnContextClassRef>'
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext></AuthnStatement>"
)
NAME_ID = f'<NameID Format="{names.NAMEID_PERSISTENT}">ada@contoso.example</NameID>'


def says(**changes: str | Sequence[str]) -> dict[str, object]:
    return {"says": attributes(**changes)}


def sealed(content: str = encryption.AES256_CBC, **how: str) -> dict[str, object]:
    return {"encrypted": encryption.Encryption(content, **how)}


OPENED = {"opens": [opening_key()]}
OAEP_256 = {"transport": encryption.OAEP_11, "digest": names.SHA256}
SHA1_ALLOWED = {"allow_sha1": True}

SIGNATURES = (
    Case("1.3/assertion-signed", ACCEPTED),
    Case("1.3/both-signed", ACCEPTED, {"signed": ("_a1", "_r1")}),
    Case("1.3/response-signed-only", UNSIGNED, {"signed": ("_r1",)}),
    Case("1.3/nothing-signed", UNSIGNED, {"signed": ()}),
    Case("1.3/content-changed", BAD_SIGNATURE, tampered("role/Admin", "role/Boss")),
    Case("1.3/another-key", BAD_SIGNATURE, {"by": key("stranger")}),
    Case("1.3/bad-response-signature", BAD_SIGNATURE,
         {"signed": ("_a1", "_r1")} | tampered(f'Destination="{ACS}"', 'Destination="https://x.example/"')),
    Case("1.3/response-signed-by-another-key", BAD_SIGNATURE,
         {"signed": ("_a1", "_r1"), "response_by": key("stranger")}),
    Case("1.3/old-key-after-replacement", BAD_SIGNATURE, {}, {"aws": assumed(metadata(key("second")))}),
    Case("1.3/key-of-another-provider", BAD_SIGNATURE, {"by": key("second")},
         {"aws": declared(others={f"{ACCOUNT}:saml-provider/Other": metadata(key("second"))})}),
    Case("1.3/second-of-several-certificates", Session(INFERRED), {},
         {"aws": assumed(metadata(key("second"), key()))}),
    Case("1.3/key-of-no-stated-use", ACCEPTED, {}, {"aws": assumed(metadata(key(), use=""))}),
    Case("1.3/no-signing-key-in-metadata", token("Response signature invalid", INFERRED), {},
         {"aws": assumed(metadata(key(), use=' use="encryption"'))}),
    Case("1.3/rsa-sha384", Session(INFERRED), {"method": names.RSA_SHA384, "digest": names.SHA384}),
    Case("1.3/rsa-sha512", Session(INFERRED), {"method": names.RSA_SHA512}),
    Case("1.3/digest-sha512", Session(INFERRED), {"digest": names.SHA512}),
    Case("1.3/sha1", NotKnown("SHA-1"), {"method": names.RSA_SHA1, "digest": names.SHA1}),
    Case("1.3/sha1-allowed", Session(INFERRED), {"method": names.RSA_SHA1, "digest": names.SHA1}, SHA1_ALLOWED),
    Case("1.3/ecdsa", NotKnown("beyond RSA"), {"by": key("curve", "ec"), "method": names.ECDSA_SHA256},
         {"aws": assumed(metadata(key("curve", "ec")))}),
    Case("1.3/pss", NotKnown("beyond RSA"), {"method": names.PSS_SHA256}),
    Case("1.3/outside-the-profile", NotKnown("makes of this signature"), tampered('URI="#_a1"', 'URI=""')),
)  # fmt: skip

STRUCTURE = (
    Case("1.4/not-xml", NOT_XML, xml=b"<samlp:Response>"),
    Case("1.4/not-clean-base64", NotKnown("base64 is faulty"), {}, {"fault": "excess data after padding"}),
    Case("1.4/conditions-missing", CATCH_ALL, once(CONDITIONS)),
    Case("1.4/conditions-without-end", ACCEPTED, once(f' NotOnOrAfter="{at(3590)}"><Audience', "><Audience")),
    Case("1.4/conditions-past", EXPIRED, {"until": at(-60)}),
    Case("1.4/conditions-end-this-instant", EXPIRED, {"until": at(0)}),
    Case("1.4/not-before-in-the-future", ACCEPTED, {"not_before": at(86_400)}),
    Case("1.4/not-before-unreadable", CATCH_ALL, {"not_before": "yesterday"}),
    Case("1.4/audience-missing", ACCEPTED, once(
        f"<AudienceRestriction><Audience>{ACS}</Audience></AudienceRestriction>")),
    Case("1.4/audience-wrong", ACCEPTED, {"audience": "https://unrelated.example.test/saml"}),
    Case("1.4/condition-of-an-unknown-kind", NotKnown("condition of an unknown kind"), once(
        "</Conditions>", "<Condition/></Conditions>")),
    Case("1.4/one-time-use", ACCEPTED, once("</Conditions>", "<OneTimeUse/></Conditions>")),
    Case("1.4/proxy-restriction", ACCEPTED, once("</Conditions>", '<ProxyRestriction Count="0"/></Conditions>')),
    Case("1.4/confirmation-twice", CATCH_ALL, once(CONFIRMATION, CONFIRMATION * 2)),
    Case("1.4/confirmation-missing", NotKnown("without SubjectConfirmation"), once(CONFIRMATION)),
    Case("1.4/confirmation-of-another-method", NotKnown("confirmation method"), once("cm:bearer", "cm:sender-vouches")),
    Case("1.4/confirmation-without-end", CATCH_ALL, once(f'NotOnOrAfter="{at(3590)}" Recipient', "Recipient")),
    Case("1.4/confirmation-past", EXPIRED, {"confirmed_until": at(-60)}),
    Case("1.4/confirmation-end-unreadable", NotKnown("how AWS reads NotOnOrAfter"), {"confirmed_until": "soon"}),
    Case("1.4/recipient-missing", CATCH_ALL, once(f' Recipient="{ACS}"')),
    Case("1.4/recipient-empty", NotKnown("empty Recipient"), {"recipient": ""}),
    Case("1.4/recipient-elsewhere", Session(fields={"audience": "not-a-url"}), {"recipient": "not-a-url"}),
    Case("1.4/confirmation-not-before", ACCEPTED, once(
        "<SubjectConfirmationData ", f'<SubjectConfirmationData NotBefore="{at(60)}" ')),
    Case("1.4/in-response-to", Session(INFERRED), once(
        "<SubjectConfirmationData ", '<SubjectConfirmationData InResponseTo="_q1" ')),
    Case("1.4/name-id-missing", denied(), once(NAME_ID)),
    Case("1.4/name-id-empty", NotKnown("NameID or Format that is empty"), once(">ada@contoso.example</NameID>",
                                                                              "></NameID>")),
    Case("1.4/name-id-encrypted", NotKnown("EncryptedID"), once(NAME_ID, "<EncryptedID/>")),
    Case("1.4/name-id-format-missing", CATCH_ALL, once(f' Format="{names.NAMEID_PERSISTENT}"')),
    Case("1.4/name-id-format-arbitrary", Session(fields={"subject_type": "custom-format"}),
         {"name_id_format": "custom-format"}),
    Case("1.4/name-id-format-1.1", Session(fields={"subject_type": names.NAMEID_EMAIL}),
         {"name_id_format": names.NAMEID_EMAIL}),
    Case("1.4/name-id-format-2.0", Session(fields={"subject_type": "persistent"})),
    Case("1.4/authn-statement-missing", CATCH_ALL, once(AUTHN)),
    Case("1.4/authn-statement-twice", NotKnown("2 AuthnStatements"), once(AUTHN, AUTHN * 2)),
    Case("1.4/session-past", EXPIRED, {"session_until": at(-1)}),
    Case("1.4/response-issuer-elsewhere", ACCEPTED, once(
        f'<Issuer xmlns="{names.SAML}">{ISSUER}', f'<Issuer xmlns="{names.SAML}">https://other.example/')),
    Case("1.4/assertion-issuer-elsewhere", OTHER_ISSUER, {"issuer": "https://other.example/"}),
    Case("1.4/status-not-success", NotKnown("status"), once("status:Success", "status:Responder")),
    Case("1.4/another-version", NotKnown("version '1.1'"), once('ID="_r1" Version="2.0"', 'ID="_r1" Version="1.1"')),
    Case("1.4/no-assertion", NotKnown("0 assertions"), xml=(
        f'<samlp:Response xmlns:samlp="{names.SAMLP}" ID="_r1" Version="2.0"><samlp:Status><samlp:StatusCode Value="'
        f'{names.SUCCESS}"/></samlp:Status></samlp:Response>').encode()),
    Case("1.4/not-a-response", NotKnown("no samlp:Response"), xml=b"<hello/>"),
    Case("1.4/breaks-the-schema", NotKnown("break the schema"), once("</Conditions>", "</Conditions><Subject/>")),
    Case("1.4/doctype", NotKnown("DOCTYPE"), tampered("<samlp:Response", "<!DOCTYPE x><samlp:Response")),
)  # fmt: skip

TIMES = (
    Case("1.5/older-than-five-minutes", TOO_OLD, {"issued": at(-301)}),
    Case("1.5/exactly-five-minutes", ACCEPTED, {"issued": at(-300)}),
    Case("1.5/future", NotKnown("in the future"), {"issued": at(1)}),
    Case("1.5/issue-instant-missing", NotKnown("without IssueInstant"), once(
        f'ID="_a1" IssueInstant="{at(-10)}"', 'ID="_a1"')),
    Case("1.5/issue-instant-unreadable", NotKnown("how AWS reads IssueInstant"), {"issued": "now"}),
    Case("1.5/offset-instead-of-z", NotKnown("how AWS reads NotBefore"), {"not_before": "2026-11-01T09:00:00+00:00"}),
    Case("1.5/picker-waits-too-long", TOO_OLD, {}, {"now": NOW + timedelta(seconds=291)}),
)  # fmt: skip

ENCRYPTION = (
    *(Case(f"1.6/{name}", ACCEPTED, sealed(uri), OPENED) for name, uri in (
        ("aes128-cbc", encryption.AES128_CBC), ("aes256-cbc", encryption.AES256_CBC),
        ("aes128-gcm", encryption.AES128_GCM), ("aes256-gcm", encryption.AES256_GCM))),
    Case("1.6/oaep-sha256-mgf1-sha1", ACCEPTED, sealed(**OAEP_256, mgf=names.XENC11 + "mgf1sha1"), OPENED),
    Case("1.6/oaep-sha256-mgf1-sha256", ACCEPTED, sealed(**OAEP_256, mgf=names.XENC11 + "mgf1sha256"), OPENED),
    Case("1.6/required-and-encrypted", ACCEPTED, sealed(), OPENED | {"aws": declared(required=True)}),
    Case("1.6/required-but-plain", CATCH_ALL, {}, {"aws": declared(required=True)}),
    Case("1.6/unsigned-inside", UNSIGNED, sealed() | {"signed": ()}, OPENED),
    Case("1.6/no-key-given", NotKnown("no key was given"), sealed()),
    Case("1.6/wrong-key", NotKnown("cannot be decrypted"), sealed(), {"opens": [opening_key("another")]}),
)  # fmt: skip

CASES = SIGNATURES + STRUCTURE + TIMES + ENCRYPTION


def answer_of(case: Case) -> AwsAnswer:
    """What STS says to the case's first pair."""
    return sts_answers(case.attempt(), case.requested)[0].answer
