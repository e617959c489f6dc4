"""Mistakes in the claims that AWS reads: roles, session name, duration, source identity, tags."""

from harness.cases.core import ACCEPTED, UNKNOWN, ResponseSpec, fault
from harness.cases.recipe import AWS
from harness.cases.words import (
    BAD_SESSION_NAME,
    BAD_SOURCE_IDENTITY,
    NO_ROLE_PAGE,
    NO_SESSION_NAME,
    NOT_OFFERED,
    TOO_LONG,
)
from harness.cases.workshop import ACCOUNT, PAIR, PROVIDER, ROLE

GUEST = "guest_fabrikam.com#EXT#@contoso.onmicrosoft.com"
RESERVED = f"{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef,{PROVIDER}"


def _pairs(count: int) -> tuple[str, ...]:
    return tuple(f"{ACCOUNT}:role/team/with/a/rather/long/path/Role{number:04},{PROVIDER}" for number in range(count))


def _renamed(spec: ResponseSpec, old: str, new: str) -> ResponseSpec:
    return spec.edit(f'Name="{AWS}{old}"', f'Name="{new}"')


@fault(expect="AWS004", aws=NOT_OFFERED, page=NO_ROLE_PAGE, refs=("entra: only default access assigned",))
def role_missing(spec: ResponseSpec) -> ResponseSpec:
    """The user holds only default access, so Entra sends no Role at all and reports success."""
    return spec.says(Role=())


@fault(expect="AWS004 AWS013", aws=NOT_OFFERED, page=NO_ROLE_PAGE, refs=("entra: claim name in other case",))
def role_in_lower_case(spec: ResponseSpec) -> ResponseSpec:
    """The claim is called role; AWS's names are exact."""
    return _renamed(spec, "Role", f"{AWS}role")


@fault(expect="AWS004 AWS013", aws=NOT_OFFERED, page=NO_ROLE_PAGE, refs=("entra: claim namespace mistyped",))
def role_with_a_slash_too_many(spec: ResponseSpec) -> ResponseSpec:
    """Namespace and name of the claim were joined with two slashes."""
    return _renamed(spec, "Role", f"{AWS}/Role")


@fault(expect="AWS004 AWS013", aws=NOT_OFFERED, page=NO_ROLE_PAGE)
def role_in_the_friendly_name(spec: ResponseSpec) -> ResponseSpec:
    """The attribute's Name is Role alone, and AWS's full name stands in FriendlyName."""
    return spec.edit(f'Name="{AWS}Role"', f'Name="Role" FriendlyName="{AWS}Role"')


@fault(expect="AWS005", aws=NOT_OFFERED, page=NO_ROLE_PAGE)
def role_without_a_provider(spec: ResponseSpec) -> ResponseSpec:
    """The value is a role's ARN alone."""
    return spec.says(Role=ROLE)


@fault(expect="AWS005", aws=ACCEPTED)
def one_role_of_two_without_a_provider(spec: ResponseSpec) -> ResponseSpec:
    """One value is a pair, the other a role's ARN alone: the first still works."""
    return spec.says(Role=(PAIR, f"{ACCOUNT}:role/Reader"))


@fault(expect="AWS005", aws=NOT_OFFERED, page=NO_ROLE_PAGE)
def role_with_a_semicolon(spec: ResponseSpec) -> ResponseSpec:
    """Role and provider are joined with a semicolon."""
    return spec.says(Role=PAIR.replace(",", ";"))


@fault(expect="AWS005", aws=NOT_OFFERED, page=NO_ROLE_PAGE)
def role_value_empty(spec: ResponseSpec) -> ResponseSpec:
    """The Role attribute has one empty value."""
    return spec.says(Role="")


@fault(expect="AWS007", aws=UNKNOWN, page=ACCEPTED, refs=("entra: constant with a blank",))
def blank_after_the_comma(spec: ResponseSpec) -> ResponseSpec:
    """A blank after the comma: the sign-in page trims it, the parameters of STS must be exact."""
    return spec.says(Role=f"{ROLE}, {PROVIDER}")


@fault(expect="AWS008", aws=UNKNOWN)
def provider_of_another_account(spec: ResponseSpec) -> ResponseSpec:
    """The provider is another account's."""
    return spec.says(Role=f"{ROLE},arn:aws:iam::999900001111:saml-provider/Entra")


@fault(expect="AWS009", aws=UNKNOWN)
def account_of_five_digits(spec: ResponseSpec) -> ResponseSpec:
    """The account number is the 12345 of a tutorial."""
    return spec.says(Role=PAIR.replace("111122223333", "12345"))


@fault(expect="AWS010", aws=ACCEPTED)
def roles_of_two_partitions(spec: ResponseSpec) -> ResponseSpec:
    """One role is in the partition aws, the other in aws-cn: no endpoint serves both."""
    return spec.says(Role=(PAIR, PAIR.replace("arn:aws:", "arn:aws-cn:")))


@fault(expect="AWS011", aws=ACCEPTED)
def role_twice(spec: ResponseSpec) -> ResponseSpec:
    """The same pair stands twice: a user in two groups."""
    return spec.says(Role=(PAIR, PAIR))


@fault(expect="AWS012", aws=ACCEPTED, refs=("entra: role import skips long pairs",))
def pair_too_long_for_entra(spec: ResponseSpec) -> ResponseSpec:
    """Role and provider ARN together are longer than Entra's role import takes."""
    return spec.says(Role=f"{ACCOUNT}:role/{'path/' * 40}Admin,{PROVIDER}")


@fault(expect="AWS028", aws=ACCEPTED)
def pair_too_long_for_old_limits(spec: ResponseSpec) -> ResponseSpec:
    """Role and provider ARN together are longer than older app roles could be."""
    return spec.says(Role=f"{ACCOUNT}:role/{'path/' * 10}Admin,{PROVIDER}")


@fault(expect="AWS025", aws=UNKNOWN)
def role_of_identity_center(spec: ResponseSpec) -> ResponseSpec:
    """The role is one that IAM Identity Center made for itself."""
    return spec.says(Role=RESERVED)


@fault(expect="AWS026", aws=UNKNOWN)
def role_name_of_65_characters(spec: ResponseSpec) -> ResponseSpec:
    """The role's name is longer than IAM allows, so it cannot exist."""
    return spec.says(Role=f"{ACCOUNT}:role/{'a' * 65},{PROVIDER}")


@fault(expect="AWS019", aws=TOO_LONG, page=ACCEPTED)
def too_many_roles_for_sts(spec: ResponseSpec) -> ResponseSpec:
    """So many roles that the response is longer than STS takes."""
    return spec.says(Role=_pairs(550))


@fault(expect="AWS019 AWS020", aws=TOO_LONG, page=UNKNOWN)
def too_many_roles_for_the_sign_in_page(spec: ResponseSpec) -> ResponseSpec:
    """So many roles that the response is longer than the sign-in page takes."""
    return spec.says(Role=_pairs(750))


@fault(expect="AWS001", aws=NO_SESSION_NAME)
def session_name_missing(spec: ResponseSpec) -> ResponseSpec:
    """The source of RoleSessionName is empty, user.mail of someone without mail: Entra leaves the claim out."""
    return spec.says(RoleSessionName=())


@fault(expect="AWS001 AWS013", aws=NO_SESSION_NAME)
def session_name_in_lower_case(spec: ResponseSpec) -> ResponseSpec:
    """The claim is called rolesessionname."""
    return _renamed(spec, "RoleSessionName", f"{AWS}rolesessionname")


@fault(expect="AWS002 AWS003", aws=BAD_SESSION_NAME)
def session_name_of_a_guest(spec: ResponseSpec) -> ResponseSpec:
    """RoleSessionName is user.userprincipalname, and a guest's holds #EXT#."""
    return spec.says(RoleSessionName=GUEST)


_SESSION_NAMES = {
    "with_a_blank": ("Britta Simon", ""),
    "of_one_character": ("b", ""),
    "of_65_characters": ("b" * 65, ""),
    "with_an_umlaut": ("jörg@contoso.com", "F4"),
    "with_a_newline": (" britta@contoso.com", "F3"),
    "with_an_invisible_character": ("britta​@contoso.com", "F4"),
    "in_full_width_letters": ("ｂｒｉｔｔａ", "F4"),
    "with_a_no_break_space": ("britta simon", "F3"),
    "with_markup": ("<script>alert(1)</script>", "F9"),
    "with_a_database_statement": ("x'; DROP TABLE users;--", "F9"),
}
for _name, (_text, _class) in _SESSION_NAMES.items():

    def _named(spec: ResponseSpec, text: str = _text) -> ResponseSpec:
        return spec.says(RoleSessionName=text)

    _named.__name__ = f"session_name_{_name}"
    _named.__doc__ = f"RoleSessionName is a value {_name.replace('_', ' ')}."
    fault(expect="AWS002", aws=BAD_SESSION_NAME, classes=_class)(_named)


@fault(expect="AWS023", aws=UNKNOWN, classes="F8")
def session_name_of_two_values(spec: ResponseSpec) -> ResponseSpec:
    """RoleSessionName has two values."""
    return spec.says(RoleSessionName=("britta", "adele"))


@fault(expect="AWS023", aws=UNKNOWN, classes="F8")
def session_duration_of_two_values(spec: ResponseSpec) -> ResponseSpec:
    """SessionDuration has two values."""
    return spec.says(SessionDuration=("3600", "7200"))


@fault(expect="AWS023", aws=UNKNOWN, classes="F8")
def source_identity_of_two_values(spec: ResponseSpec) -> ResponseSpec:
    """SourceIdentity has two values."""
    return spec.says(SourceIdentity=("britta", "admin"))


@fault(expect="AST026 AWS023", aws=UNKNOWN, classes="F7", refs=("CVE-2025-46573",))
def session_name_stated_twice(spec: ResponseSpec) -> ResponseSpec:
    """Two attributes are called RoleSessionName, with different values."""
    again = f'<Attribute Name="{AWS}RoleSessionName"><AttributeValue>adele</AttributeValue></Attribute>'
    return spec.edit("</AttributeStatement>", f"{again}</AttributeStatement>")


@fault(expect="AST026", aws=UNKNOWN, classes="F7")
def role_stated_twice_in_two_formats(spec: ResponseSpec) -> ResponseSpec:
    """Two attributes are called Role, one of them with a NameFormat of its own."""
    other = f"{ACCOUNT}:role/Boss,{PROVIDER}"
    again = f'<Attribute Name="{AWS}Role" NameFormat="urn:x"><AttributeValue>{other}</AttributeValue></Attribute>'
    return spec.edit("</AttributeStatement>", f"{again}</AttributeStatement>")


@fault(expect="AST026", aws=UNKNOWN, classes="F6 F7")
def role_stated_in_two_statements(spec: ResponseSpec) -> ResponseSpec:
    """A second AttributeStatement holds another Role."""
    other = f"{ACCOUNT}:role/Boss,{PROVIDER}"
    again = f'<AttributeStatement><Attribute Name="{AWS}Role"><AttributeValue>{other}</AttributeValue></Attribute>'
    return spec.edit("</Assertion>", f"{again}</AttributeStatement></Assertion>")


_DURATIONS = {"too_short": "899", "too_long": "43201", "in_words": "1h", "quoted": '"3600"', "negative": "-3600"}
for _name, _text in _DURATIONS.items():

    def _lasting(spec: ResponseSpec, text: str = _text) -> ResponseSpec:
        return spec.says(SessionDuration=text)

    _lasting.__name__ = f"session_duration_{_name}"
    _lasting.__doc__ = f"SessionDuration is {_name.replace('_', ' ')}: {_text}."
    fault(expect="AWS014", aws=UNKNOWN, refs=("entra: quoted constant",) if _name == "quoted" else ())(_lasting)


@fault(expect="AWS015", aws=BAD_SOURCE_IDENTITY)
def source_identity_reserved(spec: ResponseSpec) -> ResponseSpec:
    """SourceIdentity begins with aws:."""
    return spec.says(SourceIdentity="aws:britta")


@fault(expect="AWS015", aws=BAD_SOURCE_IDENTITY)
def source_identity_of_one_character(spec: ResponseSpec) -> ResponseSpec:
    """SourceIdentity has one character."""
    return spec.says(SourceIdentity="b")


@fault(expect="AWS016", aws=UNKNOWN)
def tag_with_a_semicolon(spec: ResponseSpec) -> ResponseSpec:
    """A session tag's value holds a character that AWS does not allow."""
    return spec.says(PrincipalTag__Team="blue;red")


@fault(expect="AWS016", aws=UNKNOWN)
def tag_key_too_long(spec: ResponseSpec) -> ResponseSpec:
    """A session tag's key has 129 characters."""
    return spec.says(**{f"PrincipalTag__{'k' * 129}": "v"})


@fault(expect="AWS016", aws=UNKNOWN)
def tag_value_too_long(spec: ResponseSpec) -> ResponseSpec:
    """A session tag's value has 257 characters."""
    return spec.says(PrincipalTag__Team="v" * 257)


@fault(expect="AWS016", aws=UNKNOWN)
def tag_keys_that_differ_in_case(spec: ResponseSpec) -> ResponseSpec:
    """Two session tags whose keys differ in case only."""
    return spec.says(PrincipalTag__Team="blue", PrincipalTag__team="red")


@fault(expect="AWS016", aws=UNKNOWN)
def fifty_one_tags(spec: ResponseSpec) -> ResponseSpec:
    """One session tag more than AWS allows."""
    return spec.says(**{f"PrincipalTag__k{number}": "v" for number in range(51)})


@fault(expect="AWS017", aws=UNKNOWN)
def transitive_key_without_a_tag(spec: ResponseSpec) -> ResponseSpec:
    """TransitiveTagKeys names a tag that is not sent."""
    return spec.says(PrincipalTag__Team="blue", TransitiveTagKeys="Cost")


@fault(expect="AWS027", aws=ACCEPTED)
def attribute_of_the_chinese_namespace(spec: ResponseSpec) -> ResponseSpec:
    """An attribute's name is made like AWS's, under the host of the Chinese partition: AWS does not read it."""
    name = "http://www.amazonaws.cn/SAML/Attributes/Team"
    attribute = f'<Attribute Name="{name}"><AttributeValue>blue</AttributeValue></Attribute>'
    return spec.edit("</AttributeStatement>", f"{attribute}</AttributeStatement>")
