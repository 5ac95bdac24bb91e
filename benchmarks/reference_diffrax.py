"""The reference problem in diffrax (Tsit5, vmapped, 64 bits); needs diffrax and NumPy only.

Run: ``python benchmarks/reference_diffrax.py PARAMETERS.npy OUT.npy``; prints seconds of the second call as JSON.
"""

import json
import sys
import time
from importlib.metadata import version

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
RTOL, ATOL = 1e-6, 1e-8
DOSE_TIMES = jnp.arange(16) * 6.0
DAYS = jnp.arange(61) * 24.0


def _rates(_t: float, y: jax.Array, p: jax.Array) -> jax.Array:
    clearance, volume, ktr, gamma, slope = p
    depot, central, prol, t1, t2, t3, circ = y
    growth = (1.0 - slope * central / volume) * (5.0 / circ) ** gamma - 1.0
    return jnp.stack(
        [
            -1.5 * depot,
            1.5 * depot - clearance / volume * central,
            ktr * prol * growth,
            ktr * (prol - t1),
            ktr * (t1 - t2),
            ktr * (t2 - t3),
            ktr * (t3 - circ),
        ]
    )


def _between(y: jax.Array, p: jax.Array, start: float, end: float, times: jax.Array) -> diffrax.Solution:
    return diffrax.diffeqsolve(
        diffrax.ODETerm(_rates),
        diffrax.Tsit5(),
        start,
        end,
        0.1,
        y,
        p,
        max_steps=100_000,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=RTOL, atol=ATOL),
    )


def _one(p: jax.Array) -> jax.Array:
    """Dose by dose up to hour 96 by a scan, then on to day 60; the days fall on ends of the six-hour stretches."""

    def dose(y: jax.Array, start: jax.Array) -> tuple[jax.Array, jax.Array]:
        y = y.at[0].add(60.0)
        y = _between(y, p, start, start + 6.0, jnp.array([start + 6.0])).ys[-1]
        return y, y[6]

    y0 = jnp.array([0.0, 0.0, 5.0, 5.0, 5.0, 5.0, 5.0])
    y, ends = jax.lax.scan(dose, y0, DOSE_TIMES)
    late = _between(y, p, 96.0, 1440.0, DAYS[5:]).ys[:, 6]
    return jnp.concatenate([jnp.array([5.0]), ends[3::4], late])


def main() -> None:
    """Solve and report."""
    parameters = jnp.asarray(np.load(sys.argv[1]))
    solve = jax.jit(jax.vmap(_one))
    solve(parameters).block_until_ready()
    start, used = time.perf_counter(), time.process_time()
    solved = solve(parameters).block_until_ready()
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    np.save(sys.argv[2], np.asarray(solved))
    print(
        json.dumps({"seconds": seconds, "cpu_seconds": cpu, "version": version("diffrax"), "rtol": RTOL, "atol": ATOL})
    )


if __name__ == "__main__":
    main()
