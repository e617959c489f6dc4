"""IAM: roles and account aliases, as far as federation and the scripts around it need them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from harness.arn import ACCOUNT_ID, Arn
from harness.aws.account import Aws, Role
from harness.aws.query import ApiError, Member, Result, paged, require
from harness.aws.store import AwsStore, unique_id, with_role, without_role
from harness.aws.tags import tags_of
from harness.aws.trust_document import trust_policy

_NAME = Member("RoleName", 1, 64, required=True, pattern=r"[\w+=,.@-]+")
_POLICY = Member("AssumeRolePolicyDocument", 1, 131_072, required=True)
_SECONDS = Member("MaxSessionDuration", 3600, 43_200, kind="number")
_PATH = Member("Path", 1, 512, pattern=r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)")
_DESCRIPTION = Member("Description", 0, 1000, pattern=r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*")
_POLICY_ARN = Member("PolicyArn", 20, 2048, required=True)
_ALIAS = Member("AccountAlias", 3, 63, required=True, pattern=r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$")


@dataclass(frozen=True, slots=True)
class IamRoles:
    """The roles and aliases of the accounts."""

    store: AwsStore

    def create(self, params: Mapping[str, str], account: str, now: datetime) -> Result:
        """CreateRole."""
        require(params, _NAME, _POLICY, _SECONDS, _PATH, _DESCRIPTION)
        path = params.get("Path", "/").strip("/")
        resource = f"{path}/{params['RoleName']}" if path else params["RoleName"]
        arn = Arn(self.store.aws.partition_of(account), account, "role", resource)
        role = Role(
            arn=arn,
            trust_policy=trust_policy(params["AssumeRolePolicyDocument"], account),
            max_session_duration=int(params.get("MaxSessionDuration", "3600")),
            unique_id=unique_id("AROA", 17),
            created=now,
            description=params.get("Description", ""),
            tags=tags_of(params),
        )

        def add(aws: Aws) -> Aws:
            if _find(aws, account, params["RoleName"]) is not None:
                raise ApiError("EntityAlreadyExists", 409, f"saml-harness: there is a role {params['RoleName']}")
            return with_role(aws, role)

        self.store.change(add)
        return {"Role": _described(role)}

    def get(self, params: Mapping[str, str], account: str) -> Result:
        """GetRole."""
        require(params, _NAME)
        return {"Role": _described(self._held(self.store.aws, account, params["RoleName"]))}

    def list(self, params: Mapping[str, str], account: str) -> Result:
        """ListRoles, with PathPrefix. As AWS documents, a list holds no tags."""
        prefix = params.get("PathPrefix", "/")
        held = [role for role in self.store.aws.roles.values() if role.arn.account == account]
        listed = {str(role.arn): _described(role) for role in held if path_of(role.arn).startswith(prefix)}
        return paged(params, "Roles", {arn: {**role, "Tags": None} for arn, role in listed.items()})

    def update(self, params: Mapping[str, str], account: str) -> Result:
        """UpdateRole: description and maximum session duration."""
        require(params, _NAME, _SECONDS, _DESCRIPTION)

        def changed(role: Role) -> Role:
            seconds = int(params.get("MaxSessionDuration", role.max_session_duration))
            return replace(role, max_session_duration=seconds, description=params.get("Description", role.description))

        self._change(params, account, changed)
        return {}

    def update_trust(self, params: Mapping[str, str], account: str) -> None:
        """UpdateAssumeRolePolicy."""
        require(params, _NAME, replace(_POLICY, name="PolicyDocument"))
        policy = trust_policy(params["PolicyDocument"], account)
        self._change(params, account, lambda role: replace(role, trust_policy=policy))

    def tag(self, params: Mapping[str, str], account: str) -> None:
        """TagRole."""
        self._change(params, account, lambda role: replace(role, tags=tags_of(params, role.tags)))

    def attach(self, params: Mapping[str, str], account: str) -> None:
        """AttachRolePolicy. The policy is remembered, and never evaluated."""
        require(params, _NAME, _POLICY_ARN)
        arn = params["PolicyArn"]

        def changed(role: Role) -> Role:
            return replace(role, attached_policies=tuple(dict.fromkeys((*role.attached_policies, arn))))

        self._change(params, account, changed)

    def attached(self, params: Mapping[str, str], account: str) -> Result:
        """ListAttachedRolePolicies."""
        require(params, _NAME)
        held = self._held(self.store.aws, account, params["RoleName"]).attached_policies
        listed = {arn: {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in held}
        return paged(params, "AttachedPolicies", listed)

    def detach(self, params: Mapping[str, str], account: str) -> None:
        """DetachRolePolicy."""
        require(params, _NAME, _POLICY_ARN)
        arn = params["PolicyArn"]

        def changed(role: Role) -> Role:
            if arn not in role.attached_policies:
                raise ApiError("NoSuchEntity", 404, f"saml-harness: {arn} is not attached to {role.arn.name}")
            return replace(role, attached_policies=tuple(one for one in role.attached_policies if one != arn))

        self._change(params, account, changed)

    def delete(self, params: Mapping[str, str], account: str) -> None:
        """DeleteRole. Its policies have to be detached before."""
        require(params, _NAME)

        def remove(aws: Aws) -> Aws:
            role = self._held(aws, account, params["RoleName"])
            if role.attached_policies:
                raise ApiError("DeleteConflict", 409, f"saml-harness: policies are attached to {role.arn.name}")
            return without_role(aws, role.arn)

        self.store.change(remove)

    def aliases(self, account: str) -> Result:
        """ListAccountAliases: none or one."""
        alias = self.store.aws.aliases.get(account)
        return {"AccountAliases": [] if alias is None else [alias], "IsTruncated": False}

    def create_alias(self, params: Mapping[str, str], account: str) -> None:
        """CreateAccountAlias. It replaces the one before."""
        require(params, _ALIAS)
        alias = params["AccountAlias"]
        if ACCOUNT_ID.fullmatch(alias):
            raise ApiError("ValidationError", 400, "saml-harness: an account alias cannot be an account number")

        def add(aws: Aws) -> Aws:
            if any(held == alias for number, held in aws.aliases.items() if number != account):
                raise ApiError("EntityAlreadyExists", 409, f"saml-harness: another account is called {alias}")
            return replace(aws, aliases={**aws.aliases, account: alias})

        self.store.change(add)

    def _change(self, params: Mapping[str, str], account: str, make: Callable[[Role], Role]) -> None:
        require(params, _NAME)
        self.store.change(lambda aws: with_role(aws, make(self._held(aws, account, params["RoleName"]))))

    def _held(self, aws: Aws, account: str, name: str) -> Role:
        role = _find(aws, account, name)
        if role is None:
            raise ApiError("NoSuchEntity", 404, f"saml-harness: there is no role {name}")
        return role


def _find(aws: Aws, account: str, name: str) -> Role | None:
    """Role names are unique in an account, whatever their path, and compared without case."""
    held = (role for role in aws.roles.values() if role.arn.account == account)
    return next((role for role in held if role.arn.name.lower() == name.lower()), None)


def path_of(arn: Arn) -> str:
    """The path of a role: with a slash at both ends."""
    before = arn.resource.rpartition("/")[0]
    return f"/{before}/" if before else "/"


def _described(role: Role) -> dict[str, Any]:
    return {
        "Path": path_of(role.arn),
        "RoleName": role.arn.name,
        "RoleId": role.unique_id,
        "Arn": str(role.arn),
        "CreateDate": role.created,
        "AssumeRolePolicyDocument": quote(json.dumps(role.trust_policy), safe=""),
        "Description": role.description or None,
        "MaxSessionDuration": role.max_session_duration,
        "Tags": [{"Key": key, "Value": value} for key, value in role.tags.items()],
    }
