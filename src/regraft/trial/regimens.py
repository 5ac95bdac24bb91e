"""The parts of a mix that name the protocol whose conditioning they give: read from that protocol's file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, final

from regraft.core.errors import FileProblem, InputError, SettingsProblem
from regraft.core.inherit import read_with_parents
from regraft.core.settings import Section, find_file, validate
from regraft.treatment.protocol import TreatmentProtocol
from regraft.treatment.sections import Conditioning

MIX, REGIMEN, CONDITIONING, SOURCES = "mix", "regimen", "conditioning", "sources"


@final
class _Conditioned(Section):
    """What is taken of the other protocol."""

    conditioning: Conditioning


def with_regimens(data: Mapping[str, Any], path: Path, folder: Path) -> dict[str, Any]:
    """Return what a protocol file holds, with the conditioning of each protocol that its mix names written out.

    Parameters
    ----------
    data : mapping
        The file; a part that has a conditioning already keeps it.
    path : Path
        The file, for messages.
    folder : Path
        Where packaged protocols stand.

    Raises
    ------
    SettingsProblem
        No protocol of that name (the nearest is offered), or one that is a mix itself.
    """
    parts = data.get(MIX)
    if not isinstance(parts, list):
        return dict(data)
    named = {
        number: part[REGIMEN]
        for number, part in enumerate(parts)
        if isinstance(part, dict) and isinstance(part.get(REGIMEN), str) and CONDITIONING not in part
    }
    if not named:
        return dict(data)
    full = [
        {**part, REGIMEN: Path(named[number]).stem, CONDITIONING: _conditioning_of(named[number], number, path, folder)}
        if number in named
        else part
        for number, part in enumerate(parts)
    ]
    names = ", ".join(Path(name).stem for name in named.values())
    source = {"origin": "assumed", "why": f"as in the protocols named: {names}"}
    sources = data.get(SOURCES, {})
    written = {f"{MIX}.{CONDITIONING}": source, **sources} if isinstance(sources, Mapping) else sources
    return {**data, MIX: full, SOURCES: written}


def located_regimens(parts: object, locate: Callable[[object], object]) -> object:
    """Return the parts of a mix with the paths among their regimens as `locate` gives them."""
    if not isinstance(parts, list):
        return parts
    return [
        {**part, REGIMEN: locate(part[REGIMEN])} if isinstance(part, dict) and REGIMEN in part else part
        for part in parts
    ]


def _conditioning_of(name: str, number: int, path: Path, folder: Path) -> object:
    """Return the section ``[conditioning]`` of the protocol called so."""
    key = f"{MIX}[{number}].{REGIMEN}"
    try:
        file = find_file(name, folder, "protocol")
        other = read_with_parents(file, folder, "protocol", lambda _: None)
    except FileProblem as error:
        raise SettingsProblem(path, key, name, error.problem, error.remedy) from None
    if MIX in other:
        raise SettingsProblem(
            path,
            key,
            name,
            "this protocol is a mix itself",
            "Name the protocols of its parts, each with its own number.",
        )
    held = {CONDITIONING: other[CONDITIONING]} if CONDITIONING in other else {}
    validate(_Conditioned, held, file)
    return held[CONDITIONING]


def refuse_mix(name: str, treatment: TreatmentProtocol) -> None:
    """Refuse a mix where one regimen is asked about.

    Raises
    ------
    InputError
        The treatment is a mix.
    """
    if treatment.mix:
        others = ", ".join(str(treatment.mix[part].regimen) for part in treatment.regimens)
        raise InputError(
            f"{name}: [[mix]] gives people different regimens ({others}), and this asks about one. Name a protocol "
            "without it."
        )
