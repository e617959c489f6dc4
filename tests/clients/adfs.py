"""A login page like that of AD FS, for clients that fill in a form and read the SAMLResponse from the answer."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

from tests.threads import handled_by, in_a_thread

USER, PASSWORD = "ctl00$ContentPlaceHolder1$UsernameTextBox", "ctl00$ContentPlaceHolder1$PasswordTextBox"
FIELDS = ((USER, PASSWORD), ("UserName", "Password"))
"""What clients send: what the form names, or what an older one did."""
RIGHT = "not-a-real-password"
PATH = "/adfs/ls/IdpInitiatedSignOn.aspx"
LOGIN = (
    f'<html><body><form method="post" action="{PATH}"><input type="text" name="{USER}" value=""/>'
    f'<input type="password" name="{PASSWORD}" value=""/><input type="submit" name="submit" value="Sign in"/>'
    "</form></body></html>"
)


@contextmanager
def login_page(respond: Callable[[str], str], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve the page; ``respond`` makes the base64 of a response for a user. Yields its address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say(LOGIN)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            user, password = next(((form[one][0], form.get(two)) for one, two in FIELDS if one in form), ("", None))
            if password != [RIGHT]:
                self.say('<html><body><p class="form-error">Incorrect user ID or password.</p></body></html>')
                return
            self.say(
                '<html><body><form method="post" action="https://signin.aws.amazon.com/saml">'
                f'<input type="hidden" name="SAMLResponse" value="{respond(user)}"/></form></body></html>'
            )

        def say(self, page: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

    server = handled_by(Page)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme, host = ("http", "127.0.0.1") if tls is None else ("https", "localhost")
    with in_a_thread(server):
        yield f"{scheme}://{host}:{server.server_port}{PATH}"
