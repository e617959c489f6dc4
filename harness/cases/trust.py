"""What trust policies ask of a response: conditions that hold, conditions that do not, and those nobody here can tell.

A policy reads SAML:aud from the Recipient, and a tag from the attribute that carries it. One statement that fails is
all it takes, and AWS's words are the same each time.
"""

from collections.abc import Mapping

from harness.cases.core import UNKNOWN, ResponseSpec, control, fault
from harness.cases.recipe import USER
from harness.cases.words import DENIED
from harness.cases.workshop import ACS, ISSUER, OTHER_TENANT, PROVIDER, ROLE, RoleSpec, statement, trust

ASSUME, TAG, SET_IDENTITY = "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"
TAGS = {"PrincipalTag__Team": "blue", "PrincipalTag__Cost": "42"}
QUALIFIER = "381iuL0+HgnLfmIHtFSbqgzwSi4="
"""Base64 of the SHA-1 of Issuer, account, "/" and provider name, as AWS documents it."""
FIXED = {"SAML:aud": ACS}

Condition = Mapping[str, object]


def under(spec: ResponseSpec, condition: Condition, action: object = ASSUME) -> ResponseSpec:
    """The response, where the role's one statement has this condition."""
    return spec.meets(declared=True, roles={ROLE: RoleSpec(trust(action=action, Condition=condition))})


def also(operator: str, key: str, *values: str) -> dict[str, object]:
    """A condition beside the one on SAML:aud."""
    wanted: object = values[0] if len(values) == 1 else [*values]
    if operator == "StringEquals":
        return {"StringEquals": {**FIXED, key: wanted}}
    return {"StringEquals": {**FIXED}, operator: {key: wanted}}


_THAT_HOLD: tuple[tuple[str, str, Condition], ...] = (
    ("one_of_several_acs", "SAML:aud may be one of several ACS.",
     {"StringEquals": {"SAML:aud": ["https://eu-central-1.signin.aws.amazon.com/saml", ACS]}}),
    ("acs_by_a_pattern", "SAML:aud is compared with a pattern.",
     {"StringLike": {"SAML:aud": "https://*signin.aws.amazon.com/saml*"}}),
    ("key_in_other_capitals", "The condition key is written saml:AUD: keys know no case.",
     {"StringEquals": {"saml:AUD": ACS}}),
    ("issuer", "SAML:iss is the tenant's.", also("StringEquals", "SAML:iss", ISSUER)),
    ("user", "SAML:sub is the user.", also("StringEquals", "SAML:sub", USER)),
    ("user_without_regard_to_case", "SAML:sub is the user in other capitals, compared without case.",
     also("StringEqualsIgnoreCase", "SAML:sub", USER.upper())),
    ("kind_of_name", "SAML:sub_type is the short word for a persistent NameID.",
     also("StringEquals", "SAML:sub_type", "persistent")),
    ("provider_by_its_name", "SAML:doc is account and provider.",
     also("StringEquals", "SAML:doc", "111122223333/Entra")),
    ("name_qualifier", "SAML:namequalifier is the hash that AWS documents.",
     also("StringEquals", "SAML:namequalifier", QUALIFIER)),
    ("account_of_the_provider", "aws:PrincipalAccount is the provider's account, as AWS was seen to say.",
     also("StringEquals", "aws:PrincipalAccount", "111122223333")),
    ("kind_of_principal", "aws:PrincipalType is User, as AWS was seen to say.",
     also("StringEquals", "aws:PrincipalType", "User")),
    ("no_principal_arn", "aws:PrincipalArn must not be there, and AWS was seen not to set it.",
     also("Null", "aws:PrincipalArn", "true")),
    ("if_it_exists", "aws:PrincipalArn is compared only if it is there.",
     also("StringEqualsIfExists", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/x")),
    ("session_name", "sts:RoleSessionName fits a pattern.",
     also("StringLike", "sts:RoleSessionName", "*@contoso.com")),
    ("until_a_day", "aws:CurrentTime is before the day on which the access ends.",
     also("DateLessThan", "aws:CurrentTime", "2999-12-31T00:00:00Z")),
)  # fmt: skip

_THAT_DO_NOT: tuple[tuple[str, str, Condition], ...] = (
    ("audience_in_place_of_the_acs", "SAML:aud is compared with AWS's entity ID, but it is the Recipient.",
     {"StringEquals": {"SAML:aud": "urn:amazon:webservices"}}),
    ("acs_with_a_slash", "SAML:aud is compared with the ACS and a slash at its end.",
     {"StringEquals": {"SAML:aud": ACS + "/"}}),
    ("acs_in_capitals", "SAML:aud is compared with the ACS in other capitals: values know case.",
     {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/SAML"}}),
    ("pattern_where_none_is_read", "StringEquals takes the star for a star.",
     {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/*"}}),
    ("issuer_of_another_tenant", "SAML:iss is another tenant's.",
     also("StringEquals", "SAML:iss", f"https://sts.windows.net/{OTHER_TENANT}/")),
    ("another_user", "SAML:sub is another user.", also("StringEquals", "SAML:sub", "ada@contoso.com")),
    ("user_in_capitals", "SAML:sub is the user in other capitals.", also("StringEquals", "SAML:sub", USER.upper())),
    ("another_kind_of_name", "SAML:sub_type is the whole URI, where AWS says the short word.",
     also("StringEquals", "SAML:sub_type", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")),
    ("another_provider_by_its_name", "SAML:doc is the provider's whole ARN.",
     also("StringEquals", "SAML:doc", PROVIDER)),
    ("kind_of_principal_that_sounds_right", "aws:PrincipalType is compared with FederatedUser.",
     also("StringEquals", "aws:PrincipalType", "FederatedUser")),
    ("principal_arn", "aws:PrincipalArn is compared with the provider's, and AWS was seen not to set it.",
     also("ArnEquals", "aws:PrincipalArn", PROVIDER)),
    ("external_id", "sts:ExternalId is asked for, which belongs to another call.",
     also("StringEquals", "sts:ExternalId", "contoso")),
    ("until_yesterday", "aws:CurrentTime must be before a day that is past.",
     also("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")),
    ("every_user_but_this", "SAML:sub must not be the user.", also("StringNotEquals", "SAML:sub", USER)),
)  # fmt: skip

_THAT_NOBODY_CAN_TELL: tuple[tuple[str, str, Condition], ...] = (
    ("second_factor", "aws:MultiFactorAuthPresent is asked for, of which no response speaks.",
     also("Bool", "aws:MultiFactorAuthPresent", "true")),
    ("policy_variable", "The value holds a policy variable.",
     also("StringEquals", "sts:RoleSessionName", "${saml:sub}")),
    ("operator_of_nobody", "The operator is none that IAM documents.",
     also("StringAlmostEquals", "SAML:sub", USER)),
    ("region_of_the_call", "aws:RequestedRegion depends on where STS is called.",
     also("StringEquals", "aws:RequestedRegion", "eu-central-1")),
)  # fmt: skip

_TABLES = (
    ("asks_for", control(), _THAT_HOLD),
    ("wants", fault(expect="TRU003", aws=DENIED), _THAT_DO_NOT),
    ("depends_on", fault(expect="TRU008", aws=UNKNOWN), _THAT_NOBODY_CAN_TELL),
)
for _verb, _declare, _rows in _TABLES:
    for _name, _docstring, _condition in _rows:

        def _under(spec: ResponseSpec, condition: Condition = _condition) -> ResponseSpec:
            return under(spec, condition)

        _under.__name__, _under.__doc__ = f"{_verb}_{_name}", _docstring
        _declare(_under)


def statements(spec: ResponseSpec, *several: Mapping[str, object]) -> ResponseSpec:
    """The response, where the role's policy has these statements."""
    policy = {"Version": "2012-10-17", "Statement": [*several]}
    return spec.meets(declared=True, roles={ROLE: RoleSpec(policy)})


@control()
def one_statement_that_is_no_list(spec: ResponseSpec) -> ResponseSpec:
    """Statement is one object where a list could be."""
    return spec.meets(declared=True, roles={ROLE: RoleSpec({"Version": "2012-10-17", "Statement": statement()})})


@control()
def provider_among_others(spec: ResponseSpec) -> ResponseSpec:
    """Federated lists two providers: a move from one to the other."""
    return statements(spec, statement(Principal={"Federated": [f"{PROVIDER}-old", PROVIDER]}))


@control()
def every_action_of_sts(spec: ResponseSpec) -> ResponseSpec:
    """The action is sts:*."""
    return statements(spec, statement("sts:*"))


@control()
def second_of_two_statements(spec: ResponseSpec) -> ResponseSpec:
    """The first statement is about another service, the second lets the user in."""
    service = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return statements(spec, service, statement())


@control()
def deny_of_somebody_else(spec: ResponseSpec) -> ResponseSpec:
    """A Deny for another user stands beside the Allow."""
    return statements(
        spec, statement(), statement(Effect="Deny", Condition={"StringEquals": {"SAML:sub": "ada@contoso.com"}})
    )


@fault(expect="TRU003", aws=DENIED)
def deny_beside_the_allow(spec: ResponseSpec) -> ResponseSpec:
    """A Deny for the user stands beside the Allow, and outranks it."""
    return statements(spec, statement(), statement(Effect="Deny", Condition={"StringEquals": {"SAML:sub": USER}}))


@fault(expect="TRU003", aws=DENIED)
def provider_as_an_aws_principal(spec: ResponseSpec) -> ResponseSpec:
    """The provider's ARN stands under AWS where Federated belongs."""
    return statements(spec, statement(Principal={"AWS": PROVIDER, "Federated": f"{PROVIDER}-old"}))


@fault(expect="TRU003", aws=DENIED)
def web_identity_in_place_of_saml(spec: ResponseSpec) -> ResponseSpec:
    """The action is sts:AssumeRoleWithWebIdentity."""
    return statements(spec, statement("sts:AssumeRoleWithWebIdentity"))


@control()
def tags_that_are_wanted(spec: ResponseSpec) -> ResponseSpec:
    """One statement for both actions wants a tag's value and allows two keys."""
    wanted = also("StringEquals", "aws:RequestTag/team", "blue")
    keys = {"ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "Cost"]}}
    return under(spec.says(**TAGS), {**wanted, **keys}, [ASSUME, TAG])


@control()
def transitive_tags_that_are_wanted(spec: ResponseSpec) -> ResponseSpec:
    """The policy allows one key to be handed on along a chain of roles."""
    keys = also("ForAllValues:StringEquals", "sts:TransitiveTagKeys", "Team")
    return under(spec.says(**TAGS, TransitiveTagKeys="Team"), keys, [ASSUME, TAG])


@control()
def source_identity_that_is_wanted(spec: ResponseSpec) -> ResponseSpec:
    """The policy wants a source identity of a form."""
    form = also("StringLike", "sts:SourceIdentity", "brit*")
    return under(spec.says(SourceIdentity="britta"), form, [ASSUME, SET_IDENTITY])


@fault(expect="TRU003 TRU005", aws=DENIED)
def tag_of_another_value(spec: ResponseSpec) -> ResponseSpec:
    """The policy wants the tag Team to be red, for both actions."""
    return under(spec.says(**TAGS), also("StringEquals", "aws:RequestTag/Team", "red"), [ASSUME, TAG])


@fault(expect="TRU003", aws=DENIED)
def tag_that_is_not_sent(spec: ResponseSpec) -> ResponseSpec:
    """The policy wants a tag, and Entra sends none."""
    return under(spec, also("StringEquals", "aws:RequestTag/Team", "blue"), [ASSUME, TAG])


@fault(expect="TRU003 TRU005", aws=DENIED)
def tag_key_that_is_not_allowed(spec: ResponseSpec) -> ResponseSpec:
    """The policy allows the key Team alone, and Cost is sent too."""
    return under(spec.says(**TAGS), also("ForAllValues:StringEquals", "aws:TagKeys", "Team"), [ASSUME, TAG])


@fault(expect="TRU003 TRU005", aws=DENIED)
def transitive_key_that_is_not_allowed(spec: ResponseSpec) -> ResponseSpec:
    """The policy allows Team to be handed on, and Cost is to be."""
    keys = also("ForAllValues:StringEquals", "sts:TransitiveTagKeys", "Team")
    return under(spec.says(**TAGS, TransitiveTagKeys="Cost"), keys, [ASSUME, TAG])


@fault(expect="TRU005", aws=DENIED)
def tagging_allowed_to_another_provider(spec: ResponseSpec) -> ResponseSpec:
    """sts:TagSession stands in a statement for another provider."""
    other = statement(TAG, Principal={"Federated": f"{PROVIDER}-old"})
    return statements(spec.says(**TAGS), statement(), other)


@fault(expect="TRU003 TRU006", aws=DENIED)
def source_identity_of_another_form(spec: ResponseSpec) -> ResponseSpec:
    """The policy wants a source identity of a form that Entra's does not have."""
    form = also("StringLike", "sts:SourceIdentity", "*@contoso.com")
    return under(spec.says(SourceIdentity="britta"), form, [ASSUME, SET_IDENTITY])


@fault(expect="TRU003", aws=DENIED)
def source_identity_that_is_not_sent(spec: ResponseSpec) -> ResponseSpec:
    """The policy wants a source identity, and Entra sends none."""
    return under(spec, also("StringLike", "sts:SourceIdentity", "*"), [ASSUME, SET_IDENTITY])


@fault(expect="TRU005 TRU006", aws=DENIED)
def tags_and_source_identity_that_the_role_does_not_allow(spec: ResponseSpec) -> ResponseSpec:
    """Tags and a source identity are sent, and the policy as AWS's console writes it allows neither."""
    return spec.says(**TAGS, SourceIdentity="britta").meets(declared=True)
