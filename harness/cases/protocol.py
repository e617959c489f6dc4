"""Mistakes in what the identity provider says: status, subject, conditions, instants, signatures it leaves out."""

import re
from collections.abc import Callable
from dataclasses import replace

from harness.cases.core import ACCEPTED, UNKNOWN, ResponseSpec, fault
from harness.cases.recipe import RESPONSE, USER
from harness.cases.words import CATCH_ALL, DENIED, UNSIGNED
from harness.cases.workshop import ACS
from harness.saml import names
from harness.saml.encryption import Encryption

ELSEWHERE = "https://unrelated.example/saml"
RESTRICTION = f"<AudienceRestriction><Audience>{ACS}</Audience></AudienceRestriction>"
DATA = "<SubjectConfirmationData "
NAME_ID = f'<NameID Format="{names.NAMEID_PERSISTENT}">{USER}</NameID>'
_CONFIRMATION = re.compile(rb"<SubjectConfirmation .*?</SubjectConfirmation>")
_CONDITIONS = re.compile(rb"<Conditions .*?</Conditions>")
_AUTHN = re.compile(rb"<AuthnStatement .*?</AuthnStatement>")


def _each(pattern: re.Pattern[bytes], times: int) -> Callable[[bytes], bytes]:
    """A change that writes what the pattern finds so many times."""
    return lambda raw: pattern.sub(lambda found: found[0] * times, raw)


@fault(expect="SIG001", aws=UNSIGNED, classes="C1 G20", refs=("CVE-2026-28323", "CVE-2023-48703", "CVE-2026-49454"))
def nothing_is_signed(spec: ResponseSpec) -> ResponseSpec:
    """Neither Response nor Assertion carries a signature."""
    return replace(spec, signed=())


@fault(expect="SIG001", aws=UNSIGNED, classes="G20")
def only_the_response_is_signed(spec: ResponseSpec) -> ResponseSpec:
    """Signing option "Sign SAML response": good for others, but AWS wants the Assertion signed."""
    return replace(spec, signed=(RESPONSE,))


@fault(expect="SIG014", aws=UNKNOWN, classes="E9", refs=("CVE-2020-36563",))
def signed_with_sha1(spec: ResponseSpec) -> ResponseSpec:
    """Signing algorithm SHA-1, as Entra still offers it."""
    return replace(spec, method=names.RSA_SHA1, digest=names.SHA1)


@fault(expect="AST008", aws=UNKNOWN, classes="G1")
def status_is_responder(spec: ResponseSpec) -> ResponseSpec:
    """The status says that the sign-in failed, and an assertion is there all the same."""
    return spec.edit("status:Success", "status:Responder")


@fault(expect="AST008", aws=UNKNOWN, classes="G1")
def success_below_a_failure(spec: ResponseSpec) -> ResponseSpec:
    """The top StatusCode says Responder and holds a second one that says Success."""
    code = f'<samlp:StatusCode Value="{names.SUCCESS}"/>'
    failed = code.replace("Success", "Responder").replace("/>", ">")
    return spec.edit(code, f"{failed}{code}</samlp:StatusCode>")


@fault(expect="AST001", aws=UNKNOWN, classes="G1")
def two_status_codes(spec: ResponseSpec) -> ResponseSpec:
    """Two StatusCodes beside each other, success and failure."""
    code = f'<samlp:StatusCode Value="{names.SUCCESS}"/>'
    return spec.edit(code, code + code.replace("Success", "Responder"))


@fault(expect="AST001 AST008", aws=UNKNOWN, classes="G1")
def status_missing(spec: ResponseSpec) -> ResponseSpec:
    """The Response has no Status."""
    return spec.edit(f'<samlp:Status><samlp:StatusCode Value="{names.SUCCESS}"/></samlp:Status>')


@fault(expect="AST002", aws=UNKNOWN, classes="G1")
def no_assertion(spec: ResponseSpec) -> ResponseSpec:
    """Success is reported without an Assertion."""
    drop = re.compile(rb"<Assertion .*</Assertion>")
    return replace(spec, rewrite=lambda raw: drop.sub(b"", raw), signed=())


@fault(expect="AST009", aws=UNKNOWN, classes="G2")
def response_of_version_1_1(spec: ResponseSpec) -> ResponseSpec:
    """The Response says Version 1.1."""
    return replace(spec, rewrite=lambda raw: raw.replace(b'Version="2.0"', b'Version="1.1"', 1))


@fault(expect="AST009", aws=UNKNOWN, classes="G2")
def assertion_of_version_2_1(spec: ResponseSpec) -> ResponseSpec:
    """The Assertion says Version 2.1."""
    return spec.edit('Version="2.0" xmlns=', 'Version="2.1" xmlns=')


@fault(expect="AST005", aws=ACCEPTED, classes="G10", refs=("entra: wrong Reply URL",))
def destination_elsewhere(spec: ResponseSpec) -> ResponseSpec:
    """Destination is another address. Only the browser looks at it: AWS is not known to compare it."""
    return spec.edit(f'Destination="{ACS}"', f'Destination="{ELSEWHERE}"')


@fault(expect="AST005", aws=ACCEPTED, classes="G10")
def destination_that_begins_well(spec: ResponseSpec) -> ResponseSpec:
    """Destination begins like AWS's address and goes on as another host's."""
    return spec.edit(f'Destination="{ACS}"', 'Destination="https://signin.aws.amazon.com.evil.example/saml"')


@fault(expect="AST005", aws=ACCEPTED, classes="G10")
def destination_empty(spec: ResponseSpec) -> ResponseSpec:
    """Destination is there and empty."""
    return spec.edit(f'Destination="{ACS}"', 'Destination=""')


@fault(expect="AST005 AWS024", aws=ACCEPTED)
def destination_of_a_proxy(spec: ResponseSpec) -> ResponseSpec:
    """Defender for Cloud Apps has put its proxy before AWS: the address ends in .mcas.ms."""
    return spec.edit(f'Destination="{ACS}"', 'Destination="https://signin.aws.amazon.com.mcas.ms/saml"')


@fault(expect="AST004", aws=ACCEPTED, classes="G11", refs=("CVE-2025-27509",))
def recipient_elsewhere(spec: ResponseSpec) -> ResponseSpec:
    """Recipient is another address: STS takes it and calls it the Audience of the session."""
    return spec.edit(f'Recipient="{ACS}"', f'Recipient="{ELSEWHERE}"')


@fault(expect="AST004", aws=ACCEPTED, classes="G11")
def recipient_with_a_slash(spec: ResponseSpec) -> ResponseSpec:
    """Recipient has a slash too many at its end."""
    return spec.edit(f'Recipient="{ACS}"', f'Recipient="{ACS}/"')


@fault(expect="AST004 TRU003", aws=DENIED, classes="G11")
def recipient_that_the_role_does_not_trust(spec: ResponseSpec) -> ResponseSpec:
    """Recipient is another address, and the role's trust policy names AWS's."""
    return recipient_elsewhere(spec).meets(declared=True)


@fault(expect="AST015", aws=CATCH_ALL, classes="G11")
def recipient_missing(spec: ResponseSpec) -> ResponseSpec:
    """SubjectConfirmationData has no Recipient."""
    return spec.edit(f' Recipient="{ACS}"')


@fault(expect="AST004", aws=UNKNOWN, classes="G11")
def recipient_empty(spec: ResponseSpec) -> ResponseSpec:
    """Recipient is there and empty."""
    return spec.edit(f'Recipient="{ACS}"', 'Recipient=""')


@fault(expect="AST003", aws=ACCEPTED, classes="G7 G21", refs=("CVE-2026-9093",))
def audience_of_another(spec: ResponseSpec) -> ResponseSpec:
    """The assertion was made for another service provider. STS is seen to take it."""
    return spec.with_token(audience=ELSEWHERE)


@fault(expect="AST003", aws=ACCEPTED, classes="G7")
def audience_with_a_slash(spec: ResponseSpec) -> ResponseSpec:
    """The Audience has a slash too many at its end, as an identifier typed by hand."""
    return spec.with_token(audience=f"{ACS}/")


@fault(expect="AST003", aws=ACCEPTED, classes="G7", refs=("entra: identifier of a second instance",))
def audience_with_a_suffix(spec: ResponseSpec) -> ResponseSpec:
    """The Audience ends in #2, the identifier of a second application in one tenant."""
    return spec.with_token(audience=f"{ACS}#2")


@fault(expect="AST003", aws=ACCEPTED, classes="G7")
def audience_in_capitals(spec: ResponseSpec) -> ResponseSpec:
    """The Audience is AWS's in other case."""
    return spec.with_token(audience="https://signin.aws.amazon.com/SAML")


@fault(expect="AST003", aws=ACCEPTED, classes="G7")
def audience_missing(spec: ResponseSpec) -> ResponseSpec:
    """Conditions hold no AudienceRestriction."""
    return spec.edit(RESTRICTION)


@fault(expect="AST003", aws=ACCEPTED, classes="G7")
def audience_empty(spec: ResponseSpec) -> ResponseSpec:
    """The Audience is an empty element."""
    return spec.edit(f"<Audience>{ACS}</Audience>", "<Audience/>")


@fault(expect="AST003", aws=ACCEPTED, classes="G8")
def audience_in_one_restriction_only(spec: ResponseSpec) -> ResponseSpec:
    """Two AudienceRestrictions, of which one does not name AWS: both must hold."""
    other = RESTRICTION.replace(ACS, ELSEWHERE)
    return spec.edit(RESTRICTION, RESTRICTION + other)


@fault(expect="AST010", aws=CATCH_ALL, classes="G5")
def conditions_missing(spec: ResponseSpec) -> ResponseSpec:
    """The assertion has no Conditions."""
    return replace(spec, rewrite=_each(_CONDITIONS, 0))


@fault(expect="AST001", aws=UNKNOWN, classes="G6")
def conditions_twice(spec: ResponseSpec) -> ResponseSpec:
    """The assertion has two Conditions."""
    return replace(spec, rewrite=_each(_CONDITIONS, 2))


@fault(expect="AST027", aws=UNKNOWN, classes="G6")
def condition_of_an_unknown_kind(spec: ResponseSpec) -> ResponseSpec:
    """Conditions hold a Condition that nobody understands, which makes the assertion worth nothing."""
    return spec.edit("</Conditions>", "<Condition/></Conditions>")


@fault(expect="AST014", aws=CATCH_ALL, classes="G12")
def confirmation_twice(spec: ResponseSpec) -> ResponseSpec:
    """Two SubjectConfirmations that say the same. AWS asks for exactly one."""
    return replace(spec, rewrite=_each(_CONFIRMATION, 2))


@fault(expect="AST014", aws=UNKNOWN, classes="G12")
def confirmation_missing(spec: ResponseSpec) -> ResponseSpec:
    """The Subject has no SubjectConfirmation."""
    return replace(spec, rewrite=_each(_CONFIRMATION, 0))


@fault(expect="AST014", aws=UNKNOWN, classes="G12")
def confirmation_by_sender_vouches(spec: ResponseSpec) -> ResponseSpec:
    """The confirmation is by another method than bearer."""
    return spec.edit("cm:bearer", "cm:sender-vouches")


@fault(expect="AST014", aws=UNKNOWN, classes="G12")
def confirmation_by_holder_of_key(spec: ResponseSpec) -> ResponseSpec:
    """The confirmation asks for a key that nobody shows in a browser's post."""
    return spec.edit("cm:bearer", "cm:holder-of-key")


@fault(expect="AST015", aws=CATCH_ALL, classes="G13", refs=("CVE-2026-1190",))
def confirmation_without_an_end(spec: ResponseSpec) -> ResponseSpec:
    """SubjectConfirmationData has no NotOnOrAfter."""
    return spec.edit(f'NotOnOrAfter="{spec.shown(3590)}" Recipient', "Recipient")


@fault(expect="AST018", aws=ACCEPTED, classes="G14", refs=("CVE-2026-49284", "CVE-2026-9098", "CVE-2025-23389"))
def answers_two_requests(spec: ResponseSpec) -> ResponseSpec:
    """Response and SubjectConfirmationData name different requests."""
    return spec.edit(DATA, f'{DATA}InResponseTo="_one" ').edit(
        f'Destination="{ACS}"', f'Destination="{ACS}" InResponseTo="_two"'
    )


@fault(expect="AST018", aws=ACCEPTED, classes="G14 G15")
def answers_a_request_on_the_envelope_only(spec: ResponseSpec) -> ResponseSpec:
    """InResponseTo stands on the Response alone, which Entra does not sign."""
    return spec.edit(f'Destination="{ACS}"', f'Destination="{ACS}" InResponseTo="_request"')


@fault(expect="AST020", aws=DENIED, classes="F5")
def name_id_missing(spec: ResponseSpec) -> ResponseSpec:
    """The Subject has no NameID."""
    return spec.edit(NAME_ID)


@fault(expect="AST020", aws=UNKNOWN, classes="F5")
def name_id_empty(spec: ResponseSpec) -> ResponseSpec:
    """The NameID has no value: the source attribute was empty."""
    return spec.with_token(name_id="")


@fault(expect="AST020", aws=UNKNOWN, classes="F5 H8")
def name_id_encrypted(spec: ResponseSpec) -> ResponseSpec:
    """The Subject holds an EncryptedID, for which AWS has no key."""
    return spec.edit(NAME_ID, "<EncryptedID/>")


@fault(expect="AST021", aws=CATCH_ALL, classes="F11")
def name_id_without_a_format(spec: ResponseSpec) -> ResponseSpec:
    """The NameID names no Format."""
    return spec.edit(f' Format="{names.NAMEID_PERSISTENT}"')


@fault(expect="AST001", aws=UNKNOWN, classes="F6 F10")
def two_subjects(spec: ResponseSpec) -> ResponseSpec:
    """Two Subjects in one signed assertion, as markup smuggled into a template of the identity provider makes them."""
    subject = re.compile(rb"<Subject>.*?</Subject>")
    return replace(spec, rewrite=_each(subject, 2))


@fault(expect="AST001", aws=UNKNOWN, classes="F6 F10")
def two_name_ids(spec: ResponseSpec) -> ResponseSpec:
    """Two NameIDs in the Subject."""
    return spec.edit(NAME_ID, NAME_ID + NAME_ID.replace(USER, "second@contoso.com"))


@fault(expect="AST022", aws=CATCH_ALL, classes="G17")
def sign_in_not_stated(spec: ResponseSpec) -> ResponseSpec:
    """The assertion has no AuthnStatement."""
    return replace(spec, rewrite=_each(_AUTHN, 0))


@fault(expect="AST022", aws=UNKNOWN, classes="F6 G17")
def sign_in_stated_twice(spec: ResponseSpec) -> ResponseSpec:
    """The assertion has two AuthnStatements."""
    return replace(spec, rewrite=_each(_AUTHN, 2))


@fault(expect="AST030", aws=UNKNOWN)
def response_without_an_id(spec: ResponseSpec) -> ResponseSpec:
    """The Response has no ID."""
    return spec.edit(f'ID="{spec.token.response_id}" ')


@fault(expect="AST001 SIG001", aws=UNSIGNED, classes="B19", refs=("CVE-2021-21238",))
def signature_at_the_end(spec: ResponseSpec) -> ResponseSpec:
    """An element that the schema does not know stands where the signature should."""
    return replace(spec.edit("</Assertion>", "<Signed/></Assertion>"), signed=())


@fault(expect="AST001", aws=UNKNOWN, classes="B19", refs=("CVE-2021-21238",))
def statements_before_conditions(spec: ResponseSpec) -> ResponseSpec:
    """Elements of the Assertion stand in another order than the schema's."""
    swap = re.compile(rb"(<Conditions .*?</Conditions>)(<AttributeStatement>.*?</AttributeStatement>)")
    return replace(spec, rewrite=lambda raw: swap.sub(rb"\2\1", raw))


@fault(expect="AST029", aws=UNKNOWN)
def encrypted_without_a_key(spec: ResponseSpec) -> ResponseSpec:
    """Token encryption was switched on in Entra, and nobody gave the key that opens it."""
    return replace(spec, encryption=Encryption())


@fault(expect="AST031", aws=CATCH_ALL)
def plain_where_encryption_is_required(spec: ResponseSpec) -> ResponseSpec:
    """The provider requires encryption, and Entra sends a plain assertion."""
    return spec.meets(declared=True, required=True)


@fault(expect="AST029", aws=UNKNOWN)
def encrypted_for_another(spec: ResponseSpec) -> ResponseSpec:
    """The assertion is encrypted for a certificate whose key the provider no longer holds."""
    return replace(spec, encryption=Encryption(), encrypted_for="old").meets(opens=("another",))
