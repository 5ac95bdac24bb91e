"""Columns of a compiled dose list: one row per single dose, padded with empty rows."""

from enum import IntEnum


class Dose(IntEnum):
    """Columns; amounts in mg per kg of the weight named by `WEIGHT` (0 actual, 1 ideal, 2 adjusted)."""

    DRUG = 0  # `regraft.physiology.world.Drug`
    START_DAY = 1  # the protocol's own days of conditioning
    DURATION_DAYS = 2
    AMOUNT = 3  # 0: an empty row
    WEIGHT = 4
    ORAL = 5
    NUMBER = 6  # of this drug's course, from 1
    TARGET_AUC = 7  # mg*h/L; 0: not monitored
    ADJUST_AFTER = 8
