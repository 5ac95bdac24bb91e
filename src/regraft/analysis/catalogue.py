"""Which numbers are printed for a study, and in which order."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import final

from regraft.endpoints.catalogue import Catalogue
from regraft.endpoints.endpoint import Endpoint, Measure, Rate, Reading, in_a_sentence


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One printed number.

    Parameters
    ----------
    of : Endpoint, Measure or Rate
        What it describes.
    reading : Reading
        How it is computed.
    years : float, optional
        For a Kaplan-Meier reading, its time.
    """

    of: Endpoint | Measure | Rate
    reading: Reading
    years: float | None = None

    @property
    def name(self) -> str:
        """Name of the statistic, such as ``free_at_3y``."""
        return f"{self.reading}_{self.years:g}y" if self.years is not None else self.reading.value

    @property
    def unit(self) -> str:
        """Unit of the number."""
        return "proportion" if isinstance(self.of, Endpoint) else self.of.unit

    @property
    def label(self) -> str:
        """Short name; a share counts who had the event, that is, who lost what the endpoint is named after."""
        lost = isinstance(self.of, Endpoint) and self.of.is_loss and self.reading is Reading.PROPORTION
        return f"Loss of {in_a_sentence(self.of.label)}" if lost else self.of.label


def statistics_of(catalogue: Catalogue, present: Container[str], years: Sequence[float]) -> tuple[Statistic, ...]:
    """Return every statistic for what a study has.

    Parameters
    ----------
    catalogue : Catalogue
        What the definitions derive.
    present : container of str
        Endpoints about which the study says something.
    years : sequence of float
        Times at which Kaplan-Meier curves are read.
    """
    endpoints = [endpoint for name, endpoint in catalogue.endpoints.items() if name in present]
    timed = [endpoint for endpoint in endpoints if endpoint.reading is Reading.FREE_AT]
    counted = [endpoint for endpoint in endpoints if endpoint.reading is Reading.PROPORTION]
    printed = [measure for measure in catalogue.measures.values() if measure.reading is not Reading.NONE]
    return (
        *(Statistic(of=endpoint, reading=Reading.FREE_AT, years=year) for endpoint in timed for year in years),
        *(Statistic(of=endpoint, reading=Reading.PROPORTION) for endpoint in (*timed, *counted)),
        *(Statistic(of=rate, reading=Reading.RATE) for rate in catalogue.rates.values()),
        *(Statistic(of=measure, reading=measure.reading) for measure in printed),
    )
