"""The same virtual patients under several regimens."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from regraft.cli.commands import app
from regraft.core.calibrated import Block, Calibrated
from regraft.core.errors import InputError
from regraft.core.parameters import load_parameters
from regraft.core.posterior import Posterior, load_posterior
from regraft.course.course import Course
from regraft.course.simulate import simulate
from regraft.patient.population import load_population
from regraft.physiology.signs import Daily
from regraft.prediction.compare import (
    NOTICE,
    Comparison,
    Regimen,
    compare,
    regimen_of,
    worlds,
)
from regraft.prediction.paired import mean_difference, share_difference
from regraft.replication.intervals import shares_intervals_hold, typical_intervals_hold
from regraft.trial.protocol import load_protocol

PATIENTS = 60
PROTOCOLS = Path(__file__).resolve().parents[2] / "src" / "regraft" / "library" / "protocols"
UNAFFECTED = ("candidates", "clock", "diagnosis_week", "drugs", "relapses_before", "edss", "progressive")


@pytest.fixture(scope="module")
def unselected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Atkins protocol without drug monitoring and with the graft as collected."""
    text = (PROTOCOLS / "atkins-2016.toml").read_text(encoding="utf-8")
    for line in ("target_auc_mg_h_per_l = 55.0", "adjust_after_dose = 4"):
        assert line in text
        text = "\n".join(
            row
            for row in text.splitlines()
            if not row.startswith(line) and "busulfan.target" not in row and "busulfan.adjust" not in row
        )
    text = text.replace('method = "clinimacs"', 'method = "none"     ').replace(
        'name = "atkins-2016"', 'name = "unselected"'
    )
    path = tmp_path_factory.mktemp("protocols") / "unselected.toml"
    path.write_text(text, encoding="utf-8")
    assert tomllib.loads(text)["purify"]["method"] == "none"
    return path


@pytest.fixture(scope="module")
def regimens(unselected: Path) -> list[Regimen]:
    return [regimen_of(name, load_protocol) for name in ("atkins-2016", "atkins-2016@1", str(unselected))]


@pytest.fixture(scope="module")
def comparison(regimens: list[Regimen]) -> Comparison:
    population = load_population(regimens[0].protocol.population)
    return compare(regimens, population, load_parameters(), patients=PATIENTS, seed=3)


@pytest.fixture(scope="module")
def arms(regimens: list[Regimen]) -> list[Course]:
    population = load_population(regimens[0].protocol.population)
    pairs = worlds(regimens, population, load_parameters(), 3)
    return [simulate(world, 0, np.full(PATIENTS, regimen.variant, np.int64)) for world, regimen in pairs]


def test_every_arm_has_the_same_people_to_the_last_bit(arms: list[Course]) -> None:
    first, *others = arms
    for other in others:
        assert other.records.tobytes() == first.records.tobytes()
        assert other.drugs.tobytes() == first.drugs.tobytes()
        for name in UNAFFECTED:
            assert other.enrolled[name].tobytes() == first.enrolled[name].tobytes(), name


def test_days_before_the_arms_part_are_the_same_to_the_last_bit(arms: list[Course]) -> None:
    first, oral, unselected = arms
    for patient in range(PATIENTS):
        parting = first.result["conditioning_start_day"][patient]
        last = int(parting) if np.isfinite(parting) else first.daily.shape[1]
        assert oral.daily[patient, :last].tobytes() == first.daily[patient, :last].tobytes()
        # the unselected graft asks for less blood, which may spare a mobilisation: alike until the first collection
        collected = min(arm.result["first_apheresis_day"][patient] for arm in (first, unselected))
        early = int(collected) if np.isfinite(collected) else last
        assert unselected.daily[patient, :early].tobytes() == first.daily[patient, :early].tobytes()


def test_streams_that_a_regimen_does_not_touch_stay_the_same(arms: list[Course]) -> None:
    first, oral, _ = arms
    weeks = 8  # the weeks of waiting and mobilisation, before conditioning parts the arms
    assert oral.weeks[:, :weeks].tobytes() == first.weeks[:, :weeks].tobytes()
    assert not np.array_equal(
        oral.daily[:, :, Daily.BUSULFAN_AUC_MG_H_PER_L],
        first.daily[:, :, Daily.BUSULFAN_AUC_MG_H_PER_L],
        equal_nan=True,
    )


def test_oral_busulfan_gives_more_exposure_and_an_unselected_graft_more_t_cells(comparison: Comparison) -> None:
    rows = {row.key: row for row in comparison.rows}
    oral = rows["busulfan_auc_mg_h_per_l"].differences[0]
    assert oral.low is not None and oral.low > 0.0  # noqa: PT018 - one fact
    graft = rows["infused_cd3_log10_per_kg"].differences[1]
    assert graft.low is not None and graft.low > 2.0  # noqa: PT018 - one fact


def test_a_quantity_no_arm_changes_has_no_difference_at_all(comparison: Comparison) -> None:
    rows = {row.key: row for row in comparison.rows}
    same = rows["infused_cd34_1e6_per_kg"].differences[0]
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_a_comparison_is_labelled_and_not_ranked(comparison: Comparison, regimens: list[Regimen]) -> None:
    document = comparison.to_json()
    assert document["simulated"] is True
    assert document["latent"] is True
    assert document["notice"] == NOTICE
    assert comparison.regimens == tuple(regimen.name for regimen in regimens)
    assert comparison.to_frame().height == len(comparison.rows) * len(regimens)


def test_under_draws_ten_patients_live_under_each_the_same_in_every_arm_and_intervals_hold_how_draws_differ(
    regimens: list[Regimen], comparison: Comparison
) -> None:
    population, parameters = load_population(regimens[0].protocol.population), load_parameters()
    clearance = Calibrated(name="busulfan_clearance_l_per_h", block=Block.TREATMENT, median=11.0, low=2.0, high=40.0)
    apart = Posterior(
        calibrated=(clearance,), z=np.array([[-1.0], [1.0]] * 3), digest="abc", made_with="a test", targets=()
    )
    under = compare(regimens[1:], population, parameters, apart, patients=PATIENTS, seed=3)
    assert (under.draws, under.posterior) == (6, "abc")
    assert under.intervals_hold == shares_intervals_hold(parameters, apart.drawn(parameters), 6, PATIENTS)
    assert comparison.intervals_hold == typical_intervals_hold(parameters)
    world, _ = worlds(regimens, population, parameters, 3, apart.drawn(parameters, "compare", 3))[0]
    assert world.draw_of(np.arange(25)).tolist() == [0] * 10 + [1] * 10 + [2] * 5
    key = "busulfan_auc_mg_h_per_l"
    widths = []
    for found, arm in ((under, 0), (comparison, 1)):
        one = next(row for row in found.rows if row.key == key).estimates[arm]
        widths.append((one.high or 0.0) - (one.low or 0.0))
    assert widths[0] > 3.0 * widths[1]


def test_more_patients_leave_the_first_ones_alone(regimens: list[Regimen], arms: list[Course]) -> None:
    population = load_population(regimens[0].protocol.population)
    world, _ = worlds(regimens, population, load_parameters(), 3)[0]
    few = simulate(world, 0, np.zeros(5, np.int64))
    assert few.daily.tobytes() == arms[0].daily[:5].tobytes()


def test_a_paired_difference_of_means_counts_only_pairs_known_in_both_arms() -> None:
    found = mean_difference(np.array([2.0, 4.0, np.nan, 7.0]), np.array([1.0, 2.0, 3.0, np.nan]))
    assert found.pairs == 2
    assert found.value == 1.5


def test_a_paired_difference_of_shares_agrees_with_agresti_and_min() -> None:
    # pairs in the cells (5, 12, 4, 9); the formula of Agresti & Min 2005 by hand, half a pair added to each cell
    first = np.repeat([1.0, 0.0, 1.0, 0.0], [5, 12, 4, 9])
    arm = np.repeat([1.0, 1.0, 0.0, 0.0], [5, 12, 4, 9])
    found = share_difference(arm, first)
    assert found.value == pytest.approx(100 * 8 / 30)
    centre, b, c, total = 8 / 32, 12.5, 4.5, 32
    half = 1.959964 * (b + c - (b - c) ** 2 / total) ** 0.5 / total
    assert found.low == pytest.approx(100 * (centre - half), abs=1e-4)
    assert found.high == pytest.approx(100 * (centre + half), abs=1e-4)


def test_one_regimen_twice_is_refused() -> None:
    regimen = regimen_of("atkins-2016", load_protocol)
    with pytest.raises(InputError, match="two or more different"):
        compare([regimen, regimen], load_population("aggressive-relapsing-ms"), load_parameters(), patients=2, seed=1)


def test_an_amendment_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="1 amendment"):
        regimen_of("atkins-2016@2", load_protocol)


def test_the_command_writes_page_picture_and_one_document(unselected: Path, tmp_path: Path) -> None:
    out = tmp_path / "compared"
    arguments = ["compare", "atkins-2016", str(unselected), "--patients", "12", "--out", str(out), "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["patients"] == 12
    posterior = load_posterior()
    assert posterior is not None
    drawn = posterior.drawn(load_parameters(), "compare", 2016)
    assert document["intervals_hold"] == shares_intervals_hold(load_parameters(), drawn, 2, 12)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert NOTICE in page
    assert document["intervals_hold"] in page
    assert "latent" in page
    assert (out / "SIMULATED-compared.svg").is_file()


def test_the_command_prints_the_notice(unselected: Path) -> None:
    done = CliRunner().invoke(app, ["compare", "atkins-2016", str(unselected), "--patients", "4"])
    assert NOTICE in done.stdout
    assert "SIMULATED, latent" in done.stdout
    assert "In plain words: if the model is right in its form" in " ".join(done.stdout.split())
