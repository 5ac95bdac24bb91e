"""The chain of mobilisation and the product table are counted from the study tables, whoever recorded them."""

from datetime import date, timedelta

import polars as pl

from regraft.report.page import Missing, TableBlock
from regraft.report.sections.graft import collection_blocks
from regraft.study.schema import BY_NAME
from regraft.study.tables import Study, StudyAbout, conform

DAY = date(2005, 1, 1)


def study_of(procedures, exposures=(), dispositions=(), grafts=()) -> Study:
    rows = {
        "procedures": [
            {"subject_id": who, "date": DAY + timedelta(days=day), "procedure": what, "detail": f"{day}"}
            for who, day, what in procedures
        ],
        "exposures": [
            {"subject_id": who, "drug": drug, "purpose": "mobilisation", "start_date": DAY} for who, drug in exposures
        ],
        "dispositions": [
            {"subject_id": who, "date": DAY, "event": "not_transplanted", "detail": why} for who, why in dispositions
        ],
        "grafts": [{"subject_id": who, "date": DAY, "stage": stage, **more} for who, stage, more in grafts],
    }
    about = StudyAbout(title="t", simulated=False, source="s", protocol=None, seed=None, version="0", notes=())
    return Study({name: conform(pl.DataFrame(some), BY_NAME[name]) for name, some in rows.items() if some}, about)


def table_of(block) -> dict[str, tuple]:
    assert isinstance(block, TableBlock)
    return {row.cells[0]: row.cells[1:] for row in block.rows}


PROCEDURES = (
    ("a", 0, "mobilisation_start"),
    ("a", 10, "apheresis"),
    ("a", 60, "transplant"),
    ("b", 0, "mobilisation_start"),
    ("b", 50, "second_mobilisation"),
    ("b", 60, "apheresis"),
    ("b", 110, "transplant"),
    ("c", 0, "mobilisation_start"),
    ("c", 50, "second_mobilisation"),
    ("c", 90, "marrow_harvest"),
    ("d", 0, "mobilisation_start"),
)


def test_each_step_of_the_chain_counts_the_people_who_took_it() -> None:
    chain, _ = collection_blocks(study_of(PROCEDURES, [("b", "plerixafor")], [("c", "too few CD34+ cells")]))
    rows = table_of(chain)
    assert rows["Mobilised"] == ("4",)
    assert rows["Cells collected by apheresis after the first mobilisation"][0].startswith("1 of 4")
    assert rows["Plerixafor given because too few cells mobilised"][0].startswith("1 of 4")
    assert rows["Of these, cells collected after the second"][0].startswith("1 of 2")
    assert rows["Marrow harvested"][0].startswith("1 of 4")
    assert rows["Transplanted"][0].startswith("2 of 4")
    assert rows["Why not"] == ("too few CD34+ cells 1, not recorded 1",)


def test_bags_of_a_person_are_added_and_the_reserve_stands_apart() -> None:
    grafts = [
        ("a", "frozen", {"bag": 1, "cd34_1e6_per_kg": 3.0, "intended_use": "graft"}),
        ("a", "frozen", {"bag": 2, "cd34_1e6_per_kg": 1.0, "intended_use": "graft"}),
        ("a", "frozen", {"bag": 3, "cd34_1e6_per_kg": 2.0, "intended_use": "reserve"}),
        ("a", "thawed", {"bag": 1, "cd34_1e6_per_kg": 3.0, "viability_pct": 90.0, "intended_use": None}),
        ("a", "thawed", {"bag": 2, "cd34_1e6_per_kg": 1.0, "viability_pct": 70.0, "intended_use": None}),
    ]
    _, products = collection_blocks(study_of(PROCEDURES, grafts=grafts))
    rows = table_of(products)
    assert rows["Frozen"][:2] == ("1", "4 (4 to 4)")
    assert rows["Frozen, reserve"][1] == "2 (2 to 2)"
    assert rows["Thawed, viable"][4] == "85 (85 to 85)"
    assert rows["Frozen"][2] == "not recorded"


def test_what_was_not_recorded_is_said() -> None:
    assert all(isinstance(block, Missing) for block in collection_blocks(study_of(())))
