"""Parameters: a number without an origin is refused, and counts tell what reports print."""

from pathlib import Path

import pytest

from regraft.core.errors import SettingsProblem
from regraft.core.origin import Origin
from regraft.core.parameters import Parameter, ParameterSet, Spread, load_parameters
from regraft.patient.record import spreads_of

REFERENCES = '[paper]\ncitation = "Someone. Journal 2000;1:1"\n'


def tree(folder: Path, text: str) -> Path:
    (folder / "references").mkdir(parents=True)
    (folder / "references" / "all.toml").write_text(REFERENCES)
    (folder / "physiology").mkdir()
    (folder / "physiology" / "liver.toml").write_text(text)
    return folder


def test_a_sourced_number_loads_under_the_name_of_its_file(tmp_path: Path) -> None:
    text = (
        '[repair_per_day]\nvalue = 0.1\nunit = "1/day"\norigin = "measured"\nsource = "paper"\nchecked = false\n'
        'cv_pct = 20.0\nspread_origin = "assumed"\n'
    )
    loaded = load_parameters(tree(tmp_path, text))
    parameter = loaded["liver_repair_per_day"]
    assert (parameter.value, parameter.origin, parameter.checked) == (0.1, Origin.MEASURED, False)
    assert parameter.spread is Spread.LOGNORMAL
    assert parameter.sigma == pytest.approx(0.198042, abs=1e-6)  # sqrt(log(1 + 0.2**2))
    assert loaded.counts() == {"measured, unchecked": 1}


def test_what_is_assumed_or_was_not_checked_is_unsure_whatever_its_origin() -> None:
    four = tuple(
        Parameter(name=name, value=1.0, unit="1", origin=origin, checked=checked)
        for name, origin, checked in (
            ("a", Origin.MEASURED, True),
            ("b", Origin.POOLED, False),
            ("c", Origin.ASSUMED, True),
            ("d", Origin.POOLED, True),
        )
    )
    assert [one.is_unsure for one in four] == [False, True, True, False]
    assert ParameterSet(four, {}).counts() == {"measured": 1, "pooled, unchecked": 1, "assumed": 1, "pooled": 1}


def test_a_rule_of_practice_is_counted_apart_and_is_not_unsure(tmp_path: Path) -> None:
    text = '[k]\nvalue = 28.0\nunit = "days"\norigin = "assumed"\nwhy = "called on day 28"\nis_rule = true\n'
    loaded = load_parameters(tree(tmp_path, text))
    assert not loaded["liver_k"].is_unsure
    assert loaded.counts() == {"rule of practice": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[k]\nvalue = 1.0\nunit = "1"\n', "needs value, unit and origin"),
        ('[k]\nvalue = 1.0\nunit = "1"\norigin = "assumed"\n', "an assumption needs its reason"),
        ('[k]\nvalue = 1.0\nunit = "1"\norigin = "measured"\n', "needs its source"),
        ('[k]\nvalue = 1.0\nunit = "1"\norigin = "measured"\nsource = "papre"\n', "Did you mean paper?"),
        ('[k]\nvalue = 1.0\nunit = "1"\norigin = "assumed"\nwhy = "x"\nlow = 2.0\n', "outside its plausible range"),
        ('[k]\nvalue = 1.0\nunit = "1"\norigin = "assumed"\nwhy = "x"\ncv_pct = 2.0\n', "spread_origin"),
        ('[k]\nvalue = 1.0\nunit = "1"\norigin = "assumed"\nwhy = "x"\nvalu = 2.0\n', "Did you mean value?"),
    ],
)
def test_a_number_without_provenance_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsProblem, match=r"liver\.toml") as raised:
        load_parameters(tree(tmp_path, text))
    assert said in str(raised.value)


def test_replacing_an_unknown_parameter_offers_the_nearest(tmp_path: Path) -> None:
    loaded = load_parameters(tree(tmp_path, '[repair]\nvalue = 1.0\nunit = "1"\norigin = "assumed"\nwhy = "x"\n'))
    with pytest.raises(KeyError, match="Did you mean liver_repair"):
        loaded.replace({"liver_repare": 2.0})
    assert loaded.replace({"liver_repair": 2.0}).values[0] == 2.0


def test_a_renamed_parameter_keeps_its_random_numbers_and_its_calibration(tmp_path: Path) -> None:
    entry = 'value = 2.0\nunit = "1"\norigin = "assumed"\nwhy = "a test"\nspread_origin = "assumed"\ncv_pct = 30.0\n'
    drawn = []
    for folder, key, more in (("old", "lean", ""), ("new", "bias", 'address = "part_lean"\n')):
        file = tmp_path / folder / "disease" / "part.toml"
        file.parent.mkdir(parents=True)
        file.write_text(f"[{key}]\n{more}{entry}")
        (tmp_path / folder / "references").mkdir()
        loaded = load_parameters(tmp_path / folder)
        assert loaded["part_lean"].value == loaded.values[loaded.places["part_lean"]] == 2.0
        assert loaded.replace({"part_lean": 3.0}).values.tolist() == [3.0]
        drawn.append(spreads_of(loaded).slot.tolist())
    assert drawn[0] == drawn[1]
    file.write_text(f'[bias]\naddress = "part_lean"\n{entry}[lean]\n{entry}')
    load_parameters.cache_clear()
    with pytest.raises(SettingsProblem, match="defined twice"):
        load_parameters(tmp_path / "new")
