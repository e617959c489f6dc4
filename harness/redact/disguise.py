"""Words for words: what is known from the specifications stays, everything else is replaced by chance.

One `Disguise` is one table. The same word gets the same replacement, another word another one; letters stay
letters in their case and digits stay digits, because that is what rules look at. Signs between words stay. Only the
same whole value gets the same replacement where it is spelled out in short pieces.
"""

import base64
import re
import secrets
import string
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from harness.aws import endpoints
from harness.saml import names
from harness.saml.times import read_instant

_XS = "http://www.w3.org/2001/XMLSchema"
_CLAIMS = (
    "http://schemas.microsoft.com/identity/claims/",
    "tenantid objectidentifier displayname identityprovider scope",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/",
    "name givenname surname emailaddress upn nameidentifier privatepersonalidentifier",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/",
    "role groups primarysid wids",
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/",
    "password x509 windows",
    "http://schemas.microsoft.com/claims/",
    "authnmethodsreferences multipleauthn groups.link",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:",
    "Password PasswordProtectedTransport X509 Kerberos TLSClient unspecified PreviousSession",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:",
    "persistent transient entity encrypted kerberos",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:",
    "emailAddress unspecified X509SubjectName WindowsDomainQualifiedName",
    "urn:oasis:names:tc:SAML:2.0:attrname-format:",
    "basic uri unspecified",
    "urn:oasis:names:tc:SAML:2.0:cm:",
    "bearer holder-of-key sender-vouches",
    "urn:oasis:names:tc:SAML:2.0:status:",
    "Success Requester Responder VersionMismatch AuthnFailed NoPassive NoAuthnContext RequestDenied "
    "InvalidNameIDPolicy InvalidAttrNameOrValue UnknownPrincipal UnsupportedBinding PartialLogout",
    "http://www.w3.org/TR/",
    "2001/REC-xml-c14n-20010315 2001/REC-xml-c14n-20010315#WithComments 1999/REC-xpath-19991116 1999/REC-xslt-19991116",
    "http://www.w3.org/",
    "2001/10/xml-exc-c14n#WithComments 2006/12/xml-c14n11 2002/06/xmldsig-filter2 2000/09/xmldsig#hmac-sha1 "
    "2000/09/xmldsig#dsa-sha1 2000/09/xmldsig#base64 2001/04/xmldsig-more#hmac-sha256 2001/04/xmldsig-more#rsa-md5",
)
NAMESPACES = frozenset({
    names.SAML, names.SAMLP, names.MD, names.DS, names.XENC, names.XENC11, names.XSI, names.XML, names.EXC_C14N, _XS,
})  # fmt: skip
AWS_CLAIMS = (
    endpoints.ROLE,
    endpoints.ROLE_SESSION_NAME,
    endpoints.SESSION_DURATION,
    endpoints.SOURCE_IDENTITY,
    endpoints.TRANSITIVE_TAG_KEYS,
)
CONSTANTS = (
    frozenset(one for one in vars(names).values() if isinstance(one, str) and ":" in one)
    | {start + end for start, ends in zip(_CLAIMS[::2], _CLAIMS[1::2], strict=True) for end in ends.split()}
    | {one for partition in endpoints.PARTITIONS.values() for one in partition.audiences}
    | {*AWS_CLAIMS, _XS, "true", "false"}
)
_CLAIM_WORDS = {one.rpartition("/")[2].lower() for one in AWS_CLAIMS}
_HOSTS = "|".join(re.escape(one.host) for one in endpoints.PARTITIONS.values())
_REGION = (
    "(?:us|eu|ap|ca|sa|me|af|il|mx|cn)-(?:gov-)?"
    "(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[0-9]"
)
_PIECES = re.compile(
    rf"(?P<known>https://(?:{_REGION}\.)?(?:{_HOSTS})/(?:static/)?saml(?:/acs/SAMLSP(?=[A-Z0-9])|(?![\w/.-]))"
    r"|https://aws\.amazon\.com/SAML/Attributes/?|https://sts\.windows\.net/|http://schemas\.microsoft\.com/"
    r"|\.mcas\.ms|amazonaws\.cn/SAML|https?://|\Aurn:|arn:aws(?:-cn|-us-gov)?:iam::|arn:|:iam::|:role/|:saml-provider/"
    r"|AWSReservedSSO_|\#(?i:EXT)\#|\A(?i:aws):)"
    r"|(?P<guid>(?<![0-9A-Za-z])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z]))"
    r"|(?P<octet>%[0-9a-fA-F]{2})|(?P<word>[0-9A-Za-z]+)|(?P<other>[^\x00-\x7f]+)"
)
_SHORT, _SPELLED = 5, 8
"""So many short words in a row, and a value is spelled out: letters with blanks between, %42%72, &#66;&#114;. Word for
word from a table it would be a cipher that anybody breaks, so each place of a short one has its own replacement."""
_SECONDS = re.compile(r"\s*[+-]?[0-9]{1,6}\s*", re.ASCII)
_ODD_INSTANT = re.compile(
    r"(\s*-?)(\d{4,6})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?(\s*)", re.ASCII
)
_POSSIBLE = ((1900, 2100), (1, 12), (1, 28), (0, 23), (0, 59), (0, 59))
"""Year to second: what is within is replaced by chance, what is beyond is what a rule judges, and stays."""
_OTHER_LETTERS = "äöüéèêñçøåæœžšłđþ"
_TRIES = 50
_CHANCE = secrets.SystemRandom()


class Disguise:
    """A table of replacements, filled by chance as words come, and one offset for all instants."""

    def __init__(self, instants: Iterable[str]) -> None:
        self._table: dict[tuple[str, tuple[int, int] | None], str] = {}
        self._wholes: dict[str, int] = {}
        self._taken: set[str] = set()
        self._bytes: dict[bytes, bytes] = {}
        digits = [len(text.partition(".")[2].rstrip("Z")) for text in instants]
        quantum = 10 ** (6 - min([6, *digits]))
        away = _CHANCE.randrange(86_400_000_000 * 30, 86_400_000_000 * 1000)
        self.offset = timedelta(microseconds=away // quantum * quantum) * _CHANCE.choice((-1, 1))

    def value(self, text: str) -> str:
        """A value of any kind. A protocol constant stays, blanks around it too."""
        if text.strip() in CONSTANTS or not text.strip():
            return text
        instant = read_instant(text)
        if instant is not None and instant.at is not None:
            return self._instant(text, instant.at)
        odd = _ODD_INSTANT.fullmatch(text)
        if odd is not None:
            return self._odd_instant(text, odd)
        whole = self._wholes.setdefault(text.lower(), len(self._wholes)) if _is_spelled_out(text) else None
        return _PIECES.sub(lambda found: self._piece(found, whole), text)

    def seconds(self, text: str) -> str:
        """The value of SessionDuration: a short number is what a rule judges, and stays."""
        return text if _SECONDS.fullmatch(text) else self.value(text)

    def claim(self, text: str) -> str:
        """The Name of an Attribute. A tag's key is replaced; the last part of what resembles AWS's names stays."""
        if text.startswith(endpoints.PRINCIPAL_TAG):
            return endpoints.PRINCIPAL_TAG + self.value(text.removeprefix(endpoints.PRINCIPAL_TAG))
        head, slash, local = text.rpartition("/")
        if text not in CONSTANTS and local.lower() in _CLAIM_WORDS:
            return self.value(head + slash) + local
        return self.value(text)

    def moment(self, at: datetime) -> datetime:
        """An instant moved by the offset; the calendar's first year or last where it would leave the calendar."""
        try:
            return at + self.offset
        except OverflowError:
            return datetime(9999 if self.offset > timedelta() else 1, 1, 1, tzinfo=UTC)

    def secret(self, data: bytes) -> bytes:
        """Other bytes of the same number."""
        return self._bytes.setdefault(data, secrets.token_bytes(len(data)))

    def base64(self, data: bytes) -> str:
        return base64.b64encode(self.secret(data)).decode()

    def _instant(self, text: str, at: datetime) -> str:
        written = self.moment(at).astimezone(UTC).isoformat(timespec="microseconds")
        digits = len(text.partition(".")[2].rstrip("Z"))
        return written[:19] + (f".{written[20:26]:0<9}"[: digits + 1] if digits else "") + "Z"

    def _odd_instant(self, text: str, odd: re.Match[str]) -> str:
        """An instant of another form than SAML's, or one that no calendar has, in the same form."""
        before, after = odd[1], (odd[9] or "") + odd[10]
        core = text[len(before) : len(text) - len(after)] + "Z"
        instant = read_instant(core)
        if instant is not None and instant.at is not None:
            return before + self._instant(core, instant.at)[:-1] + after
        fields = [_another(odd[n], low, high) for n, (low, high) in enumerate(_POSSIBLE, 2)]
        fraction = "." + "".join(_CHANCE.choices(string.digits, k=len(odd[8]))) if odd[8] else ""
        return f"{before}{'-'.join(fields[:3])}T{':'.join(fields[3:])}{fraction}{after}"

    def _piece(self, found: re.Match[str], whole: int | None) -> str:
        """What stands for a piece of a value, of which ``whole`` is given where each place has its own."""
        text = found[0]
        if found.lastgroup == "known":
            return text
        place = None if whole is None or len(text) > _SHORT else (whole, found.start())
        if found.lastgroup == "other":  # some of them are two letters in lower case
            return self._replaced(text, "other", place)
        fresh = self._replaced(text.lower(), found.lastgroup or "", place)
        return "".join(new.upper() if old.isupper() else new for old, new in zip(text, fresh, strict=True))

    def _replaced(self, text: str, kind: str, place: tuple[int, int] | None = None) -> str:
        key = (text, place)
        if key not in self._table:
            self._table[key] = self._unused(text, kind) if place is None else _chance(text, kind)
        return self._table[key]

    def _unused(self, text: str, kind: str) -> str:
        """A replacement that no other text has; of very short words there may be none left."""
        made = text
        for _ in range(_TRIES):
            made = _chance(text, kind)
            if made != text and made not in self._taken:
                break
        self._taken.add(made)
        return made


def _chance(text: str, kind: str) -> str:
    """Other signs of the same kinds."""
    letters = {"guid": "abcdef", "octet": "abcdef", "word": string.ascii_lowercase}.get(kind, _OTHER_LETTERS)
    return "".join(_other(sign, letters, kind) for sign in text)


def _is_spelled_out(text: str) -> bool:
    """Whether many short words stand in a row."""
    row = 0
    for found in _PIECES.finditer(text):
        row = row + 1 if found.lastgroup in ("word", "octet") and len(found[0]) <= _SHORT else 0
        if row == _SPELLED:
            return True
    return False


def _other(sign: str, letters: str, kind: str) -> str:
    if sign in "-%":
        return sign
    if sign.isdigit() and kind != "other":
        return _CHANCE.choice(string.digits)
    return _CHANCE.choice(letters)


def _another(digits: str, low: int, high: int) -> str:
    return f"{_CHANCE.randint(low, high):0{len(digits)}}" if low <= int(digits) <= high else digits
