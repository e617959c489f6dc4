"""For tests: responses with one difference, a service provider that judges them, and assertions that explain.

The pytest plugin hands these out as fixtures; each works without pytest too. Names are loaded on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.testing.asserts import assert_accepted, assert_aws_refuses, assert_finds
    from harness.testing.cases import SamlCase
    from harness.testing.responses import Response, ResponseFactory
    from harness.testing.servers import LiveIdp, LiveSp, live
    from harness.testing.service_provider import ServiceProvider

__all__ = [
    "LiveIdp",
    "LiveSp",
    "Response",
    "ResponseFactory",
    "SamlCase",
    "ServiceProvider",
    "assert_accepted",
    "assert_aws_refuses",
    "assert_finds",
    "live",
]

_HOME = dict.fromkeys(("assert_accepted", "assert_aws_refuses", "assert_finds"), "asserts")
_HOME |= dict.fromkeys(("LiveIdp", "LiveSp", "live"), "servers")
_HOME |= dict.fromkeys(("Response", "ResponseFactory"), "responses")
_HOME |= {"SamlCase": "cases", "ServiceProvider": "service_provider"}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'harness.testing' has no attribute {name!r}")
    return getattr(import_module(f"harness.testing.{_HOME[name]}"), name)
