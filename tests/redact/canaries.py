"""A document with something to betray in every place, and a search that finds it in every writing."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import quopri
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from harness.saml.names import DS, SAML, SAMLP, XSI

CANARY = "CanaryQuixotic"


def deflated(raw: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(raw) + packer.flush()


WRITINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda word: word,
    "in capitals": lambda word: word.upper(),
    "base64": lambda word: base64.b64encode(f"some {word} where".encode()).decode(),
    "base64 of URLs": lambda word: base64.urlsafe_b64encode(f"?~{word}".encode()).decode(),
    "base64 twice": lambda word: base64.b64encode(base64.b64encode(word.encode())).decode(),
    "base64 of UTF-16": lambda word: base64.b64encode(word.encode("utf-16-le")).decode(),
    "base64 of DEFLATE": lambda word: base64.b64encode(deflated(word.encode() * 9)).decode(),
    "base64 of zlib": lambda word: base64.b64encode(zlib.compress(word.encode() * 9)).decode(),
    "base64 of gzip": lambda word: base64.b64encode(gzip.compress(word.encode() * 9)).decode(),
    "percent": lambda word: "".join(f"%{byte:02X}" for byte in word.encode()),
    "percent of base64": lambda word: "".join(f"%{byte:02x}" for byte in base64.b64encode(word.encode())),
    "hexadecimal": lambda word: word.encode().hex(),
    "hexadecimal of UTF-16": lambda word: word.encode("utf-16-be").hex().upper(),
    "character references": lambda word: "".join(f"&amp;#{ord(sign)};" for sign in word),
    "escapes": lambda word: "".join(f"\\u{ord(sign):04x}" for sign in word),
    "quoted-printable": lambda word: "".join(f"={byte:02X}" for byte in word.encode()),
    "backwards": lambda word: word[::-1],
    "letters with blanks": " ".join,
    "full-width letters": lambda word: "".join(chr(ord(sign) + 0xFEE0) for sign in word),
}
"""How a word may hide in a value."""
NAMED = {"plain", "in capitals", "hexadecimal", "backwards"}
"""Those that an XML name can hold."""

TEMPLATE = f"""<!--@--><?## @?><##:Response xmlns:##="{SAMLP}" xmlns:u##="urn:##" ID="_##" Version="2.0"
 IssueInstant="2026-11-01T09:00:00Z" Destination="https://@.example/@" Consent="urn:@" InResponseTo="_##" u##:##="@"
 xml:lang="##" xml:base="https://@/"><s:Issuer xmlns:s="{SAML}" Format="urn:@" NameQualifier="@">https://@/@</s:Issuer>
<##:Extensions><u##:## ##="@">@<!--@-->@<?## @?>@</u##:##></##:Extensions>
<##:Status><##:StatusCode Value="urn:@"><##:StatusCode Value="@"/></##:StatusCode>
<##:StatusMessage>@</##:StatusMessage><##:StatusDetail><![CDATA[@]]><u##:##>@</u##:##></##:StatusDetail></##:Status>
<s:Assertion xmlns:s="{SAML}" xmlns:xsi="{XSI}" xmlns:t##="urn:t##" ID="_a##" Version="2.0"
 IssueInstant="2026-11-01T09:00:00Z"><s:Issuer>https://@/</s:Issuer>
<d:Signature xmlns:d="{DS}" Id="_s##"><d:SignedInfo Id="@"><d:CanonicalizationMethod Algorithm="urn:@"/>
<d:SignatureMethod Algorithm="urn:@"><d:HMACOutputLength>@</d:HMACOutputLength></d:SignatureMethod>
<d:Reference URI="#_a##" Type="urn:@" Id="@"><d:Transforms><d:Transform Algorithm="urn:@"><d:XPath>@</d:XPath>
<c:InclusiveNamespaces xmlns:c="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="t## ##"/></d:Transform>
</d:Transforms><d:DigestMethod Algorithm="urn:@"/><d:DigestValue>@</d:DigestValue></d:Reference></d:SignedInfo>
<d:SignatureValue Id="@">@</d:SignatureValue><d:KeyInfo Id="@"><d:KeyName>@</d:KeyName><d:KeyValue><d:RSAKeyValue>
<d:Modulus>@</d:Modulus><d:Exponent>@</d:Exponent></d:RSAKeyValue></d:KeyValue><d:X509Data>
<d:X509SubjectName>CN=@</d:X509SubjectName><d:X509SKI>@</d:X509SKI><d:X509IssuerSerial>
<d:X509IssuerName>CN=@,O=@</d:X509IssuerName><d:X509SerialNumber>@</d:X509SerialNumber></d:X509IssuerSerial>
<d:X509Certificate>@</d:X509Certificate><d:X509CRL>@</d:X509CRL></d:X509Data>
<d:RetrievalMethod URI="https://@/" Type="urn:@"/><u##:##>@</u##:##></d:KeyInfo>
<d:Object Id="@" MimeType="@" Encoding="urn:@">@<u##:##>@</u##:##></d:Object></d:Signature>
<s:Subject><s:NameID NameQualifier="@" SPNameQualifier="@" SPProvidedID="@" Format="urn:@">@</s:NameID>
<s:SubjectConfirmation Method="urn:@"><s:SubjectConfirmationData Recipient="https://@/" Address="@" InResponseTo="_##"
 NotOnOrAfter="@"/></s:SubjectConfirmation></s:Subject>
<s:Conditions NotBefore="@"><s:AudienceRestriction><s:Audience>urn:@</s:Audience></s:AudienceRestriction>
<s:ProxyRestriction Count="@"><s:Audience>@</s:Audience></s:ProxyRestriction>
<s:Condition xsi:type="t##:##">@</s:Condition></s:Conditions>
<s:Advice><s:AssertionIDRef>@</s:AssertionIDRef><s:AssertionURIRef>@</s:AssertionURIRef></s:Advice>
<s:AuthnStatement SessionIndex="@" AuthnInstant="@"><s:SubjectLocality Address="@" DNSName="@"/><s:AuthnContext>
<s:AuthnContextClassRef>urn:@</s:AuthnContextClassRef><s:AuthnContextDeclRef>urn:@</s:AuthnContextDeclRef>
<s:AuthenticatingAuthority>https://@/</s:AuthenticatingAuthority></s:AuthnContext></s:AuthnStatement>
<s:AuthzDecisionStatement Decision="@" Resource="urn:@"><s:Action Namespace="urn:@">@</s:Action>
<s:Evidence>@</s:Evidence></s:AuthzDecisionStatement>
<s:AttributeStatement><s:Attribute Name="@" NameFormat="urn:@" FriendlyName="@"><s:AttributeValue
 xsi:type="t##:##">@</s:AttributeValue><s:AttributeValue><u##:## ##="@">@</u##:##>@</s:AttributeValue>
<s:AttributeValue xsi:nil="@">@</s:AttributeValue></s:Attribute>
<s:Attribute Name="https://aws.amazon.com/SAML/Attributes/PrincipalTag:@"><s:AttributeValue>@</s:AttributeValue></s:Attribute>
<s:Attribute Name="https://aws.amazon.com/SAML/Attributes/@"><s:AttributeValue>@</s:AttributeValue></s:Attribute>
<s:Attribute Name="https://@/SAML/Attributes/Role"><s:AttributeValue>@</s:AttributeValue></s:Attribute>
<s:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role"><s:AttributeValue>arn:aws:iam::@:role/@/@,@</s:AttributeValue>
</s:Attribute><s:Attribute Name="https://aws.amazon.com/SAML/Attributes/SessionDuration"><s:AttributeValue>@</s:AttributeValue>
</s:Attribute><s:Attribute Name="http://schemas.microsoft.com/identity/claims/tenantid"><s:AttributeValue>@@.onmicrosoft.com
</s:AttributeValue></s:Attribute></s:AttributeStatement>@</s:Assertion>@</##:Response><!--@--><?## @?>
"""
"""In place of @ stands a canary of its own each time, in place of ## the one that is an XML name."""


def document(writing: str, *, noisy: bool = True) -> bytes:
    """The document with every canary in one writing; without comments and instructions where it is not ``noisy``."""
    text = TEMPLATE if noisy else re.sub(r"<!--.*?-->|<\?.*?\?>", "", TEMPLATE)
    name = WRITINGS[writing](CANARY + "Name") if writing in NAMED else CANARY + "Name"
    numbers = iter(range(1000))
    filled = re.sub("@", lambda _: WRITINGS[writing](f"{CANARY}{chr(65 + next(numbers) % 26)}zz"), text)
    return filled.replace("##", f"n{name}").strip().encode()


_RUN = re.compile(rb"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(rb"[0-9A-Fa-f]{8,}")


def betrayed(raw: bytes, depth: int = 2) -> bool:
    """Whether a canary can be had from these bytes by any decoding, and by decoding what comes of it."""
    return any(CANARY.lower().encode() in found.lower() for found in _readings(raw, depth, {}))


def _readings(raw: bytes, depth: int, seen: dict[bytes, int]) -> Iterator[bytes]:
    if seen.get(raw, -1) >= depth or len(raw) < 8:
        return
    seen[raw] = depth
    yield raw
    if depth:
        for one in (*_rewritten(raw), *_unpacked(raw)):
            yield from _readings(one, depth - 1, seen)


def _rewritten(raw: bytes) -> Iterator[bytes]:
    """The whole text, read otherwise."""
    text = raw.decode("utf-8", "replace")
    yield unquote_to_bytes(raw)
    yield html.unescape(text).encode()
    yield re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text).encode("utf-8", "replace")
    yield quopri.decodestring(raw)
    yield unicodedata.normalize("NFKC", text).encode()
    yield raw[::-1]
    yield raw.replace(b"\0", b"")
    yield re.sub(rb"\s", b"", raw)


def _unpacked(raw: bytes) -> Iterator[bytes]:
    """What is packed in it: base64 and hexadecimal from any place on, and compressed bytes."""
    for run in _RUN.findall(raw):
        standard = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        for shift in range(4):
            part = standard[shift:]
            yield base64.b64decode(part[: len(part) // 4 * 4] if len(part) % 4 == 1 else part + b"=" * (-len(part) % 4))
    yield from (binascii.unhexlify(run[: len(run) // 2 * 2]) for run in _HEX.findall(raw))
    for window in (-15, 15, 31):
        try:
            yield zlib.decompressobj(window).decompress(raw, 10_000)
        except zlib.error:
            continue
