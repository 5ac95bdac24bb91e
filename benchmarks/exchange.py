"""A registry as others send it (REDCap, SDTM, mapped CSV): seconds and peak memory of `check`.

Run: ``.venv/bin/python benchmarks/exchange.py [--patients 20000] [--formats redcap xpt mapped] [--beside SOURCE]``.
SDTM is written as SAS transport files (xpt), and as Dataset-JSON in one document (dataset-json) or in lines (ndjson).
The registry is made up, 20 visits each (as `registry.py`); every `check` is a process of its own. `--beside` names the
source folder (``src``) of another version of regraft, which takes turns with this one.
"""

import argparse
import json
import tempfile
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from confirmed_worsening import made_up_study
from registry import OURS, timed

from regraft.study.convert import write_as
from regraft.study.formats import Format
from regraft.study.tables import Study

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
MAPPING = """
[study]
title = "made up"
source = "benchmarks/exchange.py"
[[table]]
name = "subjects"
file = "people.csv"
columns = { subject_id = "id" }
[[table]]
name = "visits"
file = "all.csv"
where = { form = "visit" }
columns = { subject_id = "id", date = "day", edss = "edss" }
[[table]]
name = "relapses"
file = "all.csv"
where = { form = "relapse" }
columns = { subject_id = "id", onset_date = "day" }
"""


def write_mapped(study: Study, folder: Path) -> None:
    """Write one file of all visits and relapses, as a form system exports them, with its mapping file."""
    folder.mkdir()
    study.table("subjects").select(id="subject_id").write_csv(folder / "people.csv")
    visits = study.table("visits").select("edss", id="subject_id", day="date")
    relapses = study.table("relapses").select(id="subject_id", day="onset_date")
    with (folder / "all.csv").open("w", encoding="utf-8") as file:
        file.write("id,form,day,edss,entered_by\n")
        for id_, day, edss in visits.select("id", "day", "edss").iter_rows():
            file.write(f"{id_},visit,{day},{edss},somebody at the site\n")
        for id_, day in relapses.iter_rows():
            file.write(f"{id_},relapse,{day},,somebody at the site\n")
    (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")


def write_lines(study: Study, folder: Path) -> None:
    """Write Dataset-JSON with a record per line."""
    write_as(study, folder, Format.DATASET_JSON, MOMENT)
    for path in folder.glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        rows = document.pop("rows")
        with path.with_suffix(".ndjson").open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(one, ensure_ascii=False)}\n" for one in (document, *rows))
        path.unlink()


def write_folders(patients: int, formats: list[str], place: Path) -> None:
    """Write the registry in every format, each into a folder of its name."""
    study = made_up_study(patients)
    for name in formats:
        if name == "mapped":
            write_mapped(study, place / name)
        elif name == "ndjson":
            write_lines(study, place / name)
        else:
            write_as(study, place / name, Format(name), MOMENT)


def main() -> None:
    """Write the folders, check each; what this process holds would count as the peak of those it starts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--formats", nargs="+", default=["redcap", "xpt", "dataset-json", "ndjson", "mapped"])
    parser.add_argument("--beside", type=Path, default=None)
    chosen = parser.parse_args()
    sources = [OURS] if chosen.beside is None else [chosen.beside.resolve(), OURS]
    with tempfile.TemporaryDirectory() as place:
        writing = get_context("spawn").Process(
            target=write_folders, args=(chosen.patients, chosen.formats, Path(place))
        )
        writing.start()
        writing.join()
        if writing.exitcode:
            raise SystemExit("the folders could not be written")
        for name in chosen.formats:
            for source in sources:
                clock, busy, memory = timed(source, ["check", str(Path(place) / name)])
                print(
                    f"{name:>12} {clock:6.1f} s, of the processor {busy:6.1f}, peak {memory:.2f} GB   {source}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
