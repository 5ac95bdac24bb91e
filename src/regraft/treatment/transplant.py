"""Transplant: thaw, infuse, home.

Reads the store and the conditioned patient; hands on what went in alive and what share of a marrow it seeds. Stem cells
count at once, progenitors begin to cycle after a lag; T cells of the graft meet the ATG that is left.
"""

from math import exp

from regraft.clinical.complications import Complication
from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.core.streams import Purpose, uniforms4
from regraft.physiology.immunoablation import Ablation
from regraft.physiology.signs import record
from regraft.physiology.world import Body, Input, Tally, at, code
from regraft.treatment.bags import GRAFT, RESERVE
from regraft.treatment.infusion import GRAFT_BAGS, RESERVE_BAGS, infuse, seed
from regraft.treatment.products import AblatedMarrow, Engraftment, StoredGraft

_ENGRAFTMENT = code(Purpose.ENGRAFTMENT)
_REACTION = code(Complication.INFUSION_REACTION)
_ONCE, _REACTION_BLOCK = code(0), code(0)
_IN_BLOOD, _LN_GRAFT = at(Ablation, "graft_in_blood"), at(Ablation, "ln_graft_survival")


@kernel
def begin_reinfusion(store: StoredGraft, body: Body, p: Record, s: Record, bags: Floats) -> tuple[Engraftment, float]:
    """Thaw the graft, with the reserve if it is below the minimum; return it, not yet seeded, and its DMSO [ml]."""
    tally = body.tally
    day = tally[Tally.DAY]
    given = infuse(bags, GRAFT, GRAFT_BAGS, body, p, s)
    cd34, cd3, dmso = given.cd34_1e6_per_kg, given.cd3_1e6_per_kg, given.dmso_ml
    viable = cd34 / given.before_thaw_1e6_per_kg if given.before_thaw_1e6_per_kg > 0.0 else 0.0
    if store.frozen_cd34 < s.minimum_cd34_1e6_per_kg:
        reserve = infuse(bags, RESERVE, RESERVE_BAGS, body, p, s)
        cd34, cd3, dmso = cd34 + reserve.cd34_1e6_per_kg, cd3 + reserve.cd3_1e6_per_kg, dmso + reserve.dmso_ml
    tally[Tally.TRANSPLANT_DAY] = day
    body.inputs[Input.FLUID_PCT_PER_DAY] = p.care_ward_fluid_pct_per_day
    return Engraftment(day, cd34, cd3, viable, 0.0, 1.0), dmso


@kernel
def end_reinfusion(graft: Engraftment, dmso_ml: float, body: Body, p: Record) -> Engraftment:
    """Let the graft reach the marrow, in the middle of the day; some react to its DMSO."""
    share = seed(body, graft.infused_cd34, p)
    body.state[_IN_BLOOD], body.state[_LN_GRAFT] = 1.0, 0.0
    reaction, _, _, _ = uniforms4(body.seed, body.patient, _ENGRAFTMENT, _ONCE, _REACTION_BLOCK)
    day = graft.reinfusion_day
    if reaction < 1.0 - exp(-p.toxicity_dmso_reaction_per_decilitre * dmso_ml / 100.0):
        record(body, _REACTION, day, day + 1.0, 2.0)
    return Engraftment(day, graft.infused_cd34, graft.infused_cd3, graft.viability, share, 1.0)


@kernel
def no_graft(marrow: AblatedMarrow) -> Engraftment:
    """Nothing was reinfused."""
    return Engraftment(marrow.reinfusion_day, 0.0, 0.0, 0.0, 0.0, 0.0)
