"""Where each number of the disease stands: the arrays that `natural_history` carries from week to week.

All are float64 and belong to the caller: ``state`` has shape (len(State),), ``clones`` (CLONES_MAX, len(Clone)),
``row`` (len(Weekly),), ``relapses`` (any number of rows, len(Attack)), ``drugs`` (any number of rows,
len(DrugTaken)). A copy of ``state`` and ``clones`` is a twin: it
meets the same luck as the original because every random number is addressed by seed, patient and week.
"""

from enum import IntEnum

import numpy as np

from regraft.clinical.systems import System

SYSTEMS = len(System)
CLONES_MAX = 64
RING = 32  # weeks that the enhancement of a lesion can outlast the week in which it formed
ATTEMPT_WEEKS = 65536  # clock = attempt * ATTEMPT_WEEKS + weeks since onset
HIGHEST_GRADE = np.array([4.0, 5.0, 6.0, 5.0, 6.0, 5.0, 5.0])  # of each system on the scale on which it enters the EDSS


class Regimen(IntEnum):
    """The kind of conditioning, as far as clones and brain are concerned."""

    NONE = 0
    BUSULFAN = 1
    BEAM = 2
    CYCLOPHOSPHAMIDE = 3
    TOTAL_BODY_IRRADIATION = 4


class MsCourseCode(IntEnum):
    """The course of the disease; a person with the relapsing one may come to the secondary progressive one."""

    RELAPSING = 0
    SECONDARY_PROGRESSIVE = 1
    PRIMARY_PROGRESSIVE = 2


class State(IntEnum):
    """Positions in ``state``; blocks of seven hold one number per functional system."""

    # constants of the person, set once by `begin`
    LOG_LESION_RATE = 0
    OSCILLATION_DECAY = 1
    OSCILLATION_KICK = 2
    FAST_DECAY = 3
    TREATED_DECAY = 4
    SLOW_DECAY = 5
    INFLAMMATION_DECAY = 6
    TISSUE_DECAY = 7
    CHEMOTHERAPY_DECAY = 8
    NEUROFILAMENT_DECAY = 9
    GFAP_DECAY = 10
    SMOULDERING_RATE = 11
    CLONES = 12
    # what changes
    OSCILLATION = 13
    LESION_RATE = 14  # lesions per year in the week just lived, those that fall on old ones included
    ACTIVITY = 15  # autoreactive activity as a share of that before any ablation
    ABLATED = 16  # 1 after an ablation
    RESIDUAL_ACTIVITY = 17
    NEXT_RETURN_WEEK = 18
    GD_ACTIVE = 19
    T2_TOTAL = 20
    BLACK_HOLES = 21
    LAST_RELAPSE_WEEK = 22
    RECOVERING = 23  # 1 while a temporary deficit is left
    RESERVE = 24
    SMOULDERING_MULTIPLIER = 25  # 1 until an ablation, then on the way to what is left
    PROGRESSIVE = 26  # a `MsCourseCode`
    PROGRESSIVE_WEEK = 27
    INFLAMMATION = 28
    TISSUE_POOL = 29  # brain volume already lost to lesions but not yet gone, per cent
    CHEMOTHERAPY_POOL = 30
    BRAIN_VOLUME = 31  # change since onset, per cent
    NEUROFILAMENT = 32
    GFAP = 33
    NEW_LESIONS = 34  # formed in the week just lived, but for those that fell on old ones
    NATURAL_LESION_RATE = 35  # what the lesion rate would be without the drug, were there room for all
    FELT = 36  # chance that a lesion is felt, relative to a person with the reference lesion rate
    LESION_PACE = 37  # lesions a year at full activity and without a drug, of the present weeks
    AGE_DRIVE = 38  # what age makes of smouldering in the present weeks
    FORCE = 39  # how much likelier than usual a lesion is felt: above 1 in an attack too strong for the brain
    RELAPSES = 40  # rows of ``relapses`` in use
    PERMANENT = 41
    FAST = 48
    FAST_TREATED = 55
    SLOW = 62
    GRADUAL = 69
    PHASE_DECAY = 76  # constant of the person, like that of the oscillation
    PHASE_KICK = 77
    PHASE = 78  # what is left over years of the deviation of the lesion rate
    SMOULDERING_LEFT = 79  # what the multiplier comes to once the inflammation behind the barrier has waned
    ENHANCING = 80  # a ring of RING weeks: lesions whose enhancement ends in that week (unscanned: formed in it)


STATE_SIZE = int(State.ENHANCING) + RING


class Clone(IntEnum):
    """Columns of ``clones``, one row per autoreactive clone; the last used row is the clone that may arise anew."""

    CELLS = 0
    SURVIVORS = 1
    FOUNDERS = 2  # survivors that re-establish
    RETURN_WEEK = 3  # weeks since onset; infinite if the clone stays away
    PLATEAU = 4  # activity it reaches when it comes back


class Weekly(IntEnum):
    """Columns of ``row``: the latent truth at the end of a week. The first seven are the deficits `examine` reads."""

    VISUAL = 0
    BRAINSTEM = 1
    PYRAMIDAL = 2
    CEREBELLAR = 3
    SENSORY = 4
    BOWEL_BLADDER = 5
    CEREBRAL = 6
    AMBULATION_BURDEN = 7
    TRUE_EDSS = 8
    NEW_LESIONS = 9
    GD_ACTIVE = 10
    T2_TOTAL = 11
    BLACK_HOLES = 12
    LESION_RATE_PER_YEAR = 13
    ACTIVITY = 14
    INFLAMMATION = 15
    RECOVERING_GRADES = 16  # sum over systems of what relapses took and will be given back
    PERMANENT_GRADES = 17
    GRADUAL_GRADES = 18
    PROGRESSIVE = 19  # a `MsCourseCode`
    BRAIN_VOLUME_CHANGE_PCT = 20
    NEUROFILAMENT_PG_PER_ML = 21
    GFAP_PG_PER_ML = 22
    PROGRESSIVE_SINCE_WEEK = 23  # weeks since onset; -1 while the course is relapsing


class Attack(IntEnum):
    """Columns of ``relapses``, one row per relapse or report of one."""

    ONSET_WEEK = 0  # weeks since onset of MS, with its fraction
    SYSTEM = 1
    SECOND_SYSTEM = 2  # -1 if one system only
    SEVERITY = 3  # largest loss in one system, grades at the nadir
    STEROIDS = 4  # 1 if treated
    KIND = 5  # an `AttackKind`
    CONFIRMED = 6  # 1 if a blinded examiner would call it a relapse


class AttackKind(IntEnum):
    """What lies behind a relapse or a report of one."""

    NEW_LESION = 0  # a new lesion that the brain scan can show
    UNSEEN_LESION = 1  # in cord or optic nerve, or too small for the scan
    NO_LESION = 2  # heat, fever, infection or another disease taken for a relapse


class DrugTaken(IntEnum):
    """Columns of ``drugs``, one row per disease-modifying drug in the order taken."""

    DRUG = 0  # a `regraft.therapy.drugs.Drug`
    FIRST_WEEK = 1  # weeks since onset
    LAST_WEEK = 2  # not a number while it is taken
