"""The usual response: in a form known to the last byte, so that one expression reads it whole.

Entra writes every response that it signs by its assertion alone in the same way. Where the canonical text of a
document fits that form, there is no room in it for anything strange: no stranger among the elements, no second
assertion, no ID that stands elsewhere, no signature of another profile. What is left to ask is whether the digest
is that of the text around the signature, and whether a trusted key made it; then the facts stand in the very text
that was signed. Whatever does not fit, or does not verify, is taken the long way, which says what is wrong.
"""

import hmac
import re
from collections.abc import Sequence
from typing import NamedTuple

from harness.saml import names
from harness.saml.algorithms import SIGNATURE_METHODS, digest
from harness.saml.b64 import decode_base64
from harness.saml.document import Entered
from harness.saml.dsig import SignatureCheck, signer_of
from harness.saml.keys import Certificate
from harness.saml.model import (
    Assertion,
    Attribute,
    AuthnStatement,
    Conditions,
    NameId,
    Response,
    SubjectConfirmation,
)
from harness.saml.times import read_instant

_FORM = """
<samlp:Response xmlns:samlp="{SAMLP}" Destination="{destination VALUE}" ID="{response_id NAME}" \
IssueInstant="{sent VALUE}" Version="2.0">
    <Issuer xmlns="{SAML}">{issuer TEXT}</Issuer>
    <samlp:Status><samlp:StatusCode Value="{SUCCESS}"></samlp:StatusCode></samlp:Status>
    [before
    <Assertion xmlns="{SAML}" ID="{not response_id}{id NAME}" IssueInstant="{issued VALUE}" Version="2.0">
        <Issuer>{=issuer}</Issuer>
    ]
        <Signature xmlns="{DS}">
            <SignedInfo>
            [signed_info
                <CanonicalizationMethod Algorithm="{EXC_C14N}"></CanonicalizationMethod>
                <SignatureMethod Algorithm="{RSA_SHA256}"></SignatureMethod>
                <Reference URI="#{=id}">
                    <Transforms>
                        <Transform Algorithm="{ENVELOPED}"></Transform>
                        <Transform Algorithm="{EXC_C14N}"></Transform>
                    </Transforms>
                    <DigestMethod Algorithm="{SHA256}"></DigestMethod>
                    <DigestValue>{digest TEXT}</DigestValue>
                </Reference>
            </SignedInfo>
            ]
            <SignatureValue>{value TEXT}</SignatureValue>
            <KeyInfo><X509Data><X509Certificate>{certificate TEXT}</X509Certificate></X509Data></KeyInfo>
        </Signature>
    [after
        <Subject>
            <NameID Format="{format VALUE}">{name TEXT}</NameID>
            <SubjectConfirmation Method="{BEARER}">
                <SubjectConfirmationData NotOnOrAfter="{confirmed_until VALUE}" Recipient="{recipient VALUE}">
                </SubjectConfirmationData>
            </SubjectConfirmation>
        </Subject>
        <Conditions NotBefore="{valid_from VALUE}" NotOnOrAfter="{valid_until VALUE}">
            <AudienceRestriction><Audience>{audience TEXT}</Audience></AudienceRestriction>
        </Conditions>
        <AttributeStatement>{attributes ANYTHING}</AttributeStatement>
        <AuthnStatement AuthnInstant="{signed_in VALUE}" SessionIndex="{session_index VALUE}">
            <AuthnContext><AuthnContextClassRef>{context TEXT}</AuthnContextClassRef></AuthnContext>
        </AuthnStatement>
    </Assertion>
    ]
</samlp:Response>"""
"""The form as it reads in canonical XML, laid out in lines.

{field KIND}, {CONSTANT}, {=the same again}, {not the same again}, [part ... ]
"""
_KINDS = {
    # Canonical XML writes every < & and " that is not markup as a reference; the form holds no references.
    # Each fits in one way alone, so that a text which does not fit is known as soon as it is read.
    "TEXT": r"\s*+[^<&\s][^<&]*+",
    "VALUE": r'[^"<&]++',
    "NAME": r"[A-Za-z_][A-Za-z0-9_.-]*+",
    "ANYTHING": r".+",
}


def _expression(form: str) -> str:
    pieces = re.split(r"(\{[^}]+\}|\[\w+|\])", re.sub(r"\n\s*", "", form))
    return "".join(_special(piece) if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))


def _special(word: str) -> str:
    """What a word in braces or brackets stands for, as an expression."""
    if word.startswith("["):
        return f"(?P<{word[1:]}>"
    if word == "]":
        return ")"
    field, _, kind = word[1:-1].partition(" ")
    if field == "not":
        return f'(?!(?P={kind})")'
    if kind:
        return f"(?P<{field}>{_KINDS[kind]})"
    return f"(?P{field})" if field[0] == "=" else re.escape(getattr(names, field))


USUAL = re.compile(_expression(_FORM), re.DOTALL)
"""What the canonical text of a usual document, its comments kept, fits from the first character to the last."""
_SIGNED_INFO = f'<SignedInfo xmlns="{names.DS}">'
_METHOD = SIGNATURE_METHODS[names.RSA_SHA256]
_START = b"<samlp:Response "
_WHERE = "/Response/Assertion/Signature"


class UsualResponse(NamedTuple):
    """What a usual response says, its one signature verified."""

    response: Response
    assertion: Assertion
    signature: SignatureCheck


def read_usual(document: Entered, keys: Sequence[Certificate]) -> UsualResponse | None:
    """The facts of a usual response that a trusted key signed; None for every other document."""
    text = document.canonical if document.raw.startswith(_START) else None
    found = None if text is None else USUAL.fullmatch(text)
    if found is None:
        return None
    response, assertion = _response(found), _assertion(found)
    signature = None if response is None or assertion is None else _verified(document, found, keys)
    if response is None or assertion is None or signature is None:
        return None
    return UsualResponse(response, assertion, signature)


def _response(found: re.Match[str]) -> Response | None:
    """The envelope, if its instant can be read."""
    sent = read_instant(found["sent"])
    if sent is None or sent.at is None:
        return None
    return Response(
        found["response_id"], "2.0", sent, found["destination"], None, found["issuer"], names.SUCCESS, None, None
    )


def _verified(document: Entered, found: re.Match[str], keys: Sequence[Certificate]) -> SignatureCheck | None:
    """The signature, if it is over the text around it, by a trusted key, whose certificate it names."""
    signed = (found["before"] + found["after"]).encode()
    signed_info = (_SIGNED_INFO + found["signed_info"]).encode()
    try:
        value, expected = decode_base64(found["value"]), decode_base64(found["digest"])
    except ValueError:
        return None
    if not hmac.compare_digest(digest(names.SHA256, signed), expected):
        return None
    key = signer_of(_METHOD, keys, signed_info, value)
    if key is None or found["certificate"] != key.base64:
        return None
    return SignatureCheck(
        where=_WHERE,
        line=_line(document),
        signed_element="Assertion",
        signed_id=found["id"],
        method=names.RSA_SHA256,
        digest_method=names.SHA256,
        key_info=found["certificate"],
        flaws=(),
        key=key,
        signed=signed,
    )


def _line(document: Entered) -> int:
    """The line of the Signature: the second child of the Response's third."""
    return document.root[2][1].sourceline or 0


def _assertion(found: re.Match[str]) -> Assertion | None:
    """The facts, if every instant can be read and no attribute is repeated."""
    instants = found.group("issued", "confirmed_until", "valid_from", "valid_until", "signed_in")
    issued, confirmed_until, valid_from, valid_until, signed_in = read = [*map(read_instant, instants)]
    attributes = _attributes(found["attributes"])
    if attributes is None or None in [instant and instant.at for instant in read]:
        return None
    return Assertion(
        id=found["id"],
        version="2.0",
        issue_instant=issued,
        issuer=found["issuer"],
        name_id=NameId(found["name"], found["format"]),
        confirmations=(SubjectConfirmation(names.BEARER, True, found["recipient"], None, confirmed_until, None),),
        conditions=Conditions(valid_from, valid_until, ((found["audience"],),), ()),
        authn_statements=(AuthnStatement(signed_in, found["session_index"], None, found["context"]),),
        attributes=attributes,
    )


_ATTRIBUTE, _VALUE = '<Attribute Name="', '"><AttributeValue>'
_NEXT, _END = "</AttributeValue><AttributeValue>", "</AttributeValue></Attribute>"
_BETWEEN = _END + _ATTRIBUTE


def _attributes(text: str) -> tuple[Attribute, ...] | None:
    """The attributes, if nothing else stands among them: no other markup, nothing escaped, no name twice."""
    if "&" in text or not text.startswith(_ATTRIBUTE) or not text.endswith(_END):
        return None
    found = {}
    pieces = text[len(_ATTRIBUTE) : -len(_END)].split(_BETWEEN)
    for piece in pieces:
        name, value, rest = piece.partition(_VALUE)
        values = tuple(rest.split(_NEXT))
        # Between two values there are two tags; no other < may stand there, and neither < nor " in a name.
        if not value or rest.count("<") != 2 * len(values) - 2 or "<" in name or '"' in name:
            return None
        found[name] = Attribute(name, None, None, values)
    return tuple(found.values()) if len(found) == len(pieces) else None
