"""What the files of a simulated trial rest on: its protocol, the aftercare it names, and its population."""

from pathlib import Path

from regraft.core.grounds import Grounds, grounds_of_entries, grounds_of_file
from regraft.patient.population import Population
from regraft.trial.aftercare import load_schedule
from regraft.trial.protocol import Protocol


def grounds_of_trial(protocol: Protocol, population: Population) -> tuple[Grounds, ...]:
    """Return where the values of a trial's files come from, in the order in which they are named."""
    schedule = load_schedule(protocol.aftercare.schedule)
    entries = [
        *(one.source for one in schedule.vaccine),
        *(one.source for one in schedule.prophylaxis),
        *(one.source for one in schedule.screening),
    ]
    return (
        grounds_of_file("protocol", protocol.name, protocol.contents, protocol.sources),
        grounds_of_entries("aftercare", Path(protocol.aftercare.schedule).stem, entries),
        grounds_of_file("population", population.name, population.model_dump(exclude_unset=True), population.sources),
    )
