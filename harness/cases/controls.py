"""What must be accepted, although it looks unusual: a catalogue without these would pass a judge that refuses all."""

import re
from dataclasses import replace
from datetime import timedelta

from lxml import etree

from harness.cases.core import UNKNOWN, ResponseSpec, control
from harness.cases.recipe import ASSERTION, AWS, RESPONSE
from harness.cases.workshop import ACCOUNT, ENTRA, OPENS, PAIR, PROVIDER, ROLE, MetadataSpec, RoleSpec, World, trust
from harness.saml import encryption, names
from harness.saml.document import parse_own
from harness.saml.encryption import Encryption

SHA1 = replace(World(), allow_sha1=True)
REGIONAL = "https://eu-central-1.signin.aws.amazon.com/saml"
OWN_ACS = "https://signin.aws.amazon.com/saml/acs/SAMLSPABCDEFGHIJKLMNOP"


@control()
def nothing_changed(spec: ResponseSpec) -> ResponseSpec:
    """The response as Entra sends it: only the Assertion is signed."""
    return spec


@control()
def both_signed(spec: ResponseSpec) -> ResponseSpec:
    """Assertion and Response are signed, the Assertion first."""
    return replace(spec, signed=(ASSERTION, RESPONSE))


@control()
def declared_account(spec: ResponseSpec) -> ResponseSpec:
    """The same response where provider, role and trust policy are known."""
    return spec.meets(declared=True)


@control(classes="E17")
def second_of_two_certificates(spec: ResponseSpec) -> ResponseSpec:
    """The metadata lists a certificate before the one that signed: the weeks of a rollover."""
    return spec.meets(metadata=MetadataSpec(("next", ENTRA)))


@control(classes="E17")
def first_of_two_certificates(spec: ResponseSpec) -> ResponseSpec:
    """The metadata lists a certificate after the one that signed: tomorrow's."""
    return spec.meets(metadata=MetadataSpec((ENTRA, "next")))


@control(expect="SIG021", classes="E4")
def two_keys_of_one_provider(spec: ResponseSpec) -> ResponseSpec:
    """Response and Assertion are signed with different keys, and the metadata lists both."""
    return replace(
        spec, signed=(ASSERTION, RESPONSE), response_key="next", world=World(metadata=MetadataSpec((ENTRA, "next")))
    )


@control(classes="E14")
def certificate_from_tomorrow(spec: ResponseSpec) -> ResponseSpec:
    """The certificate is not valid yet. AWS reads the key in it and nothing else."""
    return replace(spec, key="from tomorrow", world=World(metadata=MetadataSpec(("from tomorrow",))))


@control()
def rsa_3072(spec: ResponseSpec) -> ResponseSpec:
    """A longer key than Entra's."""
    return replace(spec, key="RSA 3072", world=World(metadata=MetadataSpec(("RSA 3072",))))


@control()
def rsa_sha384(spec: ResponseSpec) -> ResponseSpec:
    """RSA with SHA-384 in signature and digest."""
    return replace(spec, method=names.RSA_SHA384, digest=names.SHA384)


@control()
def rsa_sha512(spec: ResponseSpec) -> ResponseSpec:
    """RSA with SHA-512 in signature and digest."""
    return replace(spec, method=names.RSA_SHA512, digest=names.SHA512)


@control()
def digest_of_sha512(spec: ResponseSpec) -> ResponseSpec:
    """SHA-256 in the signature, SHA-512 in the digest."""
    return replace(spec, digest=names.SHA512)


@control(expect="SIG023", classes="E9")
def sha1_where_allowed(spec: ResponseSpec) -> ResponseSpec:
    """SHA-1 in signature and digest, for a judge that was told to allow it."""
    return replace(spec, method=names.RSA_SHA1, digest=names.SHA1, world=SHA1)


@control(aws=UNKNOWN)
def ecdsa_p256(spec: ResponseSpec) -> ResponseSpec:
    """ECDSA on P-256. The signature is good; what AWS says to it nobody is known to have seen."""
    return replace(spec, key="P-256", method=names.ECDSA_SHA256, world=World(metadata=MetadataSpec(("P-256",))))


@control(aws=UNKNOWN)
def ecdsa_p384(spec: ResponseSpec) -> ResponseSpec:
    """ECDSA on P-384. The signature is good; what AWS says to it nobody is known to have seen."""
    return replace(spec, key="P-384", method=names.ECDSA_SHA384, world=World(metadata=MetadataSpec(("P-384",))))


@control(aws=UNKNOWN)
def rsa_pss(spec: ResponseSpec) -> ResponseSpec:
    """RSA-PSS with SHA-256. The signature is good; what AWS says to it nobody is known to have seen."""
    return replace(spec, method=names.PSS_SHA256)


@control(classes="D21")
def prefixes_of_the_response(spec: ResponseSpec) -> ResponseSpec:
    """A PrefixList names a prefix that only the Response declares, so the signature depends on its ancestor."""
    return replace(
        spec.edit("<samlp:Response ", f'<samlp:Response xmlns:xsi="{names.XSI}" '), prefixes=("xsi", "samlp")
    )


def _pretty(raw: bytes) -> bytes:
    root = parse_own(raw)
    etree.indent(root)
    return etree.tostring(root)


@control()
def indented(spec: ResponseSpec) -> ResponseSpec:
    """The document is indented before it is signed, as many identity providers write it."""
    return replace(spec, rewrite=_pretty)


@control(classes="F3")
def indented_and_both_signed(spec: ResponseSpec) -> ResponseSpec:
    """Indented, then Assertion and Response signed."""
    return replace(spec, rewrite=_pretty, signed=(ASSERTION, RESPONSE))


def _prefixed(raw: bytes) -> bytes:
    """Every name of the Assertion gets the prefix ``saml2:``, and the Response ``saml2p:``."""
    head, text = raw.split(b"<Assertion ", 1)
    inside, tail = text.split(b"</Assertion>", 1)
    inside = re.sub(rb"<(/?)(?=[A-Z])", rb"<\1saml2:", b"<Assertion " + inside + b"</Assertion>")
    inside = inside.replace(b" xmlns=", b" xmlns:saml2=")
    return (head + inside + tail).replace(b"samlp:", b"saml2p:").replace(b":samlp=", b":saml2p=")


@control()
def prefixes_of_others(spec: ResponseSpec) -> ResponseSpec:
    """Prefixes as other programs choose them, saml2p: and saml2:, where Entra uses none in the Assertion."""
    return replace(spec, rewrite=_prefixed)


@control()
def xsi_types_on_values(spec: ResponseSpec) -> ResponseSpec:
    """AttributeValues carry xsi:type, as most other identity providers write them."""
    value = f'<AttributeValue xmlns:xsi="{names.XSI}" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">'
    return replace(spec, rewrite=lambda raw: raw.replace(b"<AttributeValue>", value.encode()))


@control(expect="AWS006")
def provider_first(spec: ResponseSpec) -> ResponseSpec:
    """The provider's ARN stands before the role's. AWS takes both orders."""
    return spec.says(Role=f"{PROVIDER},{ROLE}")


@control()
def role_with_a_path(spec: ResponseSpec) -> ResponseSpec:
    """A role below a path."""
    return spec.says(Role=f"{ACCOUNT}:role/team/blue/Admin,{PROVIDER}")


@control()
def several_roles(spec: ResponseSpec) -> ResponseSpec:
    """Roles in two accounts: the user will choose."""
    other = PAIR.replace("111122223333", "444455556666")
    return spec.says(Role=(PAIR, f"{ACCOUNT}:role/Reader,{PROVIDER}", other))


@control()
def role_in_china(spec: ResponseSpec) -> ResponseSpec:
    """Every address and ARN is of the partition aws-cn."""
    acs = "https://signin.amazonaws.cn/saml"
    return spec.with_token(acs=acs, audience="urn:amazon:webservices:cn-north-1").says(
        Role=PAIR.replace("arn:aws:", "arn:aws-cn:")
    )


@control()
def role_in_govcloud(spec: ResponseSpec) -> ResponseSpec:
    """Every address and ARN is of the partition aws-us-gov."""
    acs = "https://signin.amazonaws-us-gov.com/saml"
    return spec.with_token(acs=acs, audience="urn:amazon:webservices:govcloud").says(
        Role=PAIR.replace("arn:aws:", "arn:aws-us-gov:")
    )


@control()
def regional_acs(spec: ResponseSpec) -> ResponseSpec:
    """Destination and Recipient are the endpoint of one region."""
    return spec.with_token(acs=REGIONAL)


@control()
def acs_of_one_provider(spec: ResponseSpec) -> ResponseSpec:
    """Destination and Recipient are the endpoint that belongs to one SAML provider."""
    return spec.with_token(acs=OWN_ACS)


@control()
def regional_acs_that_is_trusted(spec: ResponseSpec) -> ResponseSpec:
    """A regional endpoint, which the role's trust policy names."""
    policy = trust(Condition={"StringEquals": {"SAML:aud": REGIONAL}})
    return spec.with_token(acs=REGIONAL).meets(declared=True, roles={ROLE: RoleSpec(policy)})


@control()
def audience_is_the_entity_id(spec: ResponseSpec) -> ResponseSpec:
    """The Audience is AWS's entityID, not its endpoint."""
    return spec.with_token(audience="urn:amazon:webservices")


@control(classes="G8")
def one_of_several_audiences(spec: ResponseSpec) -> ResponseSpec:
    """One restriction names two audiences, of which AWS is one."""
    return spec.edit("<AudienceRestriction>", "<AudienceRestriction><Audience>https://unrelated.example/</Audience>")


@control(classes="G8")
def two_restrictions_that_both_fit(spec: ResponseSpec) -> ResponseSpec:
    """Two AudienceRestrictions, AWS in both."""
    again = "<AudienceRestriction><Audience>urn:amazon:webservices</Audience></AudienceRestriction>"
    return spec.edit("</Conditions>", f"{again}</Conditions>")


@control(classes="G17")
def session_with_an_end(spec: ResponseSpec) -> ResponseSpec:
    """SessionNotOnOrAfter ends the session in half an hour."""
    return spec.edit("<AuthnStatement ", f'<AuthnStatement SessionNotOnOrAfter="{spec.shown(1800)}" ')


@control()
def shortest_session(spec: ResponseSpec) -> ResponseSpec:
    """SessionDuration asks for the 900 seconds that are the least."""
    return spec.says(SessionDuration="900")


@control()
def longest_session(spec: ResponseSpec) -> ResponseSpec:
    """SessionDuration asks for the 43200 seconds that are the most, and the role allows them."""
    return spec.says(SessionDuration="43200").meets(declared=True, roles={ROLE: RoleSpec(longest=43_200)})


@control()
def session_tags(spec: ResponseSpec) -> ResponseSpec:
    """Two session tags, one of them transitive, and a role that allows sts:TagSession."""
    policy = trust(action=["sts:AssumeRoleWithSAML", "sts:TagSession"])
    return spec.says(
        PrincipalTag__Team="blue", PrincipalTag__Cost="4711", TransitiveTagKeys="Team"
    ).meets(declared=True, roles={ROLE: RoleSpec(policy)})  # fmt: skip


@control()
def source_identity(spec: ResponseSpec) -> ResponseSpec:
    """A source identity, and a role that allows sts:SetSourceIdentity."""
    policy = trust(action=["sts:AssumeRoleWithSAML", "sts:SetSourceIdentity"])
    return spec.says(SourceIdentity="britta").meets(declared=True, roles={ROLE: RoleSpec(policy)})


@control()
def longest_session_name(spec: ResponseSpec) -> ResponseSpec:
    """A RoleSessionName of 64 characters, of every kind that is allowed."""
    return spec.says(RoleSessionName="Az09_+=,.@-" + "x" * 53)


@control(classes="G5")
def exactly_five_minutes_old(spec: ResponseSpec) -> ResponseSpec:
    """Issued 300 seconds ago, which is the last instant that AWS is taken to allow."""
    return spec.with_token(issued=spec.at(-300), base=spec.at(-300))


@control(classes="G5 G18")
def valid_from_this_instant(spec: ResponseSpec) -> ResponseSpec:
    """NotBefore is the very instant that is judged."""
    return spec.with_token(base=spec.at(0) + timedelta(minutes=5), issued=spec.at(0))


@control(classes="G18")
def valid_for_a_millisecond_more(spec: ResponseSpec) -> ResponseSpec:
    """NotOnOrAfter of the Conditions is a millisecond away."""
    return spec.with_token(lifetime=timedelta(seconds=10.001))


@control(classes="G4")
def instants_without_a_fraction(spec: ResponseSpec) -> ResponseSpec:
    """Instants in whole seconds: fractions are optional in SAML."""
    return replace(spec, rewrite=lambda raw: re.sub(rb"(:\d\d)\.\d{3}Z", rb"\1Z", raw))


@control(expect="AST019", classes="G14")
def answers_a_request(spec: ResponseSpec) -> ResponseSpec:
    """InResponseTo in Response and SubjectConfirmationData, the same in both. That AWS ignores it is assumed."""
    return spec.with_token(in_response_to="_request")


@control(expect="AST028", classes="G6")
def one_time_use(spec: ResponseSpec) -> ResponseSpec:
    """Conditions asks to be used once. AWS keeps no record and ignores it."""
    return spec.edit("</Conditions>", "<OneTimeUse/></Conditions>")


@control(expect="AST028", classes="G6")
def proxy_restriction(spec: ResponseSpec) -> ResponseSpec:
    """Conditions restricts proxying, which AWS does not do."""
    return spec.edit("</Conditions>", '<ProxyRestriction Count="0"/></Conditions>')


@control(expect="AST007", classes="G9")
def envelope_of_another_issuer(spec: ResponseSpec) -> ResponseSpec:
    """The Response names another Issuer than its Assertion. AWS reads the Assertion's only."""
    issuer = f'<Issuer xmlns="{names.SAML}">'
    return spec.edit(f"{issuer}https://sts", f"{issuer}https://proxy.sts")


@control(expect="AST017", classes="G13")
def confirmation_with_not_before(spec: ResponseSpec) -> ResponseSpec:
    """SubjectConfirmationData has a NotBefore, which the bearer profile forbids and AWS ignores."""
    return spec.edit("<SubjectConfirmationData ", f'<SubjectConfirmationData NotBefore="{spec.shown(-60)}" ')


@control(classes="F11")
def transient_name(spec: ResponseSpec) -> ResponseSpec:
    """A NameID of the format transient."""
    return spec.with_token(name_id_format=names.NAMEID_2_0_PREFIX + "transient")


@control(classes="F11")
def format_of_nobody(spec: ResponseSpec) -> ResponseSpec:
    """A NameID format that nobody defined: AWS hands it on as it is."""
    return spec.with_token(name_id_format="custom-format")


@control(classes="F11")
def name_with_qualifiers(spec: ResponseSpec) -> ResponseSpec:
    """The NameID carries NameQualifier and SPNameQualifier."""
    return spec.edit("<NameID ", '<NameID NameQualifier="urn:contoso" SPNameQualifier="urn:amazon:webservices" ')


@control()
def friendly_names(spec: ResponseSpec) -> ResponseSpec:
    """Attributes carry FriendlyName and NameFormat."""
    name = f'<Attribute Name="{AWS}Role"'
    basic = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
    return spec.edit(name, f'{name} FriendlyName="RoleSessionName" NameFormat="{basic}"')


@control()
def required_and_encrypted(spec: ResponseSpec) -> ResponseSpec:
    """The provider requires encryption, and the assertion is encrypted."""
    return replace(spec, encryption=Encryption(), world=World(declared=True, required=True, opens=(OPENS,)))


@control()
def encrypted_and_both_signed(spec: ResponseSpec) -> ResponseSpec:
    """The assertion is signed, then encrypted, and the Response is signed over the ciphertext."""
    return replace(spec, encryption=Encryption(), signed_last=(RESPONSE,), world=World(opens=(OPENS,)))


@control()
def encrypted_for_the_second_of_two_keys(spec: ResponseSpec) -> ResponseSpec:
    """The provider holds two private keys, and the older one opens the assertion."""
    return replace(spec, encryption=Encryption(), world=World(opens=("another", OPENS)))


@control()
def key_of_no_stated_use(spec: ResponseSpec) -> ResponseSpec:
    """KeyDescriptors say no use, which means every use."""
    return spec.meets(metadata=MetadataSpec(rewrite=lambda raw, _: raw.replace(b' use="signing"', b"")))


_MGF = names.XENC11 + "mgf1"
_SHA256_OAEP = {"transport": encryption.OAEP_11, "digest": names.SHA256}
for _name, _how in (
    ("aes128_cbc", Encryption(encryption.AES128_CBC)),
    ("aes256_cbc", Encryption(encryption.AES256_CBC)),
    ("aes128_gcm", Encryption(encryption.AES128_GCM)),
    ("aes256_gcm", Encryption(encryption.AES256_GCM)),
    ("oaep_sha256_mgf1_sha1", Encryption(mgf=_MGF + "sha1", **_SHA256_OAEP)),
    ("oaep_sha256_mgf1_sha256", Encryption(mgf=_MGF + "sha256", **_SHA256_OAEP)),
):

    def _encrypted(spec: ResponseSpec, how: Encryption = _how) -> ResponseSpec:
        return replace(spec, encryption=how, world=World(opens=(OPENS,)))

    _encrypted.__name__ = f"encrypted_with_{_name}"
    _encrypted.__doc__ = f"The assertion is encrypted with {_name.replace('_', ' ')}, which AWS is seen to take."
    control()(_encrypted)
