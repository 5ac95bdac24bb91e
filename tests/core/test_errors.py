"""How problems of a study are told."""

from regraft.core.errors import Finding, StudyProblem


def test_a_cell_that_two_tables_read_is_told_once_and_another_of_its_kind_too() -> None:
    def wrong(row: int) -> Finding:
        return Finding(file="a.csv", row=row, column="date", value="x", problem="no date", remedy="Correct it")

    problem = StudyProblem([wrong(3), wrong(3), wrong(4)])
    assert len(problem.findings) == 3
    assert str(problem).splitlines() == ["2 problems in the study:", f"  {wrong(3)}", f"  {wrong(4)}"]
