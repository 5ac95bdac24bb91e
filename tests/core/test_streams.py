"""The random streams: known answers, addresses, and the quantile functions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri

from regraft.core.kernels import kernel
from regraft.core.streams import (
    address,
    binomial_quantile,
    fill_normals,
    normal,
    normal_quantile,
    philox,
    poisson_quantile,
    uniform,
    uniforms4,
)

WORDS = st.integers(0, 2**63 - 1)
ALL_ONES = np.uint64(2**64 - 1)


def test_philox_gives_the_known_answers_of_random123() -> None:
    # Random123 1.14, kat_vectors: philox4x64 10
    zeros = [int(word) for word in philox(0, 0, 0, 0, 0, 0)]
    assert zeros == [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    ones = [int(word) for word in philox(ALL_ONES, ALL_ONES, ALL_ONES, ALL_ONES, ALL_ONES, ALL_ONES)]
    assert ones == [0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0]
    digits_of_pi = [
        np.uint64(word)
        for word in (
            0x243F6A8885A308D3,
            0x13198A2E03707344,
            0xA4093822299F31D0,
            0x082EFA98EC4E6C89,
            0x452821E638D01377,
            0xBE5466CF34E90C6C,
        )
    ]
    pi = [int(word) for word in philox(*digits_of_pi)]
    assert pi == [0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6]


@settings(max_examples=50)
@given(seed=WORDS, patient=WORDS, step=WORDS, slot=st.integers(0, 2**48))
def test_a_uniform_is_the_same_alone_or_in_a_block_of_four(seed: int, patient: int, step: int, slot: int) -> None:
    alone = uniform(seed, patient, 3, step, slot)
    block = uniforms4(seed, patient, 3, step, slot // 4)
    assert alone == block[slot % 4]
    assert 0.0 < alone < 1.0


@settings(max_examples=50)
@given(seed=WORDS, patient=WORDS, step=WORDS, slot=st.integers(0, 2**48), count=st.integers(1, 11))
def test_normals_are_the_same_alone_or_in_a_row(seed: int, patient: int, step: int, slot: int, count: int) -> None:
    row = np.empty(count)
    fill_normals(seed, patient, 3, step, slot, row)
    assert row.tolist() == [normal(seed, patient, 3, step, slot + k) for k in range(count)]


def test_uniforms_are_uniform_and_neighbours_uncorrelated() -> None:
    @kernel
    def fill(out):  # type: ignore[no-untyped-def]  # numba
        for i in range(out.shape[0]):
            out[i] = uniform(7, i, 3, 5, 0)

    out = np.empty(20_000)
    fill(out)
    assert stats.kstest(out, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(out[:-1], out[1:])[0, 1]) < 0.03


@settings(max_examples=200)
@given(st.floats(1e-15, 1 - 1e-15))
def test_the_normal_quantile_agrees_with_scipy(u: float) -> None:
    assert normal_quantile(u) == pytest.approx(ndtri(u), rel=1e-13, abs=1e-14)


@settings(max_examples=200)
@given(u=st.floats(1e-9, 1 - 1e-9), mean=st.floats(1e-6, 400))
def test_the_poisson_quantile_inverts_the_distribution(u: float, mean: float) -> None:
    count = poisson_quantile(u, mean)
    assert stats.poisson.cdf(count, mean) >= u - 1e-9
    assert count == 0 or stats.poisson.cdf(count - 1, mean) <= u + 1e-9


@settings(max_examples=200)
@given(u=st.floats(1e-9, 1 - 1e-9), n=st.integers(1, 10**6), p=st.floats(1e-8, 4e-4))
def test_the_binomial_quantile_inverts_the_distribution(u: float, n: int, p: float) -> None:
    count = binomial_quantile(u, float(n), p)
    assert stats.binom.cdf(count, n, p) >= u - 1e-8
    assert count == 0 or stats.binom.cdf(count - 1, n, p) <= u + 1e-8


def test_addresses_of_names_do_not_change_between_versions() -> None:
    assert address("a") == 0x433911C6EB0D
    assert address("b") != address("a")
