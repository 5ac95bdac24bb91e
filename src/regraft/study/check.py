"""Every problem of a study at once, each with its place and its remedy."""

from pathlib import Path

from regraft.core.errors import Finding
from regraft.study.cells import typed_table
from regraft.study.checked import Checked
from regraft.study.loading import Loaded, load
from regraft.study.places import ROW, Origin
from regraft.study.rules import rule_findings
from regraft.study.schema import BY_NAME
from regraft.study.tables import Study


def check_study(source: Path | Study, mapping: Path | None = None) -> tuple[Finding, ...]:
    """Return every problem of a study folder, or of a study in memory.

    Parameters
    ----------
    source : Path or Study
        Folder with one Parquet or CSV file per table (or foreign files and a mapping), or a study in memory.
    mapping : Path, optional
        Mapping file, when it does not lie in the folder as ``mapping.toml``.

    Returns
    -------
    tuple of Finding
        Errors first, then warnings, each by file and row. An intact study has no errors; it may have warnings.
    """
    if isinstance(source, Study):
        tables = {
            name: frame.with_row_index(ROW, offset=1)
            for name, frame in source.tables.items()
            if ROW not in frame.columns
        }
        origins = {name: Origin(file=name) for name in tables}
        typed = {name: typed_table(frame, BY_NAME[name], origins[name]) for name, frame in tables.items()}
        simulated = source.about.simulated
        checked = Checked({name: frame for name, (frame, _) in typed.items()}, origins, simulated)
        met = [finding for _, problems in typed.values() for finding in problems]
        return _ordered([*met, *rule_findings(checked)])
    return findings_of(load(source, mapping))


def findings_of(loaded: Loaded) -> tuple[Finding, ...]:
    """Return the problems met while reading and those the rules find, errors first."""
    checked = Checked(loaded.tables, loaded.origins, loaded.about.simulated, distinct=loaded.distinct)
    return _ordered([*loaded.findings, *rule_findings(checked)])


def _ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda found: (found.severity != "error", found.file, found.row or 0)))
