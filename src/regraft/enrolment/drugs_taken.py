"""What all the drugs a person has taken leave of the disease: one rule before enrolment, while waiting, and in a trial.

The drug being taken acts beside whatever is left of every drug before it, each fading at its own pace, so a switch is
neither a gap nor a double dose.

Reads: the drugs taken, in order. Hands on: `regraft.disease.illness.Effects`.

Sources: as `regraft.therapy.drugs`; that drugs multiply is assumed.
"""

import numpy as np

from regraft.core.arrays import Floats, Record
from regraft.core.kernels import kernel
from regraft.disease.illness import Effects
from regraft.disease.layout import DrugTaken
from regraft.therapy.drugs import effect_of

TAKEN = -1.0  # weeks since the last dose of a drug that is still taken


@kernel
def effects_of_drugs(
    p: Record, taken: Floats, drugs: int, week: float, weeks_off: float, steroid_share: float
) -> Effects:
    """Return what the drugs in the first rows of `taken` leave of the disease in one week.

    Parameters
    ----------
    p : record
        The patient.
    taken : ndarray of float64, shape (any number of rows, len(DrugTaken))
        The drugs in the order taken.
    drugs : int
        Rows in use; 0 without any.
    week : float
        The week lived, since onset.
    weeks_off : float
        Weeks since the last dose of the last of them; `TAKEN` while it is taken.
    steroid_share : float
        Handed on.
    """
    lesion = relapse = smouldering = 1.0
    for k in range(drugs):
        one = taken[k]
        stopped = one[DrugTaken.LAST_WEEK]
        off = week - stopped if k < drugs - 1 and not np.isnan(stopped) else weeks_off
        left = effect_of(p, int(one[DrugTaken.DRUG]), week - one[DrugTaken.FIRST_WEEK], off)
        lesion *= left[0]
        relapse *= left[1]
        smouldering *= left[2]
    return Effects(lesion, relapse, smouldering, steroid_share)
