"""What a sign-in at the mock Entra costs over HTTP's inside, beside the signing in it.

    python benchmarks/signin.py [--roles 1,10,100,250] [--rounds 61]

The request is the whole WSGI call of a browser that has a session: its AuthnRequest is read, the response issued and
the page that posts it written. What it is held against is the digest and RSA operation of the same response.
"""

import argparse
import base64
import zlib
from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

from documents import ACS, NOW, USER, World, make_world
from rounds import Contest, contest, heading, processor_time, row
from werkzeug.test import Client, create_environ

from harness.entra.idp import EntraIdp
from harness.saml.document import parse
from harness.saml.dsig import verify
from harness.saml.signing import signature_text
from harness.web.entra_app import create_entra_app

DOCUMENTS = 12
"""So many make a batch long enough to be timed."""
SIGNING, REQUEST = "signing alone: digest and RSA", "the whole request"
AUTHN_REQUEST = (
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_q1" Version="2.0" '
    f'IssueInstant="2026-11-01T09:00:00Z" AssertionConsumerServiceURL="{ACS}">'
    f'<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{ACS}</Issuer></samlp:AuthnRequest>'
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roles", default="1,10,100,250")
    parser.add_argument("--rounds", type=int, default=61)
    options = parser.parse_args()
    roles = [int(one) for one in options.roles.split(",")]
    world = make_world()
    found = [measured(world, count, options.rounds) for count in roles]
    heading("microseconds (median), roles:", roles)
    for name in (SIGNING, REQUEST):
        row(name, [one.median(name) for one in found], 0)
    heading("ratio to its signing:", roles)
    row(REQUEST, [one.ratio(REQUEST, SIGNING) for one in found])
    if 250 in roles:
        reached = found[roles.index(250)].ratio(REQUEST, SIGNING)
        print(f"\naim: at 250 roles at most 3 times its signing  {reached:.2f}  {'met' if reached <= 3 else 'NOT MET'}")


def measured(world: World, roles: int, rounds: int) -> Contest:
    idp = world.idp(roles)
    ask = signed_in(idp)
    require_honest(b"".join(ask(b"")), world)
    contents = [signed_content(idp.respond(USER, NOW).xml, world) for _ in range(DOCUMENTS)]
    signing = partial(signature_text, "_x", key=world.key)
    return contest({SIGNING: signing, REQUEST: ask}, contents, rounds, clock=processor_time)


def signed_content(xml: bytes, world: World) -> bytes:
    """What the signature of a response is over."""
    (check,) = verify(parse(xml), [world.key.certificate])
    if check.signed is None:
        raise SystemExit("the response that was to be measured does not verify")
    return check.signed


def signed_in(idp: EntraIdp) -> Callable[[bytes], list[bytes]]:
    """A browser with a session, as a function that asks for a response once more: the pieces that a server sends."""
    app = create_entra_app(idp, lambda: NOW, "http://127.0.0.1:8401")
    client = Client(app)
    packer = zlib.compressobj(wbits=-15)
    message = base64.b64encode(packer.compress(AUTHN_REQUEST.encode()) + packer.flush()).decode()
    query = urlencode({"SAMLRequest": message})
    fields = {"loginfmt": USER, "passwd": "any", "stay": "no", "query": query}
    cookie = (
        client.post("/common/login", data=fields, base_url="http://127.0.0.1").headers["Set-Cookie"].partition(";")[0]
    )

    environ = create_environ("/common/saml2", "http://127.0.0.1", query_string=query, headers={"Cookie": cookie})

    def ask(_: bytes) -> list[bytes]:
        said: list[str] = []
        page = [*app(dict(environ), lambda status, _headers, _error=None: said.append(status))]
        assert said[0].startswith("200")
        return page

    return ask


def require_honest(page: bytes, world: World) -> None:
    """What was measured is a response that verifies."""
    value = page.partition(b'name="SAMLResponse" value="')[2].partition(b'"')[0]
    checks = verify(parse(base64.b64decode(value)), [world.key.certificate])
    assert [check.verified for check in checks] == [True]


if __name__ == "__main__":
    main()
