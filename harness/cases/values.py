"""Values that two readers read differently: the signature stays good, and the text is cut, joined or doubled."""

from collections.abc import Callable

from harness.cases.captured import Captured, first
from harness.cases.core import UNKNOWN, Card, Kind, ResponseSpec, add_attack, attack, fault
from harness.cases.recipe import AWS, USER
from harness.cases.words import ACCEPTED, BAD_SESSION_NAME, BAD_SIGNATURE
from harness.cases.workshop import ACS, ISSUER, PAIR

TRUNCATION = ("VU#475445", "CVE-2017-11427", "CVE-2018-0489", "CVE-2018-7340")
NAME = f">{USER}</NameID>"
BOTH = "xmlsec signxml"


def _split(old: str, at: int, middle: str) -> Callable[[Captured], bytes]:
    """A change that puts something into the middle of a value."""
    return lambda captured: first(captured.xml, old.encode(), (old[:at] + middle + old[at:]).encode())


for _name, _value, _at in (
    ("the_name", NAME, 8),
    ("the_role", f"<AttributeValue>{PAIR}", 60),
    ("the_issuer", f"<Issuer>{ISSUER}", 20),
    ("the_audience", f"<Audience>{ACS}", 30),
    ("the_session_name", f'RoleSessionName"><AttributeValue>{USER}', 40),
):
    add_attack(
        __name__,
        f"comment_in_{_name}",
        f"A comment is put into {_name.replace('_', ' ')}: canonical XML drops it, and careless readers stop at it.",
        Card("XML004", UNKNOWN, None, "F1 B9", TRUNCATION, f"{BOTH} reader"),
        _split(_value, _at, "<!---->"),
    )


@attack(expect="", aws=ACCEPTED, classes="B11", kind=Kind.CONTROL, fools=BOTH)
def name_in_cdata(captured: Captured) -> bytes:
    """The NameID is written as a CDATA section: the same text, the same signature, the same user."""
    return captured.tampered(NAME, f"><![CDATA[{USER}]]></NameID>")


@attack(expect="", aws=ACCEPTED, classes="B11", kind=Kind.CONTROL, fools=BOTH)
def half_of_the_name_in_cdata(captured: Captured) -> bytes:
    """Half of the NameID is a CDATA section: a reader that takes the first text node is cut short."""
    return captured.tampered(NAME, f"><![CDATA[{USER[:4]}]]>{USER[4:]}</NameID>")


@attack(expect="", aws=ACCEPTED, classes="B11", kind=Kind.CONTROL, fools=BOTH)
def name_in_character_references(captured: Captured) -> bytes:
    """The NameID is written in character references."""
    written = "".join(f"&#{ord(letter)};" for letter in USER)
    return captured.tampered(NAME, f">{written}</NameID>")


@attack(expect="SIG003 AST001", aws=BAD_SIGNATURE, classes="F2", refs=("ruby-saml nested NameID",), fools="")
def element_in_the_name(captured: Captured) -> bytes:
    """A stranger puts an element into the NameID."""
    return captured.tampered(NAME, f">{USER[:4]}<x/>{USER[4:]}</NameID>")


@attack(expect="SIG003", aws=BAD_SIGNATURE, classes="F3", fools="")
def blank_behind_the_name(captured: Captured) -> bytes:
    """A stranger puts a blank behind the NameID."""
    return captured.tampered(NAME, f">{USER} </NameID>")


@attack(expect="", aws=ACCEPTED, classes="D21", kind=Kind.CONTROL, fools=BOTH)
def prefix_of_a_type_declared_anew(captured: Captured) -> bytes:
    """The Response declares a prefix that only content would use: nothing may be read from such a prefix."""
    return captured.tampered(b"<samlp:Response ", b'<samlp:Response xmlns:xs="urn:evil" ')


@fault(expect="AST001", aws=UNKNOWN, classes="F2", fools=f"{BOTH} reader")
def markup_in_the_name(spec: ResponseSpec) -> ResponseSpec:
    """The identity provider itself signs a NameID with an element in it."""
    return spec.edit(NAME, f">{USER[:4]}<x>admin</x>{USER[4:]}</NameID>")


@fault(expect="AST001", aws=UNKNOWN, classes="F8", fools=f"{BOTH} reader")
def markup_in_a_role(spec: ResponseSpec) -> ResponseSpec:
    """The Role's value holds an element."""
    role = f'<Attribute Name="{AWS}Role"><AttributeValue>'
    return spec.edit(role, f"{role}<x/>")


@fault(
    expect="AST001", aws=UNKNOWN, classes="F5", refs=("ruby-saml signed NameID in attributes",), fools=f"{BOTH} reader"
)
def name_id_in_an_attribute(spec: ResponseSpec) -> ResponseSpec:
    """An AttributeValue holds a NameID, which a reader of any NameID could take for the Subject's."""
    other = '<NameID xmlns="urn:oasis:names:tc:SAML:2.0:assertion">admin@contoso.com</NameID>'
    attribute = f'<Attribute Name="urn:contoso:name"><AttributeValue>{other}</AttributeValue></Attribute>'
    return spec.edit("<AttributeStatement>", f"<AttributeStatement>{attribute}")


@fault(expect="AWS002", aws=BAD_SESSION_NAME, classes="F8", fools=f"{BOTH} reader")
def session_name_nil(spec: ResponseSpec) -> ResponseSpec:
    """RoleSessionName has one empty value, marked as nil."""
    nil = '<AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
    return spec.edit(
        f'Name="{AWS}RoleSessionName"><AttributeValue>{USER}</AttributeValue>', f'Name="{AWS}RoleSessionName">{nil}'
    )


@fault(expect="AST002", aws=UNKNOWN, classes="G19 C24", fools=f"{BOTH} reader")
def assertion_in_advice(spec: ResponseSpec) -> ResponseSpec:
    """The identity provider puts another assertion into Advice: legal, and declared unsupported."""
    other = (
        '<Advice><Assertion ID="_advice" Version="2.0" IssueInstant="2026-11-01T08:00:00Z"><Issuer>x</Issuer>'
        "</Assertion></Advice><AttributeStatement>"
    )
    return spec.edit("<AttributeStatement>", other)
