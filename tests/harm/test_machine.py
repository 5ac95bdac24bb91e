"""Uncommon machines: no just-in-time compiler, no home, and a limit on address space."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from regraft.cli import address_space
from regraft.cli.address_space import needed_mb, refuse_without_room
from regraft.core.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "tests" / "data" / "intact-study"


def regraft(*words: str, before: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    code = f"{before}\nimport sys\nfrom regraft.__main__ import main\nsys.argv[0] = 'regraft'\nmain()"
    environment = {name: value for name, value in os.environ.items() if name not in {"HOME", "XDG_CACHE_HOME"}}
    return subprocess.run(
        [sys.executable, "-c", code, *words], env=environment | settings, capture_output=True, text=True, check=False
    )


DERIVE = """
import sys
from pathlib import Path
from regraft.endpoints.definition import load_definition
from regraft.endpoints.derive import derive
from regraft.study.store import read_study
found = derive(read_study(Path(sys.argv[1])), load_definition("atkins-2016"))
sys.stdout.write(found.events.write_csv() + found.measures.write_csv())
"""


def test_recorded_data_gives_the_same_endpoints_without_the_compiler() -> None:
    def derived(**settings: str) -> str:
        command = [sys.executable, "-c", DERIVE, str(STUDY)]
        return subprocess.run(command, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True).stdout

    plain = derived()
    assert "brain_volume_rate_pct_per_year_late" in plain
    assert derived(NUMBA_DISABLE_JIT="1") == plain


def test_the_simulator_says_in_one_line_that_it_needs_the_compiler(tmp_path: Path) -> None:
    done = regraft("run", "atkins-2016", "--replicates", "1", "--out", str(tmp_path / "out"), NUMBA_DISABLE_JIT="1")
    assert done.returncode == 2
    assert done.stderr == (
        "regraft: NUMBA_DISABLE_JIT is set, and the simulator runs compiled only. Unset it and try again.\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="users are numbers elsewhere only")
def test_a_user_without_home_and_name_can_list_protocols() -> None:
    nameless = "import pwd\ndef unknown(*_): raise KeyError('no entry')\npwd.getpwuid = pwd.getpwnam = unknown"
    done = regraft("protocol", "list", before=nameless)
    assert (done.returncode, done.stderr) == (0, "")
    assert "atkins-2016" in done.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no limit on address space elsewhere")
def test_too_little_address_space_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    limited = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, resource.RLIM_INFINITY))"
    done = regraft("run", "atkins-2016", "--out", str(tmp_path / "out"), before=limited)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "limited to 1,500 MB (ulimit -v)" in line
    assert f"needs {needed_mb(['run'], os.cpu_count() or 1):,} MB" in line
    assert not (tmp_path / "out").exists()
    assert regraft("protocol", "list", before=limited).returncode == 0


def test_more_cores_need_more_address_space_and_help_little() -> None:
    assert needed_mb(["run", "atkins-2016"], 64) > needed_mb(["run"], 2) > needed_mb(["analyse", "x"], 2)
    assert needed_mb(["run", "--help"], 64) == needed_mb(["protocol", "list"], 2) == needed_mb([], 2)


def test_no_limit_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    refuse_without_room(["run"])
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (10**9, 10**9))
    with pytest.raises(InputError, match="ulimit"):
        refuse_without_room(["run"])
    assert address_space.LIGHT_MB < address_space.DATA_MB < address_space.SIMULATOR_MB
