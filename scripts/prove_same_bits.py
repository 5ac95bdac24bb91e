"""Prove that no program reads memory that was given back, and that threads share none: digests under poisoned memory.

Run: ``.venv/bin/python scripts/prove_same_bits.py [--patients 3600] [--protocols a,b] [--conditions x,y]``. Every
patient's course and every study table is digested in processes of their own: plainly on one thread, on up to 64, with
freed memory filled by the C library, by Python or by a preloaded ``free``, in one arena of memory, and with the bounds
of every array checked. Exit status 1 if a bit differs. ``--valgrind`` runs a few patients under valgrind and prints
what it found.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import fields
from hashlib import sha256
from pathlib import Path

import numpy as np

PROTOCOLS = "atkins-2016,samijn-2006,shevchenko-2015,mist-2019-randomised"
FILL_ON_FREE = """
#include <malloc.h>
#include <string.h>
extern void __libc_free(void *);
void free(void *p) { if (p) memset(p, 0xA5, malloc_usable_size(p)); __libc_free(p); }
"""
PRELOADED = "preloaded"
ALL_AT_ONCE = {"MALLOC_PERTURB_": "85", "MALLOC_ARENA_MAX": "1", "PYTHONMALLOC": "malloc", "LD_PRELOAD": PRELOADED}
CONDITIONS: dict[str, tuple[int, dict[str, str]]] = {
    "plain-1": (1, {}),
    "plain-2": (2, {}),
    "plain-8": (8, {}),
    "plain-16": (16, {}),
    "plain-64": (64, {}),
    "one-arena-2": (2, {"MALLOC_ARENA_MAX": "1"}),
    "one-arena-16": (16, {"MALLOC_ARENA_MAX": "1"}),
    "perturbed-2": (2, {"MALLOC_PERTURB_": "85"}),
    "python-malloc-debug-2": (2, {"PYTHONMALLOC": "debug"}),
    "python-dev-mode-2": (2, {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "ignore"}),
    "filled-on-free-2": (2, {"LD_PRELOAD": PRELOADED, "PYTHONMALLOC": "malloc"}),
    "perturbed-one-arena-8": (8, {"MALLOC_PERTURB_": "85", "MALLOC_ARENA_MAX": "1", "PYTHONMALLOC": "malloc"}),
    "all-at-once-1": (1, ALL_AT_ONCE),
    "all-at-once-8": (8, ALL_AT_ONCE),
    "all-at-once-64": (64, ALL_AT_ONCE),
    "bounds-checked-2": (2, {"NUMBA_BOUNDSCHECK": "1"}),
}


def digest_of_run(name: str, patients: int, threads: int) -> str:
    """Return a digest of the latent courses and study tables of the first patients of a protocol."""
    from regraft.core.parameters import load_parameters  # noqa: PLC0415  # the parent needs none of it
    from regraft.patient.population import load_population  # noqa: PLC0415
    from regraft.trial.protocol import load_protocol  # noqa: PLC0415
    from regraft.trial.run import TrialPlan, run_batches  # noqa: PLC0415

    protocol = load_protocol(name)
    plan = TrialPlan(
        protocol=protocol,
        population=load_population(protocol.population),
        parameters=load_parameters(),
        seed=2016,
        years=protocol.follow_up_years,
    )
    digest = sha256()
    for batch in run_batches(plan, 0, patients, threads=threads, batch=20 * protocol.patients):
        for field in fields(batch.course):
            value = getattr(batch.course, field.name)
            digest.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
        for table in sorted(batch.study.tables):
            digest.update(table.encode() + batch.study.tables[table].write_csv().encode())
    return digest.hexdigest()


def run_apart(name: str, patients: int, condition: str, preload: Path) -> str:
    """Return the digest of a run in a process of its own, under a condition; an error's last line if it failed."""
    threads, settings = CONDITIONS[condition]
    named = {key: str(preload) if value == PRELOADED else value for key, value in settings.items()}
    command = [sys.executable, __file__, "--one", name, "--patients", str(patients), "--threads", str(threads)]
    done = subprocess.run(command, env={**os.environ, **named}, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else f"failed: {(done.stderr or 'no message').strip()[-200:]}"


def under_valgrind(name: str, patients: int) -> None:
    """Run a few patients on two threads under valgrind; its report goes to standard error.

    Valgrind knows no instructions of the latest processors, so the model is compiled for a plain one first.
    """
    environment = {**os.environ, "PYTHONMALLOC": "malloc", "NUMBA_CPU_NAME": "generic"}
    command = [sys.executable, __file__, "--one", name, "--patients", str(patients), "--threads", "2"]
    subprocess.run(command, env=environment, check=True)
    under = ["valgrind", "--error-limit=no", "--num-callers=8"]
    subprocess.run([*under, *command], env=environment, check=False)


def build_preload(folder: Path) -> Path:
    """Compile the ``free`` that fills what it frees."""
    source, library = folder / "fill.c", folder / "fill.so"
    source.write_text(FILL_ON_FREE)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)  # noqa: S607
    return library


def main() -> None:
    """Run every protocol under every condition and compare with the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=3600)
    parser.add_argument("--protocols", default=PROTOCOLS)
    parser.add_argument("--conditions", default=",".join(CONDITIONS))
    parser.add_argument("--valgrind", action="store_true")
    parser.add_argument("--one", help="run one protocol in this process and print its digest")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.one:
        print(digest_of_run(chosen.one, chosen.patients, chosen.threads))
        return
    if chosen.valgrind:
        under_valgrind(chosen.protocols.split(",")[0], chosen.patients)
        return
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        preload = build_preload(Path(folder))
        for name in chosen.protocols.split(","):
            expected = None
            for condition in chosen.conditions.split(","):
                start = time.perf_counter()
                found = run_apart(name, chosen.patients, condition, preload)
                expected = expected or found
                same = found == expected and not found.startswith("failed")
                different += not same
                verdict = "same" if same else f"DIFFERENT {found}"
                print(
                    f"{name:22s} {condition:22s} {time.perf_counter() - start:6.1f} s  {found[:16]}  {verdict}",
                    flush=True,
                )
    print(f"{different} runs differ")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
