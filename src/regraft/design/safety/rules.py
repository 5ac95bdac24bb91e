"""Rules that stop a trial for harm: when so many events among so many people are too many.

Each rule is a family with one constant; a larger constant stops later. `evaluable`, `total_time` and `tite` find the
constant that keeps the chance of a false stop.

Sources: Geller NL, Follmann D, Leifer ES, Carter SL, in: Geller NL (ed) Advances in Clinical Trial Biostatistics 2003
(beta-binomial); Goldman AI. Control Clin Trials 1987;8:327; Ivanova A, Qaqish BF, Schell MJ. Biometrics 2005;61:540
(Pocock); Kulldorff M et al. Seq Anal 2011;30:58 (maximised SPRT); Martens MJ, Logan BR. Clin Trials 2024;21:152. As
cited by the R package stoppingrule.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import numpy as np
from scipy.special import betainc, xlogy

from regraft.analysis.arrays import FloatArray
from regraft.core.errors import InputError


class Family(StrEnum):
    """Names of the rules."""

    POCOCK = "pocock"
    OBRIEN_FLEMING = "obrien_fleming"
    WANG_TSIATIS = "wang_tsiatis"
    SPRT = "sprt"
    MAX_SPRT = "max_sprt"
    BETA_BINOMIAL = "beta_binomial"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRule:
    """A family of stopping rules for the probability of a harmful event.

    Parameters
    ----------
    family : Family
        Pocock, O'Brien-Fleming and Wang-Tsiatis compare events with a multiple of their standard deviation (Pocock for
        evaluable people: with their exact tail); the SPRTs are likelihood ratios; beta-binomial is a posterior.
    null : float
        Acceptable probability of the event.
    patients : int
        Most people who will be treated.
    alternative : float, optional
        Probability that the SPRT means to find.
    delta : float, optional
        Shape of Wang-Tsiatis: 0 O'Brien-Fleming, 1/2 Pocock.
    prior : tuple of float, optional
        Events and non-events of the beta prior, such as 1.2 and 38.8 for 3% in the worth of 40 people.
    """

    family: Family
    null: float
    patients: int
    alternative: float | None = None
    delta: float | None = None
    prior: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse what the family needs and does not get."""
        if not 0.0 < self.null < 1.0:
            raise InputError(
                f"acceptable probability {self.null:g}: must lie between 0 and 1; percent are divided by 100."
            )
        if self.patients < 1:
            raise InputError(f"patients {self.patients}: a stopping rule needs one at least.")
        if self.family is Family.SPRT and not (self.alternative and self.null < self.alternative < 1.0):
            raise InputError(f"sprt: alternative {self.alternative} must lie between {self.null:g} and 1.")
        if self.family is Family.WANG_TSIATIS and (self.delta is None or not 0.0 <= self.delta <= 0.5):
            raise InputError(f"wang_tsiatis: delta {self.delta} must lie between 0 and 0.5.")
        if self.family is Family.BETA_BINOMIAL and (self.prior is None or min(self.prior) <= 0.0):
            raise InputError(f"beta_binomial: prior {self.prior} needs events and non-events above 0.")

    def evidence(self, events: FloatArray, people: FloatArray, *, exact_tail: bool = True) -> FloatArray:
        """Return how strongly events among people speak of harm: the rule stops where it reaches its constant.

        Parameters
        ----------
        events, people : array
            Events, and people in whom they could be seen (fractions allowed).
        exact_tail : bool
            Pocock's rule by the binomial tail (its probability, negated), else by the standard deviation.
        """
        p, q = self.null, 1.0 - self.null
        excess = events - people * p
        match self.family:
            case Family.POCOCK if exact_tail:
                return -np.where(events > 0.0, betainc(np.maximum(events, 1e-12), people - events + 1.0, p), 1.0)
            case Family.POCOCK:
                return np.asarray(excess / np.sqrt(people * p * q))
            case Family.OBRIEN_FLEMING:
                return np.asarray(excess / np.sqrt(self.patients * p * q))
            case Family.WANG_TSIATIS:
                assert self.delta is not None
                return np.asarray(excess / np.sqrt(people * p * q) * (people / self.patients) ** (0.5 - self.delta))
            case Family.SPRT:
                assert self.alternative is not None
                a = self.alternative
                return np.asarray(events * np.log(a / p) + (people - events) * np.log((1.0 - a) / q))
            case Family.MAX_SPRT:
                share = np.clip(events / people, 0.0, 1.0)
                ratio = xlogy(events, share / p) + xlogy(people - events, (1.0 - share) / q)
                return np.where(share > p, ratio, 0.0)
            case Family.BETA_BINOMIAL:
                assert self.prior is not None
                a, b = self.prior
                return np.asarray(1.0 - betainc(a + events, b + people - events, p))
