"""Transplant: thaw, infuse, home.

Reads the store and the conditioned patient; hands on what went in alive and what share of a marrow it seeds. Stem cells
count at once, progenitors begin to cycle after a lag; T cells of the graft meet the ATG that is left.
"""

from math import exp
from typing import Any

from regraft.clinical.complications import Complication
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.physiology.body import live_until
from regraft.physiology.signs import record
from regraft.physiology.world import ABLATION, Body, Input, Tally, code
from regraft.treatment.infusion import GRAFT_BAGS, seed, thawed_share
from regraft.treatment.products import AblatedMarrow, Engraftment, StoredGraft
from regraft.treatment.supportive_care import EVENING

_ENGRAFTMENT = code(Purpose.ENGRAFTMENT)
_REACTION = code(Complication.INFUSION_REACTION)
_ONCE, _REACTION_BLOCK = code(0), code(0)
_IN_BLOOD, _LN_GRAFT = ABLATION + 1, ABLATION + 2


@kernel
def transplant(marrow: AblatedMarrow, store: StoredGraft, body: Body, p: Any, s: Any) -> Engraftment:
    """Reinfuse in the middle of the day."""
    if marrow.ready < 0.5:
        return Engraftment(marrow.reinfusion_day, 0.0, 0.0, 0.0, 0.0, 0.0)
    tally = body.tally
    day = tally[Tally.DAY]
    years = (day - store.last_day) / 365.25
    alive = thawed_share(body, p, s, years, GRAFT_BAGS)
    cd34 = alive * store.frozen_cd34
    cd3 = store.frozen_cd3 * (p.freeze_cd3_recovery if alive < 1.0 else 1.0)
    if store.frozen_cd34 < s.minimum_cd34_1e6_per_kg:  # a second collection fell short too: the reserve goes in as well
        cd34 += alive * store.backup_cd34
        cd3 += p.freeze_cd3_recovery * store.backup_cd3
    tally[Tally.TRANSPLANT_DAY] = day
    body.inputs[Input.FLUID_PCT_PER_DAY] = p.care_ward_fluid_pct_per_day
    live_until(body, p, day + EVENING)
    share = seed(body, cd34, p)
    body.state[_IN_BLOOD], body.state[_LN_GRAFT] = 1.0, 0.0
    reaction, _, _, _ = uniforms4(body.seed, body.patient, _ENGRAFTMENT, _ONCE, _REACTION_BLOCK)
    if reaction < 1.0 - exp(-p.toxicity_dmso_reaction_per_decilitre * store.dmso_ml / 100.0):
        record(body, _REACTION, day, day + 1.0, 2.0)
    return Engraftment(day, cd34, cd3, alive, share, 1.0)
