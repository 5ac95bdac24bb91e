"""Find, read and look up the published studies that come with regraft."""

from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from regraft.core.errors import FileProblem, SettingsProblem
from regraft.core.library import LIBRARY
from regraft.core.settings import DEEPEST, find_file, list_names, read_text, validate
from regraft.evidence.schema import Trial, Use

FOLDER = LIBRARY / "evidence"
OF_A_TRIAL = "published.yaml"  # in the folder of one trial: its id need not be its file's name


class _Reader(yaml.CSafeLoader):
    """YAML that refuses a key written twice, which would silently drop the first."""


def _mapping(reader: _Reader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if str(key.value) in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key.value!r} is written twice", key.start_mark
            )
        seen.add(str(key.value))
    return reader.construct_mapping(node, deep=True)


_Reader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def list_trials() -> tuple[str, ...]:
    """Return the names of all studies, sorted."""
    return list_names(FOLDER, ".yaml")


def load_trial(name_or_path: str | Path) -> Trial:
    """Load one study by its name, or from a file of one's own.

    Raises
    ------
    FileProblem
        No such study or file, or no readable YAML.
    SettingsProblem
        Every key that cannot be used, in one message.
    """
    path = find_file(name_or_path, FOLDER, "study", ".yaml")
    return _packaged(path.stem) if path.parent == FOLDER else _load(path)


def use_of(study: str) -> Use | None:
    """Return what a study may be used for, and nothing of its results; None where none of this name comes with regraft.

    Whoever must know a study's role or its cohort group alone asks here, so that no result is at hand.
    """
    return _packaged(study).use if study in list_trials() else None


@cache
def load_library() -> tuple[Trial, ...]:
    """Load every study that comes with regraft, in the order of their names."""
    return tuple(map(_packaged, list_trials()))


@cache
def _packaged(name: str) -> Trial:
    """Load a study that comes with regraft, once: nothing changes it."""
    return _load(FOLDER / f"{name}.yaml")


def _load(path: Path) -> Trial:
    data = _read_yaml(path)
    trial = validate(Trial, data, path)
    if trial.id != path.stem and path.name != OF_A_TRIAL:
        raise SettingsProblem(path, "id", trial.id, "not the name of the file", f"Write {path.stem}.")
    return trial


def _read_yaml(path: Path) -> dict[str, Any]:
    text = read_text(path)
    try:
        _refuse_references(path, text)
        data = yaml.load(text, _Reader)  # noqa: S506 (a CSafeLoader with one more check)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise FileProblem(path, f"broken YAML in line {line}: {error.problem}", "Correct this line.") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # such as a date of month 13
        raise FileProblem(path, f"broken YAML: {str(error)[:200]}", "Correct the file.") from None
    if not isinstance(data, dict):
        raise FileProblem(path, "no study: the file holds no keys", "See src/regraft/library/evidence for the form.")
    return data


def _refuse_references(path: Path, text: str) -> None:
    """Refuse anchors and aliases, which can blow ten lines up to gigabytes, and nesting that no reader survives.

    Events are read one by one, so that nothing is built before it was looked at.
    """
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        line = 1 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise FileProblem(
                path,
                f"line {line} names or repeats another part of the file (& or *)",
                "Write it out, or put the text in quotes.",
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise FileProblem(path, f"line {line} is nested too deeply", "Keys of these files are two to four deep.")


def cohort_group(group: str) -> tuple[Trial, ...]:
    """Return the studies of a cohort group, in the order of their names: they share patients or a centre.

    Only files that hold the name of the group are read whole: checking all takes a sixth of a second.
    """
    named = [name for name in list_trials() if group in (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")]
    return tuple(trial for trial in map(_packaged, named) if trial.use.cohort_group == group)
