"""A test harness for Microsoft Entra ID to AWS SAML federation.

The face of the library. Names are loaded on first use, so that ``import harness`` costs nothing:

* ``read_capture`` and ``check(capture, policy, now)``: what somebody captured becomes a `Report`;
* ``Policy``, ``Aws``, ``read_metadata``: what it is judged against;
* ``EntraIdp``, ``load_scenario``, ``demo_scenario``: the mock identity provider and the declared world.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.aws.account import Aws
    from harness.entra.idp import EntraIdp
    from harness.saml.metadata import read_metadata
    from harness.saml.wire import read_capture
    from harness.scenario.load import demo_scenario, load_scenario
    from harness.validate import Policy, check

__all__ = ["Aws", "EntraIdp", "Policy", "check", "demo_scenario", "load_scenario", "read_capture", "read_metadata"]
__version__ = "0.1.0"

_HOME = dict.fromkeys(("Policy", "check"), "harness.validate")
_HOME |= dict.fromkeys(("demo_scenario", "load_scenario"), "harness.scenario.load")
_HOME |= {"Aws": "harness.aws.account", "EntraIdp": "harness.entra.idp"}
_HOME |= {"read_capture": "harness.saml.wire", "read_metadata": "harness.saml.metadata"}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
