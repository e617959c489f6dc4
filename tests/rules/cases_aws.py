"""What fires the rules on what AWS reads."""

from collections.abc import Sequence

from harness.aws.account import Aws, SamlProvider
from tests.aws.responses import ACCOUNT, ACS, AWS, PAIR, PROVIDER, ROLE, arn, at, attributes
from tests.rules.world import Case, metadata, once, tampered

BOSS = f"{ACCOUNT}:role/Boss"
FOREIGN = "arn:aws:iam::999900001111:saml-provider/Entra"
CHINESE = PAIR.replace("arn:aws:", "arn:aws-cn:")
UNNUMBERED = PAIR.replace("111122223333", "12345")
RESERVED = f"{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef,{PROVIDER}"


def says(**changes: str | Sequence[str]) -> dict[str, object]:
    return {"says": attributes(**changes)}


def pairs(count: int) -> list[str]:
    return [f"{ACCOUNT}:role/team/with/a/rather/long/path/Role{number:04},{PROVIDER}" for number in range(count)]


def one_provider() -> Aws:
    return Aws(declared=False, providers={PROVIDER: SamlProvider(arn(PROVIDER), metadata())})


def another_provider() -> Aws:
    name = f"{ACCOUNT}:saml-provider/entra"
    return Aws(declared=False, providers={name: SamlProvider(arn(name), metadata())})


ROLES = (
    Case("AWS004", "AWS004", {"says": attributes(without="Role")}),
    Case("AWS005", "AWS005", says(Role=[PAIR, BOSS])),
    Case("AWS006", "", says(Role=f"{PROVIDER},{ROLE}")),
    Case("AWS007", "", says(Role=f"{ROLE}, {PROVIDER}")),
    Case("AWS008", "AWS008", says(Role=f"{ROLE},{FOREIGN}")),
    Case("AWS009", "AWS009", says(Role=UNNUMBERED)),
    Case("AWS010", "AWS010", says(Role=[PAIR, CHINESE])),
    Case("AWS011", "", says(Role=[PAIR, PAIR])),
    Case("AWS012", "", says(Role=f"{ACCOUNT}:role/{'path/' * 40}Admin,{PROVIDER}")),
    Case("AWS012", "", says(Role=f"{ACCOUNT}:role/{'path/' * 33}Admin,{PROVIDER}"), name="role import"),
    Case("AWS028", "", says(Role=f"{ACCOUNT}:role/{'path/' * 10}Admin,{PROVIDER}")),
    Case("AWS021", "AWS021", aws=another_provider),
    Case("AWS022", "AWS022", {}, {"role": BOSS}),
    Case("AWS022", "AWS022", {}, {"role": f" {ROLE}"}, aws=one_provider, name="with a blank"),
    Case("AWS025", "AWS025", says(Role=RESERVED)),
    Case("AWS026", "AWS026", says(Role=f"{ACCOUNT}:role/{'a' * 65},{PROVIDER}")),
    Case("AWS026", "AWS026", says(Role=f"{ROLE},{ACCOUNT}:saml-provider/En*tra"), name="provider"),
)  # fmt: skip

CLAIMS = (
    Case("AWS001", "AWS001", {"says": attributes(without="RoleSessionName")}),
    Case("AWS002", "AWS002", says(RoleSessionName="ada lovelace")),
    Case("AWS003", "AWS002 AWS003", says(RoleSessionName="ada_fabrikam.com#EXT#@contoso.onmicrosoft.com")),
    Case("AWS013", "AWS004 AWS013", {"says": attributes(without="Role", role=PAIR)}),
    Case("AWS013", "AWS004 AWS013", once(f'Name="{AWS}Role"', f'Name="{AWS}/Role"'), name="a slash too many"),
    Case("AWS014", "AWS014", says(SessionDuration="899")),
    Case("AWS014", "AWS014", says(SessionDuration='"3600"'), name="quoted"),
    Case("AWS015", "AWS015", says(SourceIdentity="aws:ada")),
    Case("AWS016", "AWS016", says(**{"PrincipalTag:Team": "blue;red"})),
    Case("AWS017", "AWS017", says(**{"PrincipalTag:Team": "blue", "TransitiveTagKeys": "Cost"})),
    Case("AWS018", "AWS018", {"issued": at(-301)}),
    Case("AWS019", "AWS019", says(Role=pairs(500))),
    Case("AWS020", "AWS019 AWS020", says(Role=pairs(650))),
    Case("AWS023", "AWS023", says(RoleSessionName=["ada", "bob"])),
    Case("AWS024", "AST005", tampered(f'Destination="{ACS}"', 'Destination="https://signin.aws.amazon.com.mcas.ms/saml"')),
    Case("AWS027", "", once("</AttributeStatement>", '<Attribute Name="http://www.amazonaws.cn/SAML/Attributes/Team">'
         "<AttributeValue>blue</AttributeValue></Attribute></AttributeStatement>")),
)  # fmt: skip

CASES = ROLES + CLAIMS
