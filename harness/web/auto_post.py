"""The page with which Entra has the browser post a response. Its shape is observed: clients go by title and form name.

It is written here and not by a template: it is made for every sign-in, and a template engine costs more than the page.
"""

import base64
import hashlib

from flask import Response
from markupsafe import escape

_SCRIPT = "document.forms[0].submit();"
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode("ascii")


def auto_post(action: str, response: bytes, relay_state: str | None, *, targets: str, inspected: str = "") -> Response:
    """The page that posts ``response``, base64 or text that is escaped already, to ``action``.

    ``targets`` are what its content security policy lets the form go to; ``inspected`` is where the response can be
    looked at, if anywhere.
    """
    relayed = f'<input type="hidden" name="RelayState" value="{escape(relay_state)}" />' if relay_state else ""
    link = f'<p>saml-harness: <a href="{escape(inspected)}">inspect this response</a></p>' if inspected else ""
    comment = f"\n<!-- saml-harness: this response can be inspected at {escape(inspected)} -->" if inspected else ""
    before = (
        "<html><head><title>Working...</title></head><body>"
        f'<form method="POST" name="hiddenform" action="{escape(action)}">'
        '<input type="hidden" name="SAMLResponse" value="'
    )
    after = (
        f'" />{relayed}<noscript><p>Script is disabled. Click Submit to continue.</p>'
        f'<input type="submit" value="Submit" />{link}</noscript></form>'
        f'<script language="javascript">{_SCRIPT}</script></body></html>{comment}'
    )
    policy = (
        f"default-src 'none'; style-src 'self'; script-src 'sha256-{_HASH}'; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )
    # In pieces, as a server sends them: the response may be long.
    return Response([before.encode(), response, after.encode()], headers={"Content-Security-Policy": policy})
