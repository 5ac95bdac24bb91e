"""The body: the one screen where organs meet, and the only way time passes.

`body_rates` says which organ reads what of which other. `live_until` takes a body to a day, stopping at every dose and
at the end of every infusion.
"""

from math import inf, nan

from regraft.core.arrays import Floats, Record
from regraft.core.integrate import Pace, rock4
from regraft.core.kernels import kernel
from regraft.physiology.atg import atg_rates, atg_ug_per_ml, kill_per_day, regrowth
from regraft.physiology.busulfan import busulfan_at, busulfan_mg_per_l
from regraft.physiology.cyclophosphamide import (
    Cyclophosphamide,
    activated_mg_per_kg_per_day,
    cyclophosphamide_rates,
    hydroxy_mg_per_l,
)
from regraft.physiology.doses import apply_due_doses, next_change_day
from regraft.physiology.gcsf import gcsf_at_rest, gcsf_ng_per_ml, gcsf_rates
from regraft.physiology.immunoablation import ablation_rates, atg_tissue_kill_per_day, chemotherapy_log10_per_day
from regraft.physiology.liver import Strain, liver_at_rest, liver_rates
from regraft.physiology.lymphocytes import Pressure, lymphocyte_rates, lymphocytes_at_rest, lymphocytes_per_ul
from regraft.physiology.marrow import (
    marrow_at_rest,
    marrow_rates,
    neutrophil_ratio,
    progenitor_kill_per_day,
    progenitors,
    stem_kill_per_day,
)
from regraft.physiology.mucosa import Mucosa, mucosa_rates
from regraft.physiology.platelets import platelet_rates, platelets_at_rest
from regraft.physiology.red_cells import red_cell_rates, red_cells_at_rest
from regraft.physiology.registers import agents_kill, antibodies_of, forget_agents
from regraft.physiology.stem_cells import stem_cell_rates, stem_cells_at_rest
from regraft.physiology.thymus import thymic_output
from regraft.physiology.world import (
    ABLATION,
    ATG,
    CYCLOPHOSPHAMIDE,
    GCSF,
    LIVER,
    LYMPHOCYTES,
    MARROW,
    MUCOSA,
    PLATELETS,
    RED_CELLS,
    STATE_SCALES,
    STEM_CELLS,
    Body,
    Input,
    Tally,
    ablation_of,
    atg_of,
    busulfan_of,
    cyclophosphamide_of,
    gcsf_of,
    liver_of,
    lymphocytes_of,
    marrow_of,
    mucosa_of,
    platelets_of,
    put,
    red_cells_of,
    stem_cells_of,
)


@kernel
def body_rates(t: float, y: Floats, u: Floats, p: Record, out: Floats) -> None:
    """Rates of change of all organs at time t (days) into `out`; `u` as in `Input`."""
    gcsf, marrow, liver, blood = gcsf_of(y), marrow_of(y), liver_of(y), lymphocytes_of(y)
    platelets, cy, atg = platelets_of(y), cyclophosphamide_of(y), atg_of(y)

    busulfan = busulfan_mg_per_l(busulfan_of(u), t, p)
    activated, hydroxy = activated_mg_per_kg_per_day(cy, p), hydroxy_mg_per_l(cy, liver.glutathione, p)
    antibody = atg_ug_per_ml(atg, p)
    atg_kill = kill_per_day(antibody, p)
    other, antibodies = agents_kill(u, t, p), antibodies_of(u, t, p)
    marrow_kill = progenitor_kill_per_day(busulfan, activated, p) + other.progenitors
    memory_kill = chemotherapy_log10_per_day(busulfan, activated, p) + other.memory_log10
    tissue_kill = atg_tissue_kill_per_day(atg_kill, p) + antibodies.tissue
    growth_factor, pool = gcsf_ng_per_ml(gcsf, p), progenitors(marrow)
    target_ratio = lymphocytes_per_ul(blood) / lymphocytes_per_ul(lymphocytes_at_rest(p))
    chemotherapy = p.lymphocytes_cyclophosphamide_kill_kg_per_mg * activated
    chemotherapy += p.lymphocytes_busulfan_kill_l_per_mg_per_day * busulfan + other.lymphocytes
    pressure = Pressure(
        chemotherapy, atg_kill + antibodies.t_cells, antibodies.b_cells, regrowth(antibody, p) * antibodies.regrowth
    )
    strain = Strain(
        u[Input.SEPSIS],
        u[Input.FLUID_PCT_PER_DAY],
        u[Input.LIVER_DRUGS],
        u[Input.URSODIOL],
        u[Input.CAPILLARY_LEAK],
        u[Input.DEFIBROTIDE],
    )
    consumption = (
        p.platelets_consumption_obstruction * liver.obstruction + p.platelets_consumption_sepsis * strain.sepsis
    )

    put(out, GCSF, gcsf_rates(gcsf, neutrophil_ratio(marrow), p))
    put(out, STEM_CELLS, stem_cell_rates(stem_cells_of(y), growth_factor, pool, p))
    put(out, MARROW, marrow_rates(marrow, stem_kill_per_day(busulfan, p) + other.stem, marrow_kill, gcsf.effect, p))
    put(out, PLATELETS, platelet_rates(platelets, pool, marrow_kill, consumption, p))
    put(out, RED_CELLS, red_cell_rates(red_cells_of(y), pool, u[Input.IN_HOSPITAL], p))
    put(out, CYCLOPHOSPHAMIDE, cyclophosphamide_rates(cy, u[Input.CYCLOPHOSPHAMIDE_MG_PER_DAY], u[Input.PHENYTOIN], p))
    put(out, ATG, atg_rates(atg, u[Input.ATG_MG_PER_DAY], target_ratio, p))
    put(
        out,
        ABLATION,
        ablation_rates(ablation_of(y), memory_kill, pressure.antibody, tissue_kill, u[Input.CONDITIONED], p),
    )
    put(out, LYMPHOCYTES, lymphocyte_rates(blood, pressure, pool, u[Input.THYMIC_OUTPUT], u[Input.CONDITIONED], p))
    put(out, MUCOSA, mucosa_rates(mucosa_of(y), busulfan, activated, other.mucosa, p))
    put(out, LIVER, liver_rates(liver, busulfan, hydroxy, other.liver, strain, p))


advance = rock4(body_rates)


@kernel
def wake(body: Body, age_years: float, rtol: float, p: Record) -> None:
    """Put a body in its state before treatment, at day 0."""
    y, u, tally = body.state, body.inputs, body.tally
    put(y, GCSF, gcsf_at_rest(p))
    put(y, STEM_CELLS, stem_cells_at_rest(p))
    put(y, MARROW, marrow_at_rest())
    put(y, PLATELETS, platelets_at_rest(p))
    put(y, RED_CELLS, red_cells_at_rest(p))
    put(y, CYCLOPHOSPHAMIDE, Cyclophosphamide(0.0, 1.0))
    put(y, LYMPHOCYTES, lymphocytes_at_rest(p))
    put(y, MUCOSA, Mucosa(1.0, 1.0))
    put(y, LIVER, liver_at_rest(p))
    u[Input.BUSULFAN_ENDS_DAY] = u[Input.CYCLOPHOSPHAMIDE_ENDS_DAY] = u[Input.ATG_ENDS_DAY] = inf
    tally[Tally.RTOL], tally[Tally.AGE_YEARS] = rtol, age_years
    tally[Tally.DEATH_DAY] = tally[Tally.TRANSPLANT_DAY] = tally[Tally.CONDITIONING_DAY] = nan
    tally[Tally.INTENSIVE_CARE_DAY] = tally[Tally.DEFIBROTIDE_DAY] = tally[Tally.LATE_DEATH_DAY] = nan
    tally[Tally.FATAL_ROW] = tally[Tally.LATE_FATAL_ROW] = nan
    tally[Tally.STEM_FRACTION_LOW] = 1.0
    for i in range(y.shape[0]):
        body.atol[i] = rtol * STATE_SCALES[i]
    body.pace[Pace.STEP] = 0.02
    u[Input.THYMIC_OUTPUT] = thymic_output(age_years, nan, p)


@kernel
def forget_traces(body: Body) -> None:
    """Drop what is left of drugs long gone, so that their fast kinetics stop dictating the step."""
    y = body.state
    dropped = False
    if 0.0 != y[CYCLOPHOSPHAMIDE] < 1e-4 and body.inputs[Input.CYCLOPHOSPHAMIDE_MG_PER_DAY] == 0.0:
        y[CYCLOPHOSPHAMIDE], dropped = 0.0, True
    if 0.0 != y[ATG] < 1e-2 and body.inputs[Input.ATG_MG_PER_DAY] == 0.0:
        y[ATG], dropped = 0.0, True
    if 0.0 != y[GCSF] < 1e-4:
        y[GCSF], dropped = 0.0, True
    if forget_agents(body.inputs, body.tally[Tally.DAY]) or dropped:
        body.pace[Pace.STAGE_IS_FRESH] = 0.0


@kernel
def begin_stretch(body: Body, p: Record, day: float) -> float:
    """Give the doses that are due; return how far the body then lives undisturbed, to `day` at most."""
    apply_due_doses(body, body.tally[Tally.DAY], p)
    return min(day, next_change_day(body))


@kernel
def end_stretch(body: Body, p: Record, stop: float) -> None:
    """Put the clock to the end of a stretch that was lived, and the registers of busulfan with it."""
    put(body.inputs, Input.BUSULFAN, busulfan_at(busulfan_of(body.inputs), stop, p))
    body.tally[Tally.DAY] = stop


@kernel
def live_until(body: Body, p: Record, day: float) -> None:
    """Let time pass to `day`; a failure of the integrator is left in ``tally[STATUS]`` and stops the clock's equations.

    Doses that fall on `day` itself are given when time goes on.
    """
    tally = body.tally
    body.pace[Pace.STAGE_IS_FRESH] = 0.0  # since the last call the bedside may have changed any input
    while tally[Tally.DAY] < day - 1e-9:
        t = tally[Tally.DAY]
        stop = begin_stretch(body, p, day)
        if tally[Tally.STATUS] == 0.0:
            status = advance(t, stop, body.state, body.inputs, p, body.work, body.pace, tally[Tally.RTOL], body.atol)
            tally[Tally.STATUS] = float(status)
        end_stretch(body, p, stop)
    forget_traces(body)
