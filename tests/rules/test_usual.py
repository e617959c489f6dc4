"""What a look settles is what the rules would say: with the looks and without, every report is the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harness.cases.catalogue import chosen
from harness.cases.core import Case
from harness.cases.workshop import Workshop
from harness.errors import UnreadableInput
from harness.report.model import Outcome, Report
from harness.rules import Policy, core, usual
from harness.rules.core import Evidence
from harness.rules.registry import REGISTRY
from harness.rules.usual import Usual, usual_of
from harness.saml import received
from harness.saml.wire import read_capture
from harness.validate import check
from tests.saml.world import AT, NOW, USER, issued, judged, policy, sealed, taken, unsigned

CLAIM = b"https://aws.amazon.com/SAML/Attributes/"


def looks_at(xml: bytes, given: Policy | None = None, *, at=AT, size: int = 9_000) -> frozenset[Usual]:
    return usual_of(Evidence(taken(xml), given or policy(), at, base64_size=size))


def test_everything_is_usual_about_the_demo_companys_response() -> None:
    assert looks_at(issued()) == set(Usual)


def test_every_look_settles_some_rule_and_every_rule_names_a_look_that_is_taken() -> None:
    settled = {one.settled_by for one in REGISTRY.values()} - {None}
    assert settled == set(Usual) == {what for what, _ in usual._LOOKS}


def claim(old: bytes, new: bytes) -> bytes:
    changed = unsigned().replace(old, new)
    assert changed != unsigned()
    return sealed(changed)


UNUSUAL = {
    Usual.POST: lambda: looks_at(issued(), size=100_001),
    Usual.TIMES: lambda: looks_at(issued(), at=AT + timedelta(minutes=5)),
    Usual.ADDRESSES: lambda: looks_at(claim(b'Recipient="https://signin', b'Recipient="https://eu-west-1.signin')),
    Usual.CLAIMS: lambda: looks_at(claim(b"<AttributeValue>3600<", b"<AttributeValue>360<")),
    Usual.ROLES: lambda: looks_at(claim(b":role/", b":role/AWSReservedSSO_")),
    Usual.SIGNER: lambda: looks_at(issued(), at=AT + timedelta(days=3_000)),
}  # fmt: skip


@pytest.mark.parametrize("what", UNUSUAL)
def test_a_look_sees_what_is_not_usual(what: Usual) -> None:
    assert what not in UNUSUAL[what]()


def without_looks(monkeypatch: pytest.MonkeyPatch, judge) -> Report:
    with monkeypatch.context() as patch:
        patch.setattr(core, "usual_of", lambda _: frozenset())
        return judge()


def the_long_way(monkeypatch: pytest.MonkeyPatch, judge) -> Report:
    with monkeypatch.context() as patch:
        patch.setattr(received, "read_usual", lambda *_: None)
        return judge()


MINUTES = (
    -61 * 24 * 60,
    -10,
    -5,
    -1,
    0,
    1,
    4,
    5,
    6,
    54,
    55,
    56,
    59,
    60,
    61,
    90 * 24 * 60,
    800 * 24 * 60,
    1200 * 24 * 60,
)


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_at_any_time_the_report_is_the_same(minutes: int, seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def judge() -> Report:
        return judged(issued(), at=NOW + timedelta(minutes=minutes, seconds=seconds))

    assert judge() == without_looks(monkeypatch, judge) == the_long_way(monkeypatch, judge)


SIGNED = [
    (b"<AttributeValue>3600<", b"<AttributeValue>36.00<"),
    (b"<AttributeValue>3600<", b"<AttributeValue>3600</AttributeValue><AttributeValue>3601<"),
    (b"<AttributeValue>3600<", b"<AttributeValue>43201<"),
    (CLAIM + b"SessionDuration", CLAIM + b"sessionduration"),
    (CLAIM + b"SessionDuration", CLAIM + b"SourceIdentity"),
    (CLAIM + b"SessionDuration", CLAIM + b"PrincipalTag:team"),
    (CLAIM + b"SessionDuration", CLAIM + b"TransitiveTagKeys"),
    (CLAIM + b"SessionDuration", b"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/role"),
    (CLAIM + b"RoleSessionName", CLAIM + b"SessionName"),
    (CLAIM + b"RoleSessionName", b"https://www.amazonaws.cn/SAML/Attributes/RoleSessionName"),
    (CLAIM + b"Role\"", CLAIM + b"role\""),
    (USER.encode(), b"britta simon"),
    (USER.encode(), b"britta_fabrikam#EXT#@contoso.com"),
    (b":role/", b":role/a b/"),
    (b":role/", b":role/AWSReservedSSO_x"),
    (b":role/", b":role/AWSReservedSSO_x/y"),
    (b":role/", b":role/" + b"x" * 50 + b"/" + b"y" * 50 + b"/"),
    (b":iam::", b":iam:: "),
    (b"arn:aws:iam", b"arn:aws-us-gov:iam"),
    (b",arn:aws:iam", b",arn:aws-cn:iam"),
    (b"saml-provider/", b"saml-provider/-"),
    (b"saml-provider/", b"saml-provider/x"),
    (b"<Audience>https://signin", b"<Audience>https://eu-west-1.signin"),
    (b"<Audience>", b"<Audience>urn:x"),
    (b'Recipient="', b'Recipient="x'),
    (b'Destination="https://signin', b'Destination="https://eu-west-1.signin'),
    (b'Destination="https://signin.aws.amazon.com', b'Destination="https://signin.aws.amazon.com.mcas.ms'),
    (b"sts.windows.net", b"sts.windows.example"),
    (b"http://schemas.microsoft.com/identity/claims/displayname", b"urn:of-our-own"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SIGNED)
def test_whatever_is_signed_the_report_is_the_same(old: bytes, new: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    xml = claim(old, new)

    def judge() -> Report:
        return judged(xml)

    assert taken(xml).usual is not None
    assert judge() == without_looks(monkeypatch, judge) == the_long_way(monkeypatch, judge)


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop()


@pytest.mark.parametrize("case", chosen(), ids=lambda case: case.id)
def test_of_every_case_the_report_is_the_same(case: Case, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    material = case.material(workshop)
    try:
        capture = read_capture(material.posted)
    except UnreadableInput:
        return
    aws = workshop.aws(material.world)
    keys = tuple(dict.fromkeys(one for held in aws.documents for one in held.keys))
    given = Policy(aws, keys, role=material.world.asked_role, allow_sha1=material.world.allow_sha1)
    opens = [workshop.opening_key(name) for name in material.world.opens]

    def judge() -> Report:
        return check(capture, given, material.now, decrypt_keys=opens, ask_engines=False)

    assert judge() == without_looks(monkeypatch, judge) == the_long_way(monkeypatch, judge)


def test_what_is_settled_passes_or_had_nothing_to_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def outcomes(settled: bool) -> dict[str, tuple[Outcome, str]]:
        checks = judged(issued()).checks if settled else without_looks(monkeypatch, lambda: judged(issued())).checks
        return {one.rule.code: (one.outcome, one.reason) for one in checks if REGISTRY[one.rule.code].settled_by}

    assert outcomes(settled=True) == outcomes(settled=False)
    skipped = {code: reason for code, (outcome, reason) in outcomes(settled=True).items() if outcome is Outcome.SKIP}
    assert skipped == {
        "AWS015": "there is no SourceIdentity attribute",
        "AWS017": "there is no TransitiveTagKeys attribute",
    }
    assert Outcome.FAIL not in {outcome for outcome, _ in outcomes(settled=True).values()}
