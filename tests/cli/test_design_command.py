"""`regraft design`: numbers in JSON, decisions in words, no simulator, and an answer at once."""

import json
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from regraft.cli.commands import app
from regraft.cli.design import bounds

SIMULATOR = ("patient", "physiology", "disease", "therapy", "treatment", "enrolment", "course", "trial")
PROGRAM = f"""
import sys
from regraft.cli.design import bounds, final, forecast, monitor

bounds("beat-ms-like", True)
monitor("beat-ms-like", 1, 1.9, 38.0, 2, 7, True)
forecast("beat-ms-like", ["A=7@9"], True)
final("beat-ms-like", [1.6, 2.4], None, True)
packages = {{name.split(".")[1] for name in sys.modules if name.startswith("regraft.")}}
print(sorted(packages & set({SIMULATOR!r})), "scipy.stats" in sys.modules, file=sys.stderr)
"""


def answer(*words: str) -> dict:
    done = CliRunner().invoke(app, ["design", *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def said(*words: str) -> str:
    done = CliRunner().invoke(app, ["design", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def plain(tmp_path):
    """A design of O'Brien-Fleming looks at 40 and 66 events, without futility."""
    path = tmp_path / "plain.toml"
    path.write_text(
        'name = "plain"\n[hypothesis]\nestimand = "x"\ntest = "log_rank"\n[looks]\nby = "events"\nat = [40, 66]\n'
    )
    return str(path)


def test_no_module_of_the_simulator_is_loaded():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=120)
    assert done.stderr.strip().splitlines()[-1] == "[] False"


def test_bounds_stand_on_every_scale_with_both_errors(plain):
    told = answer("bounds", plain)["looks"]
    assert [look["efficacy_z"] for look in told["looks"]] == pytest.approx([2.65311037, 1.98192661], abs=1e-6)
    assert told["looks"][0]["efficacy_p"] == pytest.approx(0.00398768943, abs=1e-9)
    assert told["looks"][0]["futility_z"] is None
    both = answer("bounds", "beat-ms-like")
    assert both["looks"]["type_one_futility_overruled"] == pytest.approx(0.025)
    assert both["looks"]["type_one_futility_obeyed"] < 0.0235
    assert both["safety"][0]["stop_at"][0] == {"events": 2, "people": 7}
    assert "overruled" in said("bounds", "beat-ms-like")


def test_bounds_are_there_in_a_tenth_of_a_second(capsys):
    bounds("beat-ms-like", True)  # imports
    lasted = []
    for _ in range(5):
        began = time.process_time()  # a busy machine makes everybody wait
        bounds("beat-ms-like", True)
        lasted.append(time.process_time() - began)
    capsys.readouterr()
    assert min(lasted) < 0.1


def test_a_look_is_decided_by_updated_bounds(plain):
    told = answer("monitor", plain, "--look", "1", "--information", "45", "--z", "2.5")["look"]
    assert told["efficacy_z"] == pytest.approx(2.47627192, abs=1e-6)
    assert told["decision"] == "efficacy"
    assert answer("monitor", plain, "--look", "1", "--z", "2.5")["look"]["decision"] == "go on"
    assert answer("monitor", plain, "--look", "2", "--z", "1.9")["look"]["decision"] == "not shown"
    stop = said("monitor", "beat-ms-like", "--look", "1", "--z", "0.1")
    assert "futility" in stop
    assert "does not bind" in stop


def test_harm_is_decided_by_the_rule():
    assert answer("monitor", "beat-ms-like", "--harm", "2", "--of", "7")["safety"]["met"]
    assert not answer("monitor", "beat-ms-like", "--harm", "2", "--of", "8")["safety"]["met"]
    assert "the rule is met: stop" in said("monitor", "beat-ms-like", "--harm", "2", "--of", "7")


def test_recruits_bring_the_forecast_nearer():
    before = answer("forecast", "beat-ms-like")["patients"][0]
    fast = answer("forecast", "beat-ms-like", "--recruited", "A=40@9")["patients"][0]
    assert before["patients"] == fast["patients"] == 156
    assert fast["median"] < before["median"]
    assert before["wide"][1] is None  # recruitment ends at month 60 before so many are there
    assert "never" in said("forecast", "beat-ms-like")


def test_the_end_is_told_as_rpact_tells_it(tmp_path):
    path = tmp_path / "six.toml"
    path.write_text(
        'name = "six"\n[hypothesis]\nestimand = "x"\ntest = "log_rank"\n[looks]\nby = "events"\nfractions = [0.6, 1]\n'
    )
    told = answer("final", str(path), "--z", "1.6", "--z", "2.4")
    assert told["p_value"] == pytest.approx(0.010328652, abs=1e-6)
    assert told["repeated_p_value"] == pytest.approx(0.0084190664, abs=1e-6)
    assert "Median-unbiased" in said("final", str(path), "--z", "1.6", "--z", "2.4", "--root-information", "4.0")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("monitor", "beat-ms-like", "--look", "1"), "--look with --z"),
        (("monitor", "beat-ms-like", "--look", "5", "--z", "1"), "has 2"),
        (("monitor", "beat-ms-like", "--harm", "9", "--of", "7"), "events cannot exceed"),
        (("forecast", "beat-ms-like", "--recruited", "A7"), "SITE=N@MONTH"),
        (("forecast", "beat-ms-like", "--recruited", "A=1@3", "--recruited", "B=1@4"), "Count all in one"),
        (("forecast", "beat-ms-like", "--recruited", "A=200@9"), "asks for no more"),
        (("bounds", "beat-ms-lik"), "Did you mean beat-ms-like"),
    ],
)
def test_what_cannot_be_is_refused_in_words(words, why):
    with pytest.raises(Exception, match=why):
        CliRunner().invoke(app, ["design", *words], catch_exceptions=False)


GROWING = """
name = "growing"
[[estimand]]
name = "x"
endpoint = "relapse"
years = 3.0
death = "competing"
[hypothesis]
estimand = "x"
test = "log_rank"
[assumed]
hazard_ratio = 0.5
control_event_pct = 40
death_annual_pct = { a = 2, b = 1 }
effect_uncertainty = 0.4
[looks]
by = "events"
at = [24, 48]
[reestimation]
at_look = 1
kind = "promising_zone"
maximum_patients = 240
[recruitment]
patients = 120
sites = [{ name = "A", per_month = 4.0 }]
[[safety]]
counts = "treatment_related_death"
arm = "a"
rule = "obrien_fleming"
null_pct = 5.0
alpha = 0.1
patients = 50
monitored = "total_time"
"""


def test_sizes_beliefs_and_days_watched_are_printed(tmp_path):
    path = tmp_path / "growing.toml"
    path.write_text(GROWING)
    told = said("bounds", str(path))
    for words in (
        "Size re-estimated (promising zone)",
        "were both stages pooled",
        "Assurance 0.",
        " days.",
        "events on average",
    ):
        assert words in told
    look = said("monitor", str(path), "--look", "1", "--z", "1.4")
    assert "The plan then asks for" in look
    document = answer("monitor", str(path), "--look", "1", "--z", "1.4")["look"]["reestimated"]
    assert 120 < document["people"] <= 240
    assert "the rule is met" in said("monitor", str(path), "--harm", "3", "--of", "12", "--watched", "500")
    months = said("forecast", str(path))
    assert "In the next 12 months" in months
    assert "look 1 at 24 events in month" in months
    assert "who dies of something else" in months


SINGLE = """
name = "single"
[hypothesis]
estimand = "x"
test = "TEST"
alpha = 0.05
reference = { free_pct = 50, years = 3 }
[assumed]
free_pct = { a = 75 }
[[candidate]]
name = "n"
patients = 25
LOOKS
"""


def test_counts_blinded_sizes_and_borrowing_are_printed(tmp_path):
    stages = tmp_path / "stages.toml"
    looks = '[looks]\nby = "patients"\ntwo_stage = "optimal"'
    stages.write_text(SINGLE.replace("TEST", "exact_binomial").replace("LOOKS", looks))
    told = said("bounds", str(stages))
    assert "11 people read: no efficacy with 6 or fewer free." in told
    assert "shown with 0.8005" in told
    borrows = tmp_path / "borrows.toml"
    history = (
        '[borrowing]\narm = "a"\nfrom = ["atkins-2016"]\nendpoint = "disease_activity_free_survival"\n'
        'prior = { kind = "power_prior", a0 = 0.5 }'
    )
    borrows.write_text(SINGLE.replace("TEST", "posterior").replace("LOOKS", history))
    told = said("bounds", str(borrows))
    assert "a borrows: mean share 0.667" in told
    assert "people worth: local information 13.5000" in told
    blind = tmp_path / "blind.toml"
    blind.write_text(
        'name = "blind"\n[hypothesis]\nestimand = "x"\ntest = "fisher"\n[assumed]\nfree_pct = { a = 80, b = 50 }\n'
        '[[candidate]]\nname = "n"\npatients = 80\n[looks]\nby = "patients"\nfractions = [0.5, 1]\n'
        'efficacy = { at = [false, true] }\n[reestimation]\nat_look = 1\nkind = "blinded"\nmaximum_patients = 200\n'
    )
    assert "50% of both arms free at the look: 86 people" in said("bounds", str(blind))
    empty = tmp_path / "empty.toml"
    empty.write_text('name = "empty"\n[hypothesis]\nestimand = "x"\ntest = "log_rank"\n')
    assert "nothing in the file that has a boundary" in said("bounds", str(empty))
