"""A cluster is an address or a file, and what does not make sense is refused before anything is asked for."""

from pathlib import Path

import pytest

from regraft.cluster import connect
from regraft.cluster.connect import job_arguments, refuse_without_dask
from regraft.cluster.settings import Cluster, cluster_of
from regraft.core.errors import InputError, SettingsProblem

SLURM = """
wait_minutes = 30.0
[jobs]
system = "slurm"
number = 20
cores = 8
memory = "16GB"
walltime = "04:00:00"
queue = "short"
interface = "ib0"
directives = ["--exclusive"]
prologue = ["module load python/3.12"]
python = "/shared/env/bin/python"
"""


def written(tmp_path: Path, text: str) -> str:
    (tmp_path / "cluster.toml").write_text(text)
    return str(tmp_path / "cluster.toml")


def test_an_address_is_a_cluster_and_anything_else_is_refused():
    assert cluster_of("tcp://10.0.0.1:8786") == Cluster(address="tcp://10.0.0.1:8786")
    for text in ("10.0.0.1:8786", "tcp://host", "slurm", "http://host:80"):
        with pytest.raises(InputError, match="such as tcp://host:8786"):
            cluster_of(text)
    with pytest.raises(InputError, match=r"tls:// needs certificates"):
        cluster_of("tls://host:8786")


def test_certificates_stand_beside_the_settings_file(tmp_path):
    tls = '[tls]\nca = "ca.pem"\ncertificate = "/own/cert.pem"\nkey = "key.pem"\n'
    found = cluster_of(written(tmp_path, f'address = "tls://host:8786"\n{tls}'))
    assert found.tls is not None
    assert [found.tls.ca, found.tls.certificate] == [str(tmp_path / "ca.pem"), "/own/cert.pem"]
    with pytest.raises(SettingsProblem, match="would not use the certificates"):
        cluster_of(written(tmp_path, f'address = "tcp://host:8786"\n{tls}'))
    with pytest.raises(SettingsProblem, match="needs certificates"):
        cluster_of(written(tmp_path, 'address = "tls://host:8786"\n'))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('interface = "ib0"', "", "listens nowhere beyond this machine unless it is told to"),
        ('system = "slurm"', 'system = "slurn"', "slurm"),
        ("number = 20", "number = 0", "number"),
        ('memory = "16GB"', 'memory = "16"', "memory"),
        ("[jobs]", 'address = "tcp://host:1"\n[jobs]', "Give one of the two"),
    ],
)
def test_jobs_that_make_no_sense_are_refused(tmp_path, was, now, said):
    with pytest.raises(SettingsProblem, match=said):
        cluster_of(written(tmp_path, SLURM.replace(was, now)))


def test_the_job_script_says_what_the_file_says(tmp_path):
    jobqueue = pytest.importorskip("dask_jobqueue", reason="needs regraft[cluster]")
    jobs = cluster_of(written(tmp_path, SLURM)).jobs
    assert jobs is not None
    script = jobqueue.slurm.SLURMJob(scheduler="tcp://head:8786", name="part", **job_arguments(jobs)).job_script()
    lines = script.splitlines()
    assert {"#SBATCH -p short", "#SBATCH -t 04:00:00", "#SBATCH --exclusive", "#SBATCH --cpus-per-task=8"} <= set(lines)
    assert lines.index("module load python/3.12") < len(lines) - 1
    worker = lines[-1]
    assert worker.startswith("/shared/env/bin/python -m distributed.cli.dask_worker tcp://head:8786")
    for words in ("--nthreads 1", "--nworkers 8", "--interface ib0"):
        assert words in worker


def test_a_missing_extra_is_one_clear_line(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'regraft\[cluster\]'") as refused:
        refuse_without_dask(Cluster(address="tcp://host:1"))
    assert "\n" not in str(refused.value)
    assert connect.refuse_without_dask is refuse_without_dask
