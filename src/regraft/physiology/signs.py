"""What a day at the bedside shows: the columns of the daily table, the row of one day, and the list of events."""

from enum import IntEnum
from math import floor

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.physiology.atg import atg_ug_per_ml
from regraft.physiology.busulfan import busulfan_mg_per_l
from regraft.physiology.cyclophosphamide import cyclophosphamide_mg_per_l
from regraft.physiology.gcsf import gcsf_ng_per_ml
from regraft.physiology.liver import Liver, liver_pain
from regraft.physiology.lymphocytes import cd4_per_ul, lymphocytes_per_ul
from regraft.physiology.marrow import neutrophil_ratio, stem
from regraft.physiology.mucosa import mucositis_grade
from regraft.physiology.platelets import platelets_1e9_per_l
from regraft.physiology.world import (
    Body,
    Episode,
    Memory,
    Tally,
    at,
    atg_of,
    busulfan_of,
    cyclophosphamide_of,
    gcsf_of,
    liver_of,
    lymphocytes_of,
    marrow_of,
    mucosa_of,
    platelets_of,
    red_cells_of,
    stem_cells_of,
)

INJURY = at(Liver, "injury")
OBSTRUCTION = at(Liver, "obstruction")
ALT = at(Liver, "alt_ratio")


class Daily(IntEnum):
    """Columns of the daily table; counts as a laboratory reports them, without its error.

    Drug levels are those of the morning, before the day's first dose. `ALT` and `CREATININE` are multiples of the
    patient's own baseline, weight is the gain in percent, ascites in litres, pain and transfusions 0 or 1 (units).
    """

    NEUTROPHILS_1E9_PER_L = 0
    PLATELETS_1E9_PER_L = 1
    HAEMOGLOBIN_G_PER_DL = 2
    LYMPHOCYTES_1E9_PER_L = 3
    MONOCYTES_1E9_PER_L = 4
    CD34_PER_UL = 5
    CD4_PER_UL = 6
    CD8_PER_UL = 7
    B_PER_UL = 8
    NK_PER_UL = 9
    GCSF_NG_PER_ML = 10
    BUSULFAN_MG_PER_L = 11
    BUSULFAN_AUC_MG_H_PER_L = 12
    CYCLOPHOSPHAMIDE_MG_PER_L = 13
    ATG_ACTIVE_UG_PER_ML = 14
    BILIRUBIN_MG_PER_DL = 15
    ALT_RATIO = 16
    CREATININE_RATIO = 17
    WEIGHT_GAIN_PCT = 18
    ASCITES_L = 19
    LIVER_PAIN = 20
    TEMPERATURE_C = 21
    MUCOSITIS_GRADE = 22
    PLATELETS_TRANSFUSED = 23
    RED_CELLS_TRANSFUSED = 24
    OBSTRUCTION_LATENT = 25
    INJURY_LATENT = 26


@kernel
def neutrophils_1e9_per_l(body: Body, p: Record) -> float:
    """The neutrophil count."""
    return p.marrow_neutrophils_1e9_per_l * neutrophil_ratio(marrow_of(body.state))


@kernel
def runs_into(first_day: float, last_day: float, day: float) -> bool:
    """Whether what lasts from `first_day` to `last_day` still goes on on `day`, or ended the day before."""
    return first_day <= day and floor(day) <= floor(last_day) + 1.0


@kernel
def write_episode(body: Body, row: int, code: int, first_day: float, last_day: float, grade: float) -> None:
    """Write one row of the events, whatever stood there."""
    event = body.events[row]
    event[Episode.CODE], event[Episode.FIRST_DAY] = float(code), first_day
    event[Episode.LAST_DAY], event[Episode.GRADE] = last_day, grade


@kernel
def record(body: Body, code: int, start_day: float, end_day: float, grade: float) -> int:
    """Write an event; return its row, or -1 when the table is full.

    What begins while the same event lasts, or the day after it, is the same episode and prolongs it.
    """
    n = int(body.tally[Tally.EVENTS])
    for row in range(n):
        event = body.events[row]
        runs = runs_into(event[Episode.FIRST_DAY], event[Episode.LAST_DAY], start_day)
        if event[Episode.CODE] == code and runs:
            event[Episode.LAST_DAY] = max(event[Episode.LAST_DAY], end_day)
            event[Episode.GRADE] = max(event[Episode.GRADE], grade)
            return row
    if n >= body.events.shape[0]:
        return -1
    write_episode(body, n, code, start_day, end_day, grade)
    body.tally[Tally.EVENTS] = n + 1.0
    return n


@kernel
def temperature_c(body: Body, day: float, p: Record) -> float:
    """Temperature from what is going on: infection, sepsis, engraftment syndrome, reaction to ATG."""
    memory = body.memory
    if memory[Memory.SEPSIS_UNTIL] > day:
        return p.signs_sepsis_temperature_c
    if memory[Memory.ATG_FEVER_UNTIL] > day:
        return p.signs_atg_temperature_c
    if memory[Memory.FEVER_UNTIL] > day:
        return p.signs_fever_temperature_c
    if memory[Memory.SYNDROME_UNTIL] > day:
        return p.signs_syndrome_temperature_c
    return p.signs_usual_temperature_c


@kernel
def is_febrile(body: Body, day: float, p: Record) -> bool:
    """Whether the temperature counts as fever."""
    return temperature_c(body, day, p) >= p.signs_fever_from_c


@kernel
def look(body: Body, p: Record) -> None:
    """Write the row of the present day into the daily table (nothing if the table is too short)."""
    t = body.tally[Tally.DAY]
    day = int(t + 0.5)
    if day >= body.daily.shape[0]:
        return
    row, y = body.daily[day], body.state
    blood, liver, busulfan = lymphocytes_of(y), liver_of(y), busulfan_of(body.inputs)
    row[Daily.NEUTROPHILS_1E9_PER_L] = neutrophils_1e9_per_l(body, p)
    row[Daily.PLATELETS_1E9_PER_L] = platelets_1e9_per_l(platelets_of(y))
    row[Daily.HAEMOGLOBIN_G_PER_DL] = red_cells_of(y).haemoglobin_g_per_dl
    row[Daily.LYMPHOCYTES_1E9_PER_L] = lymphocytes_per_ul(blood) / 1000.0
    row[Daily.MONOCYTES_1E9_PER_L] = blood.monocytes / 1000.0
    row[Daily.CD34_PER_UL] = stem_cells_of(y).cd34_per_ul
    row[Daily.CD4_PER_UL], row[Daily.CD8_PER_UL] = cd4_per_ul(blood), blood.cd8
    row[Daily.B_PER_UL], row[Daily.NK_PER_UL] = blood.b, blood.nk
    row[Daily.GCSF_NG_PER_ML] = gcsf_ng_per_ml(gcsf_of(y), p)
    row[Daily.BUSULFAN_MG_PER_L] = busulfan_mg_per_l(busulfan, t, p)
    row[Daily.BUSULFAN_AUC_MG_H_PER_L] = busulfan.auc_mg_h_per_l
    row[Daily.CYCLOPHOSPHAMIDE_MG_PER_L] = cyclophosphamide_mg_per_l(cyclophosphamide_of(y), p)
    row[Daily.ATG_ACTIVE_UG_PER_ML] = atg_ug_per_ml(atg_of(y), p)
    row[Daily.BILIRUBIN_MG_PER_DL], row[Daily.ALT_RATIO] = liver.bilirubin_mg_per_dl, liver.alt_ratio
    row[Daily.CREATININE_RATIO], row[Daily.WEIGHT_GAIN_PCT] = liver.creatinine_ratio, liver.fluid_pct
    row[Daily.ASCITES_L], row[Daily.LIVER_PAIN] = liver.ascites_l, liver_pain(liver, p)
    row[Daily.OBSTRUCTION_LATENT], row[Daily.INJURY_LATENT] = liver.obstruction, liver.injury
    row[Daily.TEMPERATURE_C] = temperature_c(body, t, p)
    row[Daily.MUCOSITIS_GRADE] = mucositis_grade(mucosa_of(y), p)
    row[Daily.PLATELETS_TRANSFUSED] = row[Daily.RED_CELLS_TRANSFUSED] = 0.0
    tally = body.tally
    tally[Tally.INJURY_PEAK] = max(tally[Tally.INJURY_PEAK], liver.injury)
    tally[Tally.STEM_FRACTION_LOW] = min(tally[Tally.STEM_FRACTION_LOW], stem(marrow_of(y)))
