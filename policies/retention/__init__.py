"""How long a recording is kept: duties and limits as data, and the decision that follows from them."""

from policies.retention.decision import Decision, Facts, Ruling, decide
from policies.retention.loader import load
from policies.retention.rules import Kind, Rule, RuleFaults, RuleSet

__all__ = ["Decision", "Facts", "Kind", "Rule", "RuleFaults", "RuleSet", "Ruling", "decide", "load"]
