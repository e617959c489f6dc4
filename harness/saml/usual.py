"""The usual response: in a form known to the last byte, so that one expression reads it whole.

Entra writes every response that it signs by its assertion alone in the same way. In a text that fits that form there
is no room for anything strange: no stranger among the elements, no second assertion, no ID that stands elsewhere, no
signature of another profile. And its canonical form is known without a parser: the assertion's start tag is the one
that canonical XML writes otherwise, and the one empty tag outside the signature is written out. What is left to ask
is whether the digest is that of the canonical text around the signature, and whether a trusted key made it; then the
facts stand in the very text that was signed. Whatever does not fit, or does not verify, is taken the long way, through
the XML door, which says what is wrong.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import chain, repeat
from typing import NamedTuple

from harness.saml import names
from harness.saml.algorithms import SIGNATURE_METHODS, digest
from harness.saml.b64 import decode_base64
from harness.saml.document import MESSAGE, flaws_of_bytes
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
from harness.saml.signing import signed_infos
from harness.saml.times import INSTANT, Instant

_FORM = """
<samlp:Response ID="{response_id NAME}" Version="2.0" IssueInstant="{sent INSTANT}" Destination="{destination VALUE}" \
xmlns:samlp="{SAMLP}">
    <Issuer xmlns="{SAML}">{issuer TEXT}</Issuer>
    <samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status>
    <Assertion[start ID="{not response_id}{id NAME}" IssueInstant="{issued INSTANT}" Version="2.0"] xmlns="{SAML}">
        <Issuer>{=issuer}</Issuer>
        <Signature xmlns="{DS}">
            <SignedInfo>
                <CanonicalizationMethod Algorithm="{EXC_C14N}"/>
                <SignatureMethod Algorithm="{RSA_SHA256}"/>
                <Reference URI="#{=id}">
                    <Transforms>
                        <Transform Algorithm="{ENVELOPED}"/>
                        <Transform Algorithm="{EXC_C14N}"/>
                    </Transforms>
                    <DigestMethod Algorithm="{SHA256}"/>
                    <DigestValue>{digest BASE64}</DigestValue>
                </Reference>
            </SignedInfo>
            <SignatureValue>{value BASE64}</SignatureValue>
            <KeyInfo><X509Data><X509Certificate>{certificate BASE64}</X509Certificate></X509Data></KeyInfo>
        </Signature>
    [subject
        <Subject>
            <NameID Format="{format VALUE}">{name TEXT}</NameID>
            <SubjectConfirmation Method="{BEARER}">
                <SubjectConfirmationData NotOnOrAfter="{confirmed_until INSTANT}" Recipient="{recipient VALUE}"]/>
    [rest
            </SubjectConfirmation>
        </Subject>
        <Conditions NotBefore="{valid_from INSTANT}" NotOnOrAfter="{valid_until INSTANT}">
            <AudienceRestriction><Audience>{audience TEXT}</Audience></AudienceRestriction>
        </Conditions>
        <AttributeStatement>{attributes ANYTHING}</AttributeStatement>
        <AuthnStatement AuthnInstant="{signed_in INSTANT}" SessionIndex="{session_index VALUE}">
            <AuthnContext><AuthnContextClassRef>{context TEXT}</AuthnContextClassRef></AuthnContext>
        </AuthnStatement>
    </Assertion>
    ]
</samlp:Response>"""
"""The form as Entra writes it, on one line, laid out in lines here.

{field KIND}, {CONSTANT}, {=the same again}, {not the same again}, [part ... ]
"""
_KINDS = {
    # No markup, no reference, and nothing that canonical XML would write as one.
    # Each fits in one way alone, so that a text which does not fit is known as soon as it is read.
    "TEXT": r"\s*+[^<>&\s][^<>&]*+",
    "VALUE": r'[^"<&]++',
    "NAME": r"[A-Za-z_][A-Za-z0-9_.-]*+",
    "INSTANT": INSTANT.pattern,
    # What these are is asked where they are read: a look at each character would be a second one.
    "BASE64": r"[^<]++",
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
_FIELDS = tuple(USUAL.groupindex)
_START = b"<samlp:Response ID="
_NEVER = (*map(chr, range(0x20)), "\ufffe", "\uffff")
"""What XML cannot hold, or would read as something else: a parser makes one line end of two, and blanks of tabs."""
_EMPTY_TAG = "></SubjectConfirmationData>"
_METHOD = SIGNATURE_METHODS[names.RSA_SHA256]
_SIGNED_INFO, _ = signed_infos()
_WHERE = "/Response/Assertion/Signature"


Fields = dict[str, str]
"""The fields of the form, and what a response says there."""


class UsualResponse(NamedTuple):
    """What a usual response says, its one signature verified."""

    response: Response
    assertion: Assertion
    signature: SignatureCheck


def read_usual(raw: bytes, keys: Sequence[Certificate]) -> UsualResponse | None:
    """The facts of a usual response that a trusted key signed; None for every other document."""
    text = _text(raw)
    match = None if text is None else USUAL.fullmatch(text)
    if match is None:
        return None
    # All at once: a match that is asked for a group by its name tries the name as a number first.
    found = dict(zip(_FIELDS, match.groups(), strict=True))
    try:
        response, assertion = _response(found), _assertion(found)
        signature = None if assertion is None else _verified(found, keys)
    except ValueError:  # a 30th of February, or base64 that is none
        return None
    return None if assertion is None or signature is None else UsualResponse(response, assertion, signature)


def _text(raw: bytes) -> str | None:
    """The text of a document that may be usual: UTF-8 within the bounds of the XML door, every character plain."""
    if not raw.startswith(_START) or next(flaws_of_bytes(raw, MESSAGE), None) is not None:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return None if any([character in text for character in _NEVER]) else text  # noqa: C419  (a generator costs more)


def _response(found: Fields) -> Response:
    return Response(
        found["response_id"], "2.0", _instant(found["sent"]), found["destination"], None, found["issuer"],
        names.SUCCESS, None, None,
    )  # fmt: skip


def _instant(text: str) -> Instant:
    return Instant(text, datetime.fromisoformat(text))


def _verified(found: Fields, keys: Sequence[Certificate]) -> SignatureCheck | None:
    """The signature, if it is over the text around it, by a trusted key, whose certificate it names."""
    before = f'<Assertion xmlns="{names.SAML}"{found["start"]}><Issuer>{found["issuer"]}</Issuer>'
    signed = f"{before}{found['subject']}{_EMPTY_TAG}{found['rest']}".encode()
    signed_info = _SIGNED_INFO.of(found["id"], found["digest"]).encode()
    if not hmac.compare_digest(digest(names.SHA256, signed), decode_base64(found["digest"])):
        return None
    key = signer_of(_METHOD, keys, signed_info, decode_base64(found["value"]))
    if key is None or found["certificate"] != key.base64:
        return None
    return SignatureCheck(
        where=_WHERE,
        line=1,
        signed_element="Assertion",
        signed_id=found["id"],
        method=names.RSA_SHA256,
        digest_method=names.SHA256,
        key_info=found["certificate"],
        flaws=(),
        key=key,
        signed=signed,
    )


def _assertion(found: Fields) -> Assertion | None:
    """The facts, if nothing is odd about the attributes."""
    attributes = _attributes(found["attributes"])
    if attributes is None:
        return None
    return Assertion(
        id=found["id"],
        version="2.0",
        issue_instant=_instant(found["issued"]),
        issuer=found["issuer"],
        name_id=NameId(found["name"], found["format"]),
        confirmations=(
            SubjectConfirmation(names.BEARER, True, found["recipient"], None, _instant(found["confirmed_until"]), None),
        ),
        conditions=Conditions(
            _instant(found["valid_from"]), _instant(found["valid_until"]), ((found["audience"],),), ()
        ),
        authn_statements=(
            AuthnStatement(_instant(found["signed_in"]), found["session_index"], None, found["context"]),
        ),
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
        name, mark, rest = piece.partition(_VALUE)
        if not mark or '"' in name or name in found:
            return None
        found[name] = tuple(rest.split(_NEXT))
    # The tags are taken away, and no other markup may be left.
    said = "".join([*found, *chain.from_iterable(found.values())])
    if "<" in said or ">" in said:
        return None
    return tuple(map(_attribute, zip(found, repeat(None), repeat(None), found.values(), strict=False)))


_attribute = partial(tuple.__new__, Attribute)
