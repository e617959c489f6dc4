"""The assertions: what they take, and their failures word for word."""

from datetime import UTC, datetime, timedelta

import pytest

from harness import demo_scenario
from harness.entra.idp import EntraIdp
from harness.testing import ResponseFactory, ServiceProvider, assert_accepted, assert_aws_refuses, assert_finds
from tests.preflight.worlds import keys

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AWS = "https://aws.amazon.com/SAML/Attributes"
READER = "arn:aws:iam::111122223333:role/contoso-prod-read-only-user,arn:aws:iam::111122223333:saml-provider/WAAD"


@pytest.fixture
def response() -> ResponseFactory:
    idp = EntraIdp(demo_scenario(), keys())
    return ResponseFactory(idp, ServiceProvider(idp, NOW), NOW, "111122223333")


def failure(check: object, *arguments: object, **named: object) -> str:
    with pytest.raises(AssertionError) as raised:
        check(*arguments, **named)  # type: ignore[operator]
    return str(raised.value)


def test_what_entra_sends_is_accepted(response: ResponseFactory):
    assert_accepted(response())
    assert_accepted(response().report)
    assert_finds(response())


def test_a_refusal_is_told_whole(response: ResponseFactory):
    said = failure(assert_accepted, response(user="adele@contoso.com", session_name="a b"))
    assert said == (
        "expected: AWS accepts at both doors, and no finding is an error\n"
        "got:      AWS would refuse; 1 error.\n"
        "  sign-in page: refused: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64} "
        "(Service: AWSSecurityTokenService; Status Code: 400; Error Code: InvalidIdentityToken; Request ID: ...; "
        "Proxy: null). Please try again.; InvalidIdentityToken HTTP status not known (documented)\n"
        "  STS 111122223333 contoso-prod-read-only-user via WAAD: refused: RoleSessionName in AuthnResponse must match "
        "[a-zA-Z_0-9+=,.@-]{2,64}; InvalidIdentityToken HTTP 400 (documented)\n"
        "AWS002 error  AWS does not take this RoleSessionName.\n"
        "  where     /Response/Assertion/AttributeStatement/Attribute[12]/AttributeValue[1], line 1\n"
        "  got       a b\n"
        "  expected  [a-zA-Z_0-9+=,.@-]{2,64}\n"
        "  fix       Entra, Enterprise application, Single sign-on, Attributes & Claims, RoleSessionName: choose a "
        "source that fits, or a transformation such as ExtractMailPrefix."
    )


def test_a_missing_finding_says_what_it_would_have_been(response: ResponseFactory):
    said = failure(assert_finds, response(user="adele@contoso.com"), "AST003", "AWS002")
    assert said == (
        "expected: a finding AST003 (The assertion is addressed to this service provider.), "
        "AWS002 (RoleSessionName has 2 to 64 characters of a-z A-Z 0-9 _ + = , . @ -.)\n"
        "got:      AWS would accept; no error.\n"
        "  sign-in page: accepted, session adele@contoso.com for 3600 s (inferred)\n"
        "  STS 111122223333 contoso-prod-read-only-user via WAAD: accepted, session adele@contoso.com for 3600 s "
        "(observed)\n"
        "Nothing is wrong."
    )


def test_a_code_that_is_none_is_called_so(response: ResponseFactory):
    assert failure(assert_finds, response(), "XYZ999").startswith("expected: a finding XYZ999 (no such rule)\n")


def test_a_refusal_that_did_not_come_says_which_was_wanted(response: ResponseFactory):
    said = failure(assert_aws_refuses, response(), code="ExpiredTokenException", message="Response has expired")
    assert said.splitlines()[:2] == [
        "expected: AWS refuses with ExpiredTokenException, saying 'Response has expired'",
        "got:      AWS would accept; no error.",
    ]


def test_another_refusal_is_not_the_one_that_was_wanted(response: ResponseFactory):
    refused = response(session_name="a b")
    assert_aws_refuses(refused)
    assert_aws_refuses(refused, code="InvalidIdentityToken")
    assert_aws_refuses(refused, message="must match [a-zA-Z_0-9+=,.@-]{2,64}")
    assert "AWS002 error" in failure(assert_aws_refuses, refused, code="AccessDenied")
    assert "AWS002 error" in failure(assert_aws_refuses, refused, code="InvalidIdentityToken", message="expired")


def test_what_could_not_be_judged_is_no_acceptance(response: ResponseFactory):
    report = response().sp.judge(b"<EntityDescriptor/>")
    assert failure(assert_accepted, report).splitlines()[1].startswith("got:      No verdict: ")


@pytest.mark.parametrize(
    ("differs", "codes"),
    [
        ({"audience": "https://elsewhere.example/"}, {"AST003"}),
        ({"recipient": "https://elsewhere.example/"}, {"AST004", "AST005", "TRU003"}),
        ({"issuer": "https://elsewhere.example/"}, {"AST006", "MET013"}),
        ({"session_name": "a"}, {"AWS002"}),
        ({"session_duration": 60}, {"AWS014"}),
        ({"roles": ["nothing"]}, {"AWS005"}),
        ({"claims": {"Role": None}}, {"AWS004"}),
        ({"claims": {f"{AWS}/RoleSessionName": ["a@b", "c@d"]}}, {"AWS023"}),
        ({"age": timedelta(minutes=6)}, {"AWS018"}),
        ({"lifetime": timedelta(0)}, {"AST011"}),
        ({"signed": "nothing"}, {"SIG001"}),
        ({"signed": "response"}, {"SIG001"}),
        ({"sha1": True}, {"SIG014"}),
    ],
)
def test_each_argument_is_one_difference(response: ResponseFactory, differs: dict, codes: set[str]):
    report = response(**differs).report
    assert report.error_codes == codes


def test_what_needs_no_error_is_accepted_too(response: ResponseFactory):
    assert_accepted(response(signed="both"))
    assert_accepted(response(name_id="somebody", roles=[READER], session_duration="900"))
    assert_accepted(response(at=NOW + timedelta(days=3)))
    other = response(in_response_to="_a1", relay_state="https://console.aws.amazon.com/s3")
    assert other.form["RelayState"] == "https://console.aws.amazon.com/s3"
    assert other.report.response.in_response_to == "_a1"


def test_another_key_is_a_strangers(response: ResponseFactory):
    from harness.saml.keys import make_signing_key

    stranger = make_signing_key("Stranger", NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert_aws_refuses(response(signed_by=stranger), message="Response signature invalid")


def test_nobody_in_an_account_is_said_with_the_cure(response: ResponseFactory):
    from dataclasses import replace

    from harness.errors import HarnessError

    with pytest.raises(HarnessError, match=r"nobody holds a role of app 'AWS' in account 999999999999; name a user"):
        replace(response, account="999999999999")()
