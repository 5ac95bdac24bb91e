"""People whom a transplant trial took, as `regraft run` finds them, their state that day and what ablation does.

The search is the trial's own (`regraft.enrolment.candidate`); the acute treatment is replaced by its depth.
"""

from typing import Any

import numpy as np

from regraft.core.parameters import ParameterSet
from regraft.core.units import WEEKS_PER_YEAR
from regraft.course.cohort import EnrolledLives, follow_some_enrolled
from regraft.course.enrol import search
from regraft.course.world import World
from regraft.disease.illness import RELAPSES_MAX, make_life
from regraft.disease.layout import Attack, Weekly
from regraft.patient.population import load_population
from regraft.treatment.plan import compile_treatment
from regraft.trial.design import MsCourse
from regraft.trial.protocol import Protocol, load_protocol
from regraft.trial.recruit import recruitment_of
from regraft.verification.disease.people import Care, Followed


def enrolled(
    parameters: ParameterSet, protocol: Protocol, count: int, years: float, care: Care, *, seed: int, stride: int
) -> tuple[Followed, Any]:
    """Return the people enrolled and followed from that day, and the week of each one's diagnosis, shape (people,).

    Slots for which no candidate met the criteria are left out.

    Parameters
    ----------
    parameters : ParameterSet
        Typical values and spreads.
    protocol : Protocol
        Whose eligibility and population the search follows.
    count : int
        People enrolled.
    years : float
        Time followed from enrolment.
    care : Care
        The ablation.
    seed, stride : int
        Seed of search and courses; weeks between the rows that are kept.
    """
    world = World(
        parameters=parameters,
        recruitment=recruitment_of(protocol, load_population(protocol.population)),
        plans=compile_treatment(protocol.treatment),
        lead_days=0.0,
        horizon_years=years,
        seed=seed,
    )
    people, find = search(world, 0, count)
    find(0, count)
    looks = int(years * WEEKS_PER_YEAR) // stride + 1
    out = Followed(
        records=people.records,
        numbers=np.arange(count),
        entry=people.weeks_since_onset + 1,  # attacks of the week of enrolment came before
        stride=stride,
        rows=np.zeros((count, looks, len(Weekly))),
        relapses=np.full((count, RELAPSES_MAX, len(Attack)), np.nan),
        counts=np.zeros(count, np.int64),
        seed=seed,
        raters_know=care.raters_know,
    )
    steroids = world.recruitment.steroid_share
    followed = care.followed(seed=seed, weeks=(looks - 1) * stride, stride=stride, steroid_share=steroids)
    lives = EnrolledLives(people.enrolled, people.lives, out.records, out.rows, out.relapses, out.counts)
    follow_some_enrolled(0, count, followed, lives, make_life(relapses=0))
    found = people.enrolled["clock"] >= 0
    return out[found], people.enrolled["diagnosis_week"][found]


def those_of_course(protocol: str, course: MsCourse) -> Protocol:
    """Return a protocol that comes with regraft, narrowed to the people of one course whom its study had."""
    whole = load_protocol(protocol)
    return whole.model_copy(
        update={
            "eligibility": whole.eligibility.model_copy(update={"courses": (course,)}),
            "cohort": tuple(
                group.model_copy(update={"share": 1.0}) for group in whole.cohort if group.course is course
            ),
        }
    )
