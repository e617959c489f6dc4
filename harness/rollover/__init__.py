"""Certificate rollover: a plan put on a clock, tried sign-in by sign-in, and proven before the day."""

from harness.rollover.history import Outage
from harness.rollover.plan import BadPlan, Plan, Step, load_plan
from harness.rollover.rehearsal import Rehearsal, assert_no_outage, rehearse

__all__ = ["BadPlan", "Outage", "Plan", "Rehearsal", "Step", "assert_no_outage", "load_plan", "rehearse"]
