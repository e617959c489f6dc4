"""Reports of every kind, each made from a real response."""

import base64
from datetime import timedelta
from functools import cache

from harness.report.model import Report, Unknown
from harness.rules import Policy
from harness.saml.wire import read_capture
from harness.validate import check
from tests.aws.responses import NOW, PAIR, PROVIDER, attributes
from tests.rules.world import holding, judged, key, metadata, response, tampered

HOSTILE = (
    "\u202emoc.live\u202c"  # bidi override
    "\u200bzero\ufeffwidth"
    "\x9b31mC1\x85\x7f"  # CSI and NEL as single characters, DEL
    "[bold]x[/bold][/] :smile: [link=http://evil.example]y[/link]"
    " %0A %s ::error::pwned,title=x 100% <b>&amp;</b>"
)
RAW = [character for character in HOSTILE if not character.isprintable()]
"""What must never be printed as it is."""


@cache
def accepted() -> Report:
    return judged(response(), engines=True)


@cache
def warned() -> Report:
    """Accepted, with a warning: the provider ARN stands first."""
    role, provider = PAIR.split(",")
    return judged(response(says=attributes(Role=f"{provider},{role}")))


@cache
def accepted_with_error() -> Report:
    return judged(response(audience="https://elsewhere.example/"))


@cache
def refused() -> Report:
    return judged(response(by=key("stranger")), engines=True)


@cache
def refused_twice() -> Report:
    """Two things that AWS refuses: which comes first is inferred."""
    return judged(response(says=attributes(RoleSessionName="a b"), until="2026-11-01T08:59:59Z"))


@cache
def unknown() -> Report:
    return judged(response(**tampered("status:Success", "status:Responder")))


@cache
def unjudged() -> Report:
    """Parsed and diagnosed, but there is no trusted key."""
    return judged(response(), holding(metadata(edits=[(' use="signing"', ' use="encryption"')])))


@cache
def unreadable() -> Report:
    nothing = Unknown("there is nothing to judge")
    return Report("empty.b64", NOW, (), nothing, (), None, None, None, unreadable="is empty")


@cache
def old() -> Report:
    """Only its age is against it."""
    capture = read_capture(base64.b64encode(response()))
    aws = holding()
    return check(capture, Policy(aws, aws.documents[0].keys), NOW + timedelta(days=1), ask_engines=False)


@cache
def many_pairs() -> Report:
    roles = [PAIR.replace("role/Admin", f"role/R{number}") for number in range(300)]
    return judged(response(says=attributes(Role=roles)))


@cache
def hostile() -> Report:
    """Hostile text wherever an issuer may put text, and in the name of the file."""
    differs = {
        "says": attributes(RoleSessionName=HOSTILE, Role=[PAIR, HOSTILE, f"arn:aws:iam::1:role/{word()},{PROVIDER}"])
        | {HOSTILE: [HOSTILE]},
        "audience": escaped(),
        "recipient": escaped(),
        "issuer": escaped(),
        "session_until": escaped(),
        "edits": [("ada@contoso.example</NameID>", f"{escaped()}</NameID>")],
        "tampered": [
            ('ID="_r1"', f'ID="{escaped()}"'),
            ("status:Success", f"status:{escaped()}"),
            ("</samlp:Status>", f"<samlp:StatusMessage>{escaped()}</samlp:StatusMessage></samlp:Status>"),
        ],
    }
    aws = holding()
    capture = read_capture(base64.b64encode(response(by=key("stranger"), **differs)))
    policy = Policy(aws, aws.documents[0].keys, role=HOSTILE, acs=(HOSTILE,))
    return check(capture, policy, NOW, source=HOSTILE)


@cache
def hostile_root() -> Report:
    """No response at all, but an element whose name holds a zero-width joiner."""
    return judged("<Re\u200dsponse/>".encode())


def word() -> str:
    return HOSTILE.replace(" ", "").replace(",", "")


def escaped() -> str:
    return HOSTILE.replace("&", "&amp;").replace("<", "&lt;")


ALL = {
    "accepted": accepted,
    "warned": warned,
    "accepted with error": accepted_with_error,
    "refused": refused,
    "refused twice": refused_twice,
    "unknown": unknown,
    "unjudged": unjudged,
    "unreadable": unreadable,
    "old": old,
    "many pairs": many_pairs,
    "hostile": hostile,
    "hostile root": hostile_root,
}
