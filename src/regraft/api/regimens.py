"""The same virtual patients under several regimens."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from regraft.api.cores import cores
from regraft.api.protocols import Protocol
from regraft.core.errors import InputError
from regraft.core.kernels import refuse_interpreted
from regraft.core.parameters import load_parameters
from regraft.patient.population import load_population
from regraft.prediction.compare import Comparison, Regimen, compile_comparison, regimen_of
from regraft.prediction.compare import compare as compare_regimens
from regraft.trial.protocol import load_protocol


def compare(
    protocols: Sequence[Protocol | str | Path],
    *,
    patients: int = 1000,
    seed: int = 2016,
    threads: int = 0,
) -> Comparison:
    """Treat the same virtual patients under several regimens: paired differences from the first, and no ranking.

    Parameters
    ----------
    protocols : sequence of Protocol, str or Path
        Two or more; ``NAME@1`` is a protocol after its first amendment.
    patients : int
        Patients treated under every regimen.
    seed : int
        The same seed gives the same patients.
    threads : int
        Worker threads; 0: one per core.

    Returns
    -------
    Comparison
        With ``.to_frame()`` and ``.to_json()``.

    Raises
    ------
    InputError
        Fewer than two regimens, or one that does not exist.
    """
    return treat(protocols, patients=patients, seed=seed, threads=threads)


def treat(
    protocols: Sequence[Protocol | str | Path],
    *,
    patients: int,
    seed: int,
    threads: int = 0,
    compiling: AbstractContextManager[None] | None = None,
    on_done: Callable[[int], None] | None = None,
) -> Comparison:
    """Do what `compare` does; `compiling` is entered while the model is compiled, `on_done` told of every patient."""
    if not protocols:
        raise InputError("compare: nothing was named, and it takes two or more different regimens. Name protocols.")
    regimens = [_regimen(one) for one in protocols]
    population, parameters = load_population(regimens[0].protocol.population), load_parameters()
    refuse_interpreted()
    with compiling or nullcontext():
        compile_comparison(regimens, population, parameters)
    return compare_regimens(
        regimens, population, parameters, patients=patients, seed=seed, threads=cores(threads), on_done=on_done
    )


def _regimen(given: Protocol | str | Path) -> Regimen:
    if isinstance(given, Protocol):
        return Regimen(name=given.name, protocol=given.settings)
    return regimen_of(str(given), load_protocol)
