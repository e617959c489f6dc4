"""Every rule, registered by importing its module, and ordered by family and number."""

from harness.rules import assertion, aws, certificate, document, metadata, response, roles, signature, signers, trust
from harness.rules.core import Evidence, Policy, run
from harness.rules.registry import cards, order_by

MODULES = (document, signature, signers, response, assertion, roles, aws, metadata, certificate, trust)
order_by(("XML", "SIG", "AST", "AWS", "MET", "CRT", "TRU"))

__all__ = ["MODULES", "Evidence", "Policy", "cards", "run"]
