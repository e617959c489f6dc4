"""The names under which production is reached, and which of the two sides answers to each.

Sources: AWS's general reference on STS, IAM and sign-in endpoints, and where Entra's sign-in pages, My Apps and Graph
are. Names are listed one by one: the authority vouches for these, the proxy leads to these, and to nothing else.
"""

from harness.aws.endpoints import PARTITIONS
from harness.aws.sp_metadata import REGIONS

LOGIN, MY_APPS, LAUNCHER = "login.microsoftonline.com", "myapps.microsoft.com", "launcher.myapps.microsoft.com"
GRAPH = "graph.microsoft.com"
ENTRA_HOSTS = frozenset({LOGIN, MY_APPS, LAUNCHER, GRAPH})

NEWER_REGIONS = ("ap-east-2", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "mx-central-1")
"""Regions with STS that AWS's metadata, as it was seen, does not list."""
_REGIONS = {
    "aws": REGIONS + NEWER_REGIONS,
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
}
_API_DOMAIN = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}
_GLOBAL_APIS = frozenset(
    {"sts.amazonaws.com", "iam.amazonaws.com", "iam.cn-north-1.amazonaws.com.cn", "iam.us-gov.amazonaws.com"}
)


def _regional(partition: str) -> set[str]:
    signin, domain = PARTITIONS[partition].host, _API_DOMAIN[partition]
    names = {signin}
    for region in _REGIONS[partition]:
        names |= {f"{region}.{signin}", f"sts.{region}.{domain}"}
    return names


AWS_HOSTS = frozenset[str]().union(_GLOBAL_APIS, *(_regional(partition) for partition in PARTITIONS))
SIGNIN_HOSTS = frozenset(name for name in AWS_HOSTS if not name.startswith(("sts.", "iam.")))
SERVED = ENTRA_HOSTS | AWS_HOSTS
