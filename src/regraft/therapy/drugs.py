"""Disease-modifying drugs: what each leaves of lesions, relapses and smouldering, with onset and washout.

The full effect is a ratio to the untreated rate. It sets in with a half-time that differs between drugs by route, and
fades with another after the last dose. How well a person responds goes together over drugs: every ratio of lesions and
relapses is correlated with one response of the person (`drugs_response`). After natalizumab and fingolimod activity
exceeds the natural rate for a time in a share of people, after fingolimod the likelier the more active they are. Part
of the published effect on disability worsening passes through relapses; only the rest is applied to smouldering.

Reads: drug, weeks since the first dose, weeks since the last. Hands on: three multipliers to the disease.

Sources: the pivotal trials; which ratios were read in print, chained through a comparator or only recalled stands in
library/parameters/therapy/drugs.toml and rebound.toml.
"""

from enum import IntEnum
from math import exp, log

from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.core.streams import normal_quantile
from regraft.core.units import WEEKS_PER_YEAR
from regraft.patient.population import EraDrug

_LOG_2 = log(2.0)


class Drug(IntEnum):
    """Drugs by code; numbers are stored in simulated courses and never reused."""

    NONE = 0
    INTERFERON_BETA = 1
    GLATIRAMER = 2
    TERIFLUNOMIDE = 3
    DIMETHYL_FUMARATE = 4
    FINGOLIMOD = 5
    CLADRIBINE = 6
    OCRELIZUMAB = 7
    OFATUMUMAB = 8
    NATALIZUMAB = 9
    ALEMTUZUMAB = 10
    MITOXANTRONE = 11
    CYCLOPHOSPHAMIDE_PULSES = 12


def drug_code(drug: EraDrug) -> int:
    """Return the code under which a course stores a drug that a population or a trial names."""
    return int(Drug[drug.name])


@kernel
def effect_of(p: Record, drug: int, weeks_since_start: float, weeks_since_stop: float) -> tuple[float, float, float]:
    """Return what a drug leaves of lesions, relapses and smouldering at one moment.

    Parameters
    ----------
    p : record
        The patient.
    drug : int
        A `Drug`.
    weeks_since_start : float
        Weeks since the first dose; negative before it.
    weeks_since_stop : float
        Weeks since the last dose; negative while the drug is taken.

    Returns
    -------
    tuple of float
        Multipliers of lesion rate, relapse rate and smouldering; exactly 1 without a drug.
    """
    if drug == Drug.NONE or weeks_since_start <= 0.0:
        return 1.0, 1.0, 1.0
    lesion, relapse, progression = _full_effect(p, drug)
    onset_years, washout_years = _pace(p, drug)
    taken = weeks_since_start - max(0.0, weeks_since_stop)
    share = 1.0 - exp(-_LOG_2 * taken / (onset_years * WEEKS_PER_YEAR))
    excess = 0.0
    if weeks_since_stop > 0.0:
        excess = share * _rebound(p, drug, weeks_since_stop / WEEKS_PER_YEAR)
        share *= exp(-_LOG_2 * weeks_since_stop / (washout_years * WEEKS_PER_YEAR))
    smouldering = 1.0 - p.drugs_direct_progression_share * (1.0 - progression)
    return (
        1.0 - (1.0 - lesion) * share + excess,
        1.0 - (1.0 - relapse) * share + excess,
        1.0 - (1.0 - smouldering) * share,
    )


@kernel
def _rebound(p: Record, drug: int, years: float) -> float:
    """Return the excess over the natural lesion and relapse rates `years` after the last dose: up, and down again."""
    if drug == Drug.NATALIZUMAB:
        share, height, peak = (
            p.rebound_natalizumab_share,
            p.rebound_natalizumab_excess,
            p.rebound_natalizumab_peak_years,
        )
        prone = p.rebound_proneness
    elif drug == Drug.FINGOLIMOD:
        share, height, peak = p.rebound_fingolimod_share, p.rebound_fingolimod_excess, p.rebound_fingolimod_peak_years
        active = log(p.lesions_rate_per_year / p.rebound_reference_lesions_per_year)
        prone = p.rebound_proneness + p.rebound_fingolimod_by_activity * active
    else:
        return 0.0
    if not rebounds(prone, share):
        return 0.0
    return height * (years / peak) * exp(1.0 - years / peak)


@kernel
def rebounds(prone: float, share: float) -> bool:
    """Return whether a person whose proneness is `prone` (a standard normal) is among this share of people."""
    return share > 0.0 and (share >= 1.0 or prone > normal_quantile(1.0 - share))


@kernel
def _pace(p: Record, drug: int) -> tuple[float, float]:
    """Return the half-times of onset and of washout, years."""
    if drug in (Drug.OCRELIZUMAB, Drug.OFATUMUMAB):
        return p.drugs_onset_antibody_years, p.drugs_washout_depleting_years
    if drug == Drug.NATALIZUMAB:
        return p.drugs_onset_antibody_years, p.drugs_washout_natalizumab_years
    if drug in (Drug.ALEMTUZUMAB, Drug.CLADRIBINE, Drug.MITOXANTRONE):
        return p.drugs_onset_antibody_years, p.drugs_washout_reconstituting_years
    if drug == Drug.CYCLOPHOSPHAMIDE_PULSES:
        return p.drugs_onset_other_years, p.drugs_washout_pulses_years
    if drug == Drug.FINGOLIMOD:
        return p.drugs_onset_other_years, p.drugs_washout_fingolimod_years
    return p.drugs_onset_other_years, p.drugs_washout_short_years


@kernel
def _full_effect(p: Record, drug: int) -> tuple[float, float, float]:  # noqa: C901, PLR0911 - one branch per drug
    """Return the ratios to placebo at full effect: lesions, relapses, confirmed worsening."""
    if drug == Drug.INTERFERON_BETA:
        return p.drugs_interferon_beta_lesions, p.drugs_interferon_beta_relapses, p.drugs_interferon_beta_worsening
    if drug == Drug.GLATIRAMER:
        return p.drugs_glatiramer_lesions, p.drugs_glatiramer_relapses, p.drugs_glatiramer_worsening
    if drug == Drug.TERIFLUNOMIDE:
        return p.drugs_teriflunomide_lesions, p.drugs_teriflunomide_relapses, p.drugs_teriflunomide_worsening
    if drug == Drug.DIMETHYL_FUMARATE:
        return (
            p.drugs_dimethyl_fumarate_lesions,
            p.drugs_dimethyl_fumarate_relapses,
            p.drugs_dimethyl_fumarate_worsening,
        )
    if drug == Drug.FINGOLIMOD:
        return p.drugs_fingolimod_lesions, p.drugs_fingolimod_relapses, p.drugs_fingolimod_worsening
    if drug == Drug.CLADRIBINE:
        return p.drugs_cladribine_lesions, p.drugs_cladribine_relapses, p.drugs_cladribine_worsening
    if drug == Drug.OCRELIZUMAB:
        return p.drugs_ocrelizumab_lesions, p.drugs_ocrelizumab_relapses, p.drugs_ocrelizumab_worsening
    if drug == Drug.OFATUMUMAB:
        return p.drugs_ofatumumab_lesions, p.drugs_ofatumumab_relapses, p.drugs_ofatumumab_worsening
    if drug == Drug.NATALIZUMAB:
        return p.drugs_natalizumab_lesions, p.drugs_natalizumab_relapses, p.drugs_natalizumab_worsening
    if drug == Drug.ALEMTUZUMAB:
        return p.drugs_alemtuzumab_lesions, p.drugs_alemtuzumab_relapses, p.drugs_alemtuzumab_worsening
    if drug == Drug.CYCLOPHOSPHAMIDE_PULSES:
        return (
            p.drugs_cyclophosphamide_pulses_lesions,
            p.drugs_cyclophosphamide_pulses_relapses,
            p.drugs_cyclophosphamide_pulses_worsening,
        )
    return p.drugs_mitoxantrone_lesions, p.drugs_mitoxantrone_relapses, p.drugs_mitoxantrone_worsening
