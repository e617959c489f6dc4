"""Lasso as a service provider. Runs under the system's python3, for which Debian packages the binding.

Reads a JSON list of requests on stdin and prints a JSON list of answers as its last line.
"""

import base64
import json
import sys
from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

import lasso

SP_METADATA = """<EntityDescriptor entityID={audience} xmlns="urn:oasis:names:tc:SAML:2.0:metadata">
<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"
 WantAssertionsSigned="true">
<AssertionConsumerService index="0" isDefault="true" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
 Location={acs}/></SPSSODescriptor></EntityDescriptor>"""


class Refused(Exception):
    """One of the checks Lasso leaves to its caller was not met."""


def judge(request):
    """One answer: accepted or not, the words, the attributes."""
    try:
        login = sign_in(request)
    except (lasso.Error, Refused) as error:
        return {"accepted": False, "says": f"{type(error).__name__}: {error}", "attributes": {}}
    attributes = {
        attribute.name: [text_of(value) for value in attribute.attributeValue]
        for statement in login.assertion.attributeStatement
        for attribute in statement.attribute
    }
    name_id = login.assertion.subject.nameID.content
    return {"accepted": True, "says": f"NameID {name_id}", "attributes": attributes}


def text_of(value):
    """The text of one AttributeValue."""
    return "".join(text.content or "" for text in value.any)


def sign_in(request):
    """The login after every check; raises lasso.Error or Refused."""
    sp = SP_METADATA.format(audience=quoteattr(request["audience"]), acs=quoteattr(request["acs"]))
    server = lasso.Server.newFromBuffers(sp, None, None, None)
    metadata = base64.b64decode(request["metadata"]).decode("utf-8-sig")
    server.addProviderFromBuffer(lasso.PROVIDER_ROLE_IDP, metadata)
    login = lasso.Login(server)
    # MAYBE, the default, takes a signature on either part; FORCE would also ask for one on the Response.
    login.setSignatureVerifyHint(lasso.PROFILE_SIGNATURE_VERIFY_HINT_MAYBE)
    login.processAuthnResponseMsg(request["response"])
    login.acceptSso()
    check_what_lasso_leaves_open(login, request)
    return login


def check_what_lasso_leaves_open(login, request):
    """Time, audience and recipient, by Lasso's own functions where it has them."""
    assertion = login.assertion
    now = int(datetime.now(UTC).timestamp())
    times = assertion.validateTimeChecks(0, now)
    if times != lasso.SAML2_ASSERTION_VALID:
        raise Refused(f"validateTimeChecks answered {times}")
    audience = assertion.validateAudience(request["audience"])
    if audience != lasso.SAML2_ASSERTION_VALID:
        raise Refused(f"validateAudience answered {audience}")
    recipient = assertion.subject.subjectConfirmation.subjectConfirmationData.recipient
    if recipient != request["acs"]:
        raise Refused(f"Recipient is {recipient}")


if __name__ == "__main__":
    print()
    print(json.dumps([judge(request) for request in json.load(sys.stdin)]))
