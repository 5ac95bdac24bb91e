"""Where everything stands: the layout of the body's arrays, and the body as one value that steps hand around.

A `Body` is one record of fixed arrays that belong to one patient; kernels change them in place, and hand it around as
one pointer. Days count from the start of mobilisation. `state` holds what the organs integrate, `inputs` what the world
does to them (constant between two stops of the clock), `agenda` the doses ordered and not yet given, `tally` counts and
clocks, `memory` what the bedside keeps in mind from day to day, `journey` how far a treatment has come (its columns are
those of `treatment.journey`).
"""

from enum import IntEnum
from typing import Protocol, cast

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.integrate import WORK_ROWS, Pace
from regraft.core.kernels import kernel
from regraft.physiology.atg import Atg
from regraft.physiology.busulfan import Busulfan
from regraft.physiology.cyclophosphamide import Cyclophosphamide
from regraft.physiology.gcsf import Gcsf
from regraft.physiology.immunoablation import Ablation
from regraft.physiology.infused import Infused
from regraft.physiology.liver import Liver
from regraft.physiology.lymphocytes import Lymphocytes
from regraft.physiology.marrow import Marrow
from regraft.physiology.mucosa import Mucosa
from regraft.physiology.platelets import Platelets
from regraft.physiology.red_cells import RedCells
from regraft.physiology.stem_cells import StemCells

# The organs in the order of the state array, each with the scale below which a state need not be resolved.
_SCALES = (
    Gcsf(10.0, 1.0, 0.1),
    StemCells(0.1, 0.1, 0.1, 0.1, 0.1, 1.0),
    Marrow(1.0, 1e-3, 1.0, 1e-3, 1e-3, 1e-2, 1e-2, 1e-2, 1.0),
    Platelets(1e-2, 1e-2, 1e-2, 1.0, 1.0, 1.0),
    RedCells(0.1, 1.0),
    Cyclophosphamide(10.0, 1.0),
    Atg(1.0),
    Ablation(1.0, 0.1, 1.0),
    Lymphocytes(1.0, 0.1, 0.1, 0.1, 0.1, 1.0, 1.0, 1.0, 1.0),
    Mucosa(0.1, 0.1),
    Liver(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 1.0, 1.0, 1.0, 0.1, 1.0),
)
_SIZES = tuple(len(organ) for organ in _SCALES)
GCSF = 0
STEM_CELLS = GCSF + _SIZES[0]
MARROW = STEM_CELLS + _SIZES[1]
PLATELETS = MARROW + _SIZES[2]
RED_CELLS = PLATELETS + _SIZES[3]
CYCLOPHOSPHAMIDE = RED_CELLS + _SIZES[4]
ATG = CYCLOPHOSPHAMIDE + _SIZES[5]
ABLATION = ATG + _SIZES[6]
LYMPHOCYTES = ABLATION + _SIZES[7]
MUCOSA = LYMPHOCYTES + _SIZES[8]
LIVER = MUCOSA + _SIZES[9]
STATES = LIVER + _SIZES[10]


def at(organ: type, name: str) -> int:
    """Return where a number of an organ stands in the state, by the name of its field.

    Examples
    --------
    >>> at(StemCells, "cd34_per_ul") - STEM_CELLS
    5
    """
    kinds: tuple[type, ...] = tuple(map(type, _SCALES))
    position = kinds.index(organ)
    return sum(_SIZES[:position]) + _SCALES[position]._fields.index(name)


STATE_NAMES = tuple(name for organ in _SCALES for name in organ._fields)
STATE_SCALES = np.array([value for organ in _SCALES for value in organ])

AGENDA_ROWS = 64
MAX_EVENTS = 64
DAILY_COLUMNS = 27
JOURNEY_COLUMNS = 56
DAYS = 320  # rows of a daily table: two mobilisations, a long wait, conditioning and 100 days


class Input(IntEnum):
    """Columns of `inputs`; the first seven are the register of busulfan, in the order of its fields."""

    BUSULFAN = 0
    CYCLOPHOSPHAMIDE_MG_PER_DAY = 7
    ATG_MG_PER_DAY = 8
    BUSULFAN_ENDS_DAY = 9  # when a running infusion ends; infinite if none runs
    CYCLOPHOSPHAMIDE_ENDS_DAY = 10
    ATG_ENDS_DAY = 11
    PHENYTOIN = 12  # 0 or 1
    ITRACONAZOLE = 13
    CONDITIONED = 14
    IN_HOSPITAL = 15
    THYMIC_OUTPUT = 16  # CD4+ cells per microlitre and day
    SEPSIS = 17  # 0 to 1
    FLUID_PCT_PER_DAY = 18
    LIVER_DRUGS = 19
    URSODIOL = 20
    CAPILLARY_LEAK = 21  # 0 to 1
    DEFIBROTIDE = 22  # 0 or 1
    GRAY_PER_DAY = 23  # of a running fraction of irradiation
    IRRADIATION_ENDS_DAY = 24
    OTHER_AGENTS = 25  # 1 while irradiation or a drug of the registers below acts, else 0


class Drug(IntEnum):
    """What an order can be for."""

    BUSULFAN = 0
    CYCLOPHOSPHAMIDE = 1
    RABBIT_ATG = 2
    FILGRASTIM = 3
    CARMUSTINE = 4
    ETOPOSIDE = 5
    CYTARABINE = 6
    MELPHALAN = 7
    ALEMTUZUMAB = 8
    RITUXIMAB = 9
    TOTAL_BODY_IRRADIATION = 10
    HORSE_ATG = 11  # given as the rabbit ATG it amounts to


FIRST_INFUSED, INFUSED_DRUGS = int(Drug.CARMUSTINE), 6  # drugs with a register of `Infused` each
INFUSED = int(max(Input)) + 1  # where these registers stand among the inputs
INPUTS = INFUSED + INFUSED_DRUGS * len(Infused._fields)


class Order(IntEnum):
    """Columns of the agenda. Absorption and clearance are of this one dose (busulfan); amounts are absorbed amounts."""

    START_DAY = 0
    DRUG = 1
    AMOUNT = 2  # mg; filgrastim: micrograms; irradiation: gray
    DURATION_DAYS = 3
    ABSORPTION_PER_DAY = 4  # 0: by vein
    CLEARANCE_L_PER_DAY = 5


class Tally(IntEnum):
    """Columns of `tally`."""

    DAY = 0  # the body's clock
    ORDERS = 1  # rows of the agenda in use
    EVENTS = 2  # rows of the events in use
    STATUS = 3  # of the integrator; 0 is well
    RTOL = 4
    DEATH_DAY = 5  # not a number while alive
    DEATH_CAUSE = 6
    TRANSPLANT_DAY = 7  # not a number before reinfusion
    CONDITIONING_DAY = 8
    PLATELET_TRANSFUSIONS = 9
    RED_CELL_TRANSFUSIONS = 10
    INTENSIVE_CARE_DAY = 11
    AGE_YEARS = 12
    EDSS = 13
    BLADDER_GRADE = 14
    INJURY_PEAK = 15
    STEM_FRACTION_LOW = 16
    COMORBIDITY_POINTS = 17  # HCT-CI; both are known from the first day on
    KARNOFSKY = 18  # 0: not yet known
    HOSPITAL_DAYS = 19
    INTENSIVE_CARE_DAYS = 20
    DEFIBROTIDE_DAY = 21  # first day; not a number without
    DEFIBROTIDE_DAYS = 22
    LATE_DEATH_DAY = 23  # of a late effect, beyond day 100; not a number without
    LATE_DEATH_CAUSE = 24
    FATAL_ROW = 25  # row of the event that killed; not a number while alive
    LATE_FATAL_ROW = 26


class Memory(IntEnum):
    """Columns of `memory`: until when something lasts, or how it stands."""

    FEVER_UNTIL = 0
    SEPSIS_UNTIL = 1
    LEAK_UNTIL = 2
    SYNDROME_UNTIL = 3  # engraftment syndrome
    NEUTROPENIC_DAYS = 4
    NEUTROPENIC_EPISODE_HAD_FEVER = 5
    LAST_PLATELETS_DAY = 6
    RECOVERED_DAYS = 7  # days in a row with 0.5e9/L or more after reinfusion
    MUCOSITIS_ROW = 8  # row in the events of a running episode, plus one; 0 if none
    LIVER_ROW = 9
    VIRUSES = 10  # bits: 1 CMV, 2 EBV
    ENGRAFTED_DAY = 11
    NECROSIS = 12
    FAILED = 13  # a graft failure was noted
    BUSULFAN_FACTOR = 14  # of the last busulfan dose, by drug monitoring
    HAD_NADIR = 15
    ATG_FEVER_UNTIL = 16
    WORSE_UNTIL = 17  # neurological worsening with fever
    ORGANS_ROW = 18  # as LIVER_ROW, of failing organs
    BLEEDING_UNTIL = 19
    FUNGAL_UNTIL = 20
    BK_UNTIL = 21
    ATG_FEVER_ROW = 22  # as LIVER_ROW; 0 once it is coded as febrile neutropenia


class Episode(IntEnum):
    """Columns of `events`, one row per complication."""

    CODE = 0  # a `regraft.clinical.complications.Complication`
    FIRST_DAY = 1
    LAST_DAY = 2
    GRADE = 3  # CTCAE


BODY = np.dtype([
    ("state", np.float64, (STATES,)),
    ("inputs", np.float64, (INPUTS,)),
    ("agenda", np.float64, (AGENDA_ROWS, len(Order))),
    ("tally", np.float64, (len(Tally),)),
    ("memory", np.float64, (len(Memory),)),
    ("journey", np.float64, (JOURNEY_COLUMNS,)),
    ("pace", np.float64, (len(Pace),)),
    ("atol", np.float64, (STATES,)),
    ("work", np.float64, (WORK_ROWS, STATES)),
    ("events", np.float64, (MAX_EVENTS, len(Episode))),
    ("daily", np.float64, (DAYS, DAILY_COLUMNS)),
    ("seed", np.int64),
    ("patient", np.int64),
])  # fmt: skip


class Body(Protocol):
    """A record of `BODY`."""

    state: Floats
    inputs: Floats
    agenda: Floats
    tally: Floats
    memory: Floats
    journey: Floats
    pace: Floats
    atol: Floats
    work: Floats
    events: Floats
    daily: Floats
    seed: int
    patient: int


def code(value: int) -> int:
    """Return a constant that Numba takes as any integer; a plain one would be a type of its own and compile anew."""
    return cast("int", np.int64(value))


@kernel
def put(out: Floats, first: int, values: tuple[float, ...]) -> None:
    """Write an organ's values from position `first` on."""
    for i in range(len(values)):
        out[first + i] = values[i]


@kernel
def busulfan_of(u: Floats) -> Busulfan:
    """The register of busulfan in the inputs."""
    return Busulfan(u[0], u[1], u[2], u[3], u[4], u[5], u[6])


@kernel
def gcsf_of(y: Floats) -> Gcsf:
    """G-CSF in the state."""
    return Gcsf(y[GCSF], y[GCSF + 1], y[GCSF + 2])


@kernel
def stem_cells_of(y: Floats) -> StemCells:
    """Circulating stem cells in the state."""
    i = STEM_CELLS
    return StemCells(y[i], y[i + 1], y[i + 2], y[i + 3], y[i + 4], y[i + 5])


@kernel
def marrow_of(y: Floats) -> Marrow:
    """The marrow in the state."""
    i = MARROW
    return Marrow(y[i], y[i + 1], y[i + 2], y[i + 3], y[i + 4], y[i + 5], y[i + 6], y[i + 7], y[i + 8])


@kernel
def platelets_of(y: Floats) -> Platelets:
    """Platelets in the state."""
    i = PLATELETS
    return Platelets(y[i], y[i + 1], y[i + 2], y[i + 3], y[i + 4], y[i + 5])


@kernel
def red_cells_of(y: Floats) -> RedCells:
    """Red cells in the state."""
    return RedCells(y[RED_CELLS], y[RED_CELLS + 1])


@kernel
def cyclophosphamide_of(y: Floats) -> Cyclophosphamide:
    """Cyclophosphamide in the state."""
    return Cyclophosphamide(y[CYCLOPHOSPHAMIDE], y[CYCLOPHOSPHAMIDE + 1])


@kernel
def atg_of(y: Floats) -> Atg:
    """Antithymocyte globulin in the state."""
    return Atg(y[ATG])


@kernel
def ablation_of(y: Floats) -> Ablation:
    """Survival of memory T cells in the state."""
    return Ablation(y[ABLATION], y[ABLATION + 1], y[ABLATION + 2])


@kernel
def lymphocytes_of(y: Floats) -> Lymphocytes:
    """Lymphocytes in the state."""
    i = LYMPHOCYTES
    return Lymphocytes(y[i], y[i + 1], y[i + 2], y[i + 3], y[i + 4], y[i + 5], y[i + 6], y[i + 7], y[i + 8])


@kernel
def mucosa_of(y: Floats) -> Mucosa:
    """The lining of mouth and gut in the state."""
    return Mucosa(y[MUCOSA], y[MUCOSA + 1])


@kernel
def liver_of(y: Floats) -> Liver:
    """The liver in the state."""
    i = LIVER
    return Liver(
        y[i],
        y[i + 1],
        y[i + 2],
        y[i + 3],
        y[i + 4],
        y[i + 5],
        y[i + 6],
        y[i + 7],
        y[i + 8],
        y[i + 9],
        y[i + 10],
        y[i + 11],
        y[i + 12],
    )
