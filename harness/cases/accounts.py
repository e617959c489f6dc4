"""Mistakes between Entra's side and AWS's: keys rolled on one side, providers, roles and trust policies."""

from dataclasses import replace

from harness.cases.core import ACCEPTED, UNKNOWN, ResponseSpec, fault
from harness.cases.recipe import ASSERTION, RESPONSE
from harness.cases.words import (
    BAD_PROVIDER_PARAMETER,
    BAD_ROLE_PARAMETER,
    BAD_SIGNATURE,
    CATCH_ALL,
    DENIED,
    NO_PROVIDER,
    NO_ROLE_PAGE,
    NOT_OFFERED,
    OTHER_ISSUER,
)
from harness.cases.workshop import (
    ACCOUNT,
    ENTRA,
    OTHER_TENANT,
    PAIR,
    PROVIDER,
    ROLE,
    MetadataSpec,
    RoleSpec,
    World,
    trust,
)

OTHER_PROVIDER = f"{ACCOUNT}:saml-provider/Other"
TAGGING = {"PrincipalTag__Team": "blue"}


def _expiring(spec: ResponseSpec, name: str) -> ResponseSpec:
    return replace(spec, key=name, world=World(metadata=MetadataSpec((name,))))


@fault(expect="SIG002 MET003", aws=BAD_SIGNATURE, classes="E17", refs=("entra: certificate rolled on one side",))
def certificate_rolled_in_entra_only(spec: ResponseSpec) -> ResponseSpec:
    """A new certificate was made active in Entra, and AWS still holds the old metadata."""
    return replace(spec, key="next")


@fault(expect="SIG002 MET003", aws=BAD_SIGNATURE, classes="E17", refs=("entra: metadata of another app",))
def metadata_of_another_application(spec: ResponseSpec) -> ResponseSpec:
    """AWS holds another application's metadata: the same Issuer, another certificate."""
    return spec.meets(metadata=MetadataSpec(("of another app",)))


@fault(expect="SIG002 MET003", aws=BAD_SIGNATURE, classes="C20 E17")
def response_signed_with_a_key_unknown_to_aws(spec: ResponseSpec) -> ResponseSpec:
    """The Assertion's signature is good, the Response's is by a key that AWS does not hold."""
    return replace(spec, signed=(ASSERTION, RESPONSE), response_key="next")


@fault(expect="MET013", aws=BAD_SIGNATURE, classes="E17")
def provider_forgotten_at_the_rollover(spec: ResponseSpec) -> ResponseSpec:
    """Another account's provider has the new certificate, the one of this pair still the old."""
    other = PROVIDER.replace("111122223333", "444455556666")
    providers = {PROVIDER: MetadataSpec(("old",)), other: MetadataSpec()}
    return spec.meets(declared=True, providers=providers)


@fault(expect="AST006 MET013", aws=OTHER_ISSUER, classes="G9", refs=("entra: wrong tenant",))
def metadata_of_another_tenant(spec: ResponseSpec) -> ResponseSpec:
    """AWS holds metadata of another tenant, with the same certificate."""
    return spec.meets(metadata=MetadataSpec(tenant=OTHER_TENANT))


@fault(expect="AST006 AST007 MET013", aws=OTHER_ISSUER, classes="G9", refs=("CVE-2026-49283",))
def issuer_of_another_tenant(spec: ResponseSpec) -> ResponseSpec:
    """The Assertion's Issuer is another tenant's, signed with this one's key."""
    return spec.edit(f"<Issuer>{spec.token.issuer}", f"<Issuer>https://sts.windows.net/{OTHER_TENANT}/")


@fault(expect="AST001 AST006 MET013", aws=UNKNOWN, classes="G9")
def issuer_missing(spec: ResponseSpec) -> ResponseSpec:
    """The Assertion names no Issuer."""
    return spec.edit(f"<Issuer>{spec.token.issuer}</Issuer>")


@fault(expect="CRT001", aws=ACCEPTED, classes="E14")
def certificate_expired(spec: ResponseSpec) -> ResponseSpec:
    """The certificate that signed has expired. AWS reads the key in it and nothing else."""
    return _expiring(spec, "expired")


@fault(expect="CRT002", aws=ACCEPTED, classes="E14")
def certificate_with_a_week_left(spec: ResponseSpec) -> ResponseSpec:
    """The certificate that signed expires in a week."""
    return _expiring(spec, "expires in 7 days")


@fault(expect="CRT003", aws=ACCEPTED, classes="E14")
def certificate_with_two_months_left(spec: ResponseSpec) -> ResponseSpec:
    """The certificate that signed expires in sixty days."""
    return _expiring(spec, "expires in 60 days")


@fault(expect="CRT004", aws=ACCEPTED, classes="E11")
def key_of_1024_bits(spec: ResponseSpec) -> ResponseSpec:
    """The identity provider signs with a key of 1024 bits."""
    return replace(spec, key="RSA 1024", world=World(metadata=MetadataSpec(("RSA 1024",))))


@fault(expect="CRT007", aws=ACCEPTED, classes="E14")
def certificate_not_yet_valid(spec: ResponseSpec) -> ResponseSpec:
    """The certificate that signed is valid from tomorrow."""
    return _expiring(spec, "from tomorrow")


@fault(expect="CRT008", aws=ACCEPTED, classes="E17", refs=("entra: tools take the first certificate",))
def signer_listed_second(spec: ResponseSpec) -> ResponseSpec:
    """The metadata lists another certificate first: tools that take the first one refuse every response."""
    return spec.meets(metadata=MetadataSpec(("next", ENTRA)))


@fault(expect="TRU001", aws=NO_PROVIDER)
def provider_missing(spec: ResponseSpec) -> ResponseSpec:
    """The provider that the pair names does not exist in the account."""
    name = f"{ACCOUNT}:saml-provider/entra"
    return spec.meets(declared=True, providers={name: MetadataSpec()})


@fault(expect="AWS021", aws=UNKNOWN)
def provider_without_known_metadata(spec: ResponseSpec) -> ResponseSpec:
    """Metadata was given for another provider than the pair's, and nothing is known of this one."""
    return spec.meets(providers={OTHER_PROVIDER: MetadataSpec()})


@fault(expect="TRU002", aws=DENIED)
def role_missing_in_the_account(spec: ResponseSpec) -> ResponseSpec:
    """The role does not exist: its name differs in case."""
    return spec.meets(declared=True, roles={f"{ACCOUNT}:role/admin": RoleSpec()})


@fault(expect="TRU002", aws=DENIED, refs=("entra: path missing in the ARN",))
def role_path_missing(spec: ResponseSpec) -> ResponseSpec:
    """The role lies below a path, which the claim leaves out."""
    return spec.meets(declared=True, roles={f"{ACCOUNT}:role/team/Admin": RoleSpec()})


@fault(expect="TRU003", aws=DENIED)
def role_that_trusts_another_provider(spec: ResponseSpec) -> ResponseSpec:
    """The role's trust policy names another provider."""
    return spec.meets(declared=True, roles={ROLE: RoleSpec(trust(OTHER_PROVIDER))})


@fault(expect="TRU003", aws=DENIED)
def role_that_trusts_everybody_in_aws(spec: ResponseSpec) -> ResponseSpec:
    """The role's trust policy names the AWS principal *, which SAML federation is not."""
    return spec.meets(declared=True, roles={ROLE: RoleSpec(trust(Principal={"AWS": "*"}))})


@fault(expect="TRU003", aws=DENIED)
def role_that_asks_for_another_acs(spec: ResponseSpec) -> ResponseSpec:
    """The role's trust policy wants a regional endpoint as SAML:aud."""
    regional = {"StringEquals": {"SAML:aud": "https://us-east-1.signin.aws.amazon.com/saml"}}
    return spec.meets(declared=True, roles={ROLE: RoleSpec(trust(Condition=regional))})


@fault(expect="TRU003", aws=DENIED)
def role_of_another_action(spec: ResponseSpec) -> ResponseSpec:
    """The role's trust policy allows sts:AssumeRole, not sts:AssumeRoleWithSAML."""
    return spec.meets(declared=True, roles={ROLE: RoleSpec(trust(action="sts:AssumeRole"))})


@fault(expect="TRU008", aws=UNKNOWN)
def role_that_asks_for_an_address(spec: ResponseSpec) -> ResponseSpec:
    """The role's trust policy asks for the caller's address, which no response holds."""
    network = {"StringEquals": {"SAML:aud": spec.token.acs}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    return spec.meets(declared=True, roles={ROLE: RoleSpec(trust(Condition=network))})


@fault(expect="TRU004", aws=ACCEPTED, page=UNKNOWN)
def session_longer_than_the_role_allows(spec: ResponseSpec) -> ResponseSpec:
    """SessionDuration asks for two hours, the role allows one."""
    return spec.says(SessionDuration="7200").meets(declared=True)


@fault(expect="TRU005", aws=DENIED)
def tags_that_the_role_does_not_allow(spec: ResponseSpec) -> ResponseSpec:
    """A session tag is sent, and the trust policy has no sts:TagSession."""
    return spec.says(**TAGGING).meets(declared=True)


@fault(expect="TRU006", aws=DENIED)
def source_identity_that_the_role_does_not_allow(spec: ResponseSpec) -> ResponseSpec:
    """A source identity is sent, and the trust policy has no sts:SetSourceIdentity."""
    return spec.says(SourceIdentity="britta").meets(declared=True)


@fault(expect="TRU007", aws=ACCEPTED)
def trust_without_an_audience(spec: ResponseSpec) -> ResponseSpec:
    """The trust policy compares SAML:aud with nothing."""
    return spec.meets(declared=True, roles={ROLE: RoleSpec(trust(Condition={}))})


@fault(expect="AWS022", aws=NOT_OFFERED, page=ACCEPTED, refs=("entra: requested role not in the assertion",))
def role_asked_for_is_not_offered(spec: ResponseSpec) -> ResponseSpec:
    """The role that is to be assumed is none of those in the response."""
    return spec.meets(asked_role=f"{ACCOUNT}:role/Boss")


@fault(expect="AWS022", aws=NOT_OFFERED, page=ACCEPTED)
def pair_asked_for_is_not_offered(spec: ResponseSpec) -> ResponseSpec:
    """Role and provider are asked for, and the response offers this provider with another role only."""
    return spec.meets(asked_role=f"{ACCOUNT}:role/Boss,{PROVIDER}")


@fault(expect="AWS022", aws=BAD_ROLE_PARAMETER, page=ACCEPTED)
def role_asked_for_with_a_blank(spec: ResponseSpec) -> ResponseSpec:
    """The role's ARN is given with a blank in front, as copied from the claim."""
    return spec.meets(asked_role=f" {ROLE}")


@fault(expect="AWS022", aws=BAD_PROVIDER_PARAMETER, page=ACCEPTED)
def provider_asked_for_with_a_blank(spec: ResponseSpec) -> ResponseSpec:
    """The provider's ARN is given with a blank at its end."""
    return spec.meets(asked_role=f"{PAIR} ")


@fault(expect="AWS004", aws=NOT_OFFERED, page=NO_ROLE_PAGE)
def no_role_in_a_declared_account(spec: ResponseSpec) -> ResponseSpec:
    """No Role claim, where the account is known."""
    return spec.says(Role=()).meets(declared=True)


@fault(expect="AST031", aws=CATCH_ALL)
def encryption_switched_on_in_aws_only(spec: ResponseSpec) -> ResponseSpec:
    """The provider was set to require encryption before Entra encrypts."""
    return spec.meets(declared=True, required=True, opens=("another",))
