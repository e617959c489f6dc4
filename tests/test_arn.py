"""Role values as pairs: what counts as usual is what IAM can hold, written just as the documents write it."""

import random

import pytest

from harness.arn import ACCOUNT_ID, Arn, all_usual, can_exist, name_fault, parse_role_pair, parse_role_pairs

PROVIDER = "arn:aws:iam::111122223333:saml-provider/Entra"


def value(resource: str) -> str:
    return f"arn:aws:iam::111122223333:role/{resource},{PROVIDER}"


def test_a_pair_knows_both_arns():
    pair = parse_role_pair(value("team/Admin"))
    assert pair is not None
    assert pair.role == Arn("aws", "111122223333", "role", "team/Admin")
    assert str(pair.provider) == PROVIDER
    assert (pair.usual, pair.blanks, pair.provider_first) == (True, False, False)
    assert str(pair) == value("team/Admin")
    assert pair.length == len(value("team/Admin")) - 1


def test_what_is_odd_about_a_pair_is_remembered():
    role, provider = value("Admin").split(",")
    turned = parse_role_pair(f"{provider} , {role}")
    assert turned is not None
    assert (turned.usual, turned.blanks, turned.provider_first) == (False, True, True)
    assert (str(turned.role), str(turned.provider)) == (role, provider)


@pytest.mark.parametrize(
    ("resource", "possible"),
    [
        ("a" * 64, True),
        ("a" * 65, False),
        ("p" * 510 + "/" + "n" * 64, True),
        ("p" * 511 + "/n", False),
        ("p/" * 255 + "p/n", False),
        ("p/" * 255 + "n", True),
        ("p" * 600 + "/n", False),
        ("ä", False),
    ],
)
def test_only_what_iam_can_hold_is_usual(resource: str, possible: bool):
    pair = parse_role_pair(value(resource))
    assert pair is not None
    assert can_exist(pair) is possible
    assert (not name_fault(pair)) is possible
    assert pair.usual is possible
    assert all_usual([pair]) is possible


def test_all_values_together_are_read_as_each_alone():
    chance = random.Random(5)
    pieces = [
        value("Admin"),
        value("p" * 600 + "/n"),
        value("a b"),
        value("x"),
        " " + value("Admin"),
        value("y") + "\n",
    ]
    pieces += [value("z").replace("aws", "aws-cn"), value("z").replace("111122223333", "12345", 1)]
    pieces += ["", "q", "a\u2028b", PROVIDER]
    for _ in range(500):
        values = chance.choices(pieces, k=chance.randrange(6))
        pairs = parse_role_pairs(values)
        assert pairs == tuple(map(parse_role_pair, values))
        for pair in pairs:
            if pair is not None and pair.usual:
                assert ACCOUNT_ID.fullmatch(pair.account)
                assert not name_fault(pair)
