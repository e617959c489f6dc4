"""Role lists and app roles for the tests."""

from harness.approles.model import AppRole, app_role
from harness.arn import parse_role_pair

PROVIDER = "arn:aws:iam::111122223333:saml-provider/Entra"


def value(name: str = "Admin", account: str = "111122223333", provider: str = "Entra") -> str:
    return f"arn:aws:iam::{account}:role/{name},arn:aws:iam::{account}:saml-provider/{provider}"


def role(name: str = "Admin") -> AppRole:
    pair = parse_role_pair(value(name))
    assert pair is not None
    return app_role(pair)


TUTORIAL = f"{value('Admin', '12345', 'WAAD')}\n{value('Auditors', '12345', 'WAAD')}\n"
"""The tutorial's two roles, with its account number of five digits."""


def trust(*providers: str, action: object = "sts:AssumeRoleWithSAML", effect: str = "Allow") -> dict[str, object]:
    statement = {"Effect": effect, "Principal": {"Federated": list(providers)}, "Action": action}
    return {"Version": "2012-10-17", "Statement": [statement]}


def iam_role(name: str, policy: object) -> dict[str, object]:
    arn = f"arn:aws:iam::111122223333:role/{name}"
    return {"RoleName": name, "Arn": arn, "Path": "/", "AssumeRolePolicyDocument": policy}
