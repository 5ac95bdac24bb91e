"""Show that no simulated person is impossible.

Limits, order of dates, nothing after the end, and `check` accepts every study.

Usage: ``scripts/prove_people.py [--patients 10000] [--trials 2000] [--seed 1] [--protocols NAME ...]``. Each protocol
gives `--patients` people under the draws that ``regraft run`` takes; then `--trials` trials of the default size of the
first protocol go through the check of recorded data one by one. Prints a line per problem; exit code 1 with any.
"""

import argparse
import sys
import time

from people_limits import Limit, beyond, load_limits, names
from people_order import broken

from regraft.core.parameters import load_parameters
from regraft.patient.population import load_population
from regraft.replication.parameter_draws import posterior_draws
from regraft.study.check import check_study
from regraft.study.findings import errors
from regraft.study.tables import Study
from regraft.trial.protocol import load_protocol
from regraft.trial.run import TrialPlan, run_batches

PROTOCOLS = ("atkins-2016", "hamerschlak-2010", "beam-atg", "burt-2021", "samijn-2006", "mist-2019-randomised")
BATCH = 480


def plan_of(protocol_name: str, seed: int) -> TrialPlan:
    """Return the plan that ``regraft run`` follows."""
    protocol, parameters = load_protocol(protocol_name), load_parameters()
    return TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population),
        parameters=parameters,
        seed=seed,
        draws=posterior_draws(protocol, parameters, seed),
        years=protocol.follow_up_years,
    )


def problems_of(plan: TrialPlan, patients: int, limits: dict[str, Limit]) -> dict[str, str]:
    """Return every problem of the first `patients` people of a plan, by column or rule, as it was first met."""
    found: dict[str, str] = {}
    for batch in run_batches(plan, 0, patients, threads=1, batch=BATCH):
        for line in (*beyond(batch.course, batch.study, limits), *broken(batch.course, batch.study)):
            found.setdefault(line.split(":")[0], line)
        for error in errors(check_study(batch.study)):
            found.setdefault(f"{error.file} {error.column}", f"check: {error}")
    return found


def refused_trials(plan: TrialPlan, trials: int) -> int:
    """Return how many of `trials` trials of the protocol's own size the check of recorded data refuses."""
    size, refused = plan.protocol.patients, 0
    for batch in run_batches(plan, 0, trials * size, threads=1, batch=max(1, BATCH // size) * size):
        if errors(check_study(batch.study)):
            refused += sum(bool(errors(check_study(trial))) for trial in _trials(batch.study))
    return refused


def _trials(study: Study) -> list[Study]:
    people = study.table("subjects").select("subject_id", "trial_number")
    return [
        Study({name: table.join(own, on="subject_id", how="semi") for name, table in study.tables.items()}, study.about)
        for own in people.partition_by("trial_number")
    ]


def main() -> int:
    """Run all protocols and trials; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--protocols", nargs="*", default=PROTOCOLS)
    asked = parser.parse_args()
    limits = dict(load_limits(sampled=load_parameters()))
    lacking = [name for name in names() if name not in limits]
    if lacking:
        print("no limits for", ", ".join(lacking))
        return 1
    worst = 0
    for name in asked.protocols:
        start = time.perf_counter()
        found = problems_of(plan_of(name, asked.seed), asked.patients, limits)
        worst += len(found)
        print(
            f"{name}: {asked.patients} people, {len(found)} problems ({time.perf_counter() - start:.0f} s)", flush=True
        )
        for line in found.values():
            print(f"  {line}")
    if asked.trials:
        refused = refused_trials(plan_of(asked.protocols[0], asked.seed), asked.trials)
        worst += refused
        print(f"{asked.protocols[0]}: {refused} of {asked.trials} trials refused by the check")
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
