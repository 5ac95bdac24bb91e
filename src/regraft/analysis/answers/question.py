"""A statistic asked of groups: who can answer it, and its numbers as they come from the estimates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import polars as pl

from regraft.analysis.answers.answer import Answer, Number
from regraft.analysis.answers.words import left_out_text, listed
from regraft.analysis.asked import Asked
from regraft.analysis.groups import Groups, Timed, column_of


@final
@dataclass(frozen=True, slots=True)
class AskedOfGroups:
    """One statistic, the groups it is asked of, the years at which it reads, and the level of its intervals."""

    groups: Groups
    asked: Asked
    years: float
    level: float
    title: str

    @property
    def percent(self) -> str:
        """The level, in percent."""
        return f"{100 * self.level:g}%"

    def timed(self, *, whole: bool = True) -> tuple[Timed, str]:
        """Return the endpoint of those who have all that the statistic needs, and who was left out."""
        found = self.groups.timed(self.asked.endpoint or "")
        needed = [*map(column_of, self.asked.adjust), *map(str, self.asked.strata)] if whole else []
        kept, lacking = found.with_all_of(needed)
        return kept, left_out_text(found.left_out, lacking, self.groups.nowhere)

    def adjusted(self) -> str:
        """Return what was adjusted for and stratified by, as it stands in a sentence."""
        parts = [f"adjusted for {listed(self.asked.adjust)}"] if self.asked.adjust else []
        parts += [f"stratified by {listed(self.asked.strata)}"] if self.asked.strata else []
        return "".join(f", {part}" for part in parts)

    def found(self, numbers: Sequence[Number], sentence: str, left_out: str = "") -> Answer:
        """Return the answer with what was asked."""
        return Answer(asked=self.asked, title=self.title, numbers=tuple(numbers), sentence=sentence, left_out=left_out)


def number_of(term: str, values: Sequence[Any], unit: str = "", p_value: float | None = None) -> Number:
    """Return an estimate with its interval; what is not finite is not known."""
    estimate, low, high = (None if v is None or not np.isfinite(v) else float(v) for v in values)
    return Number(term=term, estimate=estimate, low=low, high=high, p_value=p_value, unit=unit)


def ratios_of(coefficients: Any, what: str, groups: Groups) -> list[Number]:
    """Return exponentiated coefficients; the intercept of a rate is left out."""
    frame = coefficients.to_frame(ratios=True)
    rows = [row for row in frame.iter_rows(named=True) if not row["term"].startswith("(")]
    return [
        number_of(term_of(what, row["term"], groups), (row["ratio"], row["low"], row["high"]), "", row["p_value"])
        for row in rows
    ]


def term_of(what: str, name: str, groups: Groups) -> str:
    """Return the name of a ratio; that of a group says what it is compared with."""
    return f"{what}, {name} against {groups.names[0]}" if name in groups.others else f"{what}, {name}"


def strata_of(q: AskedOfGroups, timed: Timed) -> np.ndarray | None:
    """Return one label per person made of all strata, or None."""
    if not q.asked.strata:
        return None
    return timed.rows.select(pl.concat_str([pl.col(str(s)).cast(pl.String) for s in q.asked.strata], separator="|"))[
        :, 0
    ].to_numpy()
