"""Populations of trials and registries of drugs: on a drug or placebo, after one failed, after one was stopped."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from regraft.core.parameters import ParameterSet
from regraft.core.units import WEEKS_PER_YEAR
from regraft.disease.layout import Weekly
from regraft.therapy.drugs import Drug
from regraft.verification.disease.choosing import RECENT_ACTIVITY, Pool, chosen_people, of_count
from regraft.verification.disease.people import Care, Followed, follow

_ON_DRUG_YEARS = 2.0


def _of_trial(
    people: Followed, *, edss: tuple[float, float] = (0.0, 5.5), ages: tuple[float, float] = (18.0, 55.0)
) -> NDArray[np.bool_]:
    """Return who has the EDSS and the age that a trial asks for."""
    rated, age = people.rated()[:, 0], people.age()
    return np.asarray((age >= ages[0]) & (age <= ages[1]) & (rated >= edss[0]) & (rated <= edss[1]))


def untreated(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Everybody with MS whom a clinic sees once a year, of any course, without a drug."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        return np.asarray(people.age() >= 18.0)

    chosen = chosen_people(parameters, seed, of_count(2000, scale), (1.0, 25.0), accepts, primary=None)
    return Pool(
        title="MS of any course, untreated, seen once a year for four years",
        arms={"untreated": follow(*chosen, 4.01, seed=seed, stride=52)},
    )


def placebo(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Relapsing MS as in placebo-controlled trials around 2000: a relapse in the last year or two in two years."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        recent = (people.relapses_in(-1.0, 0.0) >= 1) | (people.relapses_in(-2.0, 0.0) >= 2)
        return np.asarray(_of_trial(people) & recent & (people.called() < 0.5))

    chosen = chosen_people(parameters, seed, of_count(4000, scale), (1.0, 14.0), accepts)
    drugs = {"placebo": Drug.NONE, "fingolimod": Drug.FINGOLIMOD, "cladribine": Drug.CLADRIBINE}
    return Pool(
        title="active relapsing MS as in placebo-controlled trials around 2000, 2.5 years",
        arms={name: follow(*chosen, 2.5, seed=seed, care=Care(drug=drug)) for name, drug in drugs.items()},
    )


def first_drug(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Relapsing MS that begins a drug: a relapse in the last two years; seen every quarter for five years."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        return np.asarray(_of_trial(people) & (people.relapses_in(-2.0, 0.0) >= 1) & (people.called() < 0.5))

    chosen = chosen_people(parameters, seed, of_count(2500, scale), (0.5, 12.0), accepts, RECENT_ACTIVITY)
    drugs = {
        "interferon": Drug.INTERFERON_BETA,
        "natalizumab": Drug.NATALIZUMAB,
        "alemtuzumab": Drug.ALEMTUZUMAB,
    }
    return Pool(
        title="relapsing MS with a relapse in two years, on a drug from entry, seen every quarter for 5 years",
        arms={name: follow(*chosen, 5.0, seed=seed, care=Care(drug=drug), stride=13) for name, drug in drugs.items()},
    )


def _failed(parameters: ParameterSet, seed: int, scale: float, activity: float, drugs: Mapping[str, Drug]) -> Pool:
    """Relapsing MS after two years on interferon and a relapse on it in the last year, EDSS to 5."""
    before = Care(earlier_drug=Drug.INTERFERON_BETA, earlier_years=_ON_DRUG_YEARS)

    def accepts(people: Followed) -> NDArray[np.bool_]:
        return np.asarray(_of_trial(people, edss=(0.0, 5.0)) & (people.relapses_in(-1.0, 0.0) >= 1))

    chosen = chosen_people(parameters, seed, of_count(9000, scale), (3.0, 12.0), accepts, activity, care=before)
    return Pool(
        title="relapsing MS with a relapse in the last of two years on interferon, three years on another drug",
        arms={
            name: follow(
                *chosen,
                3.0,
                seed=seed,
                care=Care(drug=drug, earlier_drug=Drug.INTERFERON_BETA, earlier_years=_ON_DRUG_YEARS),
            )
            for name, drug in drugs.items()
        },
    )


def failed(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """People in whom interferon failed, as in trials and registries before 2010."""
    drugs = {
        "interferon": Drug.INTERFERON_BETA,
        "placebo": Drug.NONE,
        "fingolimod": Drug.FINGOLIMOD,
        "natalizumab": Drug.NATALIZUMAB,
        "alemtuzumab": Drug.ALEMTUZUMAB,
    }
    return _failed(parameters, seed, scale, 1.0, drugs)


def failed_recently(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """People in whom interferon failed, diagnosed since about 2005."""
    return _failed(parameters, seed, scale, RECENT_ACTIVITY, {"ocrelizumab": Drug.OCRELIZUMAB})


def very_active(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Relapsing MS with two relapses in the last year and enhancement, as in the trials of mitoxantrone."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        active = (people.relapses_in(-1.0, 0.0) >= 2) & (people.column(Weekly.GD_ACTIVE)[:, 0] >= 1)
        return np.asarray(_of_trial(people, edss=(2.5, 6.0)) & active)

    chosen = chosen_people(parameters, seed, of_count(6000, scale), (1.0, 12.0), accepts)
    drugs = {"untreated": Drug.NONE, "interferon": Drug.INTERFERON_BETA, "mitoxantrone": Drug.MITOXANTRONE}
    return Pool(
        title="relapsing MS with two relapses in the last year and enhancing lesions, three years",
        arms={name: follow(*chosen, 3.25, seed=seed, care=Care(drug=drug)) for name, drug in drugs.items()},
    )


def stopped(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Active relapsing MS after two years on a drug, which is then stopped."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        recent = (people.relapses_in(-1.0, 0.0) >= 1) | (people.relapses_in(-2.0, 0.0) >= 2)
        return np.asarray(_of_trial(people) & recent)

    records, numbers, start = chosen_people(parameters, seed, of_count(3000, scale), (1.0, 12.0), accepts)
    entry = start + int(_ON_DRUG_YEARS * WEEKS_PER_YEAR)
    drugs = {
        "natalizumab": Drug.NATALIZUMAB,
        "fingolimod": Drug.FINGOLIMOD,
        "ocrelizumab": Drug.OCRELIZUMAB,
        "cladribine": Drug.CLADRIBINE,
        "alemtuzumab": Drug.ALEMTUZUMAB,
    }
    return Pool(
        title="active relapsing MS, a drug stopped after two years, three years on",
        arms={
            name: follow(
                records, numbers, entry, 3.0, seed=seed, care=Care(earlier_drug=drug, earlier_years=_ON_DRUG_YEARS)
            )
            for name, drug in drugs.items()
        },
    )


def primary_trial(parameters: ParameterSet, seed: int, scale: float = 1.0) -> Pool:
    """Primary progressive MS as in its trials: 18 to 55 years, EDSS 3 to 6.5, untreated."""

    def accepts(people: Followed) -> NDArray[np.bool_]:
        return _of_trial(people, edss=(3.0, 6.5))

    chosen = chosen_people(parameters, seed, of_count(8000, scale), (2.0, 12.0), accepts, primary=True)
    return Pool(
        title="primary progressive MS as in its trials, placebo for 3.5 years",
        arms={"placebo": follow(*chosen, 3.5, seed=seed)},
    )


DRUG_POOLS: Mapping[str, Callable[[ParameterSet, int, float], Pool]] = {
    "untreated": untreated,
    "placebo": placebo,
    "first-drug": first_drug,
    "failed": failed,
    "failed-recently": failed_recently,
    "very-active": very_active,
    "stopped": stopped,
    "primary-trial": primary_trial,
}
