"""The one loop over patients: compiled once for each thing that may be done with a patient."""

from collections.abc import Callable
from typing import TypeVar

from regraft.core.kernels import kernel

Same = TypeVar("Same")
Tables = TypeVar("Tables")
Room = TypeVar("Room")
OnePatient = Callable[[int, Same, Tables, Room], None]
SomePatients = Callable[[int, int, Same, Tables, Room], None]


def over_patients(one_patient: OnePatient[Same, Tables, Room]) -> SomePatients[Same, Tables, Room]:
    """Return the kernel that does `one_patient`, a kernel, to patients ``start .. stop - 1``.

    It takes ``start, stop, same, tables, room`` and calls ``one_patient(i, same, tables, room)``: what is the same for
    everybody, tables with a row per patient, and room that patients of one thread use one after the other. Nothing else
    is shared between patients, so any split into ranges, on any number of threads, gives the same bits.
    """

    @kernel
    def some_patients(start: int, stop: int, same: Same, tables: Tables, room: Room) -> None:
        for i in range(start, stop):
            one_patient(i, same, tables, room)

    return some_patients
