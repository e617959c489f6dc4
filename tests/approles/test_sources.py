"""Role lists are read whole: the tutorial's text file and IAM's JSON."""

import json
from urllib.parse import quote

import pytest

from harness.approles.sources import read_roles
from harness.errors import UnreadableInput
from tests.approles.lists import PROVIDER, TUTORIAL, iam_role, trust, value

SWAPPED = "arn:aws:iam::12345:saml-provider/WAAD , arn:aws:iam::12345:role/Auditors"


def refusal(text: str | bytes) -> list[str]:
    with pytest.raises(UnreadableInput) as refused:
        read_roles(text.encode() if isinstance(text, str) else text, "roles.txt")
    return str(refused.value).splitlines()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(TUTORIAL.encode(), id="plain"),
        pytest.param(b"\xef\xbb\xbf" + TUTORIAL.replace("\n", "\r\n").encode(), id="byte order mark and CRLF"),
        pytest.param(TUTORIAL.encode("utf-16"), id="PowerShell"),
        pytest.param(b"\n\n" + TUTORIAL.replace("\n", "\n \n").encode(), id="blank lines"),
        pytest.param(b"<Role ARN>,<Trusted entities>\n" + TUTORIAL.encode(), id="heading"),
        pytest.param(TUTORIAL.splitlines()[0].encode() + b"\n" + SWAPPED.encode(), id="provider first"),
    ],
)
def test_the_tutorials_file_is_read_in_every_dress(raw: bytes):
    assert [str(pair) for pair in read_roles(raw, "roles.txt").pairs] == TUTORIAL.split()


def test_every_wrong_line_is_named_at_once():
    text = "\n".join([value(), "hello", value() + ",arn:aws:iam::111122223333:saml-provider/B", "", value(), "a,b"])
    assert refusal(text) == [
        "roles.txt: 4 lines are wrong",
        "  line 2: no comma; expected <Role ARN>,<Trusted entities>",
        "  line 3: 2 SAML providers; write one line for each",
        "  line 5: the same pair as line 1",
        "  line 6: 'a' is the ARN of no role and no SAML provider",
    ]


def test_two_roles_and_one_alone_are_refused():
    role = "arn:aws:iam::111122223333:role/Admin"
    assert refusal(f"{role},{role}\n{role}")[1:] == [
        "  line 1: 2 roles; write one line for each",
        "  line 2: no comma; expected <Role ARN>,<Trusted entities>",
    ]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"\x7fELF\x00\x01", "binary data"),
        (b"\xff\xfe\x00", "binary data"),
        (b"\x89PNG\xff", "binary data"),
        (b"<Role ARN>,<Trusted entities>", "no roles"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", "JSON without IAM roles"),
        (b"[]", "JSON without IAM roles"),
        (b'{"Roles": 3}', "Roles is no list"),
    ],
)
def test_what_is_no_list_of_roles_gets_one_line(raw: bytes, said: str):
    (line,) = refusal(raw)
    assert line.startswith(f"roles.txt: {said}")


def test_thousands_of_wrong_lines_are_counted_and_not_listed():
    lines = refusal("junk\n" * 5000)
    assert (lines[0], len(lines), lines[-1]) == ("roles.txt: 5,000 lines are wrong", 52, "  and 4,950 more")


def test_a_long_line_of_blanks_costs_nothing():
    assert "no comma" in refusal("role arn" + " " * 3_000_000 + "x")[1]


def test_roles_of_iam_that_trust_one_provider_are_taken_and_the_others_say_why():
    other = "arn:aws:iam::111122223333:saml-provider/Other"
    found = read_roles(
        json.dumps(
            {
                "Roles": [
                    iam_role("Admin", trust(PROVIDER)),
                    iam_role("team/Coded", quote(json.dumps(trust(PROVIDER, action=["sts:TagSession", "sts:*"])))),
                    iam_role("Two", trust(PROVIDER, other)),
                    iam_role("Lambda", {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda"}}}),
                    iam_role("Denied", trust(PROVIDER, effect="Deny")),
                    iam_role("TagOnly", trust(PROVIDER, action="sts:TagSession")),
                    iam_role("a,b", trust(PROVIDER)),
                    iam_role("Junk", "{"),
                    iam_role("None", None),
                    iam_role("Odd", trust("arn:aws:iam::1:saml-provider/a b")),
                    {"RoleName": "x"},
                    7,
                ]
            }
        ).encode(),
        "iam.json",
    )
    assert [str(pair) for pair in found.pairs] == [value(), value("team/Coded")]
    assert [(arn.rpartition("/")[2], reason) for arn, reason in found.left_out] == [
        ("Two", "the trust policy names 2 SAML providers"),
        ("Lambda", "the trust policy names no SAML provider"),
        ("Denied", "the trust policy names no SAML provider"),
        ("TagOnly", "the trust policy names a SAML provider but does not allow sts:AssumeRoleWithSAML"),
        ("a,b", "a name with a comma or blank cannot stand in a Role value"),
        ("Junk", "the trust policy is not JSON"),
        ("None", "no trust policy"),
        ("Odd", "'arn:aws:iam::1:saml-provider/a b' is the ARN of no SAML provider"),
        ("Roles[10]", "no Arn"),
        ("Roles[11]", "no Arn"),
    ]
