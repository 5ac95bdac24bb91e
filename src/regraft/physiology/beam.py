"""BEAM: carmustine, etoposide, cytarabine and melphalan, each linear in its exposure.

Reads the amounts in the body; hands on what they kill. Kinetics are linear, one compartment each. Carmustine and
melphalan reach resting stem cells; etoposide and cytarabine kill what divides. The depth in memory T cells of tissue is
a weak prior: with ATG the four together reach about 5.3 decades (4 to 6), see library/parameters/physiology/beam.toml.
"""

from math import log
from typing import NamedTuple

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.physiology.infused import clearance_as_elimination
from regraft.physiology.kill import Kill

LN10 = log(10.0)


class Beam(NamedTuple):
    """One number for each of the four drugs."""

    carmustine: float
    etoposide: float
    cytarabine: float
    melphalan: float


@kernel
def beam_clearances_l_per_h(p: Record) -> Beam:
    """Clearance of each drug in this patient."""
    return Beam(
        p.beam_carmustine_clearance_l_per_h_per_kg * p.patient_weight_kg,
        p.beam_etoposide_clearance_l_per_h_per_m2 * p.patient_bsa_m2,
        p.beam_cytarabine_clearance_l_per_h_per_kg * p.patient_weight_kg,
        p.beam_melphalan_clearance_l_per_h,
    )


@kernel
def beam_eliminations_per_day(p: Record) -> Beam:
    """Elimination of each drug in this patient; carmustine, etoposide and cytarabine by their half-lives."""
    return Beam(
        24.0 * log(2.0) / p.beam_carmustine_half_life_h,
        24.0 * log(2.0) / p.beam_etoposide_half_life_h,
        24.0 * log(2.0) / p.beam_cytarabine_half_life_h,
        clearance_as_elimination(
            p.beam_melphalan_clearance_l_per_h, p.beam_melphalan_volume_l_per_m2 * p.patient_bsa_m2
        ),
    )


@kernel
def exposures_per_day(amounts_mg: Beam, eliminations_per_day: Beam, p: Record) -> Beam:
    """Exposure gathered per day [mg*h/L per day]: what is eliminated over the clearance."""
    c, k = beam_clearances_l_per_h(p), eliminations_per_day
    return Beam(
        amounts_mg.carmustine * k.carmustine / c.carmustine,
        amounts_mg.etoposide * k.etoposide / c.etoposide,
        amounts_mg.cytarabine * k.cytarabine / c.cytarabine,
        amounts_mg.melphalan * k.melphalan / c.melphalan,
    )


@kernel
def beam_kill(e: Beam, p: Record) -> Kill:
    """What exposures per day kill."""
    return Kill(
        LN10
        * (
            p.beam_carmustine_stem_log10_l_per_mg_h * e.carmustine
            + p.beam_melphalan_stem_log10_l_per_mg_h * e.melphalan
        ),
        p.beam_carmustine_progenitors_l_per_mg_h * e.carmustine
        + p.beam_etoposide_progenitors_l_per_mg_h * e.etoposide
        + p.beam_cytarabine_progenitors_l_per_mg_h * e.cytarabine
        + p.beam_melphalan_progenitors_l_per_mg_h * e.melphalan,
        p.beam_carmustine_lymphocytes_l_per_mg_h * e.carmustine
        + p.beam_etoposide_lymphocytes_l_per_mg_h * e.etoposide
        + p.beam_cytarabine_lymphocytes_l_per_mg_h * e.cytarabine
        + p.beam_melphalan_lymphocytes_l_per_mg_h * e.melphalan,
        p.beam_carmustine_memory_log10_l_per_mg_h * e.carmustine
        + p.beam_etoposide_memory_log10_l_per_mg_h * e.etoposide
        + p.beam_cytarabine_memory_log10_l_per_mg_h * e.cytarabine
        + p.beam_melphalan_memory_log10_l_per_mg_h * e.melphalan,
        p.beam_etoposide_mucosa_l_per_mg_h * e.etoposide
        + p.beam_cytarabine_mucosa_l_per_mg_h * e.cytarabine
        + p.beam_melphalan_mucosa_l_per_mg_h * e.melphalan,
        p.beam_carmustine_liver_l_per_mg_h * e.carmustine,
    )
