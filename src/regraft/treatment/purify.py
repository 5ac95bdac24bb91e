"""Purify: select CD34+ cells; a reserve stays as it is.

Reads what was collected; hands on selected cells, the T cells that slipped through, and the unselected reserve. No cell
is made: selection can only lose.
"""

from math import exp, log
from typing import Any

from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, normal
from regraft.physiology.world import Body, code
from regraft.treatment.products import Apheresis, Graft

_GRAFT = code(Purpose.GRAFT)
_RECOVERY = code(0)  # slot of the variate
CLINIMACS, ISOLEX, NO_SELECTION = 1.0, 2.0, 0.0


@kernel
def purify(bags: Apheresis, body: Body, p: Any, s: Any) -> Graft:
    """Set the reserve aside and select the rest."""
    reserve = s.backup_cd34_1e6_per_kg
    if s.selection == NO_SELECTION or bags.cd34_1e6_per_kg - reserve < s.minimum_cd34_1e6_per_kg / p.purify_recovery:
        reserve = 0.0
    share = 1.0 - reserve / bags.cd34_1e6_per_kg if bags.cd34_1e6_per_kg > 0.0 else 1.0
    cd34, cd3 = share * bags.cd34_1e6_per_kg, share * bags.cd3_1e6_per_kg
    purity = p.purify_unselected_purity
    if s.selection > NO_SELECTION:
        z = normal(body.seed, body.patient, _GRAFT, bags.attempt, _RECOVERY)
        recovery = p.purify_recovery if s.selection == CLINIMACS else p.purify_isolex_recovery
        logit = log(recovery / (1.0 - recovery)) + p.purify_recovery_between_runs_sd * z
        cd34 /= 1.0 + exp(-logit)
        depletion = p.purify_t_depletion_log10 if s.selection == CLINIMACS else p.purify_isolex_t_depletion_log10
        cd3 *= exp(-log(10.0) * max(depletion, 0.0))
        purity = p.purify_purity
    return Graft(
        bags.attempt, bags.last_day, bags.sessions, bags.cd34_1e6_per_kg, bags.cd3_1e6_per_kg, cd34, cd3, purity, reserve,
        (1.0 - share) * bags.cd3_1e6_per_kg,
    )  # fmt: skip
