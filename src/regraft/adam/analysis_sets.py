"""The analysis sets of a study as a folder of files: XPT, Dataset-JSON, Parquet or CSV, with Define-XML."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

from regraft.adam.findings import findings
from regraft.adam.formats import SetFormat
from regraft.adam.scripts import main_table_scripts
from regraft.adam.subject_level import subject_level
from regraft.adam.time_to_event import time_to_event
from regraft.adam.variables import ADAM
from regraft.endpoints.derive import Derived
from regraft.study.exchange.dataset import Dataset, StudyHeader
from regraft.study.exchange.dataset_json import dataset_json_text
from regraft.study.exchange.define_xml import define_xml
from regraft.study.exchange.sdtm_write import sdtm_datasets
from regraft.study.exchange.xpt import xpt_bytes
from regraft.study.tables import Study


def analysis_sets(study: Study, derived: Derived, header: StudyHeader) -> tuple[Dataset, ...]:
    """Return ADSL, ADTTE, ADMS (scales), ADMRI and ADLB, as far as the study has them.

    Parameters
    ----------
    study : Study
        The study.
    derived : Derived
        Its endpoints, from `regraft.endpoints.derive.derive`.
    header : StudyHeader
        From `regraft.study.exchange.sdtm_write.study_header`; sources are records of the SDTM export made with it.
    """
    tabulation = sdtm_datasets(study, header)
    subjects = subject_level(study, header)
    events = time_to_event(study, derived, subjects.frame, tabulation)
    return (subjects, events, *findings(subjects.frame, tabulation, simulated=study.about.simulated))


def analysis_set_files(datasets: Sequence[Dataset], header: StudyHeader, to: SetFormat) -> dict[str, bytes]:
    """Return the files of analysis sets, by name.

    Parameters
    ----------
    datasets : sequence of Dataset
        From `analysis_sets`.
    header : StudyHeader
        With which they were made; files carry its moment of writing.
    to : SetFormat
        The format.

    Raises
    ------
    FileProblem
        The format cannot hold something (XPT: text that ends in a blank); nothing is written then.
    """
    suffix, written = _WRITERS[to]
    files = {f"{dataset.name.lower()}.{suffix}": written(dataset, header) for dataset in datasets}
    define = define_xml(datasets, header, suffix, ADAM).encode()
    return files | {"define.xml": define} | main_table_scripts(suffix)


def _json(dataset: Dataset, header: StudyHeader) -> bytes:
    return dataset_json_text(dataset, header).encode()


def _parquet(dataset: Dataset, _header: StudyHeader) -> bytes:
    with BytesIO() as stream:
        dataset.frame.write_parquet(stream)
        return stream.getvalue()


def _csv(dataset: Dataset, _header: StudyHeader) -> bytes:
    return dataset.frame.write_csv().encode()


_WRITERS: Mapping[SetFormat, tuple[str, Callable[[Dataset, StudyHeader], bytes]]] = {
    SetFormat.XPT: ("xpt", xpt_bytes),
    SetFormat.DATASET_JSON: ("json", _json),
    SetFormat.PARQUET: ("parquet", _parquet),
    SetFormat.CSV: ("csv", _csv),
}
