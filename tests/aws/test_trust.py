"""Trust policies: who may do what, under which conditions, and what cannot be told."""

import random
from datetime import timedelta

import pytest

from harness.arn import parse_role_pair
from harness.aws.session import name_qualifier, subject_type
from harness.aws.trust import Decision, context_of, evaluate
from harness.aws.trust_conditions import conditions_hold, like
from tests.aws.responses import ISSUER, NOW, PAIR, PROVIDER, attempt, attributes, response, trust

ALLOWED, DENIED, UNDECIDED = Decision.ALLOWED, Decision.DENIED, Decision.UNDECIDED
ACTION = "sts:AssumeRoleWithSAML"
OTHER = "arn:aws:iam::111122223333:saml-provider/Other"
CONTEXT = {
    "saml:aud": ("https://signin.aws.amazon.com/saml",),
    "saml:sub": ("ada",),
    "saml:edupersonaffiliation": ("staff", "member"),
    "aws:requesttag/level": ("7",),
    "aws:currenttime": (NOW.isoformat(),),
    "aws:principaltype": ("User",),
    "aws:tagkeys": ("level",),
}


def decide(policy: object, action: str = ACTION, context=CONTEXT) -> Decision:
    return evaluate(policy, action, PROVIDER, context).decision


def statements(*each: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(each)}


def allow(**changes: object) -> dict:
    return {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": ACTION} | changes


@pytest.mark.parametrize(
    ("policy", "decision"),
    [
        pytest.param(trust(), ALLOWED, id="the provider itself"),
        pytest.param(trust([OTHER, PROVIDER]), ALLOWED, id="one of several providers"),
        pytest.param(trust(OTHER), DENIED, id="another provider"),
        pytest.param(trust(PROVIDER.lower()), DENIED, id="an ARN in another case"),
        pytest.param({"Statement": allow()}, ALLOWED, id="a statement without list"),
        pytest.param(statements(allow(Action=["sts:TagSession", ACTION])), ALLOWED, id="one of several actions"),
        pytest.param(statements(allow(Action="sts:assumerolewith*")), ALLOWED, id="a wildcard in another case"),
        pytest.param(statements(allow(Action="sts:AssumeRoleWithSAM?")), ALLOWED, id="a question mark"),
        pytest.param(statements(allow(Action="sts:AssumeRole")), DENIED, id="another action"),
        pytest.param(statements({"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "NotAction": "sts:Tag*"}),
                     ALLOWED, id="NotAction that names another"),
        pytest.param(statements({"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "NotAction": "sts:*"}),
                     DENIED, id="NotAction that names this"),
        pytest.param(statements(allow(Principal={"AWS": "*"})), DENIED, id="everyone in AWS does not include SAML"),
        pytest.param(statements(allow(), allow(Effect="Deny")), DENIED, id="Deny wins"),
        pytest.param(statements(allow(Effect="Deny"), allow()), DENIED, id="Deny wins in any order"),
        pytest.param(statements(allow(), allow(Effect="Deny", Principal={"Federated": OTHER})), ALLOWED,
                     id="a Deny for another provider"),
        pytest.param(statements(allow(), allow(Effect="Deny", Principal={"AWS": "*"})), UNDECIDED,
                     id="a Deny for everyone in AWS"),
        pytest.param(statements(allow(Principal="*")), UNDECIDED, id="a principal IAM takes from nobody"),
        pytest.param(statements(allow(Principal={"Federated": "*"})), UNDECIDED, id="any identity provider"),
        pytest.param(statements({"Effect": "Allow", "NotPrincipal": {"Federated": OTHER}, "Action": ACTION}),
                     UNDECIDED, id="NotPrincipal"),
        pytest.param(statements(allow(Effect="allow")), UNDECIDED, id="an Effect in lower case"),
        pytest.param(statements(allow(Resource="*")), UNDECIDED, id="a Resource"),
        pytest.param(statements(allow(Conditions={})), UNDECIDED, id="a slip in a name"),
        pytest.param(statements(allow(Condition=[])), UNDECIDED, id="a condition that is no object"),
        pytest.param(statements(allow(Condition={"StringEquals": "x"})), UNDECIDED, id="an operator without key"),
        pytest.param(statements(allow(Condition={"StringEquals": {"saml:sub": None}})), UNDECIDED, id="no value"),
        pytest.param(statements(allow(Action=7)), UNDECIDED, id="an action that is a number"),
        pytest.param(statements("x"), UNDECIDED, id="a statement that is a text"),  # type: ignore[arg-type]
        pytest.param([], DENIED, id="no object"),
        pytest.param(None, DENIED, id="nothing"),
        pytest.param({}, DENIED, id="no statement"),
        pytest.param({"Statement": []}, DENIED, id="an empty list"),
        pytest.param({"Statement": "x"}, DENIED, id="a statement list that is a text"),
    ],
)  # fmt: skip
def test_a_policy_decides(policy: object, decision: Decision):
    assert decide(policy) is decision
    assert bool(evaluate(policy, ACTION, PROVIDER, CONTEXT).reason) is (decision is not ALLOWED)


def test_each_action_needs_its_own_permission():
    policy = trust(action=[ACTION, "sts:TagSession"])
    assert decide(policy, "sts:TagSession") is ALLOWED
    assert decide(policy, "sts:SetSourceIdentity") is DENIED


def test_no_policy_raises():
    """Any JSON value is judged, however odd."""
    chance = random.Random(7)
    words = [
        "Statement",
        "Effect",
        "Allow",
        "Principal",
        "Federated",
        PROVIDER,
        "Action",
        ACTION,
        "Condition",
        "Null",
        "StringLike",
        "NumericEquals",
        "DateEquals",
        "IpAddress",
        "saml:sub",
        "aws:CurrentTime",
        "aws:SourceIp",
        "",
    ]

    def value(depth: int) -> object:
        kind = chance.randrange(9 if depth else 5)
        if kind < 5:
            return chance.choice([*words, None, True, 1e400, -7, "9" * 5000])
        if kind < 7:
            return [value(depth - 1) for _ in range(chance.randrange(3))]
        return {chance.choice(words): value(depth - 1) for _ in range(chance.randrange(4))}

    for _ in range(3000):
        policy = chance.choice([value(4), statements(allow(Condition=value(3))), statements(allow(Principal=value(2)))])
        assert decide(policy, context=CONTEXT | {"aws:sourceip": ("192.0.2.7",)}) in Decision


def test_an_open_question_in_a_deny_is_not_an_allow():
    unclear = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    assert decide(statements(allow(), allow(Effect="Deny", Condition=unclear))) is UNDECIDED
    assert decide(statements(allow(Condition=unclear))) is UNDECIDED
    assert decide(statements(allow(), allow(Condition=unclear))) is ALLOWED
    assert decide(statements(allow(Action="sts:X"), allow(Effect="Deny", Condition=unclear))) is DENIED


def test_the_reason_names_both_sides_of_the_nearest_miss():
    policy = statements(allow(Principal={"Federated": OTHER}), allow(Condition={"StringEquals": {"saml:sub": "bob"}}))
    assert evaluate(policy, ACTION, PROVIDER, CONTEXT).reason == (
        "statement 2: StringEquals saml:sub is ada; the policy says bob"
    )


YES, NO, OPEN = True, False, None


@pytest.mark.parametrize(
    ("operator", "key", "value", "holds"),
    [
        ("StringEquals", "SAML:aud", "https://signin.aws.amazon.com/saml", YES),
        ("StringEquals", "saml:sub", ["bob", "ada"], YES),
        ("StringEquals", "saml:sub", "Ada", NO),
        ("StringEquals", "saml:sub", "a*", NO),
        ("StringNotEquals", "saml:sub", ["bob", "ada"], NO),
        ("StringNotEquals", "saml:sub", "bob", YES),
        ("StringEqualsIgnoreCase", "saml:sub", "ADA", YES),
        ("StringNotEqualsIgnoreCase", "saml:sub", "ADA", NO),
        ("StringLike", "saml:aud", "https://*signin.aws.amazon.com/saml", YES),
        ("StringLike", "saml:sub", "a?a", YES),
        ("StringLike", "saml:sub", "A*", NO),
        ("StringNotLike", "saml:sub", "a*", NO),
        ("NumericEquals", "aws:RequestTag/level", 7, YES),
        ("NumericNotEquals", "aws:RequestTag/level", "7.0", NO),
        ("NumericLessThan", "aws:RequestTag/Level", "8", YES),
        ("NumericLessThanEquals", "aws:RequestTag/level", "6", NO),
        ("NumericGreaterThan", "aws:RequestTag/level", "6", YES),
        ("NumericGreaterThanEquals", "aws:RequestTag/level", "seven", OPEN),
        ("NumericEquals", "saml:sub", "1", OPEN),
        ("DateLessThan", "aws:CurrentTime", "2027-01-01T00:00:00Z", YES),
        ("DateGreaterThan", "aws:CurrentTime", "1798761600", NO),
        ("DateEquals", "aws:CurrentTime", "someday", OPEN),
        ("DateEquals", "aws:CurrentTime", "9" * 400, OPEN),
        ("Bool", "saml:sub", True, NO),
        ("Null", "saml:sub", "false", YES),
        ("Null", "saml:sub", True, NO),
        ("Null", "saml:cn", "true", YES),
        ("Null", "aws:SourceIp", "true", OPEN),
        ("ArnLike", "saml:sub", "arn:aws:*", NO),
        ("ArnNotEquals", "saml:sub", "arn:aws:iam::1:role/x", YES),
        ("IpAddress", "aws:SourceIp", "192.0.2.0/24", OPEN),
        ("StringEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:root", NO),
        ("StringEquals", "saml:cn", "x", NO),
        ("StringNotEquals", "saml:cn", "x", YES),
        ("StringEqualsIfExists", "saml:cn", "x", YES),
        ("StringEqualsIfExists", "saml:sub", "x", NO),
        ("StringEquals", "saml:eduPersonAffiliation", "staff", OPEN),
        ("ForAnyValue:StringEquals", "saml:eduPersonAffiliation", "staff", YES),
        ("ForAnyValue:StringEquals", "saml:cn", "staff", NO),
        ("ForAnyValue:StringNotEquals", "saml:eduPersonAffiliation", "staff", YES),
        ("ForAllValues:StringEquals", "saml:eduPersonAffiliation", "staff", NO),
        ("ForAllValues:StringLike", "saml:eduPersonAffiliation", ["st*", "m*"], YES),
        ("ForAllValues:StringEquals", "saml:cn", "staff", YES),
        ("ForSomeValues:StringEquals", "saml:sub", "ada", OPEN),
        ("StringEquals", "saml:sub", "${saml:sub}", OPEN),
        ("StringEquals", "saml:sub", [], OPEN),
        ("BinaryEquals", "saml:sub", "YWRh", OPEN),
        ("stringequals", "saml:sub", "ada", OPEN),
        ("NullIfExists", "saml:sub", "true", OPEN),
    ],
)
def test_an_operator_holds(operator: str, key: str, value: object, holds: bool | None):
    outcome = conditions_hold({operator: {key: value}}, CONTEXT)
    assert outcome.holds is holds
    assert bool(outcome.reason) is (holds is not True)


def test_an_unknown_operator_is_named():
    assert "'BinaryEquals'" in conditions_hold({"BinaryEquals": {"saml:sub": "x"}}, CONTEXT).reason


def test_addresses_are_compared_where_the_address_is_known():
    context = {"aws:sourceip": ("192.0.2.7",)}
    assert conditions_hold({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, context).holds is True
    assert conditions_hold({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, context).holds is False
    assert conditions_hold({"IpAddress": {"aws:SourceIp": "everywhere"}}, context).holds is None


def test_every_condition_must_hold_and_one_that_does_not_decides():
    block = {"BinaryEquals": {"saml:sub": "x"}, "StringEquals": {"saml:sub": "bob"}}
    assert conditions_hold(block, CONTEXT).holds is False
    assert conditions_hold({"StringEquals": {"saml:sub": "ada", "saml:aud": "x"}}, CONTEXT).holds is False


def test_arns_are_compared_part_by_part():
    context = {"saml:sub": ("arn:aws:iam::111122223333:role/a:b",)}
    for pattern, holds in (
        ("arn:aws:iam::111122223333:role/*", True), ("arn:aws:*:role/*", False), ("arn:*:iam::*:role/a?b", True),
    ):  # fmt: skip
        assert conditions_hold({"ArnLike": {"saml:sub": pattern}}, context).holds is holds


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [
        ("", "", True), ("", "*", True), ("", "?", False), ("abc", "abc", True), ("abc", "a*", True),
        ("abc", "*c", True), ("abc", "a?c", True), ("abc", "a?", False), ("abc", "a*b*c", True),
        ("abcabd", "a*abd", True), ("a*c", "a*c", True), ("a.c", "a.c", True), ("abc", "a.c", False),
        ("abc", "ab", False), ("ab", "abc", False), ("aab", "*ab", True), ("aXbXc", "a**c", True),
    ],
)  # fmt: skip
def test_a_pattern_fits(text: str, pattern: str, fits: bool):
    assert like(text, pattern) is fits


def test_a_hostile_pattern_takes_no_time():
    assert not like("a" * 2000, "a*" * 500 + "b")


def test_a_name_qualifier_is_aws_own_formula():
    assert name_qualifier("https://example.com/saml", "123456789012", "MySAMLIdP") == "1uAJanUnBc2XeUkHURMht+xam2c="


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "persistent"),
        ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "transient"),
        ("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
         "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
        ("custom-format", "custom-format"),
        ("urn:oasis:names:tc:SAML:2.0:nameid-format:", "urn:oasis:names:tc:SAML:2.0:nameid-format:"),
    ],
)  # fmt: skip
def test_a_subject_type_is_told(written: str, told: str):
    assert subject_type(written) == told


def test_a_context_holds_what_the_assertion_says():
    says = attributes(
        SourceIdentity="ada", TransitiveTagKeys=["Team"], **{"PrincipalTag:Team": "blue", "PrincipalTag:Site": "K1"}
    )
    says |= {
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["staff", "member"],
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.11": ["high"],
        "urn:oid:1.3.6.1.4.1.5923.1.2.1.2": ["https://contoso.example"],
        "urn:oid:2.5.4.3": ["Ada"],
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": ["ada@contoso.example"],
        "0.9.2342.19200300100.1.3": ["second@contoso.example"],
    }
    facts = attempt(response(says=says, recipient="https://eu-west-1.signin.aws.amazon.com/saml")).received.signed
    pair = parse_role_pair(PAIR)
    context = context_of(facts, pair, NOW + timedelta(seconds=1))
    assert context == {
        "saml:aud": ("https://eu-west-1.signin.aws.amazon.com/saml",),
        "saml:iss": (ISSUER,),
        "saml:sub": ("ada@contoso.example",),
        "saml:sub_type": ("persistent",),
        "saml:doc": ("111122223333/Entra",),
        "saml:namequalifier": (name_qualifier(ISSUER, "111122223333", "Entra"),),
        "saml:edupersonaffiliation": ("staff", "member"),
        "saml:edupersonassurance": ("high",),
        "saml:eduorghomepageuri": ("https://contoso.example",),
        "saml:cn": ("Ada",),
        "saml:mail": ("ada@contoso.example",),
        "aws:requesttag/team": ("blue",),
        "aws:requesttag/site": ("K1",),
        "aws:tagkeys": ("Team", "Site"),
        "aws:principalaccount": ("111122223333",),
        "aws:principaltype": ("User",),
        "aws:currenttime": ("2026-11-01T09:00:01+00:00",),
        "aws:epochtime": ("1793523601",),
        "sts:rolesessionname": ("ada@contoso.example",),
        "sts:sourceidentity": ("ada",),
        "sts:transitivetagkeys": ("Team",),
    }
