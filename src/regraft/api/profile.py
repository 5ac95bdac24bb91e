"""What becomes of simulated people with given features under three arms."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.api.calls import call
from regraft.api.cores import cores
from regraft.api.folder import write_results
from regraft.api.protocols import Protocol, protocol_of
from regraft.api.reported import Reported
from regraft.core.errors import InputError, nearest
from regraft.core.grounds import RestsOn, rests_on
from regraft.core.kernels import refuse_interpreted
from regraft.core.notebook import notebook_html
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior
from regraft.endpoints.definition import load_definition
from regraft.patient.population import load_population
from regraft.prediction.profile.features import Features, Sex
from regraft.prediction.profile.simulate import DEFINITION, POPULATION, HighEfficacy, Question, compile_profile
from regraft.prediction.profile.simulate import Profile as Profiled
from regraft.prediction.profile.simulate import profile as simulate_profile
from regraft.report.page import Page
from regraft.trial.design import MsCourse
from regraft.trial.grounds import grounds_of_trial


@final
@dataclass(frozen=True, slots=True, eq=False)
class Profile(Reported):
    """What happens to the same simulated people under three arms. Not a prediction for any person.

    Parameters
    ----------
    results : regraft.prediction.profile.simulate.Profile
        Every outcome of 100 people with its interval.
    rests_on : RestsOn
        Files and definitions behind it.
    call : str
        The Python expression that makes this profile again.

    Examples
    --------
    >>> import regraft as rg
    >>> asked = dict(age=34, sex="female", edss=3.5, duration=6, relapses=2, gd=1, course="RRMS")
    >>> found = rg.profile(**asked)  # simulates: some seconds  # doctest: +SKIP
    >>> found.report("runs/profile")  # writes what `regraft profile` writes  # doctest: +SKIP
    """

    results: Profiled
    rests_on: RestsOn
    call: str
    kind = "profile"

    def to_frame(self) -> pl.DataFrame:
        """Return one row per outcome and arm: how many of 100, with the 95% interval."""
        return self.results.to_frame()

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return the profile as one document, as ``results.json`` holds it."""
        return self.results.to_json() | {"command": command or self.call} | self.rests_on.record

    def write(self, folder: Path, document: Mapping[str, Any]) -> Page:
        """Write page, picture and document into an empty folder, and return the page."""
        from regraft.figures.embed import to_svg  # noqa: PLC0415  # draws: half a second
        from regraft.figures.profile import draw_profile  # noqa: PLC0415  # as above
        from regraft.report.page import write_page  # noqa: PLC0415  # as above
        from regraft.report.profile import profile_page  # noqa: PLC0415  # as above

        page = profile_page(self.results, document["command"], self.call)
        write_page(folder / "report.html", page)
        (folder / "SIMULATED-profile.svg").write_bytes(to_svg(draw_profile(self.results)))
        write_results(folder, document)
        return page

    def _repr_html_(self) -> str:
        found = self.results
        heading = f"Of 100 people like these, {found.years:g} years on ({found.people} simulated)"
        return notebook_html(heading, self.to_frame(), simulated=True, notes=(found.notice, found.intervals_hold))


def profile(  # noqa: PLR0913  # as many features as a person has
    *,
    age: float,
    sex: str,
    edss: float,
    duration: float,
    relapses: int,
    gd: int,
    course: str,
    regimen: Protocol | str | Path = "atkins-2016",
    drug: str = "ocrelizumab",
    years: float = 5.0,
    patients: int = 200,
    seed: int = 2016,
    threads: int = 0,
) -> Profile:
    """Return what happens to 100 simulated people with these features: untreated, on a drug, transplanted.

    Not a prediction for any person.

    Parameters
    ----------
    age : float
        Years of age, 18 to 60.
    sex : str
        ``female`` or ``male``.
    edss : float
        EDSS as rated, 0 to 6.5.
    duration : float
        Years since the first symptom, 0.5 to 25.
    relapses : int
        Relapses in the last year, 0 to 5.
    gd : int
        Enhancing lesions on one scan, 0 to 20.
    course : str
        ``RRMS`` or ``SPMS``.
    regimen : Protocol, str or Path
        Protocol whose treatment the transplanted get.
    drug : str
        The drug beside it: ocrelizumab, ofatumumab, natalizumab or alemtuzumab.
    years : float
        Horizon of all three.
    patients : int
        Simulated people.
    seed : int
        The same seed gives the same people.
    threads : int
        Worker threads; 0: one per core.

    Raises
    ------
    InputError
        A feature that no simulated person has, or a word that means none; the nearest is offered.

    Examples
    --------
    >>> import regraft as rg
    >>> asked = dict(age=34, sex="female", edss=3.5, duration=6, relapses=2, gd=1, course="RRMS")
    >>> rg.profile(**asked).to_frame()  # simulates: some seconds  # doctest: +SKIP
    """
    question = question_of(
        features_of(age, sex, edss, duration, relapses, gd, course), regimen, drug, years, patients, seed
    )
    return profile_of(question, regimen, threads=threads)


def question_of(
    features: Features, regimen: Protocol | str | Path, drug: str, years: float, patients: int, seed: int
) -> Question:
    """Return what is asked; a regimen or a drug that is not known is refused with the nearest one."""
    return Question(
        features=features,
        protocol=protocol_of(regimen).settings,
        drug=drug_of(drug),
        years=years,
        people=patients,
        seed=seed,
    )


def profile_of(
    question: Question,
    regimen: Protocol | str | Path,
    *,
    threads: int = 0,
    compiling: AbstractContextManager[None] | None = None,
    on_done: Callable[[int], None] | None = None,
) -> Profile:
    """Do what `profile` does; `compiling` is entered while the model is compiled, `on_done` told of every person."""
    parameters, posterior = load_parameters(), load_posterior()
    refuse_interpreted()
    with compiling or nullcontext():
        compile_profile(question, parameters, posterior)
    found = simulate_profile(question, parameters, posterior, threads=cores(threads), on_done=on_done)
    f = question.features
    made = call(
        "rg.profile",
        age=f.age_years,
        sex=str(f.sex),
        edss=f.edss,
        duration=f.duration_years,
        relapses=f.relapses,
        gd=f.gd,
        course=str(f.course),
        regimen=regimen,
        drug=str(question.drug),
        years=question.years,
        patients=question.people,
        seed=question.seed,
    )
    behind = rests_on(
        parameters=parameters,
        posterior=found.posterior,
        files=grounds_of_trial(question.protocol, load_population(POPULATION)),
        definitions=(load_definition(DEFINITION),),
    )
    return Profile(found, behind, made)


def features_of(age: float, sex: str, edss: float, duration: float, relapses: int, gd: int, course: str) -> Features:
    """Return features; words that mean none are refused with the nearest one.

    Examples
    --------
    >>> str(features_of(30.0, "female", 3.0, 5.0, 1, 2, "RRMS").sex)
    'female'
    """
    sexes, courses = [str(one) for one in Sex], [str(one) for one in MsCourse]
    for option, word, known in (("sex", sex, sexes), ("course", course, courses)):
        if word not in known:
            raise InputError(f"profile: {option} {word} is not known. {nearest(word, known)}")
    return Features(
        age_years=age,
        sex=Sex(sex),
        edss=edss,
        duration_years=duration,
        relapses=relapses,
        gd=gd,
        course=MsCourse(course),
    )


def drug_of(name: str) -> HighEfficacy:
    """Return a drug of high efficacy by its name; another is refused with the nearest one."""
    names = [str(drug) for drug in HighEfficacy]
    if name not in names:
        raise InputError(f"profile: drug {name} is not known. {nearest(name, names)}")
    return HighEfficacy(name)
