"""Elements become facts. Reading never fails: what is absent is None, what is repeated is a tuple."""

from lxml import etree

from harness.saml.model import (
    Assertion,
    Attribute,
    AuthnStatement,
    Conditions,
    NameId,
    Response,
    SubjectConfirmation,
)
from harness.saml.names import SAML, SAMLP, short
from harness.saml.times import read_instant

_A = f"{{{SAML}}}"
_P = f"{{{SAMLP}}}"
_VALUE = _A + "AttributeValue"


def text_of(element: etree._Element | None) -> str | None:
    """The whole text of an element: lxml's ``.text`` would stop at the first comment or child."""
    if element is None:
        return None
    return "".join(element.itertext()) if len(element) else element.text or ""


def read_response(root: etree._Element) -> Response:
    """The envelope's facts, from a ``samlp:Response``."""
    status = root.find(_P + "Status")
    code = None if status is None else status.find(_P + "StatusCode")
    nested = None if code is None else code.find(_P + "StatusCode")
    get = root.get
    return Response(
        id=get("ID"),
        version=get("Version"),
        issue_instant=read_instant(get("IssueInstant")),
        destination=get("Destination"),
        in_response_to=get("InResponseTo"),
        issuer=text_of(root.find(_A + "Issuer")),
        status=None if code is None else code.get("Value"),
        sub_status=None if nested is None else nested.get("Value"),
        status_message=None if status is None else text_of(status.find(_P + "StatusMessage")),
    )


def read_assertion(element: etree._Element) -> Assertion:
    """The facts of a ``saml:Assertion``."""
    subject = element.find(_A + "Subject")
    conditions = element.find(_A + "Conditions")
    get = element.get
    return Assertion(
        id=get("ID"),
        version=get("Version"),
        issue_instant=read_instant(get("IssueInstant")),
        issuer=text_of(element.find(_A + "Issuer")),
        name_id=None if subject is None else _name_id(subject),
        confirmations=() if subject is None else _confirmations(subject),
        conditions=None if conditions is None else _conditions(conditions),
        authn_statements=tuple(_authn_statement(child) for child in element.iterchildren(_A + "AuthnStatement")),
        attributes=tuple(
            [
                _attribute(attribute)
                for statement in element.iterchildren(_A + "AttributeStatement")
                for attribute in statement.iterchildren(_A + "Attribute")
            ]
        ),
    )


def _name_id(subject: etree._Element) -> NameId | None:
    element = subject.find(_A + "NameID")
    if element is None:
        return None
    get = element.get
    return NameId(text_of(element) or "", get("Format"), get("NameQualifier"), get("SPNameQualifier"))


def _confirmations(subject: etree._Element) -> tuple[SubjectConfirmation, ...]:
    return tuple(_confirmation(child) for child in subject.iterchildren(_A + "SubjectConfirmation"))


def _confirmation(element: etree._Element) -> SubjectConfirmation:
    data = element.find(_A + "SubjectConfirmationData")
    if data is None:
        return SubjectConfirmation(element.get("Method"), False, None, None, None, None)
    get = data.get
    return SubjectConfirmation(
        method=element.get("Method"),
        has_data=True,
        recipient=get("Recipient"),
        not_before=read_instant(get("NotBefore")),
        not_on_or_after=read_instant(get("NotOnOrAfter")),
        in_response_to=get("InResponseTo"),
    )


def _conditions(element: etree._Element) -> Conditions:
    audiences = []
    others = []
    for child in element:
        if child.tag == _A + "AudienceRestriction":
            audiences.append(tuple(text_of(audience) or "" for audience in child.iterchildren(_A + "Audience")))
        else:
            others.append(short(child.tag))
    return Conditions(
        not_before=read_instant(element.get("NotBefore")),
        not_on_or_after=read_instant(element.get("NotOnOrAfter")),
        audiences=tuple(audiences),
        others=tuple(others),
    )


def _authn_statement(element: etree._Element) -> AuthnStatement:
    return AuthnStatement(
        authn_instant=read_instant(element.get("AuthnInstant")),
        session_index=element.get("SessionIndex"),
        session_not_on_or_after=read_instant(element.get("SessionNotOnOrAfter")),
        context_class=text_of(element.find(f"{_A}AuthnContext/{_A}AuthnContextClassRef")),
    )


def _attribute(element: etree._Element) -> Attribute:
    get = element.get
    # The usual case is written out: a response may hold thousands of values.
    values = tuple([
        (value.text or "") if not len(value) else text_of(value) or "" for value in element.iterchildren(_VALUE)
    ])  # fmt: skip
    return Attribute(get("Name") or "", get("NameFormat"), get("FriendlyName"), values)
