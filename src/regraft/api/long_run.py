"""A simulated trial of more people than are kept in memory: lived in parts, from which its folder is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from regraft.api.cores import cores
from regraft.api.folder import write_results
from regraft.api.reported import Reported
from regraft.replication.in_parts import STUDY, RunInParts
from regraft.report.from_parts import results_in_parts
from regraft.report.from_run import TrialResults, results_document, simulated_contents
from regraft.report.page import Page
from regraft.study.about import FILE, about_toml
from regraft.study.parts import PARTS_FILE, parts_toml
from regraft.study.store import write_study
from regraft.trial.run import about
from regraft.writing.parts import give_second_name


@final
@dataclass(frozen=True, slots=True, eq=False)
class LongRun(Reported):
    """A simulated trial whose people stand in parts; nobody in it exists.

    Parameters
    ----------
    results : TrialResults
        Everything that report and document say: numbers of all people, tables and courses of the first of them.
    lived : RunInParts
        Where everybody stands.
    call : str
        The Python expression that makes this run again.
    """

    results: TrialResults
    lived: RunInParts
    call: str
    kind = "run"

    def document(self, command: str | None = None) -> dict[str, Any]:
        """Return all results as one document, as ``results.json`` holds it."""
        return results_document(self.results, command or self.call)

    def write(self, folder: Path, document: Mapping[str, Any]) -> Page:
        """Write report, results and the parts of the study into an empty folder, and return the page of the report."""
        from regraft.report.simulated import write_simulated_report  # noqa: PLC0415  # draws: half a second

        if self.lived.is_kept_in_parts:
            self._write_parts(folder / STUDY)
        else:
            write_study(self.results.done.study, folder / STUDY)
        page = write_simulated_report(
            folder / "report.html", simulated_contents(self.results, document["command"], self.call)
        )
        write_results(folder, document)
        return page

    def _write_parts(self, study: Path) -> None:
        study.mkdir()
        parts = dict(self.lived.studies())
        for name, part in parts.items():
            (study / name).mkdir()
            for path in sorted(part.iterdir()):
                give_second_name(path, study / name / path.name)
        (study / PARTS_FILE).write_text(parts_toml({name: part / FILE for name, part in parts.items()}))
        (study / FILE).write_text(about_toml(about(self.lived.plan), {}), encoding="utf-8")


def simulate_in_parts(
    run: RunInParts,
    missing: Sequence[range],
    made: str,
    *,
    threads: int = 0,
    on_done: Callable[[int], None] | None = None,
) -> LongRun:
    """Live the parts that are not there yet, and return what is said of all.

    Parameters
    ----------
    run : RunInParts
        The run; it was compiled.
    missing : sequence of range
        From `RunInParts.missing`.
    made : str
        The Python expression that makes the run again.
    threads : int
        Worker threads; 0: one per core.
    on_done : callable, optional
        Told how many people were lived.
    """
    run.live(missing, cores(threads), on_done)
    return LongRun(results_in_parts(run, cores(threads)), run, made)
