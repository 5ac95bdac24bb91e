"""The acute block of one simulated patient for other engines."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import final

from regraft.api.protocols import Protocol, protocol_of
from regraft.api.simulate import planned
from regraft.core.errors import FileProblem
from regraft.sbml.document import how_it_ended
from regraft.sbml.export import export_person, find_person
from regraft.sbml.person import subject_number
from regraft.writing.file import reserved_file

ENDINGS = (".xml", ".sbml")


@final
@dataclass(frozen=True, slots=True, eq=False)
class AcuteModel:
    """Mobilisation to day 100 of one simulated patient as SBML. The patient does not exist.

    Parameters
    ----------
    trial, patient : str
        Title of the trial, and who was treated.
    text : str
        The SBML document.
    ended : str
        How the acute course ended.
    events : int
        Doses and deeds of the bedside in it.

    Examples
    --------
    >>> import regraft as rg
    >>> print(rg.sbml("atkins-2016"))  # simulates: some seconds  # doctest: +SKIP
    """

    trial: str
    patient: str
    text: str
    ended: str
    events: int

    def __str__(self) -> str:
        day_zero = "day 0 is the start of mobilisation"
        return f"SIMULATED, {self.trial}, {self.patient}; {day_zero}; {self.ended}; {self.events} events"

    def write(self, file: str | Path, *, replace: bool = False) -> Path:
        """Write the document, .xml or .sbml, and return its path.

        Parameters
        ----------
        file : str or Path
            Where to write.
        replace : bool
            Replace the file if it is there, whoever wrote it.

        Raises
        ------
        FileProblem
            Another ending, a file that cannot be written, or one that regraft did not write.
        """
        refuse_ending(Path(file), "file")
        with reserved_file(Path(file), lambda _said: None, option="file", replace=replace) as place:
            place.write(self.text.encode())
        return Path(file)

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"


def sbml(protocol: Protocol | str | Path, *, patient: int | str | None = None, seed: int = 2016) -> AcuteModel:
    """Return mobilisation to day 100 of one patient as SBML: equations traced from the program, care as events.

    Parameters
    ----------
    protocol : Protocol, str or Path
        The trial whose treatment is given.
    patient : int or str, optional
        Subject in the tables of `regraft.simulate` with this protocol and seed: 7 or SIM-000007; None: the typical
        patient.
    seed : int
        Seed of the run; also of the days' chance.

    Raises
    ------
    InputError
        No such protocol or patient.

    Examples
    --------
    >>> import regraft as rg
    >>> rg.sbml("atkins-2016", patient=7).write("acute.xml")  # simulates: some seconds  # doctest: +SKIP
    """
    asked = protocol_of(protocol)
    plan = planned(asked.settings, seed=seed)
    number = None if patient is None else subject_number(str(patient))
    person = find_person(plan, number, asked.name if isinstance(protocol, Protocol) else str(protocol))
    text, book = export_person(plan, person, plan.parameters)
    return AcuteModel(plan.protocol.title, person.title, text, how_it_ended(book), len(book.entries))


def refuse_ending(file: Path, option: str) -> None:
    """Refuse a file whose ending says that it is no SBML."""
    if file.suffix.lower() not in ENDINGS:
        raise FileProblem(file, "the ending says that it is no SBML file", f"Call it .xml or .sbml with {option}.")
