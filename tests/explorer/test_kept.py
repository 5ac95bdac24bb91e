"""Kept results: found by key, given out by a random name, the oldest forgotten first."""

from regraft.explorer.kept import Answer, File, Kept


def _answer(size: int = 10) -> Answer:
    return Answer(shown={"figures": [{"label": "a"}]}, files={"results.json": File(kind="x", content=bytes(size))})


def test_the_oldest_is_forgotten_by_number_and_by_weight():
    kept = Kept(most=2, most_bytes=10**6)
    answers = {key: _answer() for key in "abc"}
    for key, answer in answers.items():
        kept.put(key, answer)
    assert kept.get("a") is None
    assert kept.get("b") is answers["b"]
    kept.put("d", _answer())
    assert kept.get("c") is None
    kept.put("e", _answer(2 * 10**6))
    assert kept.get("b") is None
    assert kept.get("e") is not None


def test_files_go_by_the_random_name_of_their_answer_and_by_no_path():
    kept, answer = Kept(), _answer()
    kept.put("key", answer)
    assert kept.file(answer.identity, "results.json") is answer.files["results.json"]
    assert kept.figure(answer.identity, "figure-1.svg") == {"label": "a"}
    for name in ("../results.json", "figure-2.svg", "figure-0.svg", "figure-x.svg", "figure-1.svg.svg", ""):
        assert kept.file(answer.identity, name) is None
        assert kept.figure(answer.identity, name) is None
    assert kept.file("key", "results.json") is None


def test_what_belongs_to_a_study_is_forgotten_with_it():
    kept = Kept()
    for key in ("study abc 0", "deadbeef abc 1", "deadbeef other 0"):
        kept.put(key, _answer())
    kept.forget_all("abc")
    assert [key for key in ("study abc 0", "deadbeef abc 1", "deadbeef other 0") if kept.get(key)] == [
        "deadbeef other 0"
    ]
