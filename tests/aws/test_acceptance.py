"""AWS's answers, row by row; and that nothing but signed facts is ever accepted."""

import pytest

from harness.aws.acceptance import signin_answer, sts_answers
from harness.report.model import Accepted, AwsAnswer, Basis, Refused, Unknown
from tests.aws import cases, more_cases
from tests.aws.cases import Case, NotKnown, Refusal, answer_of, param
from tests.aws.responses import (
    ACCOUNT,
    PAIR,
    PROVIDER,
    ROLE,
    at,
    attempt,
    attributes,
    declared,
    key,
    response,
)  # fmt: skip


def agrees(answer: AwsAnswer, expected: object) -> None:
    """The answer says what the case expects, word by word."""
    if isinstance(expected, Refusal):
        assert isinstance(answer, Refused)
        got = Refusal(answer.code, answer.http_status, answer.message, answer.basis)
        assert got == expected
        assert not answer.others
    elif isinstance(expected, NotKnown):
        assert isinstance(answer, Unknown), answer
        assert expected.words in answer.reason
    else:
        assert isinstance(answer, Accepted), answer
        assert answer.basis is expected.basis
        assert {name: getattr(answer.session, name) for name in expected.fields} == expected.fields


@pytest.mark.parametrize("case", [param(case) for case in cases.CASES + more_cases.CASES])
def test_sts_answers(case: Case):
    agrees(answer_of(case), case.says)


@pytest.mark.parametrize("case", [param(case) for case in more_cases.PAGE])
def test_the_sign_in_page_answers(case: Case):
    asked = case.attempt()
    agrees(signin_answer(asked, sts_answers(asked)), case.says)
    agrees(signin_answer(asked), case.says)


def test_a_session_is_what_the_assertion_says():
    answer = sts_answers(attempt(response(says=attributes(SourceIdentity="ada", **{"PrincipalTag:Team": "blue"}))))
    session = answer[0].answer.session
    assert (session.name, session.subject, session.subject_type) == (
        "ada@contoso.example", "ada@contoso.example", "persistent",
    )  # fmt: skip
    assert session.issuer == "https://sts.windows.net/11111111-2222-4333-8444-555555555555/"
    assert session.audience == "https://signin.aws.amazon.com/saml"
    assert (session.seconds, session.source_identity, session.tags) == (3600, "ada", (("Team", "blue"),))


def test_what_is_not_declared_is_printed_as_assumed():
    asked = attempt(response())
    assert len(sts_answers(asked)[0].answer.assumed) == 2
    assert len(signin_answer(asked).assumed) == 3
    assert not sts_answers(attempt(response(), aws=declared()))[0].answer.assumed


def test_the_same_response_is_accepted_again():
    """1.4: AWS keeps no record of assertions. The harness holds no state either."""
    asked = attempt(response())
    assert sts_answers(asked) == sts_answers(asked)


def test_of_several_refusals_the_order_is_marked_inferred_and_the_others_are_listed():
    asked = attempt(response(until=at(-1), issued=at(-400), says=attributes(RoleSessionName="a")))
    answer = sts_answers(asked)[0].answer
    assert (answer.message, answer.basis) == ("Response has expired", Basis.INFERRED)
    assert answer.others == (
        "Token must be redeemed within 5 minutes of issuance",
        "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
    )


def test_a_refusal_outranks_what_is_unknown():
    asked = attempt(response(until=at(-1), says=attributes(SessionDuration="1h")))
    assert sts_answers(asked)[0].answer.message == "Response has expired"


def test_all_that_is_unknown_is_said():
    answer = sts_answers(attempt(response(issued=at(5), says=attributes(SessionDuration="1h"))))[0].answer
    assert "in the future" in answer.reason
    assert "SessionDuration" in answer.reason


def test_each_pair_has_its_own_answer():
    roles = [PAIR, f"{ACCOUNT}:role/Boss,{PROVIDER}", f"{ROLE},{ACCOUNT}:saml-provider/Gone", "nonsense"]
    answers = sts_answers(attempt(response(says=attributes(Role=roles)), aws=declared()))
    assert [str(one.pair) for one in answers] == roles[:3]
    assert isinstance(answers[0].answer, Accepted)
    assert answers[1].answer.message == "Not authorized to perform sts:AssumeRoleWithSAML"
    # Two things are wrong with the last: the provider is not there, and the role does not trust it.
    assert answers[2].answer.message.startswith("Specified provider doesn't exist")
    assert answers[2].answer.others == ("Not authorized to perform sts:AssumeRoleWithSAML",)


def test_pairs_that_nothing_tells_apart_share_one_answer():
    roles = [f"arn:aws:iam::{n:012}:role/R,arn:aws:iam::{n:012}:saml-provider/Entra" for n in range(400)]
    answers = sts_answers(attempt(response(says=attributes(Role=[*roles, PAIR.replace(",", " ,")]))))
    assert len({id(one.answer) for one in answers[:400]}) == 1
    assert isinstance(answers[400].answer, Unknown)


def test_a_requested_pair_is_asked_alone():
    asked = attempt(response(says=attributes(Role=[PAIR, f"{ACCOUNT}:role/Boss,{PROVIDER}"])))
    assert [str(one.pair) for one in sts_answers(asked, PAIR)] == [PAIR]
    assert [str(one.pair) for one in sts_answers(asked, f"{ACCOUNT}:role/Boss")] == [f"{ACCOUNT}:role/Boss,{PROVIDER}"]


def test_a_pair_that_is_not_offered_is_judged_for_all_else_too():
    wanted = f"{ACCOUNT}:role/Boss,{ACCOUNT}:saml-provider/Gone"
    (one,) = sts_answers(attempt(response(), aws=declared()), wanted)
    assert str(one.pair) == wanted
    assert one.answer.message.startswith("Specified provider doesn't exist")
    assert "SAML Assertion doesn't contain the requested Role and Metadata in the attributes" in one.answer.others


def test_the_page_tells_several_hopeless_pairs_apart():
    roles = [f"{ACCOUNT}:role/Boss,{PROVIDER}", f"{ROLE},{ACCOUNT}:saml-provider/Gone"]
    answer = signin_answer(attempt(response(says=attributes(Role=roles)), aws=declared()))
    assert isinstance(answer, Refused)
    assert answer.basis is Basis.INFERRED
    assert any(message.startswith("Specified provider doesn't exist") for message in answer.others)


FORGED = (
    '<Assertion ID="_evil" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Issuer>x</Issuer></Assertion>'
)


def signed_then(old: str, new: str) -> bytes:
    """A good response, changed by somebody without the key."""
    return response(tampered=[(old, new)])


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(signed_then("role/Admin", "role/Boss"), id="a changed role"),
        pytest.param(signed_then("ada@contoso.example</NameID>", "bob@contoso.example</NameID>"), id="a subject"),
        pytest.param(response(signed=("_r1",)), id="only the response signed"),
        pytest.param(response(signed=()), id="nothing signed"),
        pytest.param(response(by=key("stranger")), id="another key"),
        pytest.param(signed_then("</samlp:Status>", "</samlp:Status>" + FORGED), id="a forged sibling before"),
        pytest.param(signed_then("</samlp:Response>", FORGED + "</samlp:Response>"), id="a forged sibling after"),
        pytest.param(signed_then("ada@contoso.example</NameID>", "ada@contoso<!-- -->.example</NameID>"),
                     id="a comment in the subject"),
        pytest.param(signed_then("</Subject>", "</Subject><Advice/>"), id="an element more"),
        pytest.param(signed_then('ID="_a1"', 'ID="_a2"'), id="another ID"),
    ],
)  # fmt: skip
def test_nothing_but_signed_facts_is_accepted(xml: bytes):
    asked = attempt(xml)
    assert not any(isinstance(one.answer, Accepted) for one in sts_answers(asked))
    assert not isinstance(signin_answer(asked), Accepted)


def test_a_signed_assertion_moved_out_of_place_is_not_accepted():
    """Its signature verifies wherever it stands; only a child of the Response is the assertion of the response."""
    text = response().decode()
    start, end = text.index("<Assertion"), text.index("</Assertion>") + len("</Assertion>")
    inside = f"<samlp:Extensions>{text[start:end]}</samlp:Extensions><samlp:Status>"
    asked = attempt((text[:start] + text[end:]).replace("<samlp:Status>", inside).encode())
    assert [check.verified for check in asked.received.signatures] == [True]
    assert asked.received.own_signature is None
    assert asked.received.signed is None
    (one,) = sts_answers(asked)
    assert "no child of the Response" in one.answer.reason
    assert not isinstance(signin_answer(asked), Accepted)


def test_the_last_gate_holds_without_any_condition(monkeypatch: pytest.MonkeyPatch):
    """Were every condition forgotten, an unproven response would still not be accepted."""
    monkeypatch.setattr("harness.aws.acceptance.CHECKS", ())
    for xml in (response(signed=()), response(signed=("_r1",)), response(by=key("stranger"))):
        assert isinstance(sts_answers(attempt(xml))[0].answer, Unknown)
    assert isinstance(sts_answers(attempt(response(), fault="odd"))[0].answer, Unknown)
    assert isinstance(sts_answers(attempt(response()))[0].answer, Accepted)
