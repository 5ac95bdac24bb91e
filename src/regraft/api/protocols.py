"""The trials that can be simulated: packaged protocols, files of one's own, and either with another size or length."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import polars as pl

from regraft.core.results import plain
from regraft.core.settings import validate
from regraft.replication.standing import standing_of
from regraft.trial.differences import differences, in_words
from regraft.trial.prose import FIRST_LINE, describe, write
from regraft.trial.protocol import BUNDLED, list_protocols, load_protocol
from regraft.trial.protocol import Protocol as Settings

_PAGE = 100


@final
@dataclass(frozen=True, slots=True)
class Protocol:
    """A trial from eligibility to endpoints, as one protocol file says it.

    ``print(protocol)`` writes it in English; a notebook shows the same.

    Parameters
    ----------
    settings : regraft.trial.protocol.Protocol
        Every setting, by section.
    call : str
        The Python expression that gives this protocol.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.protocol("cy-atg").patients > 0
    True
    """

    settings: Settings
    call: str

    @property
    def name(self) -> str:
        """Short name."""
        return self.settings.name

    @property
    def title(self) -> str:
        """Title of the trial."""
        return self.settings.title

    @property
    def patients(self) -> int:
        """People in one trial."""
        return self.settings.patients

    @property
    def years(self) -> float:
        """Years of follow-up."""
        return self.settings.follow_up_years

    def __str__(self) -> str:
        return self.prose()

    def _repr_html_(self) -> str:
        from html import escape  # noqa: PLC0415  # notebooks only

        return f"<pre>{escape(self.prose())}</pre>"

    def prose(self, width: int = _PAGE) -> str:
        """Return the protocol in English, as `regraft protocol show` prints it: a description, no prescription."""
        standing = standing_of(self.settings)
        held = standing.sentence if standing is not None and not standing.belongs else None
        return write(self.settings, width=width, held=held).removesuffix("\n")

    def document(self) -> dict[str, Any]:
        """Return settings, origins of their numbers, and the prose, as plain values."""
        passages = [
            {"heading": p.heading, "paragraphs": [*p.paragraphs, *p.after], "table": [list(row) for row in p.table]}
            for p in describe(self.settings)
        ]
        standing = standing_of(self.settings)
        contents = {**self.settings.contents, "sources": self.settings.model_dump(exclude_unset=True)["sources"]}
        return {
            "notice": FIRST_LINE,
            "protocol": contents,
            "published_for": None if standing is None else plain(standing) | {"belongs": standing.belongs},
            "origins": self.settings.origins(),
            "prose": passages,
        }

    def to_json(self) -> str:
        """Return `document` as JSON."""
        return json.dumps(self.document(), default=str)


def protocol(name: str | Path, *, patients: int | None = None, years: float | None = None) -> Protocol:
    """Return a protocol by its name or file, whole or with another size or length.

    Parameters
    ----------
    name : str or Path
        Name of a packaged protocol (`protocols` lists them), or path to a TOML file.
    patients : int, optional
        People in one trial; None: as the file has it.
    years : float, optional
        Years of follow-up; None: as the file has it.

    Raises
    ------
    FileProblem
        No such protocol; the nearest name is offered.
    SettingsProblem
        Every setting that cannot be used, in one message.

    Examples
    --------
    >>> import regraft as rg
    >>> larger = rg.protocol("atkins-2016", patients=48, years=10.0)
    >>> larger.patients, larger.years, larger.name
    (48, 10.0, 'atkins-2016-changed')
    """
    loaded = load_protocol(name)
    asked = {"patients": patients, "follow_up_years": years}
    changes = {key: value for key, value in asked.items() if value is not None and value != getattr(loaded, key)}
    given = {"patients": patients, "years": years}
    options = "".join(f", {key}={value!r}" for key, value in given.items() if value is not None)
    return Protocol(_changed(loaded, changes, name) if changes else loaded, f"rg.protocol({str(name)!r}{options})")


def _changed(loaded: Settings, changes: dict[str, Any], name: str | Path) -> Settings:
    """Return a protocol with other values: a trial of its own, with a name that says so."""
    data = loaded.model_dump(exclude_unset=True) | changes
    other = validate(Settings, data, name, bundled=BUNDLED)
    differs = in_words(differences(other, loaded))
    own = {"name": f"{loaded.name}-changed", "title": f"Like {loaded.name}, with {differs}"}
    data = {key: value for key, value in data.items() if key != "registration"} | own
    return validate(Settings, data, name, bundled=BUNDLED).knowing(loaded, taken=loaded.taken, names_evidence=False)


def protocols() -> pl.DataFrame:
    """Return the packaged protocols, one row each: name, title, patients, registration.

    Examples
    --------
    >>> import regraft as rg
    >>> "atkins-2016" in rg.protocols()["name"]
    True
    """
    every = [load_protocol(name) for name in list_protocols()]
    rows = [{key: getattr(one, key) for key in ("name", "title", "patients", "registration")} for one in every]
    return pl.DataFrame(rows, infer_schema_length=None)


def protocol_of(given: "Protocol | str | Path") -> Protocol:
    """Return a protocol that was given as itself, by name, or as a file."""
    return given if isinstance(given, Protocol) else protocol(given)
