"""A study in blocks of people, each a study of its own: what is made of one block at a time stays small."""

from collections.abc import Callable, Iterator, Mapping
from math import ceil
from typing import TypeAlias

import numpy as np
import polars as pl

from regraft.study.tables import Study

OnDone: TypeAlias = Callable[[int], None]  # told how many people more are done
PEOPLE_PER_BLOCK = 20_000  # what is made of them takes some 0.3 GB, and each block some 0.1 s more than its people


def unwatched(people: int) -> None:
    """Take note of people that are done where nobody looks on."""


def block_count(study: Study) -> int:
    """Return how many blocks a study has."""
    return max(ceil(study.table("subjects").height / PEOPLE_PER_BLOCK), 1)


def blocks_of(study: Study) -> Iterator[Study]:
    """Yield the people of a study by the order of their names, block by block; a small study is one block: itself."""
    for number in range(block_count(study)):
        yield block_of(study, number)


def block_of(study: Study, number: int) -> Study:
    """Return one block; the places of its rows are found once for all blocks."""
    count = block_count(study)
    if count == 1:
        return study
    places = study.once(_places, count)
    return study.rows({name: ordered[first[number] : first[number + 1]] for name, (ordered, first) in places.items()})


def _places(study: Study, count: int) -> Mapping[str, tuple[pl.Series, list[int]]]:
    """Return of every table its rows in the order of their blocks, and where each block begins there.

    Rows of people who are not in the table of subjects are nobody's; they stay with the first block.
    """
    names = study.table("subjects").select("subject_id").sort("subject_id").with_row_index("block")
    names = names.with_columns(pl.col("block") // PEOPLE_PER_BLOCK).unique("subject_id", keep="first")
    found = {}
    for name, frame in study.tables.items():
        mine = frame.select("subject_id").join(names, on="subject_id", how="left", maintain_order="left")["block"]
        block = mine.fill_null(0).cast(pl.UInt16).to_numpy()
        ends = np.cumsum(np.bincount(block, minlength=count)).tolist()
        found[name] = (pl.Series(np.argsort(block, kind="stable").astype(np.uint32)), [0, *ends])
    return found
