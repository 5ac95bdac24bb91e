"""Strategies for intercurrent events, as the estimands of a trial name them (ICH E9 R1)."""

from enum import StrEnum


class Intercurrent(StrEnum):
    """What an intercurrent event means: a switch of drug, or a transplantation that was not given."""

    TREATMENT_POLICY = "treatment_policy"  # it changes nothing
    COMPOSITE = "composite"  # it counts as failure
    WHILE_ON_TREATMENT = "while_on_treatment"  # observation ends there
