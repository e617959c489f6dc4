"""How the files in ``fixtures/`` were made. No private key is ever written: what was sealed cannot be sealed again.

    python tests/make_fixtures.py malformed     # the same files every time
    python tests/make_fixtures.py sealed        # new throw-away keys: metadata/, sealed/ and captures/ change together

Everything in them is made up: contoso.com, account numbers of documentation, identifiers that belong to nobody.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

from harness.entra.metadata import write_metadata
from harness.entra.write import Token, write_response
from harness.saml import names
from harness.saml.keys import SigningKey, make_signing_key
from harness.saml.signing import sign

FIXTURES = Path(__file__).parent.parent / "fixtures"
TENANT = "7c1b2f0e-5a3d-4e8b-9c6f-2d4a1e0b8f73"
ISSUED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
AT = "2026-11-01T09:00:01Z"
ACS = "https://signin.aws.amazon.com/saml"
AWS = "https://aws.amazon.com/SAML/Attributes/"
ROLES = tuple(
    f"arn:aws:iam::{account}:role/{role},arn:aws:iam::{account}:saml-provider/WAAD"
    for account, role in (("111122223333", "contoso-prod-read-only-user"), ("444455556666", "contoso-dev-devops-user"))
)
UNSIGNED_DSIG = f'<Signature xmlns="{names.DS}">'
ASSERTION_ID, RESPONSE_ID = "_5f1d1c1e-0b6a-4c8e-9a53-6a7f6f0f1a01", "_5f1d1c1e-0b6a-4c8e-9a53-6a7f6f0f1a02"


def token() -> Token:
    return Token(
        response_id=RESPONSE_ID,
        assertion_id=ASSERTION_ID,
        base=ISSUED,
        issued=ISSUED,
        sent=ISSUED + timedelta(milliseconds=4),
        issuer=f"https://sts.windows.net/{TENANT}/",
        audience=ACS,
        acs=ACS,
        name_id="britta@contoso.com",
        name_id_format=names.NAMEID_EMAIL,
        claims=(
            ("http://schemas.microsoft.com/identity/claims/displayname", ("Britta Simon",)),
            (AWS + "Role", ROLES),
            (AWS + "RoleSessionName", ("britta@contoso.com",)),
            (AWS + "SessionDuration", ("3600",)),
        ),
        authn_instant=ISSUED - timedelta(hours=2),
    )


def throw_away_key(common_name: str = "Microsoft Azure Federated SSO Certificate") -> SigningKey:
    return make_signing_key(common_name, datetime(2026, 1, 15, 7, tzinfo=UTC), datetime(2029, 1, 15, 7, tzinfo=UTC))


def unsigned(key: SigningKey) -> bytes:
    return re.sub(rb"<Signature .*?</Signature>", b"", write_response(token(), key))


def put(path: str, content: bytes | str, **expected: object) -> None:
    """Write a file and, beside it, what is expected of it."""
    target = FIXTURES / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    if expected:
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in expected.items()]
        target.with_name(target.name.rpartition(".")[0] + ".expect").write_text("".join(lines))


# --- malformed: one defect each, on a response that nobody signed -----------------------------------------------

PLAIN = b""


def edit(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        if xml.count(old.encode()) != 1:
            raise ValueError(f"{old!r} stands {xml.count(old.encode())} times")
        return xml.replace(old.encode(), new.encode())

    return change


def prepend(text: str) -> Callable[[bytes], bytes]:
    return lambda xml: text.encode() + xml


def substitute(pattern: str, replacement: str) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        changed, count = re.subn(pattern.encode(), replacement.encode(), xml, flags=re.DOTALL)
        if not count:
            raise ValueError(f"{pattern!r} is nowhere")
        return changed

    return change


def signed_info(**changes: str) -> str:
    """A SignedInfo of the right build with values that fit nothing, and one thing changed."""
    parts = {
        "c14n": names.EXC_C14N,
        "method": names.RSA_SHA256,
        "uri": f' URI="#{ASSERTION_ID}"',
        "transforms": f'<Transform Algorithm="{names.ENVELOPED}"/><Transform Algorithm="{names.EXC_C14N}"/>',
        "digest": names.SHA256,
        "value": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    } | changes
    reference = (
        f"<Reference{parts['uri']}><Transforms>{parts['transforms']}</Transforms>"
        f'<DigestMethod Algorithm="{parts["digest"]}"/><DigestValue>{parts["value"]}</DigestValue></Reference>'
    )
    return (
        f'<SignedInfo><CanonicalizationMethod Algorithm="{parts["c14n"]}"/>'
        f'<SignatureMethod Algorithm="{parts["method"]}"/>{reference}{parts.get("more", "")}</SignedInfo>'
    )


def signature(info: str = "", value: str = "AAAA", after: str = "") -> str:
    return f"{UNSIGNED_DSIG}{info or signed_info()}<SignatureValue>{value}</SignatureValue>{after}</Signature>"


def insert_signature(text: str, element: str = "Subject") -> Callable[[bytes], bytes]:
    return edit(f"<{element}>", text + f"<{element}>")


REFERENCE = re.findall(r"<Reference.*</Reference>", signed_info())[0]
PREFIXES = " ".join(f"p{number}" for number in range(17))
LONG_LIST = (
    f'<Transform Algorithm="{names.ENVELOPED}"/><Transform Algorithm="{names.EXC_C14N}">'
    f'<InclusiveNamespaces xmlns="{names.EXC_C14N}" PrefixList="{PREFIXES}"/></Transform>'
)
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
RESPONSE = "<samlp:Response "

MALFORMED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "two-roots": ("XML001", lambda xml: xml + b"<Second/>"),
    "truncated": ("XML001", lambda xml: xml[:-200]),
    "undeclared-prefix": ("XML001", edit("<Subject>", "<x:Subject>")),
    "undefined-entity": ("XML001", edit("Britta Simon", "&name;")),
    "doctype": ("XML003", prepend("<!DOCTYPE Response>")),
    "external-entity": (
        "XML003",
        lambda xml: b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + edit("Britta Simon", "&e;")(xml),
    ),
    "billion-laughs": (
        "XML003",
        lambda xml: (
            b'<!DOCTYPE r [<!ENTITY a "ha">'
            + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
            + b"]>"
            + edit("Britta Simon", "&j;")(xml)
        ),
    ),
    "comment-in-nameid": (
        "XML004",
        edit("britta@contoso.com</NameID>", "britta@contoso.com<!---->.evil.example</NameID>"),
    ),
    "comment-before-root": ("XML004", prepend("<!-- captured on Friday -->")),
    "comment-after-root": ("XML004", lambda xml: xml + b"<!-- end -->"),
    "processing-instruction": ("XML005", edit("britta@contoso.com</NameID>", "<?x admin?>britta@contoso.com</NameID>")),
    "utf-16": ("XML006", lambda xml: xml.decode().encode("utf-16-le")),
    "utf-7": ("XML006", prepend('<?xml version="1.0" encoding="UTF-7"?>')),
    "utf-7-behind-blanks": ("XML006", prepend('<?xml version="1.0"' + " " * 400 + 'encoding="UTF-7"?>')),
    "windows-1252": ("XML006", prepend('<?xml version="1.0" encoding="windows-1252"?>')),
    "xml-1.1": ("XML007", prepend('<?xml version="1.1"?>')),
    "duplicate-id": ("XML008", edit(RESPONSE + f'ID="{RESPONSE_ID}"', RESPONSE + f'ID="{ASSERTION_ID}"')),
    "id-begins-with-digit": ("XML009", lambda xml: xml.replace(ASSERTION_ID.encode(), b"5f1d1c1e")),
    "lower-case-id": ("XML010", edit("<Subject>", '<Subject id="_x">')),
    "xml-id": ("XML010", edit("<Subject>", '<Subject xml:id="_x">')),
    "nested-49-deep": (
        "XML011",
        edit("<samlp:Status>", "<samlp:Extensions>" + "<x>" * 47 + "</x>" * 47 + "</samlp:Extensions><samlp:Status>"),
    ),
    "too-many-namespaces": (
        "XML013",
        edit(RESPONSE, RESPONSE + "".join(f'xmlns:n{n}="urn:n{n}" ' for n in range(64))),
    ),
    "too-many-attributes": ("XML014", edit("<Subject>", "<Subject " + " ".join(f'a{n}="x"' for n in range(33)) + ">")),
    "relative-namespace": ("XML015", edit(RESPONSE, RESPONSE + 'xmlns:z="1" ')),
    "authn-request": (
        "XML017",
        lambda xml: (
            f'<samlp:AuthnRequest xmlns:samlp="{names.SAMLP}" ID="_q" Version="2.0" IssueInstant="{AT}"/>'.encode()
        ),
    ),
    "bare-assertion": ("XML017", lambda xml: xml[xml.index(b"<Assertion ") : xml.index(b"</samlp:Response>")]),
    "unsigned": ("SIG001", lambda xml: xml),
    "signature-at-the-end": ("SIG004 AST001", edit("</Assertion>", signature() + "</Assertion>")),
    "two-signatures": ("SIG005 SIG002 SIG003 AST001", insert_signature(signature() * 2)),
    "signature-of-another-element": ("SIG006", insert_signature(signature(signed_info(uri=f' URI="#{RESPONSE_ID}"')))),
    "empty-uri": ("SIG007", insert_signature(signature(signed_info(uri=' URI=""')))),
    "no-uri": ("SIG007", insert_signature(signature(signed_info(uri="")))),
    "file-uri": ("SIG007", insert_signature(signature(signed_info(uri=' URI="file:///etc/hostname"')))),
    "xpointer-uri": ("SIG007", insert_signature(signature(signed_info(uri=' URI="#xpointer(/)"')))),
    "two-references": ("SIG008", insert_signature(signature(signed_info(more=REFERENCE)))),
    "inclusive-canonicalisation": (
        "SIG009",
        insert_signature(signature(signed_info(c14n="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"))),
    ),
    "xslt-transform": (
        "SIG010",
        insert_signature(
            signature(signed_info(transforms='<Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>'))
        ),
    ),
    "seventeen-prefixes": ("SIG011", insert_signature(signature(signed_info(transforms=LONG_LIST)))),
    "hmac": ("SIG012", insert_signature(signature(signed_info(method=names.DS + "hmac-sha1")))),
    "md5-digest": (
        "SIG013",
        insert_signature(signature(signed_info(digest="http://www.w3.org/2001/04/xmldsig-more#md5"))),
    ),
    "sha1-signature": ("SIG014 SIG002 SIG003", insert_signature(signature(signed_info(method=names.RSA_SHA1)))),
    "junk-in-signature-value": ("SIG015", insert_signature(signature(value="AA!AA"))),
    "object-in-signature": ("SIG016", insert_signature(signature(after="<Object/>"))),
    "retrieval-method": (
        "SIG017",
        insert_signature(signature(after='<KeyInfo><RetrievalMethod URI="file:///etc/hostname"/></KeyInfo>')),
    ),
    "garbage-signature": ("SIG002 SIG003", insert_signature(signature())),
    "conditions-before-subject": (
        "AST001",
        substitute(r"(<Subject>.*</Subject>)(<Conditions.*</Conditions>)", r"\2\1"),
    ),
    "element-in-nameid": ("AST001", edit("britta@contoso.com</NameID>", "britta@<x/>contoso.com</NameID>")),
    "other-audience": ("AST003", edit(f"<Audience>{ACS}", "<Audience>https://app.contoso.com/")),
    "status-responder": ("AST008", edit(SUCCESS, "urn:oasis:names:tc:SAML:2.0:status:Responder")),
    "version-1.1": (
        "AST009",
        edit(RESPONSE + f'ID="{RESPONSE_ID}" Version="2.0"', RESPONSE + f'ID="{RESPONSE_ID}" Version="1.1"'),
    ),
    "no-conditions": ("AST010", substitute(r"<Conditions.*</Conditions>", "")),
    "holder-of-key": ("AST014", edit("cm:bearer", "cm:holder-of-key")),
    "no-recipient": ("AST015", substitute(r' Recipient="[^"]*"', "")),
    "no-nameid": ("AST020", substitute(r"<NameID.*</NameID>", "")),
    "nameid-without-format": ("AST021", substitute(r"<NameID Format=[^>]*>", "<NameID>")),
    "no-authn-statement": ("AST022", substitute(r"<AuthnStatement.*</AuthnStatement>", "")),
    "local-time": ("AST024", substitute(r'NotBefore="[^"]*"', 'NotBefore="2026-11-01T09:55:00+01:00"')),
    "repeated-attribute": ("AST026", substitute(r'(<Attribute Name="[^"]*SessionDuration">.*?</Attribute>)', r"\1\1")),
    "unknown-condition": ("AST027", edit("</Conditions>", "<Condition/></Conditions>")),
}


def make_malformed() -> None:
    plain = unsigned(throw_away_key())
    for name, (codes, change) in MALFORMED.items():
        put(f"malformed/{name}.xml", change(plain), codes=codes.split(), at=AT, metadata="metadata/one-certificate.xml")


# --- sealed: signed once with a key that is then forgotten -----------------------------------------------------

SERVICE_PROVIDER = """<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="{md}" entityID="urn:amazon:webservices">
  <SPSSODescriptor protocolSupportEnumeration="{samlp}" WantAssertionsSigned="true">
    <KeyDescriptor use="signing">
      <KeyInfo xmlns="{ds}"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>
    </KeyDescriptor>
    <NameIDFormat>{persistent}</NameIDFormat>
    <AssertionConsumerService index="1" isDefault="true" Binding="{post}" Location="{acs}"/>
    <AttributeConsumingService index="1">
      <ServiceName xml:lang="en">Contoso stand-in for a cloud console</ServiceName>
      <RequestedAttribute isRequired="true" Name="{aws}Role" FriendlyName="Role"/>
      <RequestedAttribute isRequired="true" Name="{aws}RoleSessionName" FriendlyName="RoleSessionName"/>
    </AttributeConsumingService>
  </SPSSODescriptor>
</EntityDescriptor>
"""


def pretty(xml: bytes) -> bytes:
    """Line breaks between the elements of the assertion, as some write it before they sign."""
    return re.sub(rb">(?=<(?!/?(?:Issuer|Audience|NameID|AttributeValue)\b[^>]*></))", b">\n  ", xml)


def make_sealed() -> None:
    key = throw_away_key()
    plain = unsigned(key)
    schema = plain.replace(b"<samlp:Response ", b'<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" ')
    sealed = {
        "assertion-signed": (write_response(token(), key), True, ()),
        "both-signed": (write_response(token(), key, option="both"), True, ()),
        "response-signed": (write_response(token(), key, option="response"), False, ("SIG001",)),
        "sha1": (write_response(token(), key, algorithm="sha1"), False, ("SIG014",)),
        "pretty-printed": (sign(pretty(plain), ASSERTION_ID, key), True, ()),
        "prefix-list": (sign(schema, ASSERTION_ID, key, prefixes=["xs", "samlp"]), True, ()),
    }
    where = {"at": AT, "metadata": "metadata/one-certificate.xml"}
    for name, (xml, accepted, codes) in sealed.items():
        put(f"sealed/{name}.xml", xml, codes=codes, accepted=accepted, **where)
    put("sealed/idp.pem", key.certificate.pem)
    make_metadata(key)
    make_captures(sealed["assertion-signed"][0], where)


def make_metadata(key: SigningKey) -> None:
    other, tenant_wide = throw_away_key(), throw_away_key("accounts.accesscontrol.windows.net")
    entity = f"https://sts.windows.net/{TENANT}/"
    for name, listed, accepted, codes in (
        ("one-certificate", [key], True, ()),
        ("two-certificates", [key, other], True, ()),
        ("tenant-wide", [tenant_wide], False, ("MET002", "SIG002")),
    ):
        raw = write_metadata(TENANT, [one.certificate for one in listed], listed[0], document_id="_5f1d1c1e")
        put(
            f"metadata/{name}.xml",
            raw,
            entity_ids=[entity],
            certificates=len(listed),
            accepted=accepted,
            codes=codes,
            at=AT,
        )
    text = SERVICE_PROVIDER.format(
        md=names.MD,
        samlp=names.SAMLP,
        ds=names.DS,
        certificate=other.certificate.base64,
        persistent=names.NAMEID_PERSISTENT,
        post=names.HTTP_POST,
        acs=ACS,
        aws=AWS,
    )
    put("metadata/service-provider.xml", text, entity_ids=[], certificates=0, accepted=False, codes=("MET006",), at=AT)


def har(*values: str) -> str:
    entries = [
        {
            "startedDateTime": f"2026-11-01T09:00:0{number}.500Z",
            "request": {
                "method": "POST",
                "url": ACS,
                "headers": [{"name": "Content-Type", "value": "application/x-www-form-urlencoded"}],
                "postData": {
                    "mimeType": "application/x-www-form-urlencoded",
                    "text": f"SAMLResponse={quote_plus(value)}&RelayState=",
                },
            },
            "response": {"status": 302},
        }
        for number, value in enumerate(values)
    ]
    first = {
        "startedDateTime": "2026-11-01T09:00:00.000Z",
        "request": {"method": "GET", "url": "https://login.microsoftonline.com/"},
    }
    log = {"version": "1.2", "creator": {"name": "fixtures", "version": "1"}, "entries": [first, *entries]}
    return json.dumps({"log": log}, indent=1)


def make_captures(xml: bytes, where: dict[str, str]) -> None:
    value = base64.b64encode(xml).decode()

    def lines(width: int, end: str) -> str:
        return end.join(re.findall(f".{{1,{width}}}", value)) + end

    tracer = {
        "requests": [
            {
                "method": "POST",
                "url": ACS,
                "timestamp": "2026-11-01T09:00:00.500Z",
                "post": [["SAMLResponse", value], ["RelayState", ""]],
            }
        ],
        "timestamp": "2026-11-01T09:00:05Z",
    }
    page = (
        f'<html><head><title>Working...</title></head><body><form method="POST" name="hiddenform" action="{ACS}">'
        f'<input type="hidden" name="SAMLResponse" value="{value}" /><noscript><p>Script is disabled.</p>'
        '<input type="submit" value="Submit" /></noscript></form></body></html>'
    )
    for name, content, form in (
        ("base64.txt", value, "base64"),
        ("base64-wrapped-64.txt", lines(64, "\n"), "base64, wrapped"),
        ("base64-wrapped-76.txt", lines(76, "\n"), "base64, wrapped"),
        ("base64-crlf.txt", lines(76, "\r\n"), "base64, wrapped"),
        ("percent-encoded.txt", quote(value, safe=""), "percent-encoded base64"),
        ("form-body.txt", f"SAMLResponse={quote_plus(value)}&RelayState=", "form body"),
        ("one-post.har", har(value), "HAR"),
        ("saml-tracer.json", json.dumps(tracer, indent=1), "SAML-tracer export"),
        ("auto-post.html", page, "HTML form with a SAMLResponse field"),
        ("raw.xml", xml, "XML"),
    ):
        put(f"captures/{name}", content, form=form, accepted=True, codes=(), **where)
    put("captures/two-posts.har", har(value, value), form="HAR", entry=2, accepted=True, codes=(), **where)


if __name__ == "__main__":
    {"malformed": make_malformed, "sealed": make_sealed}[sys.argv[1]]()
