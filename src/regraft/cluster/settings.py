"""Which cluster: the address of a scheduler that somebody started, or a file that says how jobs are asked for."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self, final

from pydantic import Field, model_validator

from regraft.core.errors import InputError
from regraft.core.settings import Choice, Many, Section, read_toml, refuse, validate

_ADDRESSES = ("tcp://", "tls://")
_DESCRIBED = "docs/more-than-one-machine.md"
Minutes = Annotated[float, Field(ge=0.01, le=100_000.0)]


class BatchSystem(StrEnum):
    """Batch systems that dask-jobqueue can ask for jobs."""

    SLURM = "slurm"
    PBS = "pbs"
    SGE = "sge"
    LSF = "lsf"
    OAR = "oar"
    MOAB = "moab"
    HTCONDOR = "htcondor"


@final
class Tls(Section):
    """Files of certificates by which scheduler, workers and this machine know each other; all traffic is encrypted.

    Parameters
    ----------
    ca, certificate, key : str
        Paths of PEM files, from the folder of the settings file: who is trusted, and who this machine is.
    """

    ca: str
    certificate: str
    key: str

    def beside(self, folder: Path) -> Self:
        """Return the same with whole paths."""
        return self.model_copy(update={name: str(folder / value) for name, value in self})


@final
class Jobs(Section):
    """Jobs that live parts, asked for when a run begins and ended with it.

    Parameters
    ----------
    system : BatchSystem
        The batch system.
    number : int
        Jobs.
    cores : int
        Cores of a job; a worker process for each.
    memory : str
        Memory of a job, such as ``16GB``: 1.5 GB or more for each core.
    walltime : str, optional
        Longest time of a job, as the batch system writes it.
    queue, account : str, optional
        Partition or queue, and who pays.
    directives : tuple of str
        More lines for the head of the job script, without the mark of the batch system.
    prologue : tuple of str
        Commands before the worker: modules, environments.
    python : str, optional
        Python on the nodes, in which the same version of regraft is installed; None: the path of this one.
    interface : str, optional
        Network interface at which scheduler and workers listen, such as ``ib0``.
    host : str, optional
        Address at which the scheduler listens here, instead of that of `interface`.
    scratch : str, optional
        Folder of each node for what does not fit into memory.
    """

    system: Choice[BatchSystem]
    number: Annotated[int, Field(ge=1, le=10_000)]
    cores: Annotated[int, Field(ge=1, le=1_000)] = 1
    memory: Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s*(MB|GB|TB|MiB|GiB|TiB)$")]
    walltime: str | None = None
    queue: str | None = None
    account: str | None = None
    directives: Many[str] = ()
    prologue: Many[str] = ()
    python: str | None = None
    interface: str | None = None
    host: str | None = None
    scratch: str | None = None

    @model_validator(mode="after")
    def _says_where_to_listen(self) -> Self:
        if self.interface is None and self.host is None:
            raise refuse(
                "interface",
                None,
                "jobs must reach the scheduler, which listens nowhere beyond this machine unless it is told to",
                "Name a network interface of this machine, such as ib0, or give host.",
            )
        return self


@final
class Cluster(Section):
    """Whose workers live the parts of a long run.

    Parameters
    ----------
    address : str, optional
        Scheduler that somebody started: ``tcp://HOST:PORT`` or ``tls://HOST:PORT``.
    jobs : Jobs, optional
        Jobs to ask a batch system for instead.
    tls : Tls, optional
        Certificates; needed for ``tls://``.
    wait_minutes : float
        How long to wait for a scheduler, for the first worker, and for another when none is left.
    """

    address: Annotated[str, Field(pattern=r"^(tcp|tls)://.+:\d+$")] | None = None
    jobs: Jobs | None = None
    tls: Tls | None = None
    wait_minutes: Minutes = 1.0

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.address is None) == (self.jobs is None):
            raise refuse("address", self.address, "a cluster is an address or [jobs]", "Give one of the two.")
        if self.address is not None and self.address.startswith("tls://") and self.tls is None:
            raise refuse("address", self.address, "needs certificates", "Name the files of them in [tls].")
        if self.address is not None and self.address.startswith("tcp://") and self.tls is not None:
            raise refuse("address", self.address, "would not use the certificates", "Write tls:// instead.")
        return self

    @property
    def shown(self) -> str:
        """The cluster in a few words, for messages."""
        return self.address or ("" if self.jobs is None else f"{self.jobs.number} jobs of {self.jobs.system.value}")


def cluster_of(text: str) -> Cluster:
    """Return the cluster that an address or a settings file names.

    Raises
    ------
    InputError
        Neither; or ``tls://`` without a file that names certificates.
    FileProblem, SettingsProblem
        The file cannot be read, or not used.
    """
    if text.endswith(".toml"):
        file = Path(text)
        found = validate(Cluster, read_toml(file), file, described=_DESCRIBED)
        return found if found.tls is None else found.model_copy(update={"tls": found.tls.beside(file.parent)})
    if text.startswith("tls://"):
        raise InputError(
            f"cluster {text!r}: tls:// needs certificates. Write the address and [tls] into a file, and give --cluster "
            f"FILE.toml; see {_DESCRIBED}."
        )
    if not text.startswith(_ADDRESSES) or not text.rpartition(":")[2].isdecimal():
        raise InputError(
            f"cluster {text!r}: write the address of a Dask scheduler, such as tcp://host:8786, or the path of a "
            f"settings file (.toml); see {_DESCRIBED}."
        )
    return Cluster(address=text)
