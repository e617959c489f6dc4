"""Documents of at most 250 KB that were made to keep a service provider busy. A stranger can post all of them.

None may hang the judge: the runner ends whoever thinks too long. Bare xmlsec hangs on several.
"""

import re
from collections.abc import Callable

from harness.cases.captured import Captured, first
from harness.cases.core import UNKNOWN, Card, add_attack
from harness.cases.words import BAD_SIGNATURE, CATCH_ALL, NO_ROLE_PAGE, TOO_LONG, UNSIGNED, Answer, on_the_page
from harness.saml.names import DS, ENVELOPED, EXC_C14N, SAML

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
BAD_PAGE, UNSIGNED_PAGE, CATCH_ALL_PAGE = (on_the_page(one) for one in (BAD_SIGNATURE, UNSIGNED, CATCH_ALL))
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_GARBAGE = "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="


def _numbered(unit: str, count: int) -> str:
    """``count`` units, each with its number in place of ``#``."""
    return "".join(unit.replace("#", str(number)) for number in range(count))


def _transform(uri: str, inside: str = "") -> str:
    return f'<Transform Algorithm="{uri}">{inside}</Transform>'


_STANDARD = _transform(ENVELOPED) + _transform(EXC_C14N)


def _info(uri: str = "#_a", transforms: str = _STANDARD, *, c14n: str = EXC_C14N, times: int = 1) -> str:
    reference = (
        f'<Reference URI="{uri}"><Transforms>{transforms}</Transforms><DigestMethod '
        f'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>{_GARBAGE}</DigestValue></Reference>'
    )
    return (
        f'<SignedInfo><CanonicalizationMethod Algorithm="{c14n}"/><SignatureMethod '
        f'Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>{reference * times}</SignedInfo>'
    )


def _seal(info: str = "") -> str:
    return f'<Signature xmlns="{DS}">{info or _info()}<SignatureValue>AAAA</SignatureValue></Signature>'


def _in_genuine(captured: Captured, info: str, extensions: str = "") -> bytes:
    """The genuine response with another SignedInfo: what a stranger can do without any key."""
    raw = re.sub(rb"<SignedInfo>.*?</SignedInfo>", lambda _: info.encode(), captured.xml)
    home = f"<samlp:Extensions{extensions}</samlp:Extensions><samlp:Status>" if extensions else "<samlp:Status>"
    return raw.replace(b"<samlp:Status>", home.encode())


def _own(captured: Captured) -> str:
    return "#" + captured.assertion_id.decode()


def _prefixes(names: str) -> str:
    return f'<InclusiveNamespaces xmlns="{EXC_C14N}" PrefixList="{names}"/>'


def _assertion(info: str, more: str = "", content: str = "") -> str:
    return f'<a:Assertion ID="_b" {more}>{_seal(info)}{content}</a:Assertion>'


def _seals(count: int, *, nested: bool = False, inside: str = "") -> str:
    one = re.sub(r"<(/?)", r"<\1d:", _seal(_info("#_s@")).replace(f' xmlns="{DS}"', ""))
    unit = f'<a:Assertion ID="_s@">{one}' + ("" if nested else "</a:Assertion>")
    opened = "".join(unit.replace("@", str(number)) for number in range(count))
    return opened + inside + ("</a:Assertion>" * count if nested else "")


_WIDE = " " + _numbered("xmlns:n#='urn:n#' ", 1_000) + ">" + "<x/>" * 1_000
_COUNTING = "//*[count(//*[count(//*[count(//*)&gt;0])&gt;0])&gt;0]"
_LONG = "n" * 3_000


def _inclusive(captured: Captured) -> str:
    return _info(_own(captured), _transform(ENVELOPED) + _transform(INCLUSIVE), c14n=INCLUSIVE)


def _extended(content: str) -> Callable[[Captured], bytes]:
    """The genuine response with content where anything may stand, outside of what is signed."""
    home = f'<samlp:Extensions xmlns:a="{SAML}" xmlns:d="{DS}">{content}</samlp:Extensions><samlp:Status>'
    return lambda captured: captured.xml.replace(b"<samlp:Status>", home.encode())


def _behind(content: str) -> Callable[[Captured], bytes]:
    """The genuine response with content after its Assertion."""
    home = f'<x xmlns="urn:x" xmlns:a="{SAML}" xmlns:d="{DS}">{content}</x></samlp:Response>'
    return lambda captured: captured.xml.replace(b"</samlp:Response>", home.encode())


def _with_prefixes(names: str) -> str:
    return _info("#_b", _transform(ENVELOPED) + _transform(EXC_C14N, _prefixes(names)))


def _forged(old: str, new: str) -> Callable[[Captured], bytes]:
    """A forged assertion in which one text is swollen."""
    return lambda captured: first(captured.forged(), old.encode(), new.encode())


_Row = tuple[str, str, Callable[[Captured], bytes], str, Answer, Answer | None, str]
"""Name, docstring, forgery, codes, STS's and the sign-in page's answer, classes."""
_BIG = "AWS019 AWS020"
_PADDING = "x" * 20
"""Makes a document too long for AWS with fewer nodes than the door lets in."""
_MORE_VALUES = f"{_PADDING}</AttributeValue><AttributeValue>" * 3_800
_MORE_CONFIRMATIONS = "<SubjectConfirmation></SubjectConfirmation>" * 3_800
_ROWS: tuple[_Row, ...] = (
    ("inclusive_canonicalization", "A thousand namespaces around a thousand elements, to be canonicalised inclusively.",
     lambda one: _in_genuine(one, _inclusive(one), _WIDE), "XML013", UNKNOWN, None, "B16"),
    ("two_thousand_transforms", "The Reference of a genuine Assertion asks for two thousand transforms.",
     lambda one: _in_genuine(one, _info(_own(one), _transform(INCLUSIVE) * 2_000)), f"SIG010 {_BIG}", TOO_LONG, UNKNOWN,
     "D16"),
    ("counting_xpointer", "The Reference URI is an XPointer that counts everything for everything.",
     lambda one: _in_genuine(one, _info(f"#xpointer({_COUNTING})"), ">" + "<x/>" * 200), "SIG007", UNKNOWN, None, "D9"),
    ("counting_xpath", "A transform counts everything for everything.",
     lambda one: _in_genuine(one, _info(_own(one), _transform(XPATH, f"<XPath>{_COUNTING}</XPath>"))), "SIG010",
     UNKNOWN, None, "D13"),
    ("key_names", "KeyInfo holds thousands of names.",
     lambda one: first(one.xml, b"<KeyInfo>", b"<KeyInfo>" + f"<KeyName>{_PADDING}</KeyName>".encode() * 3_800), _BIG,
     TOO_LONG, UNKNOWN, "B15"),
    ("long_signature_value", "The SignatureValue has 240 KB.",
     lambda one: one.xml.replace(b"<SignatureValue>", b"<SignatureValue>" + b"A" * 240_000), f"SIG002 {_BIG}", TOO_LONG,
     BAD_PAGE, "B15"),
    ("long_certificate", "The certificate in KeyInfo has 240 KB.",
     lambda one: one.xml.replace(b"<X509Certificate>", b"<X509Certificate>" + b"A" * 240_000), _BIG, TOO_LONG, UNKNOWN,
     "B15 E6"),
    ("attributes", "One element has ten thousand attributes.", _extended("<x " + _numbered('a#="1" ', 10_000) + "/>"),
     f"XML014 {_BIG}", TOO_LONG, UNKNOWN, "B15"),
    ("namespaces", "One element declares six thousand namespaces.",
     _extended("<x " + _numbered('xmlns:n#="urn:n#" ', 6_000) + "/>"), f"XML013 {_BIG}", TOO_LONG, UNKNOWN, "B15"),
    ("nesting", "Sixty elements lie in each other.", _extended("<x>" * 60 + "</x>" * 60), "XML011", UNKNOWN, None,
     "B15"),
    ("deep_nesting", "Thirty-five thousand elements lie in each other.",
     _extended("<x>" * 35_000 + "</x>" * 35_000), f"XML012 {_BIG}", TOO_LONG, UNKNOWN, "B15"),
    ("deep_nesting_without_end", "Sixty thousand elements are opened and none is closed.", _extended("<x>" * 60_000),
     f"XML012 {_BIG}", TOO_LONG, UNKNOWN, "B15"),
    ("equal_ids", "Three thousand elements have the same ID.", _extended('<x ID="_b"/>' * 3_000), "XML008", UNKNOWN,
     None, "B15 C16"),
    ("comments", "Thousands of comments.", _extended(f"<!--{_PADDING}-->" * 3_800), f"XML004 {_BIG}", TOO_LONG,
     UNKNOWN, "B15 B9"),
    ("instructions", "Thousands of processing instructions.", _extended(f"<?x {_PADDING}?>" * 3_800),
     f"XML005 {_BIG}", TOO_LONG, UNKNOWN, "B15 B10"),
    ("long_name", "An element's name has 120 KB.", _extended(f"<{'x' * 120_000}></{'x' * 120_000}>"),
     f"XML001 {_BIG}", TOO_LONG, NO_ROLE_PAGE, "B15"),
    ("one_megabyte", "A million blanks stand behind the Response.", lambda one: one.xml + b" " * 1_000_000,
     f"XML002 {_BIG}", TOO_LONG, UNKNOWN, "B15 A6"),
    ("references", "A Signature has two hundred References.", _extended(_assertion(_info("#_b", times=100))),
     "AST001 AST002 SIG008 SIG019", UNKNOWN, None, "D6"),
    ("prefix_list_of_thousands", "A PrefixList names ten thousand prefixes.",
     _extended(_assertion(_with_prefixes("n " * 10_000))), "AST001 AST002 SIG011 SIG019", UNKNOWN, None, "B16"),
    ("prefix_list_and_namespaces", "A PrefixList names a thousand prefixes that a thousand elements repeat.",
     _extended(_assertion(
         _with_prefixes(_numbered("n# ", 1_000)), _numbered('xmlns:n#="urn:n#" ', 1_000), "<x/>" * 1_000)),
     "XML013", UNKNOWN, None, "B16"),
    ("namespace_that_children_repeat", "A namespace of 120 KB stands in every child once it is canonical.",
     _extended(_assertion(_info("#_b"), f'xmlns:q="urn:{_LONG * 40}"', "<q:x/>" * 3_800)), f"XML013 {_BIG}", TOO_LONG,
     UNKNOWN, "B16"),
    ("sealed_assertions", "Sixty sealed Assertions follow the genuine one.", _behind(_seals(60)),
     "AST001 AST002 SIG005", UNKNOWN, None, "C21"),
    ("sealed_assertions_in_each_other", "Forty-five sealed Assertions lie in each other.",
     _extended(_seals(45, nested=True)), "XML011", UNKNOWN, None, "C6"),
    ("empty_signatures", "Three thousand empty Signatures.", _extended("<d:Signature/>" * 3_000),
     "SIG001 SIG004 SIG005 SIG016", UNKNOWN, None, "C2"),
    ("empty_assertions", "Thousands of empty Assertions.", _extended("<a:Assertion/>" * 3_000),
     "AST001 AST002 SIG019", UNKNOWN, None, "C5"),
    ("empty_encrypted_assertions", "Thousands of empty EncryptedAssertions.",
     _extended("<a:EncryptedAssertion/>" * 2_000), "AST002 AST029", UNKNOWN, None, "H3"),
    ("bad_role_values", "Thousands of unusable roles in a forged Assertion.",
     _forged('/Role"><AttributeValue>', f'/Role"><AttributeValue>{_MORE_VALUES}'),
     f"SIG001 AWS005 {_BIG}", TOO_LONG, UNSIGNED_PAGE, "B15"),
    ("role_of_commas", "A role of commas in a forged Assertion.",
     _forged('/Role"><AttributeValue>', '/Role"><AttributeValue>' + "," * 200_000), f"SIG001 AWS005 {_BIG}", TOO_LONG,
     NO_ROLE_PAGE, "B15"),
    ("confirmations", "Thousands of SubjectConfirmations in a forged Assertion.",
     _forged("</SubjectConfirmation>", "</SubjectConfirmation>" + _MORE_CONFIRMATIONS),
     f"SIG001 AST014 AST015 {_BIG}", TOO_LONG, CATCH_ALL_PAGE, "G12"),
)  # fmt: skip
for _name, _docstring, _forge, _codes, _sts, _page, _classes in _ROWS:
    add_attack(__name__, _name, _docstring, Card(_codes, _sts, _page, _classes), _forge)
