"""Where a service provider's library answers otherwise than the catalogue: data, each line tried both ways.

Those who take what must be refused took the captured user's own session each time, never a forged one; what is
refused elsewhere is there because the next reader, or the next version, may stumble over it.
"""

PYTHON3, PYSAML2, NODE, RUBY = "python3-saml", "pysaml2", "node-saml", "ruby-saml"
ALL = (PYTHON3, PYSAML2, NODE, RUBY)
FAMILIES = ("wrapping", "forgery", "references", "parsing", "controls")
"""All families together take minutes; these are about what a library does, the others about what AWS asks for."""
EXACT = frozenset({"controls/valid-for-a-millisecond-more"})
"""Cases that are true at one instant only: these libraries ask the wall clock, so they are not asked."""

_ROWS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "It reads the Assertion that is signed and passes over what lies beside it; it asks no schema.",
        (PYSAML2, NODE),
        "wrapping/xsw7-forged-assertion-in-extensions parsing/unknown-element",
    ),
    (
        "It passes over elements in KeyInfo that it does not know.",
        (PYSAML2, NODE),
        "wrapping/forged-assertion-in-key-info wrapping/forged-assertion-in-key-value",
    ),
    ("It passes over elements in KeyInfo that it does not know.", (NODE,), "wrapping/forged-assertion-in-key-name"),
    (
        "It passes over an Object in the Signature and reads the Assertion that was signed.",
        (NODE,),
        "wrapping/forged-assertion-in-an-object-of-the-assertions-signature references/manifest-in-an-object "
        "wrapping/forged-assertion-in-an-object-of-the-responses-signature",
    ),
    (
        "It asks no schema, so a Signature may stand anywhere in its Assertion.",
        (PYSAML2, NODE),
        "wrapping/signature-at-the-end-of-its-assertion",
    ),
    (
        "Not told to want the Response signed, it passes over a bad signature there and takes the Assertion's.",
        (NODE,),
        "wrapping/response-signature-broken-beside-a-good-one "
        "forgery/response-signed-by-a-stranger-around-a-signed-assertion",
    ),
    (
        "It takes its keys from its settings and never looks at a RetrievalMethod.",
        ALL,
        "forgery/retrieval-method-to-a-file forgery/retrieval-method-to-a-host forgery/retrieval-method-to-itself",
    ),
    (
        "It takes the Signature's own SignedInfo and passes over another one in an Object.",
        (PYTHON3, RUBY),
        "references/signed-info-in-an-object",
    ),
    (
        "It reads a digest or value across a comment as one text, which is what was signed.",
        ALL,
        "references/comment-in-the-digest references/comment-in-the-signature-value",
    ),
    (
        "It drops what is not base64 before it decodes a value.",
        (NODE, RUBY),
        "references/junk-in-the-signature-value",
    ),
    (
        "It reads the text of the first SignatureValue, whatever stands inside or behind it.",
        (NODE,),
        "references/element-in-the-signature-value references/signature-value-twice",
    ),
    (
        "Its canonicaliser, written in JavaScript, takes a relative namespace URI at which libxml2 fails.",
        (NODE,),
        "references/relative-namespace",
    ),
    (
        "Its parser, xmldom, goes on after errors that make a document no XML.",
        (NODE,),
        "parsing/undeclared-prefix parsing/junk-behind parsing/nul-behind parsing/version-2-0 parsing/reserved-prefix "
        "parsing/directive-inside parsing/reference-to-nul parsing/surrogate parsing/invalid-utf8 "
        "parsing/overlong-utf8",
    ),
    (
        "It takes the bytes for UTF-8 and does not look at the encoding that is declared.",
        (NODE,),
        "parsing/unknown-encoding",
    ),
    (
        "It takes a DOCTYPE that changes nothing in what was signed.",
        (PYSAML2, NODE, RUBY),
        "parsing/doctype parsing/external-host",
    ),
    (
        "It takes a DOCTYPE with entities that are never used.",
        (NODE, RUBY),
        "parsing/external-file parsing/parameter-entity",
    ),
    (
        "It takes a DOCTYPE that declares attributes.",
        (PYSAML2, NODE),
        "parsing/default-attributes parsing/attribute-made-an-id",
    ),
    (
        "It takes comments and instructions that exclusive canonicalisation leaves out or that stand outside.",
        ALL,
        "parsing/comment-in-front parsing/comment-between parsing/instruction-in-front",
    ),
    (
        "It takes an instruction inside a text and reads the text around it.",
        (PYTHON3,),
        "parsing/instruction-in-the-name",
    ),
    ("It does not look at the version in the XML declaration.", ALL, "parsing/version-1-1 parsing/version-1-9"),
    (
        "It takes a declared encoding other than UTF-8 when every byte means the same in both.",
        ALL,
        "parsing/latin-1 parsing/windows-1252",
    ),
    ("It decodes UTF-16 by its byte order mark.", (PYTHON3, RUBY), "parsing/encoded-in-utf-16"),
    ("It decodes UTF-16 in the byte order declared.", (PYTHON3, PYSAML2), "parsing/encoded-in-utf-16be"),
    ("It decodes whatever iconv knows.", (PYTHON3,), "parsing/encoded-in-utf-32 parsing/encoded-in-utf-7"),
    (
        "The text holds ASCII alone, which reads the same in this encoding.",
        (PYTHON3, PYSAML2, NODE),
        "parsing/encoded-in-iso-2022-jp",
    ),
    (
        "The text holds ASCII alone, which reads the same in this encoding.",
        (PYTHON3, NODE, RUBY),
        "parsing/encoded-in-shift-jis",
    ),
    (
        "It asks no schema, so an ID may begin with a digit, and a second one goes unnoticed.",
        (PYSAML2, NODE),
        "parsing/id-with-a-leading-digit parsing/second-id-of-the-response",
    ),
    ("It looks for a Response by its local name alone.", (NODE,), "parsing/response-of-saml-1-1"),
    ("Its library xml-crypto has no RSA with SHA-384 built in.", (NODE,), "controls/rsa-sha384"),
    ("It takes RSA-PSS; what AWS does with it is not known.", (PYTHON3, NODE), "controls/rsa-pss"),
    (
        "It is set up as the service of one partition and knows one audience.",
        ALL,
        "controls/role-in-china controls/role-in-govcloud controls/audience-is-the-entity-id",
    ),
    (
        "It compares the address with the one it is set up for.",
        (PYTHON3, PYSAML2, RUBY),
        "controls/regional-acs",
    ),
    (
        "It compares the address with the one it is set up for.",
        (PYSAML2, RUBY),
        "controls/acs-of-one-provider",
    ),
    (
        "Each of the AudienceRestrictions must hold its one audience, and one of them names AWS otherwise.",
        (NODE,),
        "controls/two-restrictions-that-both-fit",
    ),
    (
        "It wants an SPNameQualifier to be its own entity ID.",
        (PYTHON3, RUBY),
        "controls/name-with-qualifiers",
    ),
)
DIFFERENCES: dict[tuple[str, str], str] = {
    (judge, identity): reason for reason, judges, named in _ROWS for judge in judges for identity in named.split()
}
"""(judge, case) whose answer is not the one the case must get, and why."""
