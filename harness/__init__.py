"""A test harness for Microsoft Entra ID to AWS SAML federation.

The face of the library. Names are loaded on first use, so that ``import harness`` costs nothing:

* ``check(raw, ...)``: a captured response becomes a `Report` (`harness.validate`);
* ``EntraIdp``: the mock identity provider (`harness.entra.idp`);
* ``load_scenario`` / ``demo_scenario``: the declared world (`harness.scenario`).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.entra.idp import EntraIdp
    from harness.scenario.load import demo_scenario, load_scenario
    from harness.validate import Policy, check

__all__ = ["EntraIdp", "Policy", "check", "demo_scenario", "load_scenario"]
__version__ = "0.1.0"

_HOME = {
    "EntraIdp": "harness.entra.idp",
    "Policy": "harness.validate",
    "check": "harness.validate",
    "demo_scenario": "harness.scenario.load",
    "load_scenario": "harness.scenario.load",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
