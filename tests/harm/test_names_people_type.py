"""Names, titles and registrations of a file: one line that shows, and never those of a trial that it is not."""

from pathlib import Path

import pytest

from regraft.core.errors import SettingsProblem
from regraft.core.settings import validate
from regraft.patient.population import Population, load_population
from regraft.replication.standing import standing_of
from regraft.trial.protocol import FOLDER, load_protocol

ATKINS = (FOLDER / "atkins-2016.toml").read_text(encoding="utf-8")


def like(folder: Path, change: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(f'like = "atkins-2016"\n{change}', encoding="utf-8")
    return path


KEYS = {
    "title": 'title = "{}"\n',
    "name": 'name = "{}"\n',
    "registration": 'registration = "{}"\n',
    "accrual.sites[0].name": '[accrual]\nsites = [{{ name = "{}", share = 1.0 }}]\n',
    "harvest.device": '[harvest]\ndevice = "{}"\n',
}
BAD = ("a\\nb", "a\\u0000b", "a\\u001b[31mb", "a\\u202eb", "a\\u2028b", " ", " a", "a ")


@pytest.mark.parametrize(("key", "bad"), [*(("title", bad) for bad in BAD[1:]), *((key, BAD[0]) for key in KEYS)])
def test_a_name_that_is_not_one_line_of_text_is_refused_by_its_key(tmp_path: Path, key: str, bad: str) -> None:
    with pytest.raises(
        SettingsProblem, match=r"line break or a control character|begins or ends with a blank"
    ) as caught:
        load_protocol(like(tmp_path, KEYS[key].format(bad)))
    assert caught.value.key == key


def test_a_name_of_any_script_is_kept(tmp_path: Path) -> None:
    assert load_protocol(like(tmp_path, 'title = "試験 São Paulo, Αθήνα"\n')).title == "試験 São Paulo, Αθήνα"


def test_the_name_of_a_population_is_one_line_too() -> None:
    data = load_population("relapsing-ms").model_dump(mode="json", exclude_unset=True)
    with pytest.raises(SettingsProblem, match="control character"):
        validate(Population, data | {"name": "a\nb"}, "f.toml")


def test_a_protocol_registered_under_another_number_is_another_trial(tmp_path: Path) -> None:
    protocol = load_protocol(like(tmp_path, 'registration = "NCT99999999"\n'))
    standing = standing_of(protocol)
    assert standing is not None
    assert not standing.belongs
    assert "registration NCT01099930 -> NCT99999999" in standing.sentence
    assert protocol.title == "Like atkins-2016, with registration NCT01099930 -> NCT99999999"
    assert protocol.name == "mine"


@pytest.mark.parametrize("number", ["NCT01099930", "nct01099930", "NCT 01099930"])
def test_the_number_of_a_trial_does_not_stand_over_another_dose_however_it_is_written(
    tmp_path: Path, number: str
) -> None:
    path = tmp_path / "copy.toml"
    text = ATKINS.replace("NCT01099930", number, 1).replace("dose = 0.8", "dose = 1.0")
    path.write_text(text.replace('name = "atkins-2016"', 'name = "Atkins 2016"', 1), encoding="utf-8")
    protocol = load_protocol(path)
    assert protocol.registration is None
    assert protocol.name == "copy"


def test_a_title_changed_in_case_and_a_full_stop_is_still_the_title_of_the_trial(tmp_path: Path) -> None:
    path = tmp_path / "copy.toml"
    title = load_protocol("atkins-2016").title
    path.write_text(ATKINS.replace(title, f"{title.upper()}.").replace("dose = 0.8", "dose = 1.0"), encoding="utf-8")
    assert load_protocol(path).title == "Like atkins-2016, with conditioning.drug.busulfan.dose 0.8 -> 1"


def test_a_small_change_is_shown_as_a_change_and_minus_zero_as_zero(tmp_path: Path) -> None:
    change = "conditioning.drug.busulfan.dose = 0.80000001\nmri.missed_probability = -0.0\n"
    assert load_protocol(like(tmp_path, change)).title.endswith(
        "conditioning.drug.busulfan.dose 0.8 -> 0.80000001, mri.missed_probability 0.05 -> 0"
    )


def test_what_cannot_be_left_out_alone_is_not_offered_again(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match='Leave out the whole list, "amendment"'):
        load_protocol(like(tmp_path, 'without = ["amendment.drug"]\n'))
