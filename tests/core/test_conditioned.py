"""What was seen moves the sampled parameters of every draw; its file holds for one posterior and one screen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from regraft.core.calibrated import Block, Calibrated
from regraft.core.conditioned import Conditioned, content_of, load_conditioned
from regraft.core.errors import FileProblem
from regraft.core.parameters import load_parameters
from regraft.core.posterior import Posterior
from regraft.core.screen import LeftOut, Screen

NAMES = ("liver_defibrotide_factor", "infection_fever_per_day", "harvest_efficiency")
LEFT = LeftOut(each_points=0.9, each_of="EDSS worsening", together_points=2.1, together_of="relapse")
DRAWS = 400
ALONG = np.array([[0.6], [0.8], [0.0]])
SEEN = Conditioned(
    names=NAMES,
    directions=ALONG,
    factor=np.array([0.1]),
    centre=np.array([1.0]),
    slope=np.array([[0.5]]),
)


def posterior_of(seen: Conditioned | None) -> Posterior:
    calibrated = Calibrated(name="drugs_ocrelizumab_relapses", block=Block.DISEASE, median=0.2, low=0.1, high=0.9)
    sampled = tuple(Calibrated(name=n, block=Block.TREATMENT, median=0.3, low=0.1, high=0.9) for n in NAMES)
    return Posterior(
        calibrated=(calibrated,),
        z=np.linspace(-1.0, 1.0, DRAWS)[:, None],
        digest="abc",
        made_with="a test",
        targets=(),
        screen=Screen(sampled=sampled, screened=600, left_out=LEFT, made_with="a test"),
        conditioned=seen,
    )


def test_draws_follow_what_was_seen_in_its_direction_and_their_ranges_across_it() -> None:
    before, after = posterior_of(None).sampled_z(), posterior_of(SEEN).sampled_z()
    along = (after @ ALONG)[:, 0]
    expected = 1.0 + 0.5 * np.linspace(-1.0, 1.0, DRAWS)
    assert np.std((along - expected)[1:]) == pytest.approx(0.1, abs=0.02)
    across = np.array([0.8, -0.6, 0.0])
    assert after @ across == pytest.approx(before @ across, abs=1e-4)
    assert after[:, 2] == pytest.approx(before[:, 2], abs=1e-5)
    assert SEEN.left() == pytest.approx([np.sqrt(1 - 0.36 * 0.99), np.sqrt(1 - 0.64 * 0.99), 1.0])


def test_the_first_draw_lies_at_the_centre_and_values_stay_within_their_ranges() -> None:
    parameters = load_parameters()
    drawn = posterior_of(SEEN).drawn(parameters)
    places = [parameters.places[name] for name in NAMES]
    assert posterior_of(SEEN).sampled_z()[0] == pytest.approx([0.3, 0.4, 0.0], abs=1e-4)
    assert drawn.values[0, places[0]] > 0.3
    assert drawn.values[:, places].min() > 0.1
    assert drawn.values[:, places].max() < 0.9
    assert drawn.conditioned
    assert not posterior_of(None).drawn(parameters).conditioned


def test_a_draw_is_the_same_for_any_number_of_draws() -> None:
    many = posterior_of(SEEN)
    few = replace(many, z=many.z[:50])
    assert few.sampled_z().tobytes() == many.sampled_z()[:50].tobytes()


def test_what_was_seen_of_other_parameters_is_refused() -> None:
    other = replace(SEEN, names=(*NAMES[:2], "purify_recovery"))
    with pytest.raises(FileProblem, match=r"other parameters"):
        posterior_of(other).typical_values(load_parameters())


def test_a_file_holds_for_its_posterior_and_its_screen_alone(tmp_path: Path) -> None:
    file, screen = tmp_path / "conditioned.npz", tmp_path / "screen.toml"
    screen.write_text("screened = 3\n", encoding="utf-8")
    assert load_conditioned(file, screen, "abc") is None
    file.write_bytes(content_of({"abc": SEEN, "def": replace(SEEN, factor=np.array([0.2]))}, screen))
    assert content_of({"abc": SEEN}, screen) == content_of({"abc": SEEN}, screen)
    load_conditioned.cache_clear()
    found, other = load_conditioned(file, screen, "abc"), load_conditioned(file, screen, "def")
    assert found is not None
    assert other is not None
    assert found.names == NAMES
    assert (found.factor[0], other.factor[0]) == pytest.approx((0.1, 0.2))
    assert found.directions == pytest.approx(ALONG, abs=5e-4)
    with pytest.raises(FileProblem, match="not made for the posterior 123"):
        load_conditioned(file, screen, "123")
    screen.write_text("screened = 4\n", encoding="utf-8")
    load_conditioned.cache_clear()
    with pytest.raises(FileProblem, match="another screen"):
        load_conditioned(file, screen, "abc")
    file.write_bytes(b"no archive")
    load_conditioned.cache_clear()
    with pytest.raises(FileProblem, match="cannot be read"):
        load_conditioned(file, screen, "abc")
