"""What is posted in place of plain base64. AWS's mock must not guess either: the binding decides what a value is."""

import base64
import gzip
import re
import zlib
from urllib.parse import quote

from harness.cases.captured import Captured
from harness.cases.core import UNREADABLE, Kind, attack
from harness.cases.words import ACCEPTED, CATCH_ALL, NO_ROLE_PAGE, UNKNOWN

NAME = b"SAMLResponse="


def _wrapped(text: bytes, width: int, end: bytes) -> bytes:
    return end.join(text[at : at + width] for at in range(0, len(text), width))


@attack(expect="", aws=ACCEPTED, classes="A3", posted=True, kind=Kind.CONTROL)
def wrapped_at_76(captured: Captured) -> bytes:
    """The base64 is broken into lines of 76 characters, as MIME does."""
    return _wrapped(captured.posted, 76, b"\r\n")


@attack(expect="", aws=ACCEPTED, classes="A3", posted=True, kind=Kind.CONTROL)
def wrapped_at_64(captured: Captured) -> bytes:
    """The base64 is broken into lines of 64 characters."""
    return _wrapped(captured.posted, 64, b"\n")


@attack(expect="", aws=ACCEPTED, classes="A3", posted=True, kind=Kind.CONTROL)
def form_body(captured: Captured) -> bytes:
    """The whole body of the form, percent-encoded as a browser sends it."""
    return NAME + quote(captured.posted, safe="").encode() + b"&RelayState="


@attack(expect="", aws=UNREADABLE, classes="A1", posted=True)
def empty(_: Captured) -> bytes:
    """Nothing is posted."""
    return b""


@attack(expect="", aws=UNREADABLE, classes="A1", posted=True)
def blanks(_: Captured) -> bytes:
    """Blanks are posted."""
    return b"   \r\n "


@attack(expect="", aws=UNREADABLE, classes="A1", posted=True)
def padding_only(_: Captured) -> bytes:
    """Only the padding of base64 is posted."""
    return b"===="


@attack(expect="", aws=UNREADABLE, classes="A1", posted=True)
def text(_: Captured) -> bytes:
    """A sentence is posted."""
    return b"this is no base64 and no XML either"


@attack(expect="", aws=UNREADABLE, classes="A1", posted=True)
def base64_of_text(_: Captured) -> bytes:
    """The base64 of a sentence is posted."""
    return base64.b64encode(b"no XML at all, only words")


@attack(expect="XML016", classes="A2", posted=True)
def junk_in_base64(captured: Captured) -> bytes:
    """A character that is none of base64's stands in it: lax decoders drop it."""
    return captured.posted[:40] + b"!" + captured.posted[40:]


@attack(expect="XML016", classes="A2", posted=True)
def padding_missing(captured: Captured) -> bytes:
    """The last group is not padded."""
    return base64.b64encode(captured.xml + b" " * ((1 - len(captured.xml)) % 3)).rstrip(b"=")


@attack(expect="XML016", classes="A2", posted=True)
def padding_too_much(captured: Captured) -> bytes:
    """There is more padding than base64 knows."""
    return captured.posted.rstrip(b"=") + b"===="


@attack(expect="XML001 XML016", aws=CATCH_ALL, page=NO_ROLE_PAGE, classes="A2", posted=True)
def two_padded_blocks(captured: Captured) -> bytes:
    """Two pieces of base64 stand behind each other, both padded."""
    cut = len(captured.xml) // 2
    cut += (1 - cut) % 3
    return base64.b64encode(captured.xml[:cut]) + base64.b64encode(captured.xml[cut:])


@attack(expect="XML016", classes="A2", posted=True)
def bits_left_over(captured: Captured) -> bytes:
    """The last character carries bits that no byte needs: two texts for the same bytes."""
    text = base64.b64encode(captured.xml + b" " * ((2 - len(captured.xml)) % 3))
    digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = digits.index(text[-2:-1])
    return text[:-2] + digits[last + 1 : last + 2] + b"="


@attack(expect="XML016", classes="A3", posted=True)
def alphabet_of_urls(captured: Captured) -> bytes:
    """The base64 is written with - and _, as URLs have it."""
    spaced = re.sub(
        rb"(?<=<samlp:Response )", b'Consent="\xc3\xbe\xc3\xbf?>~~~\xc3\xbf\xc3\xbf" ', captured.xml, count=1
    )
    return base64.urlsafe_b64encode(spaced)


@attack(expect="", aws=UNREADABLE, classes="A4", posted=True, refs=("gosaml2 maybeDeflate",))
def deflated(captured: Captured) -> bytes:
    """The response is compressed, as the Redirect binding asks and POST does not."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(captured.xml) + packer.flush())


@attack(expect="", aws=UNREADABLE, classes="A4", posted=True)
def deflated_with_a_header(captured: Captured) -> bytes:
    """The response is compressed in zlib's format."""
    return base64.b64encode(zlib.compress(captured.xml))


@attack(expect="", aws=UNREADABLE, classes="A4", posted=True)
def gzipped(captured: Captured) -> bytes:
    """The response is compressed in gzip's format."""
    return base64.b64encode(gzip.compress(captured.xml, mtime=0))


@attack(expect="", aws=UNREADABLE, classes="A5", posted=True, refs=("CVE-2025-25293", "CVE-2023-26483"))
def compressed_bomb(_: Captured) -> bytes:
    """Fifty megabytes of blanks, compressed to fifty kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(b" " * 50_000_000) + packer.flush())


@attack(expect="", aws=UNREADABLE, classes="A6", posted=True, refs=("CVE-2025-54572",))
def ten_megabytes_of_base64(_: Captured) -> bytes:
    """Ten megabytes of base64: the size must be looked at before anything else."""
    return b"QUJD" * 2_500_000


@attack(expect="", aws=UNREADABLE, classes="A7", posted=True, refs=("CVE-2025-27773", "CVE-2025-31335"))
def two_responses_in_one_form(captured: Captured) -> bytes:
    """The form holds SAMLResponse twice, a forged one and the genuine one: which is verified, which is read?"""
    forged = base64.b64encode(captured.forged())
    return NAME + quote(forged, safe="").encode() + b"&" + NAME + quote(captured.posted, safe="").encode()


@attack(expect="", aws=UNREADABLE, classes="A7 J5", posted=True)
def request_in_place_of_a_response(captured: Captured) -> bytes:
    """The form holds a SAMLRequest."""
    return b"SAMLRequest=" + quote(captured.posted, safe="").encode()


@attack(expect="XML017", aws=UNKNOWN, classes="J5", posted=True)
def request_as_a_response(_: Captured) -> bytes:
    """The value is an AuthnRequest, which the browser carries about as well."""
    request = b'<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_q" Version="2.0"/>'
    return base64.b64encode(request)
