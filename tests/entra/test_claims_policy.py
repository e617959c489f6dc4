"""Claims mapping policies: the JSON that Graph holds, and the rows it stands for."""

import json

import pytest

from harness.entra.claims_policy import BadPolicy, definition_of, rows_of
from harness.errors import HarnessError
from harness.scenario.claims import AWS_CLAIMS, BASIC_CLAIMS, Claim, Condition, NameId, Transformation
from tests.entra.worlds import NOW, attributes, idp

AWS = "https://aws.amazon.com/SAML/Attributes/"
SCHEMA = [
    {"Source": "user", "ID": "assignedroles", "SamlClaimType": AWS + "Role"},
    {"Source": "user", "ID": "userprincipalname", "SamlClaimType": AWS + "RoleSessionName"},
    {"Value": "900", "SamlClaimType": AWS + "SessionDuration"},
    {"Source": "user", "ID": "assignedroles", "JwtClaimType": "roles"},
]


def policy(schema: object = SCHEMA, **fields: object) -> str:
    whole = {"Version": 1, "IncludeBasicClaimSet": "true", "ClaimsSchema": schema, **fields}
    return json.dumps({"ClaimsMappingPolicy": whole})


def rows(definition: str):
    return rows_of(definition, BASIC_CLAIMS, NameId())


def test_the_documented_policy_for_aws_is_read():
    read = rows(policy())
    assert [(row.full_name, row.source, row.value) for row in read.claims] == [
        (AWS + "Role", "user.assignedroles", None),
        (AWS + "RoleSessionName", "user.userprincipalname", None),
        (AWS + "SessionDuration", None, "900"),
    ]
    assert read.basic == BASIC_CLAIMS


def test_without_the_basic_set_there_are_no_basic_rows():
    assert rows(policy(IncludeBasicClaimSet="false")).basic == ()


def test_a_policy_sets_the_name_id():
    subject = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
    name_id = {"Source": "user", "ID": "mail", "SamlClaimType": subject}
    assert rows(policy([name_id])).name_id.source == "user.mail"
    assert rows(policy([name_id])).claims == ()


MS = "http://schemas.microsoft.com"
SUBJECT = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
PREFIX = {
    "ID": "Prefix",
    "TransformationMethod": "ExtractMailPrefix",
    "InputClaims": [{"ClaimTypeReferenceId": "mail", "TransformationClaimType": "mail"}],
}


def test_a_policy_sets_the_name_id_by_a_transformation_and_over_the_apps_own():
    entries = [
        {"Source": "user", "ID": "mail"},
        {"Source": "transformation", "ID": "out", "TransformationID": "Prefix", "SamlClaimType": SUBJECT},
    ]
    read = rows(policy(entries, ClaimsTransformations=[PREFIX]))
    assert [(one.method, one.input) for one in read.name_id.transformations] == [("ExtractMailPrefix", "user.mail")]
    assert read.claims == ()
    own = NameId.model_validate({"transformations": [{"method": "ExtractMailPrefix"}]})
    plain = policy([{"Source": "user", "ID": "mail", "SamlClaimType": SUBJECT}])
    assert rows_of(plain, (), own).name_id == NameId(source="user.mail")


def test_a_name_is_sent_once_whoever_names_it():
    mail = BASIC_CLAIMS[2].full_name
    read = rows(policy([{"Value": "1", "SamlClaimType": mail}, {"Value": "2", "SamlClaimType": mail}]))
    assert [(row.full_name, row.value) for row in read.claims] == [(mail, "2")]
    assert mail not in {row.full_name for row in read.basic}


def test_a_multivalued_transformation_is_one():
    many = {"ClaimTypeReferenceId": "assignedroles", "TransformationClaimType": "s", "TreatAsMultiValue": "true"}
    lower = {"ID": "Low", "TransformationMethod": "ToLowercase", "InputClaims": [many]}
    entries = [
        {"Source": "user", "ID": "assignedroles"},
        {"Source": "transformation", "ID": "out", "TransformationID": "Low", "SamlClaimType": "X"},
    ]
    assert rows(policy(entries, ClaimsTransformations=[lower])).claims[0].transformations[0].multivalued


JOIN = {
    "ID": "JoinTheData",
    "TransformationMethod": "Join",
    "InputClaims": [{"ClaimTypeReferenceId": "mailnickname", "TransformationClaimType": "string1"}],
    "InputParameters": [{"ID": "string2", "Value": "sandbox"}, {"ID": "separator", "Value": "."}],
    "OutputClaims": [{"ClaimTypeReferenceId": "Joined", "TransformationClaimType": "outputClaim"}],
}
JOINED = [
    {"Source": "user", "ID": "mailnickname"},
    {"Source": "transformation", "ID": "Joined", "TransformationID": "JoinTheData", "SamlClaimType": "Name"},
]


def test_a_transformation_of_a_policy_is_read():
    (row,) = rows(policy(JOINED, ClaimsTransformations=[JOIN])).claims
    assert row.transformations == (
        Transformation(method="Join", input="user.mailnickname", input2="sandbox", value="."),
    )


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ("{", "definition is not JSON"),
        ("[]", "definition holds no ClaimsMappingPolicy"),
        ('{"claimsMappingPolicy": {}}', "definition holds no ClaimsMappingPolicy"),
        (policy(Version=2), "ClaimsMappingPolicy.Version"),
        (policy(claimsSchema=[]), "ClaimsMappingPolicy.claimsSchema"),
        (policy(3), "ClaimsSchema"),
        (policy([{"Source": "user", "Id": "mail", "SamlClaimType": "X"}]), "ClaimsSchema.Id"),
        (policy([{"Source": "company", "ID": "x", "SamlClaimType": "X"}]), "ClaimsSchema.Source 'company'"),
        (policy(JOINED), "ClaimsSchema.TransformationID 'JoinTheData'"),
        (policy(JOINED[1:], ClaimsTransformations=[JOIN]), "InputClaims.ClaimTypeReferenceId 'mailnickname'"),
        (policy(JOINED, ClaimsTransformations=[JOIN | {"TransformationMethod": "x"}]), "TransformationMethod 'x'"),
        (policy(JOINED, ClaimsTransformations=[JOIN | {"InputClaims": []}]), "ClaimsTransformations.InputClaims"),
        (policy(JOINED, ClaimsTransformations=[{"ID": [1]}]), "ClaimsSchema.TransformationID 'JoinTheData'"),
        (policy([JOINED[1] | {"TransformationID": [1]}]), "ClaimsSchema.TransformationID [1]"),
        (policy([{"Value": "x", "SamlClaimType": f"{MS}/identity/claims/tenantid"}]), "restricted"),
        (policy([{"Source": "user", "ID": "department", "SamlClaimType": SUBJECT}]), "NameID takes one of"),
    ],
)  # fmt: skip
def test_what_graph_would_not_take_is_refused_with_its_place(definition: str, place: str):
    with pytest.raises(BadPolicy, match=r"Property has an invalid value\. ") as refusal:
        rows(definition)
    assert place in str(refusal.value)


WRITTEN = (
    *AWS_CLAIMS,
    Claim(name="Low", transformations=(Transformation(method="ToLowercase", input="user.mail", multivalued=True),)),
    Claim(
        name="Both",
        transformations=(Transformation(method="Join", input="user.mail", input2="user.surname", value="-"),),
    ),
    Claim(
        name="Cut",
        transformations=(Transformation(method="RegexReplace", input="user.mail", pattern="a", replacement="b"),),
    ),
)


def test_what_is_written_is_read_again():
    def plain(claims):
        return [(one.full_name, one.source, one.value, one.transformations) for one in claims]

    assert plain(rows(definition_of(WRITTEN)).claims) == plain(WRITTEN)
    assert rows(definition_of(WRITTEN, basic=False)).basic == ()


@pytest.mark.parametrize(
    "row",
    [
        Claim(name="X", value="1", conditions=(Condition(value="2"),)),
        Claim(name="X", transformations=(Transformation(method="Substring", input="user.mail", start=1),)),
        Claim(name="X", transformations=(Transformation(method="ToLowercase", input="constant"),)),
        Claim(
            name="X",
            transformations=(
                Transformation(
                    method="RegexReplace", input="user.mail", pattern="a", replacement="b", output_no_match="c"
                ),
            ),
        ),
    ],
    ids=["conditions", "another transformation", "of a constant", "an output of its own"],
)
def test_a_row_that_no_policy_can_hold_is_refused(row: Claim):
    with pytest.raises(HarnessError, match="claim 'X': a policy has"):
        definition_of([row])


def test_a_policy_stands_in_place_of_the_apps_rows():
    definition = policy([{"Value": "1", "SamlClaimType": "Only"}], IncludeBasicClaimSet="false")
    entra = idp(app='claims_policy = "mine"', claims=f"[[claims_policies]]\nname = 'mine'\ndefinition = '{definition}'")
    said = attributes(entra.respond("ada@contoso.com", NOW))
    assert said["Only"] == ["1"]
    assert not [name for name in said if name.startswith((AWS, "http://schemas.xmlsoap.org"))]
