"""The order of elements that the SAML schema asks for, as one table.

Schema validation proper would read files and report in its own words; a response needs a dozen content
models, so they stand here: tag -> which children, in which order, how often.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from lxml import etree

from harness.saml.document import Flaw, path_of
from harness.saml.names import DS, SAML, SAMLP, short


class ShapeFlaw(StrEnum):
    """A document is well-formed XML but not built as SAML says."""

    CHILDREN = "children"


_NAMES = {
    f"{{{SAML}}}": """
        Assertion EncryptedAssertion Issuer Subject Conditions Advice AuthnStatement AttributeStatement
        AuthzDecisionStatement Statement NameID BaseID EncryptedID SubjectConfirmation SubjectConfirmationData
        AudienceRestriction OneTimeUse ProxyRestriction Condition Audience Attribute EncryptedAttribute
        AttributeValue AuthnContext AuthnContextClassRef AuthnContextDecl AuthnContextDeclRef
        AuthenticatingAuthority SubjectLocality""",
    f"{{{SAMLP}}}": "Response Status StatusCode StatusMessage StatusDetail Extensions",
    f"{{{DS}}}": "Signature",
}
_LETTERS: dict[str, str] = {
    namespace + name: chr(0x100 + number)
    for number, (namespace, name) in enumerate(
        (namespace, name) for namespace, names in _NAMES.items() for name in names.split()
    )
}
_BY_NAME = {short(tag): letter for tag, letter in _LETTERS.items()}


def _model(words: str) -> re.Pattern[str]:
    """``Issuer? Status (A|B)*`` as an expression over one letter for each child."""
    return re.compile(re.sub(r"\w+", lambda match: _BY_NAME[match[0]], words).replace(" ", ""))


_CHILDREN = {
    "Response": "Issuer? Signature? Extensions? Status (Assertion|EncryptedAssertion)*",
    "Status": "StatusCode StatusMessage? StatusDetail?",
    "StatusCode": "StatusCode?",
    "Assertion": "Issuer Signature? Subject? Conditions? Advice? "
    "(AuthnStatement|AttributeStatement|AuthzDecisionStatement|Statement)*",
    "Subject": "((NameID|BaseID|EncryptedID) SubjectConfirmation*|SubjectConfirmation SubjectConfirmation*)",
    "SubjectConfirmation": "(NameID|BaseID|EncryptedID)? SubjectConfirmationData?",
    "Conditions": "(AudienceRestriction|OneTimeUse|ProxyRestriction|Condition)*",
    "AudienceRestriction": "Audience Audience*",
    "AuthnStatement": "SubjectLocality? AuthnContext",
    "AuthnContext": "(AuthnContextClassRef (AuthnContextDecl|AuthnContextDeclRef)?"
    "|AuthnContextDecl|AuthnContextDeclRef) AuthenticatingAuthority*",
    "AttributeStatement": "(Attribute|EncryptedAttribute) (Attribute|EncryptedAttribute)*",
    "Attribute": "AttributeValue*",
    # Values that a reader could cut short at a child: they hold text and nothing else.
    **dict.fromkeys(("Issuer", "NameID", "Audience", "AuthnContextClassRef", "StatusMessage"), ""),
    "AttributeValue": "",
}
_MODELS: dict[str, tuple[re.Pattern[str], str]] = {
    tag: (_model(words), words) for tag in _LETTERS if (words := _CHILDREN.get(short(tag))) is not None
}
_SIGNATURE = f"{{{DS}}}Signature"
_STATEMENT = f"{{{SAML}}}AttributeStatement"
_ATTRIBUTE = f"{{{SAML}}}Attribute"
_VALUE = f"{{{SAML}}}AttributeValue"
# Attributes and their values are many and alike: libxml2 counts the odd ones, everything else is walked.
_PREFIXES = {"s": SAML}
_ODD_ATTRIBUTES = etree.XPath(
    "boolean(/descendant::s:AttributeValue/*)"
    " or count(/descendant::s:Attribute/*) != count(/descendant::s:Attribute/s:AttributeValue)",
    namespaces=_PREFIXES,
    regexp=False,
)


def shape_flaws(root: etree._Element, *, seals_are_plain: bool = False) -> Iterator[Flaw]:
    """Every element below ``root`` whose children are not those that the schema allows.

    ``seals_are_plain`` says that every Signature was found to hold nothing but what the strict profile lists;
    no element of SAML can be inside, so they are not walked through.
    """
    beyond = _SIGNATURE if seals_are_plain else None
    waiting = [root]
    while waiting:
        element = waiting.pop()
        children = [*element]
        tag = str(element.tag)
        fits = _fits if len(children) <= MAX_NAMES else _fits.__wrapped__  # long lists are not worth remembering
        if not fits(tag, tuple([str(child.tag) for child in children])):
            yield _flaw(element, _MODELS[tag][1])
        if tag != _STATEMENT and tag != beyond:
            waiting += reversed(children)
    if _ODD_ATTRIBUTES(root):
        for attribute in root.iter(_ATTRIBUTE):
            if any(child.tag != _VALUE for child in attribute):
                yield _flaw(attribute, _CHILDREN["Attribute"])
        yield from (_flaw(value, "") for value in root.iter(_VALUE) if len(value))


@lru_cache(2048)
def _fits(tag: str, children: tuple[str, ...]) -> bool:
    """Whether an element may have these children; an element without a content model here may have any."""
    found = _MODELS.get(tag)
    return found is None or found[0].fullmatch("".join([_LETTERS.get(child, "?") for child in children])) is not None


MAX_NAMES = 100


def _flaw(element: etree._Element, words: str) -> Flaw:
    got = " ".join(short(child.tag) for child in element[:MAX_NAMES]) or "nothing"
    expected = words or "text only"
    return Flaw(ShapeFlaw.CHILDREN, path_of(element), element.sourceline or 0, f"{got[:200]}; expected: {expected}")
