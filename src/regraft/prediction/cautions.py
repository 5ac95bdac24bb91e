"""What a reader of a prediction must know before any number: of replicates, of names, of what was taken over."""

from collections.abc import Iterator, Sequence

from regraft.prediction.target import Target
from regraft.replication.matches import Unmatched, match_rows, name_of
from regraft.replication.predictive import LEAST_REPLICATES
from regraft.trial.fits_definitions import schedule_cautions
from regraft.trial.mix_prose import mix_sentences
from regraft.trial.taken import taken_sentences


def cautions_of(target: Target, replicates: int, arms: dict[str, str] | None) -> tuple[str, ...]:
    """Return what is known before anything is simulated; of a packaged study only its replicates and its mix."""
    return tuple(_cautions(target, replicates, arms))


def _cautions(target: Target, replicates: int, arms: dict[str, str] | None) -> Iterator[str]:
    if replicates < LEAST_REPLICATES:
        yield (
            f"{replicates:,} replicate trial{'' if replicates == 1 else 's'}: an interval takes at least "
            f"{LEAST_REPLICATES} (--replicates {LEAST_REPLICATES}), figures to quote take 4,000; no published value is "
            "judged."
        )
    yield from mix_sentences(target.protocol)
    if not target.is_own:
        return
    yield from taken_sentences(target.protocol.taken, target.protocol.contents)
    yield from schedule_cautions(target.protocol.looked)
    yield from _unknown_names(match_rows(target.trials, arms)[1])


def _unknown_names(left: Sequence[Unmatched]) -> Iterator[str]:
    """Say which names of the published file nothing is held against although one nearby is."""
    near = {(one.section, name_of(one.row)): one.nearest for one in left if one.nearest}
    for (section, name), known in near.items():
        key = "endpoint" if section == "outcomes" else "field"
        yield f"The {key} {name} ({section}) cannot be compared; the nearest name that can is {known}."
