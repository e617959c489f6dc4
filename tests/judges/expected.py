"""Where a judge does not do what one would expect of all: data, each line tried by test_judges.py.

Every judge takes Entra's default, a signed Assertion in an unsigned Response, and refuses a document without
a good signature. python3-saml is set to want the Assertion's; the others are content with either part's.
"""

from __future__ import annotations

REFUSES: dict[tuple[str, str], str] = {
    ("python3-saml", "response"): (
        "It is set to want the Assertion signed; a signature on the Response alone does not do."
    ),
    ("minisaml", "both"): "It takes a document with exactly one Signature element.",
    ("minisaml", "assertion-sha1"): "Its defaults allow SHA-256 and nothing else.",
}
"""(judge, signing option) that is refused although the response is good, and why."""

NO_SAML_READ = "It verifies signatures and reads nothing of SAML."

OVERLOOKS: dict[tuple[str, str], str] = {
    ("minisaml", "recipient"): "It looks at neither Destination nor Recipient; its caller has to.",
    ("node-saml", "issuer"): "Its option idpIssuer is compared in logout messages only.",
    ("node-saml", "recipient"): "It looks at neither Destination nor Recipient.",
    ("node-saml", "outer-signature"): (
        "Not told to want the Response signed, it passes over a broken signature there and takes the Assertion's."
    ),
    ("samlify", "audience"): "parseLoginResponse leaves the audience to its caller.",
    ("samlify", "recipient"): "parseLoginResponse leaves Destination and Recipient to its caller.",
} | {
    (judge, fault): NO_SAML_READ
    for judge in ("xmlsec1", "samlsign")
    for fault in ("audience", "issuer", "recipient", "expired", "not-yet-valid")
}
"""(judge, fault) that is accepted although every judge ought to refuse it, and why."""
