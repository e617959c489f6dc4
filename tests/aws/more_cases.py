"""Further cases: attributes and role pairs, accounts that are declared, lengths of sessions, and the sign-in page."""

from harness.aws.account import Aws
from tests.aws.cases import (
    ACCEPTED,
    BAD_SESSION_NAME,
    BAD_SIGNATURE,
    BAD_SOURCE_IDENTITY,
    CATCH_ALL,
    CONDITIONS,
    DOCUMENTED,
    EXPIRED,
    INFERRED,
    INVALID_PAGE,
    NAME_ID,
    NO_PROVIDER,
    NO_ROLE_PAGE,
    NO_SESSION_NAME,
    NOT_OFFERED,
    OTHER_ISSUER,
    REPORTED,
    TOO_LONG_FOR_ROLE,
    TOO_OLD,
    UNSIGNED,
    Case,
    NotKnown,
    Refusal,
    Session,
    denied,
    invalid,
    limit,
    once,
    page,
    says,
    tampered,
)  # fmt: skip
from tests.aws.responses import (
    ACCOUNT,
    AWS,
    PAIR,
    PROVIDER,
    ROLE,
    assumed,
    at,
    attributes,
    declared,
    key,
    metadata,
    trust,
)  # fmt: skip

TAGGED = says(**{"PrincipalTag:Team": "blue"})
WITH_TAGS = ["sts:AssumeRoleWithSAML", "sts:TagSession"]
SOURCE = says(SourceIdentity="ada")
WITH_SOURCE = ["sts:AssumeRoleWithSAML", "sts:SetSourceIdentity"]
CN = "arn:aws-cn:iam::111122223333:role/Admin,arn:aws-cn:iam::111122223333:saml-provider/Entra"
GOV = "arn:aws-us-gov:iam::111122223333:role/Admin,arn:aws-us-gov:iam::111122223333:saml-provider/Entra"
ELSEWHERE = f"{ROLE},arn:aws:iam::999900001111:saml-provider/Entra"


def twice(name: str):
    """The same attribute a second time."""
    again = f'<Attribute Name="{AWS}{name}"><AttributeValue>bob</AttributeValue></Attribute>'
    return once("</AttributeStatement>", again + "</AttributeStatement>")


ATTRIBUTES = (
    Case("1.7/role", ACCEPTED),
    Case("1.7/role-missing", NOT_OFFERED, {"says": attributes(without="Role")}),
    Case("1.7/role-in-lower-case", NOT_OFFERED, {"says": attributes(without="Role", role=PAIR)}),
    Case("1.7/role-no-pair", NOT_OFFERED, says(Role=ROLE)),
    Case("1.7/role-reversed", ACCEPTED, says(Role=f"{PROVIDER},{ROLE}")),
    Case("1.7/role-with-blank", NotKnown("trims blanks"), says(Role=f"{ROLE}, {PROVIDER}")),
    Case("1.7/role-with-path", ACCEPTED, says(Role=f"{ACCOUNT}:role/team/blue/Admin,{PROVIDER}")),
    Case("1.7/role-in-china", ACCEPTED, says(Role=CN)),
    Case("1.7/role-in-govcloud", ACCEPTED, says(Role=GOV)),
    Case("1.7/role-in-another-account", NotKnown("in one account"), says(Role=ELSEWHERE)),
    Case("1.7/role-of-identity-center", NotKnown("AWSReservedSSO_"), says(
        Role=f"{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef,{PROVIDER}")),
    Case("1.7/role-of-an-impossible-account", NotKnown("no account can hold"), says(
        Role=PAIR.replace("111122223333", "12345"))),
    Case("1.7/role-of-an-impossible-name", NotKnown("no account can hold"), says(
        Role=f"{ACCOUNT}:role/{'a' * 65},{PROVIDER}")),
    Case("1.7/session-name", Session(fields={"name": "ada@contoso.example"})),
    Case("1.7/session-name-with-blank", BAD_SESSION_NAME, says(RoleSessionName="ada lovelace")),
    Case("1.7/session-name-of-one", BAD_SESSION_NAME, says(RoleSessionName="a")),
    Case("1.7/session-name-of-65", BAD_SESSION_NAME, says(RoleSessionName="a" * 65)),
    Case("1.7/session-name-with-newline", BAD_SESSION_NAME, says(RoleSessionName="ada\n")),
    Case("1.7/session-name-twice", NotKnown("2 values in RoleSessionName"), says(RoleSessionName=["ada", "bob"])),
    Case("1.7/attribute-twice", NotKnown("which of two attributes"), twice("RoleSessionName")),
    Case("1.7/session-duration", Session(fields={"seconds": 900}), says(SessionDuration="900")),
    Case("1.7/session-duration-too-short", NotKnown("SessionDuration '899'"), says(SessionDuration="899")),
    Case("1.7/session-duration-too-long", NotKnown("SessionDuration '43201'"), says(SessionDuration="43201")),
    Case("1.7/session-duration-no-number", NotKnown("SessionDuration '1h'"), says(SessionDuration="1h")),
    Case("1.7/source-identity", Session(fields={"source_identity": "ada"}), SOURCE),
    Case("1.7/source-identity-reserved", BAD_SOURCE_IDENTITY, says(SourceIdentity="aws:ada")),
    Case("1.7/tags", Session(fields={"tags": (("Team", "blue"),)}), TAGGED),
    Case("1.7/tags-too-many", NotKnown("51 tags"), says(**{f"PrincipalTag:k{n}": "v" for n in range(51)})),
    Case("1.7/tag-key-too-long", NotKnown("a tag key"), says(**{f"PrincipalTag:{'k' * 129}": "v"})),
    Case("1.7/tag-key-reserved", NotKnown("a tag key"), says(**{"PrincipalTag:aws:x": "v"})),
    Case("1.7/tag-value-too-long", NotKnown("a value of the tag"), says(**{"PrincipalTag:k": "v" * 257})),
    Case("1.7/tag-character", NotKnown("a value of the tag"), says(**{"PrincipalTag:k": "a;b"})),
    Case("1.7/tag-keys-alike", NotKnown("differ in case"), says(**{"PrincipalTag:k": "v", "PrincipalTag:K": "v"})),
    Case("1.7/tag-values", NotKnown("2 values in the tag"), says(**{"PrincipalTag:k": ["a", "b"]})),
    Case("1.7/transitive", Session(fields={"transitive_tag_keys": ("team",)}), says(
        **{"PrincipalTag:Team": "blue", "TransitiveTagKeys": "team"})),
    Case("1.7/transitive-without-tag", NotKnown("no tag of this assertion"), says(TransitiveTagKeys="team")),
)  # fmt: skip

LENGTHS = (
    Case("1.8/default", Session(fields={"seconds": 3600})),
    Case("1.8/asked", Session(fields={"seconds": 7200}), {}, {"duration": 7200, "aws": declared(longest=14_400)}),
    Case("1.8/attribute-cannot-lengthen", Session(fields={"seconds": 3600}), says(SessionDuration="7200")),
    Case("1.8/attribute-shortens", Session(fields={"seconds": 1800}), says(SessionDuration="1800"),
         {"duration": 7200, "aws": declared(longest=14_400)}),
    Case("1.8/session-end-below-900", Session(fields={"seconds": 600}), {"session_until": at(600)}),
    Case("1.8/lesser-of-both", Session(fields={"seconds": 600}), says(SessionDuration="900")
         | {"session_until": at(600)}),
)  # fmt: skip

ERRORS = (
    Case("2.2/01-role-arn", invalid("Request ARN is invalid"), requested=f" {ROLE}"),
    Case("2.2/02-provider-arn", invalid("Principal ARN is invalid"), requested=f"{ROLE},{PROVIDER} "),
    Case("2.2/03-duration-too-long", invalid(limit(
        " '43201' at 'durationSeconds'", "have value less than or equal to 43200")), {}, {"duration": 43_201}),
    Case("2.2/03-duration-too-short", invalid(limit(
        " '899' at 'durationSeconds'", "have value greater than or equal to 900")), {}, {"duration": 899}),
    Case("2.2/03-assertion-too-long", invalid(limit(
        " at 'sAMLAssertion'", "have length less than or equal to 100000"), INFERRED), {}, {"size": 100_001}),
    Case("2.2/03-assertion-longest", ACCEPTED, {}, {"size": 100_000}),
    Case("2.2/03-assertion-too-short", invalid(limit(
        " at 'sAMLAssertion'", "have length greater than or equal to 4"), INFERRED), {}, {"size": 3}),
    Case("2.2/04-structure", CATCH_ALL, once(CONDITIONS)),
    Case("2.2/05-unsigned", UNSIGNED, {"signed": ()}),
    Case("2.2/06-no-provider", NO_PROVIDER, {}, {"aws": declared(provider=f"{ACCOUNT}:saml-provider/Other")}),
    Case("2.2/06-no-metadata", NotKnown(f"no metadata was given for {PROVIDER}"), {}, {
        "aws": Aws(declared=False)}),
    Case("2.2/07-issuer", OTHER_ISSUER, {}, {"aws": assumed(metadata(key(), issuer="https://other.example/"))}),
    Case("2.2/08-signature", BAD_SIGNATURE, tampered("ada@contoso.example</NameID>", "bob@contoso.example</NameID>")),
    Case("2.2/09-expired", EXPIRED, {"until": at(-1)}),
    Case("2.2/10-too-old", TOO_OLD, {"issued": at(-600)}),
    Case("2.2/11-no-session-name", NO_SESSION_NAME, {"says": attributes(without="RoleSessionName")}),
    Case("2.2/12-bad-session-name", BAD_SESSION_NAME, says(RoleSessionName="ada/lovelace")),
    Case("2.2/13-source-identity", BAD_SOURCE_IDENTITY, says(SourceIdentity="a")),
    Case("2.2/14-pair-not-offered", NOT_OFFERED, requested=f"{ACCOUNT}:role/Boss,{PROVIDER}"),
    Case("2.2/14-role-not-offered", NOT_OFFERED, requested=f"{ACCOUNT}:role/Boss"),
    Case("2.2/15-no-role", denied(), {}, {"aws": declared(role=f"{ACCOUNT}:role/Other")}),
    Case("2.2/15-not-trusted", denied(CATCH_ALL.basis), {}, {
        "aws": declared(policy=trust(f"{ACCOUNT}:saml-provider/Other"))}),
    Case("2.2/15-condition-not-met", denied(CATCH_ALL.basis), {}, {"aws": declared(policy=trust(
        Condition={"StringEquals": {"SAML:aud": "https://us-east-1.signin.aws.amazon.com/saml"}}))}),
    Case("2.2/15-condition-not-judged", NotKnown("not in the response"), {}, {"aws": declared(policy=trust(
        Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))}),
    Case("2.2/15-tags-not-trusted", denied(), TAGGED, {"aws": declared()}),
    Case("2.2/15-tags-trusted", ACCEPTED, TAGGED, {"aws": declared(policy=trust(action=WITH_TAGS))}),
    Case("2.2/15-source-identity-not-trusted", denied(), SOURCE, {"aws": declared()}),
    Case("2.2/15-source-identity-trusted", ACCEPTED, SOURCE, {"aws": declared(policy=trust(action=WITH_SOURCE))}),
    Case("2.2/15-no-name-id", denied(), once(NAME_ID), {"aws": declared()}),
    Case("2.2/16-above-the-roles-maximum", TOO_LONG_FOR_ROLE, {}, {"duration": 7200, "aws": declared()}),
    Case("2.2/declared-and-right", ACCEPTED, {}, {"aws": declared()}),
)  # fmt: skip

PAGE = (
    Case("page/accepted", Session(INFERRED)),
    Case("page/no-role", NO_ROLE_PAGE, {"says": attributes(without="Role")}),
    Case("page/no-usable-pair", NO_ROLE_PAGE, says(Role=ROLE)),
    Case("page/blank-in-pair", Session(INFERRED), says(Role=f"{ROLE}, {PROVIDER}")),
    Case("page/one-usable-pair-is-enough", Session(INFERRED), says(
        Role=[f"{ACCOUNT}:role/Boss,{PROVIDER}", PAIR]), {"aws": declared()}),
    Case("page/session-duration-decides", Session(INFERRED, {"seconds": 7200}), says(SessionDuration="7200")),
    Case("page/session-end-decides", Session(INFERRED, {"seconds": 600}), says(SessionDuration="7200")
         | {"session_until": at(600)}),
    Case("page/session-duration-above-the-role", NotKnown("where the role allows 3600"), says(SessionDuration="7200"),
         {"aws": declared()}),
    Case("page/not-xml", Refusal("", None, INVALID_PAGE, INFERRED), xml=b"<samlp:Response>"),
    Case("page/structure", page(CATCH_ALL), once(CONDITIONS)),
    Case("page/unsigned", page(UNSIGNED), {"signed": ()}),
    Case("page/signature", page(BAD_SIGNATURE, DOCUMENTED), {"by": key("stranger")}),
    Case("page/issuer", page(OTHER_ISSUER, DOCUMENTED), {"issuer": "https://other.example/"}),
    Case("page/too-old", page(TOO_OLD, REPORTED), {"issued": at(-301)}),
    Case("page/expired", page(EXPIRED), {"until": at(-1)}),
    Case("page/session-name", page(NO_SESSION_NAME, DOCUMENTED), {"says": attributes(without="RoleSessionName")}),
    Case("page/not-trusted", page(denied(), DOCUMENTED), {}, {"aws": declared(policy=trust("arn:x"))}),
    Case("page/above-what-sts-takes", Session(INFERRED), {}, {"size": 131_071}),
    Case("page/above-what-the-page-takes", NotKnown("131,072 characters"), {}, {"size": 131_072}),
)  # fmt: skip

CASES = ATTRIBUTES + LENGTHS + ERRORS
