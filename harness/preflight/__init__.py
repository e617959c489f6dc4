"""Before rollout: the Entra side of a scenario held against its AWS side, check by check.

`plan` lists every check by section and name without asking any; each is asked on its own, or all of them with
`sheet`. Sign-ins are real: the mock Entra signs, the one pipeline judges.
"""

from harness.preflight.checks import Asked, Part
from harness.preflight.plan import plan, sheet
from harness.preflight.rollovers import plans_beside
from harness.preflight.world import World, world_of

__all__ = ["Asked", "Part", "World", "plan", "plans_beside", "sheet", "world_of"]
