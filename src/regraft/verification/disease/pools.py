"""The populations of the observables: whom each group of studies saw, made by the disease model itself.

Nobody's outcome is drawn from a publication: people fall ill, live, and are chosen by what their study asked for.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet
from regraft.core.units import WEEKS_PER_YEAR
from regraft.disease.layout import Regimen, Weekly
from regraft.therapy.drugs import Drug
from regraft.trial.design import MsCourse
from regraft.trial.protocol import load_protocol
from regraft.verification.disease.choosing import (
    POPULATION,
    RECENT_ACTIVITY,
    Pool,
    chosen_people,
    of_count,
    people_who_fall_ill,
)
from regraft.verification.disease.drug_pools import DRUG_POOLS
from regraft.verification.disease.enrolled import enrolled, those_of_course
from regraft.verification.disease.people import Care, Followed, draw_people, follow

LOG10_KILL_BUSULFAN, LOG10_KILL_BEAM, LOG10_KILL_CYCLOPHOSPHAMIDE = 6.8, 5.3, 5.0  # as the treatment model makes them


def onset(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """People with relapsing onset, untreated for 55 years, seen every quarter."""
    records, numbers = people_who_fall_ill(parameters, of_count(2500, scale), seed)
    zero = np.zeros(len(numbers), np.int64)
    title = "relapsing onset, untreated from the first symptom"
    return Pool(title=title, arms={"untreated": follow(records, numbers, zero, 55.0, seed=seed, stride=13)})


def primary(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """People with primary progressive MS, untreated."""
    records, numbers = people_who_fall_ill(parameters, of_count(5000, scale), seed, primary=True)
    zero = np.zeros(len(numbers), np.int64)
    return Pool(
        title="primary progressive MS, untreated from the first symptom",
        arms={"untreated": follow(records, numbers, zero, 40.0, seed=seed, stride=13)},
    )


def attacks(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """People seen every week, from three years after onset, for ten years."""
    records, numbers = people_who_fall_ill(parameters, of_count(800, scale), seed)
    entry = np.full(len(numbers), int(3.0 * WEEKS_PER_YEAR))
    return Pool(
        title="relapsing onset, relapses seen within weeks, 3 to 13 years after onset",
        arms={"untreated": follow(records, numbers, entry, 10.0, seed=seed, stride=1)},
    )


def clinic(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Untreated people with relapsing or secondary progressive MS at any time in the first 20 years."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        return np.asarray((people.age() >= 18.0) & (people.age() <= 55.0))

    chosen = chosen_people(parameters, seed, of_count(2500, scale), (1.0, 20.0), accepts)
    return Pool(
        title="relapsing and secondary progressive MS, untreated (placebo arms), 1 to 20 years after onset",
        arms={"untreated": follow(*chosen, 1.0, seed=seed)},
    )


def opera(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """People whom OPERA I and II took: 18 to 55 years, EDSS to 5.5, a relapse in the last year or two in two."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        edss = people.rated()[:, 0]
        recent = (people.relapses_in(-1.0, 0.0) >= 1) | (people.relapses_in(-2.0, 0.0) >= 2)
        return np.asarray((people.age() >= 18.0) & (people.age() <= 55.0) & (edss <= 5.5) & recent)

    chosen = chosen_people(parameters, seed, of_count(6000, scale), (1.0, 14.0), accepts, RECENT_ACTIVITY)
    drugs = {
        "placebo": Drug.NONE,
        "interferon": Drug.INTERFERON_BETA,
        "ocrelizumab": Drug.OCRELIZUMAB,
        "fingolimod": Drug.FINGOLIMOD,
    }
    arms = {name: follow(*chosen, 2.25, seed=seed, care=Care(drug=drug)) for name, drug in drugs.items()}
    return Pool(title="active relapsing MS as in OPERA I and II, 108 weeks", arms=arms)


def registry(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """People treated from soon after diagnosis, as registries of the 2000s and 2010s: interferon for ten years."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        return np.asarray((people.age() >= 18.0) & (people.called() < 0.5))

    chosen = chosen_people(parameters, seed, of_count(1800, scale), (0.5, 8.0), accepts, RECENT_ACTIVITY)
    drugs = {"interferon": Drug.INTERFERON_BETA, "fingolimod": Drug.FINGOLIMOD}
    arms = {name: follow(*chosen, 10.0, seed=seed, care=Care(drug=drug), stride=13) for name, drug in drugs.items()}
    return Pool(
        title="relapsing MS on a drug from 0.5 to 8 years after onset, seen every quarter for 10 years", arms=arms
    )


def prevalent(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Everybody with relapsing onset whom a registry follows, of a duration to 25 years, on interferon for three."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        return np.asarray(people.age() >= 18.0)

    chosen = chosen_people(parameters, seed, of_count(2500, scale), (0.5, 25.0), accepts, RECENT_ACTIVITY)
    people = follow(*chosen, 3.0, seed=seed, care=Care(drug=Drug.INTERFERON_BETA), stride=13)
    return Pool(title="relapsing onset, 0.5 to 25 years ago, on interferon for 3 years", arms={"interferon": people})


def mortality(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Everybody who falls ill, for 60 years: untreated, and on interferon from two years after onset."""
    records = draw_people(parameters, POPULATION, of_count(1800, scale), seed)
    numbers = np.arange(len(records))
    entry = np.full(len(records), int(2.0 * WEEKS_PER_YEAR))
    arms = {
        name: follow(records, numbers, entry, 58.0, seed=seed, care=Care(drug=drug), stride=26)
        for name, drug in {"untreated": Drug.NONE, "fingolimod": Drug.FINGOLIMOD}.items()
    }
    return Pool(title="MS of any course, from two years after onset to death", arms=arms)


def ottawa(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """People whom the Canadian trial takes, ablated with busulfan, cyclophosphamide and ATG that day."""
    care = Care(regimen=Regimen.BUSULFAN, log10_kill=LOG10_KILL_BUSULFAN, raters_know=True)
    people, diagnosis = enrolled(
        parameters, load_protocol("atkins-2016"), of_count(500, scale), 7.0, care, seed=seed, stride=4
    )
    return Pool(
        title="aggressive MS as the protocol atkins-2016 takes it, ablated with busulfan",
        arms={"ablated": people},
        extra={"years_since_diagnosis": (people.entry - diagnosis) / WEEKS_PER_YEAR},
    )


_BEAM = Care(regimen=Regimen.BEAM, log10_kill=LOG10_KILL_BEAM, raters_know=True)
_CYCLOPHOSPHAMIDE = Care(regimen=Regimen.CYCLOPHOSPHAMIDE, log10_kill=LOG10_KILL_CYCLOPHOSPHAMIDE, raters_know=True)


def _transplanted(study: str, course: MsCourse, care: Care) -> Callable[[ParameterSet, int, float], Pool]:
    """Return the pool of those of one course whom a transplanted cohort had, ablated on the day they are taken."""

    def pool(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
        whom = those_of_course(study, course)
        people, _ = enrolled(parameters, whom, of_count(400, scale), 10.0, care, seed=seed, stride=13)
        return Pool(
            title=f"{course} as the protocol {study} takes it, ablated on the day of entry", arms={"ablated": people}
        )

    return pool


def active_relapsing(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Relapsing MS sent for transplantation: two relapses in a year, or one with enhancement; EDSS 2 to 6."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        edss, recent = people.rated()[:, 0], people.relapses_in(-1.0, 0.0)
        lesions = people.column(Weekly.GD_ACTIVE)[:, 0]
        relapsing = people.called() < 0.5
        active = (recent >= 2) | ((recent >= 1) & (lesions >= 1))
        return np.asarray(
            (people.age() >= 18.0) & (people.age() <= 55.0) & (edss >= 2.0) & (edss <= 6.0) & relapsing & active
        )

    chosen = chosen_people(parameters, seed, of_count(7000, scale), (1.5, 12.0), accepts)
    people = follow(*chosen, 10.0, seed=seed, care=_BEAM, stride=13)
    return Pool(title="active relapsing MS, ablated with BEAM on the day of entry", arms={"beam": people})


def matched(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Relapsing MS on a drug, as registries match it to transplanted people.

    A relapse in the last two years, EDSS 1.5 to 6.5.
    """

    def accepts(people: Followed) -> NDArray[np.bool_]:
        edss = people.rated()[:, 0]
        relapsing = people.called() < 0.5
        recent = people.relapses_in(-2.0, 0.0) >= 1
        return np.asarray(
            (people.age() >= 18.0) & (people.age() <= 55.0) & (edss >= 1.5) & (edss <= 6.5) & relapsing & recent
        )

    chosen = chosen_people(parameters, seed, of_count(2500, scale), (1.5, 15.0), accepts, RECENT_ACTIVITY)
    drugs = {"fingolimod": Drug.FINGOLIMOD, "ocrelizumab": Drug.OCRELIZUMAB}
    arms = {name: follow(*chosen, 5.0, seed=seed, care=Care(drug=drug), stride=13) for name, drug in drugs.items()}
    return Pool(title="relapsing MS with a relapse in two years, on a drug from entry", arms=arms)


def progressive(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Secondary progressive MS sent for transplantation: EDSS 3.5 to 6.5, at most 50 years old."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        edss = people.rated()[:, 0]
        secondary = people.called() > 0.5
        return np.asarray((people.age() >= 18.0) & (people.age() <= 50.0) & (edss >= 3.5) & (edss <= 6.5) & secondary)

    chosen = chosen_people(parameters, seed, of_count(3000, scale), (3.0, 18.0), accepts)
    care = Care(regimen=Regimen.TOTAL_BODY_IRRADIATION, log10_kill=LOG10_KILL_BUSULFAN, raters_know=True)
    people = follow(*chosen, 10.0, seed=seed, care=care, stride=13)
    return Pool(
        title="secondary progressive MS, ablated with irradiation on the day of entry", arms={"irradiation": people}
    )


POOLS: dict[str, Callable[[ParameterSet, int, float], Pool]] = {
    "onset": onset,
    "primary": primary,
    "attacks": attacks,
    "clinic": clinic,
    "opera": opera,
    "registry": registry,
    "prevalent": prevalent,
    "mortality": mortality,
    "ottawa": ottawa,
    "active-relapsing": active_relapsing,
    "progressive": progressive,
    "matched": matched,
    "burt-relapsing": _transplanted("burt-2021", MsCourse.RELAPSING, _CYCLOPHOSPHAMIDE),
    "burt-progressive": _transplanted("burt-2021", MsCourse.SECONDARY_PROGRESSIVE, _CYCLOPHOSPHAMIDE),
    "boffa-relapsing": _transplanted("boffa-2021", MsCourse.RELAPSING, _BEAM),
    "boffa-progressive": _transplanted("boffa-2021", MsCourse.SECONDARY_PROGRESSIVE, _BEAM),
    **DRUG_POOLS,
}
