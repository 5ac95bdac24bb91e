"""How far a treatment has come: its stage, what a step must remember until the next morning, and the products.

A treatment stops wherever time passes, so that whoever lets time pass may do so for one patient or many at once. What
lies between two stops has no memory but the body's; `Note` says which column of ``body.journey`` holds what.
"""

from enum import IntEnum

from regraft.core.kernels import kernel
from regraft.physiology.world import Body, code, put
from regraft.treatment.products import AblatedMarrow, Engraftment, Reconstitution, StoredGraft


class Stage(IntEnum):
    """What is going on, in the order of the clinic; a second mobilisation goes back to the rest before it."""

    REST = 0
    MOBILISATION = 1
    HARVEST = 2
    REST_BEFORE_MARROW = 3
    WAIT = 4
    CONDITIONING = 5
    REINFUSION = 6
    RECONSTITUTION = 7
    DONE = 8


class Passing(IntEnum):
    """What a treatment stands still for."""

    NOTHING = 0
    DAY = 1
    HOURS = 2  # from the morning of reinfusion to when it is done


class Note(IntEnum):
    """Columns of ``body.journey``; products take as many columns as they have fields."""

    STAGE = 0
    PASSING = 1
    GOES_ON = 2  # 1 until the step that runs is cut short, by a death
    START_DAY = 3  # of the step
    RESUME_DAY = 4  # until when there is rest
    PLERIXAFOR_IS_DUE = 5  # this evening
    PLERIXAFOR_DOSES = 6  # of this attempt
    PLERIXAFOR_DAY = 7
    SESSIONS = 8
    FIRST_SESSION_DAY = 9
    LAST_SESSION_DAY = 10
    CD34 = 11  # collected in this attempt
    CD3 = 12
    FIRST_APHERESIS_DAY = 13  # of the last attempt with a session
    LAST_APHERESIS_DAY = 14
    SECOND_MOBILISATION_DAY = 15
    MARROW_HARVEST_DAY = 16
    REINFUSION_DAY = 17  # as planned
    DAYS_SINCE = 18  # reinfusion
    DISCHARGE_DAY = 19
    RESERVE_CD34 = 20
    STORE = 21
    MARROW = 38
    ENGRAFTMENT = 43
    OUTCOME = 49
    DMSO_ML = 54  # of the graft that is being given


_STORE, _MARROW, _ENGRAFTMENT, _OUTCOME = map(code, (Note.STORE, Note.MARROW, Note.ENGRAFTMENT, Note.OUTCOME))


@kernel
def keep_store(body: Body, store: StoredGraft) -> None:
    """Remember what is in store."""
    put(body.journey, Note.STORE, store)


@kernel
def store_of(body: Body) -> StoredGraft:
    """What is in store."""
    x, i = body.journey, _STORE
    return StoredGraft(
        x[i],
        x[i + 1],
        x[i + 2],
        x[i + 3],
        x[i + 4],
        x[i + 5],
        x[i + 6],
        x[i + 7],
        x[i + 8],
        x[i + 9],
        x[i + 10],
        x[i + 11],
        x[i + 12],
        x[i + 13],
        x[i + 14],
        x[i + 15],
        x[i + 16],
    )


@kernel
def conditioned_marrow_of(body: Body) -> AblatedMarrow:
    """The marrow as conditioning left it."""
    x, i = body.journey, _MARROW
    return AblatedMarrow(x[i], x[i + 1], x[i + 2], x[i + 3], x[i + 4])


@kernel
def engraftment_of(body: Body) -> Engraftment:
    """The graft that was given."""
    x, i = body.journey, _ENGRAFTMENT
    return Engraftment(x[i], x[i + 1], x[i + 2], x[i + 3], x[i + 4], x[i + 5])


@kernel
def outcome_of(body: Body) -> Reconstitution:
    """How blood came back."""
    x, i = body.journey, _OUTCOME
    return Reconstitution(x[i], x[i + 1], x[i + 2], x[i + 3], x[i + 4])
