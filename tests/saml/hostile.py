"""Documents of at most 250 KB that were made to keep a service provider busy. All are made by a stranger."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.saml.document import MESSAGE
from harness.saml.names import DS, EXC_C14N, SAML, SAMLP
from tests.saml.sealing import STANDARD, prefix_list, reference, signed_info, transform
from tests.saml.world import id_of, issued, unsigned

SIZE = 250_000
HEAD = f'<p:Response xmlns:p="{SAMLP}" xmlns:a="{SAML}" xmlns:d="{DS}" ID="_r" Version="2.0">'
SUCCESS = '<p:Status><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></p:Status>'
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
ROLE = ATTRIBUTES + "Role"


def filled(unit: str, around: str = "{}", size: int = SIZE) -> str:
    """``around`` with as many units as fit, and as are read: more elements are refused before they are parsed."""
    fit = (size - len(HEAD) - len(around) - 40) // len(unit)
    return around.format(unit * min(fit, (MESSAGE.elements - 100) // max(unit.count("<") - unit.count("</"), 1)))


def numbered(unit: str, count: int) -> str:
    """``count`` units, each with its number in place of ``#``."""
    return "".join(unit.replace("#", str(number)) for number in range(count))


def message(content: str) -> bytes:
    return f"{HEAD}{content}</p:Response>".encode()


def assertion(content: str, more: str = "") -> str:
    return f'<a:Assertion ID="_a" {more}>{content}</a:Assertion>'


def signature(info: str) -> str:
    return f'<Signature xmlns="{DS}">{info}<SignatureValue>AAAA</SignatureValue></Signature>'


def seal(uri: str = "#_a", **how: object) -> str:
    """A signature whose structure is that of the profile, and whose values are garbage."""
    return signature(signed_info(reference(uri, b"x" * 32, **how)))  # type: ignore[arg-type]


def in_genuine(info: str) -> bytes:
    """The genuine response with another SignedInfo: what a stranger can do without any key."""
    return re.sub(rb"<SignedInfo>.*?</SignedInfo>", lambda _: info.encode(), issued())


def statement(values: str) -> str:
    return assertion(f'<a:AttributeStatement><a:Attribute Name="{ROLE}">{values}</a:Attribute></a:AttributeStatement>')


def tags(count: int) -> str:
    """Session tags, and their keys in the other order: whoever looks for each among all of them looks long."""
    each = f'<a:Attribute Name="{ATTRIBUTES}PrincipalTag:k#"><a:AttributeValue/></a:Attribute>'
    keys = "".join(f"<a:AttributeValue>k{number}</a:AttributeValue>" for number in reversed(range(count)))
    transitive = f'<a:Attribute Name="{ATTRIBUTES}TransitiveTagKeys">{keys}</a:Attribute>'
    return f"<a:AttributeStatement>{numbered(each, count)}{transitive}</a:AttributeStatement>"


def short_seals(count: int, *, nested: bool = False, more: str = "", inside: str = "") -> str:
    """Assertions that are all signed, each signature built as the profile asks."""
    one = re.sub(r"<(/?)", r"<\1d:", seal("#_s@").replace(f' xmlns="{DS}"', ""))
    unit = f'<a:Assertion ID="_s@" {more}>{one}' + ("" if nested else "</a:Assertion>")
    opened = "".join(unit.replace("@", str(number)) for number in range(count))
    return opened + inside + ("</a:Assertion>" * count if nested else "")


def wide_extensions() -> bytes:
    """A thousand namespaces around a thousand elements, in the envelope."""
    declared = numbered('xmlns:n#="urn:n#" ', 1_000)
    return f"<samlp:Extensions {declared}>{'<x/>' * 1_000}</samlp:Extensions><samlp:Status>".encode()


SHORT_ENOUGH = "urn:" + "n" * 485
LONG = "y" * 3_000
ATTACKER_NAMESPACE = "urn:" + "n" * 120_000

DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "10,000 attributes on one element": lambda: message("<x " + numbered('a#="1" ', 10_000) + "/>"),
    "6,000 namespaces": lambda: message("<x " + numbered('xmlns:n#="urn:n#" ', 6_000) + "/>"),
    "3,000 used namespaces": lambda: message(numbered('<n#:x xmlns:n#="urn:n#"/>', 3_000)),
    "200 References": lambda: message(assertion(signature(signed_info(reference("#_a", b"x" * 32) * 200)))),
    "2,000 transforms": lambda: message(assertion(seal(transforms=(transform(EXC_C14N),) * 2_000))),
    "2,000 transforms of a genuine assertion": lambda: in_genuine(
        signed_info(reference("#" + id_of(unsigned()), b"x" * 32, transforms=(transform(INCLUSIVE),) * 2_000))
    ),
    "60,000 elements": lambda: message("<x/>" * 60_000),
    "deep nesting": lambda: message("<x>" * 35_000 + "</x>" * 35_000),
    "deep nesting without end": lambda: message("<x>" * 80_000),
    "1,300 session tags, all of them transitive": lambda: message(assertion(tags(1_300))),
    "3,900 IDs": lambda: message(numbered('<x ID="_#"/>', 3_900)),
    "3,900 equal IDs": lambda: message('<x ID="_a"/>' * 3_900),
    "3,900 bad IDs": lambda: message(numbered('<x ID="#"/>', 3_900)),
    "20,000 comments": lambda: message("<!---->" * 20_000),
    "20,000 instructions": lambda: message("<?x?>" * 20_000),
    "inclusive canonicalisation of 1,000 namespaces and 1,000 elements": lambda: in_genuine(
        signed_info(
            reference("#" + id_of(unsigned()), b"x" * 32, transforms=(STANDARD[0], transform(INCLUSIVE))),
            c14n=INCLUSIVE,
        )
    ).replace(b"<samlp:Status>", wide_extensions()),
    "a PrefixList of 1,000 prefixes": lambda: message(
        assertion(
            seal(transforms=(STANDARD[0], transform(EXC_C14N, prefix_list(numbered("n# ", 1_000))))) + "<x/>" * 1_000,
            numbered('xmlns:n#="urn:n#" ', 1_000),
        )
    ),
    "a PrefixList of 60,000 prefixes": lambda: message(
        assertion(seal(transforms=(STANDARD[0], transform(EXC_C14N, prefix_list("n " * 60_000)))))
    ),
    "a PrefixList of 16 prefixes and long namespaces": lambda: message(
        assertion(
            seal(transforms=(STANDARD[0], transform(EXC_C14N, prefix_list(numbered("n# ", 16)))))
            + "".join(f'<x xmlns:n{n % 16}="urn:{n}:{LONG}"/>' for n in range(48)),
            numbered(f'xmlns:n#="urn:{LONG}#" ', 16),
        )
    ),
    "an xpointer that counts": lambda: in_genuine(
        signed_info(reference("#xpointer(//*[count(//*[count(//*[count(//*)>0])>0])>0])", b"x" * 32))
    ).replace(b"<samlp:Status>", b"<samlp:Extensions>" + b"<x/>" * 200 + b"</samlp:Extensions><samlp:Status>"),
    "an XPath transform that counts": lambda: in_genuine(
        signed_info(
            reference(
                "#" + id_of(unsigned()),
                b"x" * 32,
                transforms=(
                    transform(
                        "http://www.w3.org/TR/1999/REC-xpath-19991116",
                        "<XPath>count(//*[count(//*[count(//*)>0])>0])>0</XPath>",
                    ),
                ),
            )
        )
    ),
    "one namespace of 120 KB that every child repeats when canonical": lambda: message(
        assertion(seal() + filled("<q:x/>", size=SIZE - 123_000), f'xmlns:q="{ATTACKER_NAMESPACE}"')
    ),
    "one namespace of 120 KB that every attribute repeats": lambda: message(
        assertion(seal() + filled('<x q:y=""/>', size=SIZE - 123_000), f'xmlns:q="{ATTACKER_NAMESPACE}"')
    ),
    "60 namespaces that every child repeats": lambda: message(
        assertion(
            seal() + filled("<x " + " ".join(f'q{n}:y=""' for n in range(30)) + "/>", size=100_000),
            " ".join(f'xmlns:q{n}="urn:{n}:{LONG}"' for n in range(30)),
        )
    ),
    "240 sealed assertions beside each other": lambda: message(short_seals(240)),
    "45 sealed assertions in each other": lambda: message(short_seals(45, nested=True)),
    "15 sealed assertions in each other around many elements": lambda: message(
        short_seals(15, nested=True, inside="<x/>" * 3_600)
    ),
    "15 sealed assertions in each other around elements that grow": lambda: message(
        short_seals(15, nested=True, more=f'xmlns:q="{SHORT_ENOUGH}"', inside="<q:x/>" * 3_600)
    ),
    "elements that grow by a namespace of 490 characters": lambda: message(
        assertion(seal() + "<q:x/>" * 3_900, f'xmlns:q="{SHORT_ENOUGH}"')
    ),
    "attributes that grow by 30 namespaces of 490 characters": lambda: message(
        assertion(
            seal() + filled("<x " + " ".join(f'q{n}:y=""' for n in range(30)) + "/>", size=SIZE - 20_000),
            " ".join(f'xmlns:q{n}="{SHORT_ENOUGH}{n}"' for n in range(30)),
        )
    ),
    "empty signatures beside each other": lambda: message(filled("<d:Signature/>")),
    "empty signatures in elements of their own": lambda: message(filled("<x><d:Signature/></x>")),
    "signatures in assertions of their own": lambda: message(filled("<a:Assertion><d:Signature/></a:Assertion>")),
    "empty assertions": lambda: message(filled("<a:Assertion/>")),
    "empty encrypted assertions": lambda: message(filled("<a:EncryptedAssertion/>")),
    "Issuers with a child": lambda: message(assertion(filled("<a:Issuer><x/></a:Issuer>"))),
    "statuses": lambda: message(filled("<p:Status/>")),
    "status codes in each other": lambda: message(
        f"<p:Status>{'<p:StatusCode>' * 45}{'</p:StatusCode>' * 45}</p:Status>"
    ),
    "bad role values": lambda: message(SUCCESS + statement(filled("<a:AttributeValue>q</a:AttributeValue>"))),
    "empty role values": lambda: message(SUCCESS + statement(filled("<a:AttributeValue/>"))),
    "role values with markup": lambda: message(
        SUCCESS + statement(filled("<a:AttributeValue><x/></a:AttributeValue>"))
    ),
    "roles and providers of different accounts": lambda: message(
        SUCCESS
        + statement(
            numbered(
                "<a:AttributeValue>arn:aws:iam::111122223333:role/r#,arn:aws:iam::444455556666:saml-provider/p#</a:AttributeValue>",
                2_100,
            )
        )
    ),
    "a role value of 240 KB": lambda: message(
        SUCCESS + statement(f"<a:AttributeValue>{'arn:' * 60_000}</a:AttributeValue>")
    ),
    "a role value of commas": lambda: message(
        SUCCESS + statement(f"<a:AttributeValue>{',' * 240_000}</a:AttributeValue>")
    ),
    "equal attribute names": lambda: message(
        SUCCESS + assertion("<a:AttributeStatement>" + filled('<a:Attribute Name="x"/>') + "</a:AttributeStatement>")
    ),
    "names nearly like AWS's": lambda: message(
        SUCCESS + assertion("<a:AttributeStatement>" + filled('<a:Attribute Name="role"/>') + "</a:AttributeStatement>")
    ),
    "tags": lambda: message(
        SUCCESS
        + assertion(
            "<a:AttributeStatement>"
            + numbered('<a:Attribute Name="https://aws.amazon.com/SAML/Attributes/PrincipalTag:#"/>', 2_900)
            + "</a:AttributeStatement>"
        )
    ),
    "transitive tag keys": lambda: message(
        SUCCESS
        + statement(filled("<a:AttributeValue>k</a:AttributeValue>")).replace(ROLE, ROLE[:-4] + "TransitiveTagKeys")
    ),
    "confirmations": lambda: message(
        SUCCESS + assertion(f"<a:Subject>{filled('<a:SubjectConfirmation/>')}</a:Subject>")
    ),
    "confirmations with data": lambda: message(
        SUCCESS
        + assertion(
            f"<a:Subject>{filled('<a:SubjectConfirmation><a:SubjectConfirmationData/></a:SubjectConfirmation>')}</a:Subject>"
        )
    ),
    "subjects": lambda: message(SUCCESS + assertion(filled("<a:Subject/>"))),
    "statements": lambda: message(SUCCESS + assertion(filled('<a:AuthnStatement AuthnInstant="x"/>'))),
    "audience restrictions": lambda: message(
        SUCCESS + assertion(f"<a:Conditions>{filled('<a:AudienceRestriction/>')}</a:Conditions>")
    ),
    "wrong audiences": lambda: message(
        SUCCESS
        + assertion(
            f"<a:Conditions>{filled('<a:AudienceRestriction><a:Audience>x</a:Audience></a:AudienceRestriction>')}</a:Conditions>"
        )
    ),
    "conditions that AWS ignores": lambda: message(
        SUCCESS + assertion(f"<a:Conditions>{filled('<a:OneTimeUse/>')}</a:Conditions>")
    ),
    "text that looks like namespaces": lambda: message("xmlns:" * 60 + "x" * 240_000),
    "text that looks like namespaces, with quotes": lambda: message("xmlns='" * 60 + "x" * 240_000),
    "one text of 240 KB": lambda: message(SUCCESS + assertion(f"<a:Issuer>{'x' * 240_000}</a:Issuer>")),
    "one name of 120 KB": lambda: message(f"<{'x' * 120_000}></{'x' * 120_000}>"),
    "KeyInfos with names": lambda: issued().replace(b"<KeyInfo>", b"<KeyInfo>" + b"<KeyName/>" * 18_000),
    "KeyInfos with certificates": lambda: issued().replace(
        b"<X509Data>", b"<X509Data>" + b"<X509Certificate></X509Certificate>" * 3_900
    ),
    "a SignatureValue of 240 KB": lambda: issued().replace(b"<SignatureValue>", b"<SignatureValue>" + b"A" * 240_000),
    "a certificate of 240 KB": lambda: issued().replace(b"<X509Certificate>", b"<X509Certificate>" + b"A" * 240_000),
}
