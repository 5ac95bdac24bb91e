"""A published trial predicted, and a profile of people simulated."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from regraft.api.cores import cores
from regraft.api.protocols import Protocol, protocol_of
from regraft.api.simulate import Posterior
from regraft.core.errors import InputError, nearest
from regraft.core.kernels import refuse_interpreted
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior
from regraft.prediction.predict import Prediction, plan_of
from regraft.prediction.predict import predict as predict_target
from regraft.prediction.profile.features import Features, Sex
from regraft.prediction.profile.simulate import HighEfficacy, Profile, Question, compile_profile
from regraft.prediction.profile.simulate import profile as simulate_profile
from regraft.prediction.target import Target, find_target
from regraft.replication.parameter_draws import posterior_draws
from regraft.trial.design import MsCourse
from regraft.trial.run import compile_trial


def predict(
    trial: str | Path, *, replicates: int = 400, seed: int = 2016, posterior: Posterior = "packaged", threads: int = 0
) -> Prediction:
    """Simulate a published trial as it was run, and place each published number among the predicted ones.

    Parameters
    ----------
    trial : str or Path
        A published study (``halt-ms``), a protocol, or a folder with protocol.toml, population.toml, published.yaml.
    replicates : int
        Whole trials simulated; 4,000 for figures to quote.
    seed : int
        The same seed gives the same trials.
    posterior : {"packaged", None}
        Whether trials live under the draws of the packaged posterior in turn, or all under typical values.
    threads : int
        Worker threads; 0: one per core.

    Raises
    ------
    InputError
        No such trial (the nearest name is offered), or one without published results.
    """
    target = find_target(str(trial))
    refuse_interpreted()
    compile_trial(plan_of(target, load_parameters(), seed))
    return predict_trial(target, replicates=replicates, seed=seed, posterior=posterior, threads=threads)


def predict_trial(
    target: Target,
    *,
    replicates: int,
    seed: int,
    posterior: Posterior = "packaged",
    threads: int = 0,
    on_done: Callable[[int], None] | None = None,
) -> Prediction:
    """Predict a trial that was found and compiled; `on_done` is told how many patients were lived."""
    parameters = load_parameters()
    return predict_target(
        target,
        parameters,
        replicates=replicates,
        seed=seed,
        threads=cores(threads),
        draws=None if posterior is None else posterior_draws(target.protocol, parameters, seed),
        on_done=on_done,
    )


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
    """Return what becomes of 100 simulated people with these features: untreated, on a drug, transplanted.

    Not a prediction for any person.

    Parameters
    ----------
    age, duration : float
        Years of age, 18 to 60; years since the first symptom, 0.5 to 25.
    sex, course : str
        ``female`` or ``male``; ``RRMS`` or ``SPMS``.
    edss : float
        EDSS as rated, 0 to 6.5.
    relapses, gd : int
        Relapses in the last year, 0 to 5; enhancing lesions on one scan, 0 to 20.
    regimen : Protocol, str or Path
        Protocol whose treatment the transplanted get.
    drug : str
        The drug beside it: ocrelizumab, ofatumumab, natalizumab or alemtuzumab.
    years : float
        Horizon of all three.
    patients, seed, threads : int
        Simulated people; seed; worker threads (0: one per core).

    Raises
    ------
    InputError
        A feature that no simulated person has, or a word that means none; the nearest is offered.
    """
    features = features_of(age, sex, edss, duration, relapses, gd, course)
    settings = protocol_of(regimen).settings
    question = Question(
        features=features, protocol=settings, drug=drug_of(drug), years=years, people=patients, seed=seed
    )
    return profile_of(question, threads=threads)


def profile_of(
    question: Question,
    *,
    threads: int = 0,
    compiling: AbstractContextManager[None] | None = None,
    on_done: Callable[[int], None] | None = None,
) -> Profile:
    """Simulate people for a question; `compiling` is entered while the model is compiled or loaded."""
    parameters, posterior = load_parameters(), load_posterior()
    refuse_interpreted()
    with compiling or nullcontext():
        compile_profile(question, parameters, posterior)
    return simulate_profile(question, parameters, posterior, threads=cores(threads), on_done=on_done)


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
