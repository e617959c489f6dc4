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
_ISSUER, _SUBJECT, _CONDITIONS, _NAME_ID, _VALUE = (
    _A + name for name in ("Issuer", "Subject", "Conditions", "NameID", "AttributeValue")
)
_AUTHN_STATEMENT, _ATTRIBUTE_STATEMENT, _ATTRIBUTE = (
    _A + name for name in ("AuthnStatement", "AttributeStatement", "Attribute")
)
_CONFIRMATION, _DATA = _A + "SubjectConfirmation", _A + "SubjectConfirmationData"
_RESTRICTION, _AUDIENCE = _A + "AudienceRestriction", _A + "Audience"
_CONTEXT, _CONTEXT_CLASS = _A + "AuthnContext", _A + "AuthnContextClassRef"
_STATUS, _STATUS_CODE, _STATUS_MESSAGE = _P + "Status", _P + "StatusCode", _P + "StatusMessage"


def first_child(element: etree._Element | None, tag: str) -> etree._Element | None:
    """The first child of that name. ``find`` would read its argument as a path, at many times the cost."""
    return None if element is None else next(element.iterchildren(tag), None)


def text_of(element: etree._Element | None) -> str | None:
    """The whole text of an element: lxml's ``.text`` would stop at the first comment or child."""
    if element is None:
        return None
    return "".join(element.itertext()) if len(element) else element.text or ""


def _by_tag(element: etree._Element) -> dict[str, list[etree._Element]]:
    """The children by name: where several names are asked for, one walk is cheaper than a search for each."""
    found: dict[str, list[etree._Element]] = {}
    for child in element:
        found.setdefault(str(child.tag), []).append(child)
    return found


def read_response(root: etree._Element) -> Response:
    """The envelope's facts, from a ``samlp:Response``."""
    status = first_child(root, _STATUS)
    code = first_child(status, _STATUS_CODE)
    nested = first_child(code, _STATUS_CODE)
    get = root.get
    return Response(
        id=get("ID"),
        version=get("Version"),
        issue_instant=read_instant(get("IssueInstant")),
        destination=get("Destination"),
        in_response_to=get("InResponseTo"),
        issuer=text_of(first_child(root, _ISSUER)),
        status=None if code is None else code.get("Value"),
        sub_status=None if nested is None else nested.get("Value"),
        status_message=text_of(first_child(status, _STATUS_MESSAGE)),
    )


def read_assertion(element: etree._Element) -> Assertion:
    """The facts of a ``saml:Assertion``."""
    parts = _by_tag(element)
    subject = parts.get(_SUBJECT, (None,))[0]
    conditions = parts.get(_CONDITIONS, (None,))[0]
    get = element.get
    return Assertion(
        id=get("ID"),
        version=get("Version"),
        issue_instant=read_instant(get("IssueInstant")),
        issuer=text_of(parts.get(_ISSUER, (None,))[0]),
        name_id=None if subject is None else _name_id(subject),
        confirmations=() if subject is None else _confirmations(subject),
        conditions=None if conditions is None else _conditions(conditions),
        authn_statements=tuple([_authn_statement(child) for child in parts.get(_AUTHN_STATEMENT, ())]),
        attributes=tuple(
            [
                _attribute(attribute)
                for statement in parts.get(_ATTRIBUTE_STATEMENT, ())
                for attribute in statement.iterchildren(_ATTRIBUTE)
            ]
        ),
    )


def _name_id(subject: etree._Element) -> NameId | None:
    element = first_child(subject, _NAME_ID)
    if element is None:
        return None
    get = element.get
    return NameId(text_of(element) or "", get("Format"), get("NameQualifier"), get("SPNameQualifier"))


def _confirmations(subject: etree._Element) -> tuple[SubjectConfirmation, ...]:
    return tuple([_confirmation(child) for child in subject.iterchildren(_CONFIRMATION)])


def _confirmation(element: etree._Element) -> SubjectConfirmation:
    data = first_child(element, _DATA)
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
        if child.tag == _RESTRICTION:
            audiences.append(tuple([text_of(audience) or "" for audience in child.iterchildren(_AUDIENCE)]))
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
        context_class=text_of(_context_class(element)),
    )


def _context_class(statement: etree._Element) -> etree._Element | None:
    # A loop, for a stranger may send thousands of statements.
    for context in statement.iterchildren(_CONTEXT):
        found = first_child(context, _CONTEXT_CLASS)
        if found is not None:
            return found
    return None


def _attribute(element: etree._Element) -> Attribute:
    get = element.get
    # The usual cases are written out: a response may hold thousands of values, and most attributes hold one.
    if len(element) == 1 and (only := element[0]).tag == _VALUE and not len(only):
        return Attribute(get("Name") or "", get("NameFormat"), get("FriendlyName"), (only.text or "",))
    values = tuple([
        (value.text or "") if not len(value) else text_of(value) or "" for value in element.iterchildren(_VALUE)
    ])  # fmt: skip
    return Attribute(get("Name") or "", get("NameFormat"), get("FriendlyName"), values)
