"""Contrasts of arms as a table."""

from dataclasses import asdict
from typing import Any

import polars as pl

from regraft.analysis.arm_contrast import ArmContrast, ArmResult, NotAnswered
from regraft.core.results import plain


def arms_frame(answers: tuple[ArmContrast | NotAnswered, ...]) -> pl.DataFrame:
    """Return contrasts of arms as a table, one row per question and arm; a question without answer says why."""
    rows: list[dict[str, Any]] = []
    for one in answers:
        asked = plain(one.question)
        results: tuple[ArmResult | None, ...] = one.arms if isinstance(one, ArmContrast) else (None,)
        why = one.not_answered if isinstance(one, NotAnswered) else None
        rows += [
            {
                **asked,
                **(dict.fromkeys(ArmResult.__dataclass_fields__) if result is None else asdict(result)),
                "not_answered": why,
            }
            for result in results
        ]
    return pl.DataFrame(rows, infer_schema_length=None)
