"""What fires the rules on the document and on signatures."""

import base64

from harness.saml import names
from tests.rules.world import Case, holding, key, metadata, response, tampered

STATUS = "<samlp:Status>"
EXTENDED = "<samlp:Extensions>{}</samlp:Extensions><samlp:Status>"


def extended(content: str) -> dict[str, object]:
    """Unsigned content where the schema allows any."""
    return tampered(STATUS, EXTENDED.format(content))


def before(text: str) -> dict[str, object]:
    return tampered("<samlp:Response ", text + "<samlp:Response ")


def cut() -> bytes:
    return response()[:-20]


def huge() -> bytes:
    return response() + b" " * 1_000_000


def not_plain_base64() -> bytes:
    text = base64.b64encode(response())
    return text[:40] + b"!" + text[40:]


DOCUMENT = (
    Case("XML001", "XML001", xml=cut),
    Case("XML002", "XML002 AWS019 AWS020", xml=huge),
    Case("XML003", "XML003", before("<!DOCTYPE x>")),
    Case("XML004", "XML004", tampered("@contoso.example</NameID>", "@contoso<!---->.example</NameID>")),
    Case("XML004", "XML004", before("<!-- seen by a proxy -->"), name="in front"),
    Case("XML005", "XML005", before("<?seen by a proxy?>")),
    Case("XML006", "XML006", before('<?xml version="1.0" encoding="ISO-8859-1"?>')),
    Case("XML007", "XML007", before('<?xml version="1.1"?>')),
    Case("XML008", "XML008", tampered('ID="_r1"', 'ID="_a1"')),
    Case("XML009", "XML009", tampered('ID="_r1"', 'ID="1"')),
    Case("XML010", "XML010", tampered('ID="_r1"', 'ID="_r1" xml:id="_x1"')),
    Case("XML011", "XML011", extended("<a>" * 60 + "</a>" * 60)),
    Case("XML012", "XML012 AWS019 AWS020", extended("<a/>" * 40_001)),
    Case("XML013", "XML013", extended("<a " + " ".join(f'xmlns:n{n}="urn:n"' for n in range(65)) + "/>")),
    Case("XML014", "XML014", extended("<a " + " ".join(f'n{n}=""' for n in range(33)) + "/>")),
    Case("XML015", "XML015", extended('<a xmlns="nowhere"/>')),
    Case("XML016", "XML016", posted=not_plain_base64),
    Case("XML017", "XML017", xml=lambda: metadata().raw, name="metadata"),
)  # fmt: skip

EXCLUSIVE = f'<Transform Algorithm="{names.EXC_C14N}"/>'
PREFIXES = (
    f'<Transform Algorithm="{names.EXC_C14N}"><InclusiveNamespaces xmlns="{names.EXC_C14N}" '
    f'PrefixList="{" ".join(f"n{n}" for n in range(17))}"/></Transform>'
)
FORGED = (
    f'<Assertion xmlns="{names.SAML}" ID="_evil" IssueInstant="2026-11-01T08:59:50.000Z" Version="2.0">'
    "<Issuer>https://sts.windows.net/11111111-2222-4333-8444-555555555555/</Issuer></Assertion>"
)


def signature_of(xml: str) -> str:
    return xml[xml.index("<Signature ") : xml.index("</Signature>") + len("</Signature>")]


def moved() -> bytes:
    """The signature after the Subject instead of after the Issuer."""
    xml = response().decode()
    signature = signature_of(xml)
    return xml.replace(signature, "").replace("</Subject>", "</Subject>" + signature).encode()


def repeated() -> bytes:
    xml = response().decode()
    signature = signature_of(xml)
    return xml.replace(signature, signature * 2).encode()


def two_references() -> bytes:
    xml = response().decode()
    reference = xml[xml.index("<Reference ") : xml.index("</SignedInfo>")]
    return xml.replace(reference, reference * 2).encode()


def other_key_value() -> bytes:
    """KeyInfo says two things: the signer's certificate, and the modulus of another key."""
    numbers = key("stranger").private.public_key().public_numbers()
    modulus = base64.b64encode(numbers.n.to_bytes(256, "big")).decode()
    value = f"<KeyValue><RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>"
    return response(**tampered("</X509Data></KeyInfo>", f"</X509Data>{value}</KeyInfo>"))


def without_key_info() -> bytes:
    xml = response().decode()
    start, end = xml.index("<KeyInfo>"), xml.index("</KeyInfo>") + len("</KeyInfo>")
    return (xml[:start] + xml[end:]).encode()


def wrapped() -> bytes:
    """The genuine assertion stays where it is; a forged one stands before it."""
    return response(**tampered(STATUS, EXTENDED.format(FORGED)))


SIGNATURES = (
    Case("SIG001", "SIG001", {"signed": ()}),
    Case("SIG001", "SIG001", {"signed": ("_r1",)}, name="only the response"),
    Case("SIG002", "SIG002 MET003", by=lambda: key("stranger")),
    Case("SIG003", "SIG003", tampered("role/Admin", "role/Boss")),
    Case("SIG004", "SIG004 AST001", xml=moved),
    Case("SIG005", "SIG003 SIG005 AST001", xml=repeated),
    Case("SIG006", "SIG006", tampered('URI="#_a1"', 'URI="#_r1"')),
    Case("SIG007", "SIG007", tampered('URI="#_a1"', 'URI=""')),
    Case("SIG008", "SIG008", xml=two_references),
    Case("SIG009", "SIG009", tampered(
        f'<CanonicalizationMethod Algorithm="{names.EXC_C14N}"/>',
        '<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>')),
    Case("SIG010", "SIG010", tampered(EXCLUSIVE)),
    Case("SIG011", "SIG011", tampered(EXCLUSIVE, PREFIXES)),
    Case("SIG012", "SIG012", tampered(names.RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#rsa-md5")),
    Case("SIG013", "SIG013", tampered(f'DigestMethod Algorithm="{names.SHA256}"',
                                      'DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#md5"')),
    Case("SIG014", "SIG014", {"method": names.RSA_SHA1, "digest": names.SHA1}),
    Case("SIG015", "SIG015", tampered("<DigestValue>", "<DigestValue>!")),
    Case("SIG016", "SIG016", tampered("</KeyInfo></Signature>", "</KeyInfo><Object/></Signature>")),
    Case("SIG017", "SIG017", tampered("<KeyInfo>", '<KeyInfo><RetrievalMethod URI="http://evil.example/"/>')),
    Case("SIG018", "", xml=without_key_info),
    Case("SIG019", "SIG019 AST002", xml=wrapped),
    Case("SIG021", "", xml=lambda: response(signed=("_a1", "_r1"), response_by=key("second")),
         aws=lambda: holding(metadata(key(), key("second")))),
    Case("SIG023", "", {"method": names.RSA_SHA1, "digest": names.SHA1}, {"allow_sha1": True}),
)  # fmt: skip

CASES = DOCUMENT + SIGNATURES
