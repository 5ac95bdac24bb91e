"""What a small pool for tests is made of: people of RAM-MS, in clusters far smaller than a trial."""

from typing import Any

from regraft.core.parameters import load_parameters
from regraft.endpoints.definition import load_definition
from regraft.simulated_design.lives import Lives
from regraft.trial.protocol import load_protocol

CLUSTER, CLUSTERS, PART = 8, 20, 40
SMALL_DESIGN = """
name = "small"
protocol = "atkins-2016"
[[estimand]]
name = "activity or death, 1 year"
endpoint = "activity_free_survival_death_event"
years = 1.0
death = "event"
[hypothesis]
estimand = "activity or death, 1 year"
test = "exact_binomial"
alpha = 0.05
reference = { free_pct = 50, years = 1 }
[assumed]
free_pct = { transplantation = 85 }
[[safety]]
counts = "treatment_related_death"
arm = "transplantation"
rule = "count"
stop_at = [{ events = 1, people = 8 }]
null_pct = 3.0
patients = 8
[[scenario]]
name = "typical"
parameters = "typical"
[[scenario]]
name = "as the reference"
parameters = "typical"
effect_share = 0.0
[[candidate]]
name = "n8"
patients = 8
[run]
trials = 400
people = 320
[sources]
"assumed.free_pct" = { origin = "assumed", why = "a test" }
"""


def lives_of(protocol: str = "ram-ms", **more: Any) -> Lives:
    """Return what decides the people; ``more`` are fields that differ, `definitions` as names."""
    one = load_protocol(protocol)
    names = more.pop("definitions", (one.endpoints.definitions,))
    fields = {"draws": None, "cluster": CLUSTER, "years": 3.0, "seed": 2016} | more
    return Lives(
        protocol=one,
        definitions={name: load_definition(name) for name in names},
        parameters=load_parameters(),
        **fields,
    )
