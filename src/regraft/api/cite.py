"""What a result rests on, as a list of references: software, definitions, files, published studies, the model."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import metadata
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.core.bibliography import Work, bibtex_key, work_of_line
from regraft.core.errors import FileProblem, InputError
from regraft.core.grounds import RECORD, DefinedBy, Grounds, Published, RestsOn, grounds_of_parameters, rests_on
from regraft.core.notebook import notebook_html
from regraft.core.parameters import load_parameters
from regraft.core.posterior import load_posterior
from regraft.core.results import plain
from regraft.core.settings import validate
from regraft.endpoints.definition import Definition
from regraft.endpoints.progression.rules import ProgressionDefinition
from regraft.evidence.grounds import published_of
from regraft.evidence.registry import list_trials, load_trial
from regraft.evidence.schema import Confidence

_LARGEST_BYTES = 200_000_000
_RESULTS = "results.json"
_REGISTERED = re.compile(r"NCT\d{8}")
_DEFINITIONS, _BESIDE, _FITTED = (
    "definitions of endpoints",
    "published results beside it",
    "the model was calibrated on it",
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a work was used for.

    Parameters
    ----------
    of : str
        What took values from it, such as ``protocol atkins-2016``.
    values : int
        How many values; 0 where a work is named as a whole.
    unchecked : int
        Of these values, or of the rules of a set of definitions, how many were not checked in it.
    """

    of: str
    values: int = 0
    unchecked: int = 0

    def __str__(self) -> str:
        said = [
            *([f"{self.values} {'value' if self.values == 1 else 'values'}"] if self.values else []),
            *([f"{self.unchecked} unchecked"] if self.unchecked else []),
        ]
        return f"{self.of} ({', '.join(said)})" if said else self.of


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A work that a result rests on, with everything it was used for."""

    work: Work
    uses: tuple[Use, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Everything that a result rests on.

    Parameters
    ----------
    of : str
        The result.
    sources : tuple of Source
        Works, the software first; each once, with all its uses.
    assumed : tuple of (str, int)
        Assumed numbers, and those without a source, by the file they stand in: counted, not cited.
    remarks : tuple of str
        What cannot be told, and why.

    Examples
    --------
    >>> import regraft as rg
    >>> found = rg.cite(rg.analyse(rg.example("registry-sample")))
    >>> [source.work.key for source in found.sources]
    ['regraft', 'definitions-consensus']
    >>> print(found.to_bibtex().splitlines()[0])
    @software{regraft,
    """

    of: str
    sources: tuple[Source, ...]
    assumed: tuple[tuple[str, int], ...] = ()
    remarks: tuple[str, ...] = ()

    def to_frame(self) -> pl.DataFrame:
        """Return one row per work and use: key, reference, used_for, values, unchecked."""
        rows = [
            {"key": one.work.key, "reference": one.work.text, "used_for": use.of}
            | {"values": use.values, "unchecked": use.unchecked}
            for one in self.sources
            for use in one.uses
        ]
        return pl.DataFrame(rows)

    def to_text(self) -> str:
        """Return a numbered list of references with what each was used for, and what is counted and not cited."""
        lines = [f"Sources of {self.of}", ""]
        for number, one in enumerate(self.sources, start=1):
            lines += [f"{number}. {one.work.text} [{one.work.key}]", f"   {'; '.join(map(str, one.uses))}"]
        if self.assumed:
            counted = ", ".join(f"{count:,} of {of}" for of, count in self.assumed)
            lines += ["", f"Numbers that are assumed or have no source are counted, not cited: {counted}."]
        if any(use.unchecked for one in self.sources for use in one.uses):
            lines += ["", "Unchecked: taken from the work as recalled or told elsewhere, and not verified in it."]
        return "\n".join([*lines, *(line for remark in self.remarks for line in ("", remark))])

    def to_bibtex(self) -> str:
        """Return the works as entries of BibTeX, each with what it was used for as annotation."""
        return "\n\n".join(one.work.bibtex("; ".join(map(str, one.uses))) for one in self.sources)

    def to_json(self) -> str:
        """Return everything as JSON."""
        return json.dumps(self.document())

    def document(self) -> dict[str, Any]:
        """Return everything as one document; every work also as the line of a list of references, and as BibTeX."""
        works = [{"text": one.work.text, "bibtex": one.work.bibtex()} for one in self.sources]
        sources = [plain(one) | told for one, told in zip(self.sources, works, strict=True)]
        return {"of": self.of, "sources": sources, "assumed": dict(self.assumed), "remarks": list(self.remarks)}

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        counted = ", ".join(f"{count:,} of {of}" for of, count in self.assumed)
        notes = (*((f"Assumed or without source: {counted}.",) if counted else ()), *self.remarks)
        return notebook_html(f"Sources of {self.of}", self.to_frame(), notes=notes)


def cite(result: object) -> Sources:
    """Return the works that a result rests on; assumptions are counted, and what was not checked is marked.

    Parameters
    ----------
    result : a result, str or Path
        What `simulate`, `predict`, `compare`, `profile`, `validate`, `sensitivity`, `analyse`, `derive`,
        `progression`, `multiverse` or any question to a design gave; the folder that one of their commands wrote; or
        a document that such a command printed with ``--json``.

    Raises
    ------
    FileProblem
        No result lies there, or one of a version that did not record what it rests on.
    InputError
        What was given is no result.

    Examples
    --------
    >>> import regraft as rg
    >>> ends = rg.derive(rg.example("registry-sample"), "ebmt")
    >>> print(rg.cite(ends).sources[1].uses[0])
    definitions of endpoints (5 unchecked)
    """
    if isinstance(result, str | Path):
        return _sources(str(result), *_read(Path(result)))
    rules = _definition_of(result)
    if rules is not None:
        return _sources(f"{type(result).__name__} by {rules.name}", rests_on(definitions=(rules,)), {})
    first = result[0] if isinstance(result, tuple) and result else result  # sizes of the candidates of one design
    document = _document_of(first)
    if document is None or RECORD not in document:
        raise InputError(f"cite: {type(result).__name__} is no result. Give a result, or the folder of one.")
    behind = validate(RestsOn, document[RECORD], type(first).__name__)
    return _sources(_told(document) or type(first).__name__, behind, document)


def _told(document: Mapping[str, Any]) -> str:
    """Return how a document calls itself: by its command, or by the design that it is of."""
    design = document.get("design")
    return str(document.get("command") or (f"the design {design}" if design else ""))


def _definition_of(result: object) -> Definition | ProgressionDefinition | None:
    """Return the definition by which endpoints or confirmed changes were derived; None of any other result."""
    rules = getattr(result, "definition", None)
    return rules if isinstance(rules, Definition | ProgressionDefinition) else None


def _document_of(result: object) -> dict[str, Any] | None:
    asked = getattr(result, "document", None)
    return asked() if callable(asked) else dict(result) if isinstance(result, Mapping) else None


def _read(path: Path) -> tuple[RestsOn, Mapping[str, Any]]:
    """Return what a result rests on and its document, from the folder of the result or a printed document."""
    file = path / _RESULTS if path.is_dir() else path
    give = "Give the folder that --out named, or one document that --json printed."
    if not file.is_file():
        here = f"no result of regraft: the folder has no {_RESULTS}" if path.is_dir() else "no such folder or file"
        raise FileProblem(path, here, give)
    if file.stat().st_size > _LARGEST_BYTES:
        raise FileProblem(file, f"larger than {_LARGEST_BYTES // 1_000_000} MB, which no result is", give)
    try:
        document = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as problem:
        raise FileProblem(file, f"no result of regraft: {str(problem)[:200]}", give) from None
    if not isinstance(document, dict):
        raise FileProblem(file, "no result of regraft: it holds no keys", give)
    record = document.get(RECORD)
    if not isinstance(record, dict):
        again = document.get("command")
        made = f"Make it again: {again}" if isinstance(again, str) else give
        raise FileProblem(file, f"it does not say what it rests on (no {RECORD})", made)
    return validate(RestsOn, record, file, described="docs/results.md"), document


# ------------------------------------------------------------------ gathering
def _sources(of: str, behind: RestsOn, document: Mapping[str, Any]) -> Sources:
    """Look up everything that was recorded."""
    marked = f"{of} (SIMULATED)" if document.get("simulated") is True else of
    own = {one.id: one for one in behind.studies}
    found: dict[str, Source] = {"regraft": Source(work=_software(behind.version), uses=(Use(of="software"),))}
    files, remarks = [*behind.files], [*_unnamed(behind.methods)]
    for rules in behind.definitions:
        _add(found, _defined_by(rules), Use(of=_DEFINITIONS, unchecked=rules.unverified))
    for study in behind.studies:
        _add(found, _published(study), _beside(study))
    if behind.parameters is not None:
        files.append(grounds_of_parameters(load_parameters()))
        remarks += _of_another_model(behind)
    for file in files:
        name = file.name if file.kind == "model" else f"{file.kind} {file.name}"
        for cited in file.cited:
            _add(found, _work(cited.work, own), Use(of=name, values=cited.values, unchecked=cited.unchecked))
    for work, values in _fitted(behind.posterior, own):
        _add(found, work, Use(of=_FITTED, values=values))
    return Sources(of=marked, sources=tuple(found.values()), assumed=_assumed(files), remarks=tuple(remarks))


def _add(found: dict[str, Source], work: Work, use: Use) -> None:
    known = found.get(work.key)
    found[work.key] = Source(work=work, uses=(use,)) if known is None else replace(known, uses=(*known.uses, use))


def _assumed(files: Iterable[Grounds]) -> tuple[tuple[str, int], ...]:
    counts = {
        file.name if file.kind == "model" else f"{file.kind} {file.name}": file.assumed + file.unsourced
        for file in files
    }
    return tuple((of, count) for of, count in counts.items() if count)


def _unnamed(methods: tuple[str, ...]) -> tuple[str, ...]:
    """Say which statistics were used of which no work is recorded."""
    return (f"Statistics asked for, of which no work is recorded: {', '.join(methods)}.",) if methods else ()


def _of_another_model(behind: RestsOn) -> Iterator[str]:
    """Say where the values of the model, or its posterior, are not those of this version."""
    if behind.parameters != load_parameters().digest:
        yield (
            f"The result was made with other values of the model (regraft {behind.version}): the works of its "
            "parameters are those that the version installed here cites."
        )
    posterior = load_posterior()
    if behind.posterior is not None and (posterior is None or posterior.digest != behind.posterior):
        yield (
            f"The posterior it lived under ({behind.posterior}) is not the one installed here: what that one was "
            "calibrated on cannot be told."
        )


def _fitted(digest: str | None, own: Mapping[str, Published]) -> Iterator[tuple[Work, int]]:
    """Yield the studies that the posterior was calibrated on, and how many of their values."""
    posterior = load_posterior()
    if digest is None or posterior is None or posterior.digest != digest:
        return
    studies = [target.partition(": ")[0] for target in posterior.targets]
    for study in dict.fromkeys(studies):
        yield _work(study, own), studies.count(study)


def _beside(study: Published) -> Use:
    """Return how many numbers of a study stand beside the result; those assumed in its file are none of the work's."""
    known = sum(count for kind, count in study.numbers.items() if kind != Confidence.ASSUMED)
    return Use(of=_BESIDE, values=known, unchecked=study.numbers.get(Confidence.RECALLED, 0))


# ------------------------------------------------------------------ works
def _software(version: str) -> Work:
    told = metadata("regraft")
    return Work(
        key="regraft",
        kind="software",
        authors=str(told["Author"]),
        title=f"regraft: {told['Summary']}",
        version=version,
        note=f"Licence {told['License-Expression']}",
    )


def _defined_by(rules: DefinedBy) -> Work:
    return Work(
        key=bibtex_key(f"definitions-{rules.name}"), title=f"{rules.title}, definitions of endpoints", note=rules.source
    )


def _published(study: Published) -> Work:
    return Work(
        key=bibtex_key(study.id),
        kind="article",
        authors=study.authors,
        title=study.title,
        journal=study.journal,
        year="" if study.year is None else str(study.year),
        volume=study.volume or "",
        pages=study.pages or "",
        doi=study.doi or "",
        note="" if study.pmid is None else f"PMID {study.pmid}",
    )


def _work(key: str, own: Mapping[str, Published]) -> Work:
    """Return the work of a key: a study of the result or the library, a reference of the model, else the key itself."""
    if key in own:
        return _published(own[key])
    if key in list_trials():
        return _published(published_of(load_trial(key)))
    reference = load_parameters().references.get(key)
    if reference is not None:
        return work_of_line(key, reference.citation, reference.url)
    if _REGISTERED.fullmatch(key):
        return Work(key=key, title=f"ClinicalTrials.gov {key}", url=f"https://clinicaltrials.gov/study/{key}")
    return work_of_line(key, _observed().get(key, key))


@cache
def _observed() -> Mapping[str, str]:
    """Return the sources of studies that only observables of the model name, by study."""
    from regraft import verification  # noqa: PLC0415  # the package holds the files, and loads nothing
    from regraft.verification.observables import load_observables  # noqa: PLC0415  # as above

    files = sorted(Path(str(verification.__file__)).parent.glob("*/observables.toml"))
    every = [one for file in files for one in load_observables(file)]
    return {one.study: one.source for one in reversed(every)}
