"""Mistakes of whoever calls STS with a response that is good: AssumeRoleWithSAML has parameters of its own."""

from harness.cases.core import ACCEPTED, ResponseSpec, control, fault
from harness.cases.words import (
    BAD_PROVIDER_PARAMETER,
    BAD_ROLE_PARAMETER,
    BAD_SIGNATURE,
    CATCH_ALL,
    DENIED,
    EMPTY_ARNS,
    MALFORMED,
    NO_PROVIDER,
    NOT_OFFERED,
    STS_IS_OFF,
    TOO_LONG_FOR_THE_ROLE,
    constraint,
    invalid,
)
from harness.cases.workshop import ACCOUNT, PROVIDER, ROLE, MetadataSpec, RoleSpec

OTHER_ROLE = f"{ACCOUNT}:role/Other"
OTHER_PROVIDER = f"{ACCOUNT}:saml-provider/Other"
BOTH_PROVIDERS = {PROVIDER: MetadataSpec(), OTHER_PROVIDER: MetadataSpec()}


@control()
def usual_call(spec: ResponseSpec) -> ResponseSpec:
    """Role, provider and response, and nothing else: the session lasts an hour."""
    return spec.calls()


@control()
def shortest_duration(spec: ResponseSpec) -> ResponseSpec:
    """Fifteen minutes are asked for, the least that STS gives."""
    return spec.calls(DurationSeconds="900")


@control()
def duration_that_the_role_allows(spec: ResponseSpec) -> ResponseSpec:
    """Two hours are asked for, and the role allows four."""
    return spec.calls(DurationSeconds="7200").meets(roles={ROLE: RoleSpec(longest=14400)})


@control()
def session_policies(spec: ResponseSpec) -> ResponseSpec:
    """Ten managed session policies and one in line, which cut the session down."""
    policies = {f"PolicyArns.member.{n}.arn": f"arn:aws:iam::aws:policy/P{n}" for n in range(1, 11)}
    return spec.calls(Policy='{"Version":"2012-10-17","Statement":[]}', **policies)


@control(classes="E17")
def one_of_two_providers(spec: ResponseSpec) -> ResponseSpec:
    """The account has two providers with the same metadata, and the call names the one in the response."""
    return spec.calls().meets(providers=BOTH_PROVIDERS)


@fault(expect="", aws=TOO_LONG_FOR_THE_ROLE, page=ACCEPTED, refs=("entra: SessionDuration passed on by a client",))
def duration_above_the_roles_maximum(spec: ResponseSpec) -> ResponseSpec:
    """DurationSeconds is a second more than the role's maximum session duration."""
    return spec.calls(DurationSeconds="3601")


@fault(expect="", aws=constraint("899", "durationSeconds", "value greater", 900), page=ACCEPTED)
def duration_too_short(spec: ResponseSpec) -> ResponseSpec:
    """DurationSeconds is a second less than STS takes."""
    return spec.calls(DurationSeconds="899")


@fault(expect="", aws=constraint("43201", "durationSeconds", "value less", 43200), page=ACCEPTED)
def duration_too_long(spec: ResponseSpec) -> ResponseSpec:
    """DurationSeconds is a second more than twelve hours, whatever the role allows."""
    return spec.calls(DurationSeconds="43201").meets(roles={ROLE: RoleSpec(longest=43200)})


@fault(expect="", aws=MALFORMED, page=ACCEPTED, refs=("aws-azure-login: DurationSeconds sent empty",))
def duration_empty(spec: ResponseSpec) -> ResponseSpec:
    """DurationSeconds is there and empty."""
    return spec.calls(DurationSeconds="")


@fault(expect="", aws=constraint("Admin", "roleArn", "length greater", 20), page=ACCEPTED)
def role_by_its_name(spec: ResponseSpec) -> ResponseSpec:
    """RoleArn holds the role's name alone."""
    return spec.calls(RoleArn="Admin")


@fault(expect="", aws=EMPTY_ARNS, page=ACCEPTED, refs=("aws-runas 80",))
def role_and_provider_empty(spec: ResponseSpec) -> ResponseSpec:
    """Both ARNs are empty: each breaks two limits, and AWS names all four."""
    return spec.calls(RoleArn="", PrincipalArn="")


@fault(expect="", aws=STS_IS_OFF, page=ACCEPTED)
def region_that_is_not_activated(spec: ResponseSpec) -> ResponseSpec:
    """STS is called in a region in which the account has not activated it."""
    return spec.calls().meets(without_sts=("111122223333",))


@fault(expect="", aws=BAD_ROLE_PARAMETER, page=ACCEPTED)
def role_that_is_a_user(spec: ResponseSpec) -> ResponseSpec:
    """RoleArn is the ARN of a user."""
    return spec.calls(RoleArn=f"{ACCOUNT}:user/britta-of-contoso")


@fault(expect="", aws=BAD_ROLE_PARAMETER, page=ACCEPTED, refs=("saml2aws 536",))
def role_with_a_blank_in_front(spec: ResponseSpec) -> ResponseSpec:
    """RoleArn begins with a blank: the pair was cut at its comma and not trimmed."""
    return spec.calls(RoleArn=f" {ROLE}")


@fault(expect="", aws=BAD_ROLE_PARAMETER, page=ACCEPTED)
def role_and_provider_exchanged(spec: ResponseSpec) -> ResponseSpec:
    """RoleArn holds the provider and PrincipalArn the role: the pair was read the other way round."""
    return spec.calls(RoleArn=PROVIDER, PrincipalArn=ROLE)


@fault(expect="", aws=BAD_PROVIDER_PARAMETER, page=ACCEPTED)
def provider_that_is_a_role(spec: ResponseSpec) -> ResponseSpec:
    """PrincipalArn is the ARN of a role."""
    return spec.calls(PrincipalArn=ROLE)


@fault(expect="", aws=invalid(), page=ACCEPTED)
def response_left_out(spec: ResponseSpec) -> ResponseSpec:
    """There is no SAMLAssertion. AWS names what is missing; how it writes that there is no value is not known."""
    return spec.calls(SAMLAssertion=None)


@fault(expect="", aws=invalid(), page=ACCEPTED)
def eleven_session_policies(spec: ResponseSpec) -> ResponseSpec:
    """PolicyArns lists eleven policies, one more than STS takes. How AWS writes a list as a value is not known."""
    policies = {f"PolicyArns.member.{n}.arn": f"arn:aws:iam::aws:policy/P{n}" for n in range(1, 12)}
    return spec.calls(**policies)


@fault(expect="", aws=invalid(), page=ACCEPTED)
def session_policy_too_long(spec: ResponseSpec) -> ResponseSpec:
    """Policy has 2049 characters, one more than STS takes. Whether AWS repeats all of them is not known."""
    return spec.calls(Policy="{" + " " * 2047 + "}")


@fault(expect="", aws=NOT_OFFERED, page=ACCEPTED)
def another_role_of_the_account(spec: ResponseSpec) -> ResponseSpec:
    """The role exists and trusts the provider, and the response offers another."""
    return spec.calls(RoleArn=OTHER_ROLE).meets(roles={ROLE: RoleSpec(), OTHER_ROLE: RoleSpec()})


@fault(expect="", aws=NOT_OFFERED, page=ACCEPTED, refs=("entra: path missing in the ARN",))
def role_without_its_path(spec: ResponseSpec) -> ResponseSpec:
    """The response names the role with its path, the call without."""
    pathed = f"{ACCOUNT}:role/team/Admin"
    return spec.says(Role=f"{pathed},{PROVIDER}").calls().meets(roles={pathed: RoleSpec()})


@fault(expect="", aws=NOT_OFFERED, page=ACCEPTED)
def role_in_other_capitals(spec: ResponseSpec) -> ResponseSpec:
    """The call writes the role's name in small letters."""
    return spec.calls(RoleArn=f"{ACCOUNT}:role/admin")


@fault(expect="", aws=NOT_OFFERED, page=ACCEPTED)
def another_provider_of_the_account(spec: ResponseSpec) -> ResponseSpec:
    """The account has two providers with the same metadata, and the call names the one that the response does not."""
    return spec.calls(PrincipalArn=OTHER_PROVIDER).meets(providers=BOTH_PROVIDERS)


@fault(expect="", aws=BAD_SIGNATURE, page=ACCEPTED, refs=("entra: metadata of another app",))
def provider_of_another_application(spec: ResponseSpec) -> ResponseSpec:
    """The call names a provider that holds another application's metadata: the same Issuer, another certificate."""
    providers = {PROVIDER: MetadataSpec(), OTHER_PROVIDER: MetadataSpec(("of another app",))}
    return spec.calls(PrincipalArn=OTHER_PROVIDER).meets(providers=providers)


@fault(expect="", aws=NO_PROVIDER, page=ACCEPTED)
def provider_that_is_not_there(spec: ResponseSpec) -> ResponseSpec:
    """The call names a provider that the account does not have."""
    return spec.calls(PrincipalArn=OTHER_PROVIDER)


@fault(expect="TRU002", aws=DENIED, page=ACCEPTED)
def one_role_of_two_is_gone(spec: ResponseSpec) -> ResponseSpec:
    """The response offers two roles, and the call names the one that was deleted."""
    roles = (f"{ROLE},{PROVIDER}", f"{OTHER_ROLE},{PROVIDER}")
    return spec.says(Role=roles).calls(RoleArn=OTHER_ROLE)


@fault(expect="", aws=CATCH_ALL, page=ACCEPTED, classes="A1 A8", refs=("ruby-saml decode_raw_saml",))
def response_as_plain_xml(spec: ResponseSpec) -> ResponseSpec:
    """SAMLAssertion holds XML where base64 is expected."""
    return spec.calls(SAMLAssertion='<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>')


@fault(expect="", aws=CATCH_ALL, page=ACCEPTED, classes="A3")
def response_encoded_twice(spec: ResponseSpec) -> ResponseSpec:
    """SAMLAssertion is still percent-encoded, as it was copied from a request's body."""
    return spec.calls(SAMLAssertion="PHNhbWxwOlJlc3BvbnNlLz4%3D")
