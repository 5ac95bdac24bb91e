"""Whatever command writes, and wherever it is told to.

What regraft did not write stays as it is, and the refusal comes first.
"""

import errno
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from regraft.cli.commands import app
from regraft.core.errors import FileProblem
from regraft.core.posterior import POSTERIOR_FOLDER
from regraft.writing import file as written_file
from regraft.writing import folder as result_folder
from regraft.writing.manifest import MANIFEST

INTACT = Path(__file__).parents[1] / "data" / "intact-study"
ROWS = ("endpoints", "study", "--definition", "consensus-cdw-24w", "--out")
AS_CSV = ("convert", "study", "--to", "csv", "--out")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a study, a thesis and a protocol, in which commands are given."""
    shutil.copytree(INTACT, tmp_path / "study")
    (tmp_path / "thesis.txt").write_text("four years of work")
    shutil.copy(POSTERIOR_FOLDER.parents[1] / "protocols" / "atkins-2016.toml", tmp_path / "mine.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(*words: object) -> Any:
    """Give a command; an error that regraft raised on purpose comes back, any other is raised."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, FileProblem):
        raise done.exception
    return done


def everything(folder: Path) -> dict[str, str]:
    """Return the digest of every file below a folder, and where links lead."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file():
            found[name] = sha256(path.read_bytes()).hexdigest()
    return found


def test_a_folder_with_results_of_another_program_is_refused_and_kept(home: Path) -> None:
    (home / "mine").mkdir()
    (home / "mine" / "results.json").write_text("{}")
    (home / "mine" / "thesis.docx").write_text("precious")
    before = everything(home)
    for words in (
        ("run", "atkins-2016"),
        ("analyse", "study"),
        ("predict", "halt-ms"),
        ("compare", "atkins-2016", "cy-atg"),
        ("validate",),
        ("sensitivity",),
        ("hypotheses",),
        ("convert", "study"),
        (
            "profile",
            "--age",
            34,
            "--sex",
            "female",
            "--edss",
            4,
            "--duration",
            5,
            "--relapses",
            2,
            "--gd",
            1,
            "--course",
            "RRMS",
        ),
    ):
        done = given(*words, "--out", "mine")
        assert "did not write" in str(done.exception), words
        assert everything(home) == before


def test_notes_beside_results_stay_and_a_changed_file_is_not_replaced(home: Path) -> None:
    assert given(*AS_CSV, "a").exit_code == 0
    (home / "a" / "notes.txt").write_text("mine")
    assert given(*AS_CSV, "a").exit_code == 0
    assert (home / "a" / "notes.txt").read_text() == "mine"
    with (home / "a" / "visits.csv").open("a") as table:
        table.write("my remark\n")
    before = everything(home)
    refusal = given(*AS_CSV, "a").exception
    assert "a/visits.csv" in str(refusal)
    assert "was changed" in str(refusal)
    assert everything(home) == before


PLACES = {
    "the study": "study",
    "a folder in the study": "study/new",
    "a folder above": "..",
    "the current folder": ".",
    "an empty name": "",
    "a file": "thesis.txt",
    "a device": "/dev/null",
    "standard output": "/dev/stdout",
    "below a file": "thesis.txt/out",
    "a broken link": "broken",
    "links in a circle": "circle",
    "a long name": "x" * 300,
    "the study by a link": "linked/study",
    "where nobody writes": "/proc/out",
}


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("words", [("analyse", "study", "--out"), AS_CSV, ROWS, ("analyse", "study", "--tables")])
def test_a_place_that_cannot_be_is_refused_in_one_line_before_anything_is_read(
    place: str, words: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "broken").symlink_to("nowhere")
    (home / "circle").symlink_to("circle")
    (home / "linked").symlink_to(home)
    monkeypatch.setattr("regraft.study.store.load", None)  # whoever read the study would fail
    before = everything(home)
    if words is ROWS and place == "a file":
        pytest.skip("a file of others is in a test of its own")
    refusal = given(*words, PLACES[place]).exception
    assert isinstance(refusal, FileProblem)
    assert words[-1] in str(refusal)
    assert "\n" not in str(refusal)
    assert everything(home) == before
    assert not any(path.name.endswith(".partial") for path in home.rglob("*"))


def test_results_go_through_a_link_and_back_out_of_a_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))
    (home / "real").mkdir()
    (home / "link").symlink_to("real")
    assert given(*AS_CSV, "link").exit_code == 0
    assert (home / "real" / "visits.csv").is_file()
    assert given(*AS_CSV, "real/../real").exit_code == 0
    assert given(*AS_CSV, "~/at-home/").exit_code == 0
    assert (home / "at-home" / MANIFEST).is_file()
    assert (home / "link").is_symlink()


def test_results_beside_the_study_they_read_are_refused(home: Path) -> None:
    (home / "run").mkdir()
    shutil.move(home / "study", home / "run" / "study")
    (home / "run" / "results.json").write_text("{}")
    before = everything(home)
    assert "holds the input" in str(given("analyse", "run/study", "--out", "run").exception)
    assert "holds the input" in str(given("run", "mine.toml", "--out", home).exception)
    assert everything(home) == before


@pytest.mark.parametrize("target", ["study/visits.csv", "study/new.csv", "thesis.txt", "mine.toml"])
def test_a_file_that_is_there_is_not_overwritten(target: str, home: Path) -> None:
    before = everything(home)
    assert isinstance(given(*ROWS, target).exception, FileProblem)
    assert isinstance(given("export", "sbml", "mine.toml", "--out", "mine.toml", "--replace").exception, FileProblem)
    assert everything(home) == before


def test_no_file_that_a_protocol_is_made_of_is_replaced(home: Path) -> None:
    packaged = POSTERIOR_FOLDER.parents[1]
    shutil.copy(packaged / "populations" / "aggressive-relapsing-ms.toml", home / "people.toml")
    (home / "between.toml").write_text('like = "mine.toml"\nname = "between"\npopulation = "people.toml"\n')
    (home / "last.toml").write_text('like = "between.toml"\nname = "last"\n')
    names = ("last", "between", "mine", "people")
    for name in names:
        (home / f"{name}.xml").symlink_to(f"{name}.toml")
    before = everything(home)
    for name in names:
        refusal = given("export", "sbml", "last.toml", "--out", f"{name}.xml", "--replace").exception
        assert "holds the input" in str(refusal), name
    assert everything(home) == before


def test_data_that_are_linked_into_a_study_are_read_and_stay(home: Path) -> None:
    (home / "archive").mkdir()
    given(*AS_CSV, "linked")
    shutil.move(home / "linked" / "visits.csv", home / "archive" / "edss.csv")
    (home / "linked" / "visits.csv").symlink_to(home / "archive" / "edss.csv")
    before = everything(home)
    words = ("endpoints", "linked", "--definition", "consensus-cdw-24w", "--out")
    assert "holds the input" in str(given(*words, "archive/edss.csv", "--replace").exception)
    assert "holds the input" in str(given("analyse", "linked", "--tables", "archive").exception)
    assert everything(home) == before


@pytest.mark.parametrize(
    "words", [("analyse", "study", "--out"), ("analyse", "study", "--tables"), (*ROWS[:-1], "--out")]
)
def test_nothing_is_written_into_the_program(words: tuple[str, ...]) -> None:
    package = POSTERIOR_FOLDER.parents[1]
    assert "the program itself" in str(given(*words, package / "protocols" / "new").exception)
    assert not (package / "protocols" / "new").exists()


def test_what_somebody_made_read_only_stays(home: Path) -> None:
    assert given("analyse", "study", "--out", "done").exit_code == 0
    assert given(*ROWS, "rows.csv").exit_code == 0
    for name in ("done/report.html", "rows.csv"):
        (home / name).chmod(0o444)
    before = everything(home)
    assert "made read-only" in str(given("analyse", "study", "--out", "done", "--years", "2").exception)
    assert "made read-only" in str(given(*ROWS, "rows.csv", "--replace").exception)
    assert everything(home) == before


def test_a_disk_that_fills_up_while_results_are_made_is_told_of_the_folder_asked_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(written_file, "write_synced", full)
    assert str(given(*AS_CSV, "new").exception) == (
        "new: --out: cannot be written: there is no room left on its disk. Make room, or give another --out."
    )
    assert not (home / "new").exists()
    assert not [*home.glob(".*partial*")]


def test_a_mapping_may_lie_among_the_data_but_never_takes_their_place(home: Path) -> None:
    (home / "foreign").mkdir()
    shutil.copy(home / "study" / "visits.csv", home / "foreign" / "edss.csv")
    before = everything(home)
    for words in ((), ("--replace",)):
        assert isinstance(given("map", "foreign", "--write", "foreign/edss.csv", *words).exception, FileProblem)
        assert isinstance(given("map", "study", "--write", "study/study.toml", *words).exception, FileProblem)
    assert everything(home) == before
    assert given("map", "foreign", "--write", "foreign/mapping.toml").exit_code == 0
    assert sorted(path.name for path in (home / "foreign").iterdir()) == ["edss.csv", "mapping.toml"]


def test_a_figure_of_others_is_not_overwritten_unless_that_is_said(home: Path) -> None:
    (home / "x.png").write_text("drawn by hand")
    words = ("evidence", "pool", "edss_improved_pct", "--out", "x.png")
    assert "--replace" in str(given(*words).exception)
    assert (home / "x.png").read_text() == "drawn by hand"
    assert given(*words, "--replace").exit_code == 0
    assert (home / "x.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_that_regraft_wrote_is_replaced_until_somebody_changes_it(home: Path) -> None:
    assert given(*ROWS, "rows.csv").exit_code == 0
    if not os.listxattr(home / "rows.csv"):
        pytest.skip("this file system keeps no marks")
    assert given(*ROWS, "rows.csv").exit_code == 0
    with (home / "rows.csv").open("a") as file:
        file.write("mine\n")
    assert isinstance(given(*ROWS, "rows.csv").exception, FileProblem)


def test_tables_of_a_paper_stay_where_tables_go(home: Path) -> None:
    (home / "paper").mkdir()
    (home / "paper" / "table-of-contents.rtf").write_text("mine")
    assert given("analyse", "study", "--out", "a", "--tables", "paper").exit_code == 0
    assert (home / "paper" / "table-of-contents.rtf").read_text() == "mine"
    assert given("analyse", "study", "--out", "a", "--tables", "paper").exit_code == 0
    (home / "paper" / "table-77-mine.rtf").write_text("mine too")
    before = everything(home)
    assert "paper/table-77-mine.rtf" in str(given("analyse", "study", "--out", "a", "--tables", "paper").exception)
    assert everything(home) == before


def test_tables_can_lie_among_the_results(home: Path) -> None:
    assert given("analyse", "study", "--out", "a", "--tables", "a/tables").exit_code == 0
    written = sorted(path.name for path in (home / "a" / "tables").iterdir())
    assert len(written) > 3
    assert given("analyse", "study", "--out", "a", "--tables", "a/tables").exit_code == 0
    assert sorted(path.name for path in (home / "a" / "tables").iterdir()) == written
    assert given("analyse", "study", "--out", "a").exit_code == 0
    assert not (home / "a" / "tables").exists()
    assert given("analyse", "study", "--out", "b/out", "--tables", "b").exit_code == 0


def test_results_of_another_command_or_conversion_are_not_replaced(home: Path) -> None:
    assert given(*AS_CSV, "x").exit_code == 0
    before = everything(home)
    assert "regraft convert study" in str(given("analyse", "study", "--out", "x").exception)
    assert "regraft convert study" in str(given("convert", "study", "--to", "parquet", "--out", "x").exception)
    assert "regraft convert study" in str(given("analyse", "study", "--out", "a", "--tables", "x").exception)
    assert everything(home) == before
    assert given(*AS_CSV, "x").exit_code == 0


def test_the_folder_taken_by_default_never_mixes_two_inputs_or_options(home: Path) -> None:
    shutil.copytree(home / "study", home / "other" / "study")
    assert "runs/study/" in given("analyse", "study").output
    assert "runs/study-2/" in given("analyse", "other/study").output
    for study, to, folder in (
        ("study", "csv", "converted"),
        ("study", "xpt", "converted-2"),
        ("other/study", "csv", "converted-3"),
        (home / "study", "csv", "converted"),
    ):
        assert f"wrote {folder}/" in given("convert", study, "--to", to).output


def test_the_default_of_a_run_tells_seeds_and_files_of_one_name_apart(home: Path) -> None:
    asked = [result_folder.Purpose(kind="run", command="", asked=part) for part in ((1,), (2,))]
    first = result_folder.default_folder(home / "runs" / "mine", asked[0])
    with result_folder.reserved_folder(first, asked[0], print) as place, place.written() as partial:
        (partial / "results.json").write_text("{}")
    assert result_folder.default_folder(home / "runs" / "mine", asked[0]) == home / "runs" / "mine"
    assert result_folder.default_folder(home / "runs" / "mine", asked[1]) == home / "runs" / "mine-2"


def test_a_list_of_files_that_others_made_gives_no_right_to_files_outside(home: Path) -> None:
    digest = sha256((home / "thesis.txt").read_bytes()).hexdigest()
    (home / "sent").mkdir()
    (home / "sent" / MANIFEST).write_text(
        f'program = "regraft"\nkind = "analyse"\ncommand = "x"\nasked = "x"\n[files]\n"../thesis.txt" = "{digest}"\n'
    )
    before = everything(home)
    assert isinstance(given("analyse", "study", "--out", "sent").exception, FileProblem)
    assert everything(home) == before


def test_the_second_of_two_runs_into_one_folder_is_refused_and_its_lock_ends_with_its_process(home: Path) -> None:
    waits = (
        "import sys, time; from pathlib import Path; from regraft.writing.folder import Purpose, reserved_folder\n"
        "with reserved_folder(Path(sys.argv[1]), Purpose(kind='convert', command='x'), print):\n"
        "    print('there', flush=True); time.sleep(3600)"
    )
    for out in ("new", "a"):
        if out == "a":
            given(*AS_CSV, out)
        first = subprocess.Popen([sys.executable, "-c", waits, out], stdout=subprocess.PIPE)
        assert first.stdout is not None
        first.stdout.readline()
        before = everything(home)
        assert "another run of regraft" in str(given(*AS_CSV, out).exception)
        assert everything(home) == before
        first.kill()
        first.communicate()
        done = given(*AS_CSV, out)
        assert done.exit_code == 0
        assert "cleared away what an interrupted run had left" in done.stderr
        assert not any(path.name.endswith(".partial") for path in home.rglob("*"))


def test_what_an_earlier_version_left_of_a_killed_run_goes_but_not_of_a_living_one(home: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name in (f".a.partial-{gone.pid}", f".a.partial-{os.getpid()}", ".a.partial-mine", f".b.partial-{gone.pid}"):
        (home / name).mkdir()
        (home / name / "report.html").write_text("half")
    assert given(*AS_CSV, "a").exit_code == 0
    left = {path.name for path in home.glob(".*partial*")}
    assert left == {f".a.partial-{os.getpid()}", ".a.partial-mine", f".b.partial-{gone.pid}"}


def test_a_quick_calibration_leaves_the_posterior_of_the_package_alone(home: Path) -> None:
    before = everything(POSTERIOR_FOLDER)
    for out in ((), ("--out", POSTERIOR_FOLDER), ("--out", POSTERIOR_FOLDER.parent)):
        try:
            refusal = given("calibrate", "--points", 50, "--sets", 1000, *out).exception
        except Exception as error:  # noqa: BLE001 - without its extra packages it does not begin
            refusal = error
        assert not out or refusal is not None
    assert everything(POSTERIOR_FOLDER) == before


def test_no_room_is_said_in_one_line_before_anything_is_read(home: Path) -> None:
    before = everything(home)
    for words in ((*AS_CSV, "a"), (*ROWS, "rows.csv")):
        command = f"ulimit -f 100; exec {sys.executable} -m regraft {' '.join(words)}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)  # noqa: S607
        assert done.returncode == 2, done.stderr
        assert "ulimit -f" in done.stderr
        assert done.stderr.count("\n") == 1
        assert everything(home) == before
        assert not any(home.glob(".*partial"))
