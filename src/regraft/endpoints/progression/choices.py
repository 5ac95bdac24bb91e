"""What a definition of confirmed worsening can choose between."""

from enum import StrEnum


class Scale(StrEnum):
    """The scale."""

    EDSS = "edss"
    SDMT = "sdmt"
    T25FW = "t25fw"
    NHPT = "nhpt"
    VISUAL = "visual"  # raw grades of the functional systems
    BRAINSTEM = "brainstem"
    PYRAMIDAL = "pyramidal"
    CEREBELLAR = "cerebellar"
    SENSORY = "sensory"
    BOWEL_BLADDER = "bowel_bladder"
    CEREBRAL = "cerebral"


class Target(StrEnum):
    """Which events are looked for."""

    MULTIPLE = "multiple"
    FIRST = "first"
    FIRST_CDW = "first_cdw"
    FIRST_CDI = "first_cdi"
    FIRST_PIRA = "first_pira"
    FIRST_RAW = "first_raw"


class Start(StrEnum):
    """What follow-up starts with."""

    FIRST_VISIT = "first_visit"  # the first visit is the first baseline, moved on where a relapse is near
    DAY_ZERO = "day_zero"  # the last suitable visit up to transplantation or enrolment


class Moves(StrEnum):
    """What moves the baseline."""

    FIXED = "fixed"
    ROVING = "roving"  # every confirmed change
    IMPROVEMENT = "roving_improvement"
    WORSENING = "roving_worsening"


class Onward(StrEnum):
    """Where baseline and search go after a confirmed change."""

    CONFIRMATION = "confirmation"
    EVENT = "event"


class SubThreshold(StrEnum):
    """Which confirmed changes below the threshold move the baseline too."""

    NONE = "none"
    CHANGE = "change"
    IMPROVEMENT = "improvement"
    WORSENING = "worsening"


class Extrema(StrEnum):
    """Which local extrema cannot be a baseline."""

    NONE = "none"
    STRICT = "strict"  # those by at least the threshold
    ALL = "all"


class Anchor(StrEnum):
    """What an interval free of relapse is counted from."""

    REFERENCE = "reference"
    EVENT = "event"
    CONFIRMATION = "confirmation"


class Reference(StrEnum):
    """Which visit before the event is the reference of PIRA."""

    BASELINE = "baseline"
    LAST_VISIT = "last_visit"
    LAST_CHANGE = "last_change"  # the last visit from which event and confirmation are a change


class Edss10(StrEnum):
    """What a recorded EDSS of 10 is."""

    AS_RECORDED = "as_recorded"
    LEFT_OUT = "left_out"  # EDSS 10 is death
    MS_DEATH = "ms_death"  # left out, and a death recorded as due to MS is a last visit with EDSS 10


class WithoutRelapses(StrEnum):
    """What it means when a study has no table of relapses."""

    NONE_HAPPENED = "none_happened"
    UNKNOWN = "unknown"
