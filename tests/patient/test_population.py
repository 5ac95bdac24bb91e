"""The population file: complete, sourced, and refused with a reason where it makes no sense."""

import pytest

from regraft.core.errors import FileProblem, SettingsProblem
from regraft.core.settings import list_names
from regraft.core.sources import numbers, source_of
from regraft.patient.population import FOLDER, load_population

TEXT = (FOLDER / "aggressive-relapsing-ms.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list_names(FOLDER))
def test_every_number_of_a_packaged_population_has_a_source(name):
    population = load_population(name)
    found = numbers(population.model_dump(exclude_unset=True))
    assert not [key for key in found if source_of(key, population.sources) is None]
    assert sum(population.origins().values()) == len(found)
    assert population.name == name


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mean = 28.0", "mean = 58.0", "onset_age_years.mean = 58.0: outside 12 to 48"),
        ("minimum = 12.0", "minimum = 52.0", "onset_age_years.minimum = 52.0: above the maximum of 48"),
        ("value = 0.60", "value = 70.0", "female_share.value = 70.0: must not be above 1"),
        ("value = 0.60", 'value = "most"', "not a number"),
        ("[steroids]", "[steroid]", "Did you mean steroids?"),
        ("treated_share = 0.8", "treated_share = -0.8", "must not be below 0"),
        ('first_drug = "interferon_beta"', 'first_drug = "interferon_betta"', "Did you mean interferon_beta?"),
        ("cv_pct = 22.0", "cv_pct = nan", "not a finite number"),
        ('"era" = {', '"eras" = {', 'sources."eras": there is no such key in this file. Did you mean era?'),
        ('origin = "pooled"', 'origin = "guess"', "Known: assumed, fitted, measured, pooled."),
    ],
)
def test_a_population_that_makes_no_sense_is_refused(tmp_path, old, new, said):
    assert old in TEXT
    path = tmp_path / "people.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsProblem) as caught:
        load_population(path)
    assert said in str(caught.value)
    assert "people.toml" in str(caught.value)


def test_an_unknown_population_is_refused_with_the_nearest_name():
    with pytest.raises(FileProblem, match="Did you mean aggressive-relapsing-ms"):
        load_population("aggresive-relapsing-ms")
