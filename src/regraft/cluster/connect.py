"""A connection to workers: to a scheduler that somebody started, or to jobs that are asked for and ended again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from logging import CRITICAL, getLogger
from typing import Any

from regraft.cluster.settings import Cluster, Jobs, Tls
from regraft.core.errors import InputError

Say = Callable[[str], None]
_MISSING = (
    "--cluster needs the extra packages distributed and dask-jobqueue. Install them: pip install 'regraft[cluster]'"
)


def refuse_without_dask(cluster: Cluster) -> None:
    """Refuse a cluster where the packages for it are not installed.

    Raises
    ------
    InputError
        They are not.
    """
    try:
        import distributed  # noqa: F401

        if cluster.jobs is not None:
            import dask_jobqueue  # noqa: F401
    except ImportError as error:
        raise InputError(_MISSING) from error


@contextmanager
def connected(cluster: Cluster, say: Say) -> Iterator[Any]:
    """Yield a client of a cluster that has a worker.

    Raises
    ------
    InputError
        The extra packages are missing, the scheduler cannot be reached, or no worker has come.
    """
    refuse_without_dask(cluster)
    import distributed

    wait_s = 60.0 * cluster.wait_minutes
    security = None if cluster.tls is None else _security(cluster.tls)
    with ExitStack() as stack:
        target: Any = cluster.address
        if cluster.jobs is not None:
            target = stack.enter_context(_cluster_of_jobs(cluster.jobs, security))
            target.scale(jobs=cluster.jobs.number)
            say(f"asked {cluster.jobs.system.value} for {cluster.jobs.number} jobs")
        try:
            client = distributed.Client(target, timeout=wait_s, security=security, set_as_default=False)
        except (OSError, distributed.TimeoutError) as error:
            raise InputError(
                f"cluster {cluster.shown}: no scheduler answers there ({first_line(error)}). Start one with `dask "
                "scheduler`, check the address, or leave --cluster out."
            ) from error
        getLogger("distributed.client").setLevel(CRITICAL)  # what is lost is said by us, in one line
        stack.callback(client.close, timeout=10)
        stack.enter_context(client.as_current())
        try:
            client.wait_for_workers(1, timeout=wait_s)
        except (OSError, distributed.TimeoutError) as error:
            raise InputError(
                f"cluster {cluster.shown}: no worker has come within {wait_s:g} seconds. Start workers with `dask "
                "worker ADDRESS`, or wait longer with wait_minutes in a settings file."
            ) from error
        yield client


def job_arguments(jobs: Jobs) -> dict[str, Any]:
    """Return what dask-jobqueue is told about each job; its own configuration files fill in what is not said."""
    said = {
        "cores": jobs.cores,
        "processes": jobs.cores,
        "memory": jobs.memory,
        "walltime": jobs.walltime,
        "queue": jobs.queue,
        "account": jobs.account,
        "interface": jobs.interface,
        "local_directory": jobs.scratch,
        "python": jobs.python,
        "job_extra_directives": list(jobs.directives),
        "job_script_prologue": ["export POLARS_MAX_THREADS=1", *jobs.prologue],
    }
    return {name: value for name, value in said.items() if value is not None}


def _cluster_of_jobs(jobs: Jobs, security: Any) -> Any:
    import dask_jobqueue

    kinds = {
        "slurm": dask_jobqueue.SLURMCluster,
        "pbs": dask_jobqueue.PBSCluster,
        "sge": dask_jobqueue.SGECluster,
        "lsf": dask_jobqueue.LSFCluster,
        "oar": dask_jobqueue.OARCluster,
        "moab": dask_jobqueue.MoabCluster,
        "htcondor": dask_jobqueue.HTCondorCluster,
    }
    listens = {"host": jobs.host} if jobs.host is not None else {"interface": jobs.interface}
    return kinds[jobs.system.value](
        **job_arguments(jobs),
        security=security,
        scheduler_options={**listens, "dashboard": False, "dashboard_address": "127.0.0.1:0"},
    )


def _security(tls: Tls) -> Any:
    from distributed.security import Security

    return Security(
        require_encryption=True,
        tls_ca_file=tls.ca,
        tls_client_cert=tls.certificate,
        tls_client_key=tls.key,
        tls_scheduler_cert=tls.certificate,
        tls_scheduler_key=tls.key,
        tls_worker_cert=tls.certificate,
        tls_worker_key=tls.key,
    )


def first_line(error: BaseException) -> str:
    """Return what an error says first."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
