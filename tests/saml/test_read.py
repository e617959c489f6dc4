"""Elements become facts: exactly what the document holds, and nothing twice or half."""

from __future__ import annotations

import re

import pytest

from harness.saml.document import parse
from harness.saml.model import Assertion, Response
from harness.saml.names import BEARER, SUCCESS
from harness.saml.read import read_assertion, read_response, text_of
from tests.saml.sealing import plainly_sealed
from tests.saml.world import (
    FORGED,
    SAML,
    SAMLP,
    USER,
    accepted,
    change,
    fully_accepted,
    idp,
    issued,
    judged,
    resigned,
    sessions,
    taken,
    unsigned,
)

ROLE = "https://aws.amazon.com/SAML/Attributes/Role"


def assertion(content: str, attributes: str = 'ID="_a" Version="2.0"') -> Assertion:
    root = parse(f'<Assertion xmlns="{SAML.decode()}" {attributes}>{content}</Assertion>'.encode()).root
    assert root is not None
    return read_assertion(root)


def response(content: str, attributes: str = 'ID="_r" Version="2.0"') -> Response:
    xml = f'<p:Response xmlns:p="{SAMLP.decode()}" xmlns="{SAML.decode()}" {attributes}>{content}</p:Response>'
    root = parse(xml.encode()).root
    assert root is not None
    return read_response(root)


def attribute(name: str, value: str, more: str = "") -> str:
    values = f"<AttributeValue>{value}</AttributeValue>"
    return f'<AttributeStatement><Attribute Name="{name}"{more}>{values}</Attribute></AttributeStatement>'


def test_the_facts_of_a_response_of_entra_are_all_there() -> None:
    received = taken(issued())
    signed, envelope = received.signed, received.response
    assert signed is not None
    assert envelope is not None
    assert envelope.status == SUCCESS
    assert envelope.destination == "https://signin.aws.amazon.com/saml"
    assert envelope.issuer == signed.issuer == idp().issuer
    assert signed.name_id is not None
    assert signed.name_id.value == USER
    assert [one.method for one in signed.confirmations] == [BEARER]
    assert signed.conditions is not None
    assert signed.conditions.audiences == (("https://signin.aws.amazon.com/saml",),)
    assert len(signed.authn_statements) == 1
    assert len(signed.values(ROLE)) == 4
    assert [attribute.name for attribute in signed.attributes][-3:] == [
        ROLE,
        "https://aws.amazon.com/SAML/Attributes/RoleSessionName",
        "https://aws.amazon.com/SAML/Attributes/SessionDuration",
    ]


def test_what_is_absent_is_none() -> None:
    empty = assertion("", "")
    assert (empty.id, empty.version, empty.issue_instant, empty.issuer, empty.name_id, empty.conditions) == (None,) * 6
    assert empty.confirmations == empty.authn_statements == empty.attributes == ()
    nothing = response("", "")
    assert (nothing.id, nothing.status, nothing.sub_status, nothing.issuer, nothing.destination) == (None,) * 5


def test_what_is_empty_is_not_absent() -> None:
    facts = assertion("<Issuer/><Subject><NameID/></Subject>" + attribute("", ""), 'ID=""')
    assert facts.id == ""
    assert facts.issuer == ""
    assert facts.name_id is not None
    assert facts.name_id.value == ""
    assert facts.attributes[0].values == ("",)


def test_a_text_is_read_whole_across_cdata_and_references() -> None:
    facts = assertion("<Issuer>a<![CDATA[<b>]]>&amp;&#99;</Issuer>")
    assert facts.issuer == "a<b>&c"


def test_a_text_is_read_whole_across_comments_and_children() -> None:
    """Such a document is refused at the door; a report still shows the value that nobody can cut short."""
    root = parse(
        f"<Issuer xmlns='{SAML.decode()}'>admin@contoso.com<!-- -->.evil<x>.example</x></Issuer>".encode()
    ).root
    assert text_of(root) == "admin@contoso.com.evil.example"


@pytest.mark.parametrize("text", [" a ", "a\n", "\ta", "a\u00a0", "\u200ba", "a\u0301", "\ufb01", "A", "\U0001f511"])
def test_no_text_is_trimmed_folded_or_normalised(text: str) -> None:
    facts = assertion(f"<Issuer>{text}</Issuer><Subject><NameID>{text}</NameID></Subject>")
    assert facts.issuer == text
    assert facts.name_id is not None
    assert facts.name_id.value == text


def test_a_name_id_among_the_attribute_values_is_not_the_subject() -> None:
    facts = assertion(attribute("n", f"<NameID>{FORGED}</NameID>"))
    assert facts.name_id is None


def test_a_subject_or_conditions_inside_advice_is_not_read() -> None:
    inner = f"<Assertion><Subject><NameID>{FORGED}</NameID></Subject><Conditions/></Assertion>"
    facts = assertion(f"<Advice>{inner}</Advice>")
    assert facts.name_id is None
    assert facts.conditions is None


def test_elements_of_another_namespace_are_not_read() -> None:
    facts = assertion(
        f'<e:Subject xmlns:e="urn:evil"><NameID>{FORGED}</NameID></e:Subject>'
        + attribute("x", "y")
        .replace("AttributeStatement", "e:AttributeStatement")
        .replace(">", ' xmlns:e="urn:evil">', 1)
        + '<e:Issuer xmlns:e="urn:evil">evil</e:Issuer><e:Conditions xmlns:e="urn:evil"/>'
    )
    assert FORGED not in repr(facts)
    assert facts.issuer is None
    assert facts.conditions is None
    assert facts.attributes == ()


def test_audiences_are_an_and_of_ors() -> None:
    facts = assertion(
        "<Conditions><AudienceRestriction><Audience>a</Audience><Audience>b</Audience></AudienceRestriction>"
        "<OneTimeUse/><AudienceRestriction><Audience>c</Audience></AudienceRestriction></Conditions>"
    )
    assert facts.conditions is not None
    assert facts.conditions.audiences == (("a", "b"), ("c",))
    assert facts.conditions.others == ("OneTimeUse",)


def test_the_values_of_equal_names_are_all_seen() -> None:
    statement = "<AttributeStatement>{}</AttributeStatement>"
    one = '<Attribute Name="n"><AttributeValue>{}</AttributeValue></Attribute>'
    facts = assertion(statement.format(one.format(1)) + statement.format(one.format(2) + one.format(3)))
    assert facts.values("n") == ("1", "2", "3")
    assert facts.values("N") == ()


def test_a_friendly_name_is_not_a_name() -> None:
    facts = assertion(attribute("x", "r", f' FriendlyName="{ROLE}"'))
    assert facts.values(ROLE) == ()
    assert facts.attributes[0].friendly_name == ROLE


def test_a_nested_status_is_not_the_status() -> None:
    facts = response(
        f'<p:Status><p:StatusCode Value="urn:failed"><p:StatusCode Value="{SUCCESS}"/></p:StatusCode></p:Status>'
    )
    assert facts.status == "urn:failed"
    assert facts.sub_status == SUCCESS


SIGNED_BUT_ODD = {
    # By the identity provider's own hand: name -> what is changed before it signs, and a code that must be reported.
    "an element in a NameID": (rb"(<NameID[^>]*>)", rb"\1<x/>", "AST001"),
    "an element in a role": (rb"(<AttributeValue>)(arn)", rb"\1<x/>\2", "AST001"),
    "an element in the Audience": (rb"(<Audience>)", rb"\1<x/>", "AST001"),
    "two Subjects": (rb"(<Subject>.*</Subject>)", rb"\1\1", "AST001"),
    "two NameIDs": (rb"(<NameID.*</NameID>)", rb"\1\1", "AST001"),
    "two Conditions": (rb"(<Conditions.*</Conditions>)", rb"\1\1", "AST001"),
    "two AuthnStatements": (rb"(<AuthnStatement.*</AuthnStatement>)", rb"\1\1", "AST022"),
    "two SubjectConfirmations": (rb"(<SubjectConfirmation .*</SubjectConfirmation>)", rb"\1\1", "AST014"),
    "the Role attribute twice": (rb'(<Attribute Name="[^"]*/Role">.*?</Attribute>)', rb"\1\1", "AST026"),
    "no Audience": (rb"<AudienceRestriction>.*</AudienceRestriction>", b"", "AST003"),
    "an Audience that is a prefix": (rb"<Audience>[^<]*", b"<Audience>https://signin.aws.amazon.com/sam", "AST003"),
    "an Audience with a blank": (rb"<Audience>", b"<Audience> ", "AST003"),
    "another Version": (rb'(<Assertion [^>]*Version=)"2.0"', rb'\1"2.1"', "AST009"),
    "an unknown Condition": (rb"</Conditions>", b"<Condition/></Conditions>", "AST027"),
    "a holder-of-key confirmation": (b"cm:bearer", b"cm:holder-of-key", "AST014"),
    "an empty Subject": (rb"<NameID([^>]*)>[^<]*", rb"<NameID\1>", "AST020"),
}


@pytest.mark.parametrize("name", SIGNED_BUT_ODD)
def test_an_odd_assertion_is_reported_even_if_the_identity_provider_signed_it(name: str) -> None:
    pattern, replacement, code = SIGNED_BUT_ODD[name]
    odd, count = re.subn(pattern, replacement, unsigned(), flags=re.DOTALL)
    assert count >= 1
    xml = plainly_sealed(odd)
    assert all(one.verified for one in taken(xml).all_signatures)
    assert code in judged(xml).error_codes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("status:Success", "status:Responder"),
        ('<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>', ""),
        ('Version="2.0" IssueInstant', 'Version="1.1" IssueInstant'),
    ],
)
def test_an_envelope_that_reports_no_success_opens_nothing(old: str, new: str) -> None:
    report = judged(change(issued(), old, new))
    assert not accepted(report)
    assert report.error_codes


def test_what_the_envelope_says_is_in_no_session() -> None:
    """Only the assertion is signed: anybody can change the envelope."""
    xml = issued().replace(b'Destination="https://signin.aws.amazon.com/saml"', b'Destination="https://evil.example/"')
    xml = xml.replace(idp().issuer.encode(), b"https://evil.example/", 1)
    report = judged(xml)
    assert sessions(report) == sessions(judged(issued()))
    assert "evil" not in repr(sessions(report))
    assert "AST005" in report.error_codes


def test_the_claimed_facts_of_an_unsigned_response_are_not_signed_facts() -> None:
    report = judged(unsigned())
    assert report.signed is None
    assert report.claimed is not None
    assert not accepted(report)


def test_attributes_of_the_assertion_may_come_in_any_order() -> None:
    xml = re.sub(rb'<Assertion (ID="[^"]*") (IssueInstant="[^"]*") (Version="2.0")', rb"<Assertion \3 \2 \1", issued())
    assert fully_accepted(judged(xml))
    assert fully_accepted(judged(resigned(re.sub(rb"<Assertion ", b"<Assertion\n ", unsigned()))))
