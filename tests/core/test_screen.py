"""Parameters that are sampled from their ranges join the draws of the posterior: the same ones in every run."""

from pathlib import Path

import numpy as np
import pytest

from regraft.core.calibrated import Block, Calibrated
from regraft.core.doubt import doubt_of
from regraft.core.errors import FileProblem, SettingsProblem
from regraft.core.parameters import load_parameters
from regraft.core.posterior import POSTERIOR_FOLDER, Posterior, load_posterior
from regraft.core.screen import LeftOut, Screen, load_screen, sampled_z

LEFT = LeftOut(each_points=0.9, each_of="EDSS worsening", together_points=2.1, together_of="relapse")
DRAWS = 400


def sampled(name: str) -> Calibrated:
    return Calibrated(name=name, block=Block.TREATMENT, median=0.3, low=0.1, high=0.9)


def posterior_of(*names: str) -> Posterior:
    calibrated = Calibrated(name="drugs_ocrelizumab_relapses", block=Block.DISEASE, median=0.2, low=0.1, high=0.9)
    screen = Screen(sampled=tuple(map(sampled, names)), screened=600, left_out=LEFT, made_with="a test")
    return Posterior(
        calibrated=(calibrated,),
        z=np.zeros((DRAWS, 1)),
        digest="abc",
        made_with="a test",
        targets=(),
        screen=screen,
    )


def test_a_sampled_parameter_takes_its_range_and_the_most_central_draw_keeps_its_value() -> None:
    parameters = load_parameters()
    found = posterior_of("liver_defibrotide_factor").drawn(parameters, "a study", 1)
    values = found.values[:, parameters.places["liver_defibrotide_factor"]]
    assert values[0] == parameters["liver_defibrotide_factor"].value
    assert np.median(values[1:]) == pytest.approx(0.3, abs=0.05)
    assert 0.1 < values[1:].min() < 0.12
    assert 0.7 < values[1:].max() < 0.9
    assert (found.sampled, found.left_out) == (1, LEFT)
    others = np.delete(found.values, [parameters.places[n] for n in ("liver_defibrotide_factor",)], axis=1)
    assert (others == others[0]).all()


def test_a_draw_is_the_same_for_any_study_seed_number_of_draws_and_company() -> None:
    parameters = load_parameters()
    place = parameters.places["liver_defibrotide_factor"]
    alone = posterior_of("liver_defibrotide_factor").typical_values(parameters, "a study", 1)
    together = posterior_of("infection_fever_per_day", "liver_defibrotide_factor").typical_values(parameters, None, 2)
    assert alone[:, place].tobytes() == together[:, place].tobytes()
    assert sampled_z("a", 50).tobytes() == sampled_z("a", 400)[:50].tobytes()
    apart = np.corrcoef(sampled_z("a", 4000), sampled_z("b", 4000))[0, 1]
    assert abs(apart) < 0.06


def test_what_is_calibrated_is_not_sampled_as_well() -> None:
    parameters = load_parameters()
    both = posterior_of("drugs_ocrelizumab_relapses")
    assert both.sampled == ()
    assert np.unique(both.typical_values(parameters)[:, parameters.places["drugs_ocrelizumab_relapses"]]).size == 1


def test_a_parameter_that_the_model_no_longer_has_is_told() -> None:
    with pytest.raises(FileProblem, match=r"samples liver_gone.*\n?.*screen_parameters"):
        posterior_of("liver_gone").typical_values(load_parameters())


def test_the_screen_of_this_version_samples_parameters_of_the_model_within_their_ranges() -> None:
    screen, posterior = load_screen(POSTERIOR_FOLDER), load_posterior()
    assert screen is not None
    assert posterior is not None
    assert posterior.screen == screen
    names = set(load_parameters().names)
    assert {one.name for one in screen.sampled} <= names
    assert len(screen.sampled) < screen.screened < len(names)
    assert all(one.low < one.median < one.high for one in screen.sampled)


def test_the_ranges_that_the_screen_keeps_are_those_that_the_parameter_files_give() -> None:
    """As the screen prints them: a file whose range has changed needs the screen, and what was conditioned, anew."""
    screen, parameters = load_screen(POSTERIOR_FOLDER), load_parameters()
    assert screen is not None
    kept = {one.name: _printed(one) for one in screen.sampled}
    today = {name: None if (doubt := doubt_of(parameters[name])) is None else _printed(doubt.belief) for name in kept}
    assert len(kept) > 100
    assert kept == today


def _printed(one: Calibrated) -> tuple[str, ...]:
    return (str(one.block), *(f"{number:.10g}" for number in (one.median, one.low, one.high)))


def test_a_screen_that_lacks_a_key_is_refused_and_none_is_no_error(tmp_path: Path) -> None:
    assert load_screen(tmp_path / "none") is None
    (tmp_path / "screen.toml").write_text("screened = 3\n", encoding="utf-8")
    with pytest.raises(SettingsProblem, match="left_out"):
        load_screen(tmp_path)
