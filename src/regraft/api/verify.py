"""Published observables beside the same statistics of the model."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from regraft.api.cores import cores
from regraft.api.workers import workers_of
from regraft.core.errors import InputError, nearest
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior
from regraft.core.processes import Processes
from regraft.verification.disease import verify as disease
from regraft.verification.rows import Verification
from regraft.verification.table import markdown
from regraft.verification.treatment import verify as treatment

Part = Literal["treatment", "disease"]
SEED, REPLICATES, DRAWS = 2016, 400, 40


def verify(
    part: Part,
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
    draws: int = DRAWS,
    threads: int = 0,
    cluster: str | Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Verification:
    """Compare one part of the model with published numbers, each in the population it was seen in (a minute or two).

    Parameters
    ----------
    part : {"treatment", "disease"}
        The acute model; or the disease and its drugs, against registries, trials and cohorts.
    seed, threads : int
        The same seed gives the same table; worker threads (0: one per core).
    replicates : int
        Replicate studies behind each 5-95% interval.
    draws : int
        Posterior draws that the disease lives under; 0: typical values.
    cluster : str or Path, optional
        Address of a Dask scheduler whose workers simulate the disease, or a settings file; None: this machine.
    say : callable, optional
        Told what is done.

    Raises
    ------
    InputError
        No such part, or a cluster for the treatment, which one machine simulates in a minute.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.verify("treatment").summary()  # simulates: a minute  # doctest: +SKIP
    """
    told = say or _silent
    if part == "treatment":
        if cluster is not None:
            raise InputError("verify treatment: one machine simulates it in a minute. Leave cluster out.")
        return treatment.verify_treatment(
            load_parameters(), seed=seed, replicates=replicates, threads=cores(threads), progress=told
        )
    if part != "disease":
        raise InputError(f"verify: part {part!r} is not known. {nearest(part, ('treatment', 'disease'))}")
    return disease.verify_disease(
        load_parameters(),
        load_posterior() if draws else None,
        seed=seed,
        replicates=replicates,
        draws=draws,
        workers=workers_of(cluster, told) or Processes(cores(threads)),
        progress=told,
    )


def title_of(part: Part) -> str:
    """Return the heading of a part."""
    return treatment.TITLE if part == "treatment" else disease.TITLE


def page_of(done: Verification, part: Part, command: str) -> str:
    """Return the table as a Markdown page; `command` makes it again."""
    notes = treatment.NOTES if part == "treatment" else disease.NOTES
    return markdown(done, title_of(part), command, notes)


def _silent(_said: str) -> None:
    """Say nothing."""
