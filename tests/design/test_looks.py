"""Boundaries, spending and chances of group sequential trials, against R's rpact 4.5 and gsDesign 3.11."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from regraft.core.errors import InputError
from regraft.design.looks.boundaries import FutilityAt, HaybittlePeto, LookPlan, WangTsiatis, boundaries
from regraft.design.looks.characteristics import expected_ratio, operating, type_one
from regraft.design.looks.crossing import exits, paths_from
from regraft.design.looks.spending import Spend, Spending

OF = Spending(function=Spend.OBRIEN_FLEMING)
POCOCK = Spending(function=Spend.POCOCK)
EXACT = {"rel": 0.0, "abs": 1e-6}
THIRDS = (1 / 3, 2 / 3, 1.0)
QUARTERS = (0.25, 0.5, 0.75, 1.0)


def hsd(gamma: float) -> Spending:
    return Spending(function=Spend.HWANG_SHIH_DECANI, parameter=gamma)


def plan(fractions=THIRDS, beta=0.1, efficacy=OF, **more) -> LookPlan:
    return LookPlan(fractions=fractions, alpha=0.025, beta=beta, efficacy=efficacy, **more)


KIM_DEMETS = Spending(function=Spend.POWER, parameter=3.0)
# getDesignGroupSequential(kMax, alpha=.025, beta, sided=1, typeOfDesign=...), getDesignCharacteristics(d)
DESIGNS = {
    "asOF k3": (plan(beta=0.2), [3.7103029, 2.5114275, 1.9930475], 1.0127948, [0.8655690, 0.9827656, 1.0107179]),
    "asOF .5": (plan((0.5, 1.0), 0.2), [2.9625880, 1.9685956], 1.003725, [0.9213863, 0.9914767, 1.0029595]),
    "OF k4": (
        plan(QUARTERS, efficacy=WangTsiatis(delta=0.0)),
        [4.0485910, 2.8627862, 2.3374551, 2.0242955],
        1.022163,
        [0.7673972, 0.9637188, 1.0189453],
    ),
    "P k4": (
        plan(QUARTERS, efficacy=WangTsiatis(delta=0.5)),
        [2.3612997] * 4,
        1.1831344,
        [0.6974956, 1.0412135, 1.1696006],
    ),
    "asP": (
        plan((0.4, 0.7, 1.0), efficacy=POCOCK),
        [2.2238750, 2.3050796, 2.3097514],
        1.1563904,
        [0.722932, 1.0281973, 1.1450041],
    ),
    "asHSD -4": (
        plan(efficacy=hsd(-4.0)),
        [3.0107395, 2.5465305, 1.9992264],
        1.015197,
        [0.7836538, 0.9689511, 1.0126423],
    ),
    "asKD 3": (
        plan(efficacy=KIM_DEMETS),
        [3.1130173, 2.4619340, 2.0087053],
        1.0184002,
        [0.7819613, 0.9682050, 1.0155713],
    ),
    "WT .25": (
        plan(beta=0.2, efficacy=WangTsiatis(delta=0.25)),
        [2.7411366, 2.3050119, 2.0828134],
        1.0543543,
        [0.8202069, 0.9966038, 1.0489301],
    ),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_boundaries_inflation_and_expected_size_are_those_of_rpact(name):
    asked, upper, inflation, ratio = DESIGNS[name]
    found = boundaries(asked)
    assert found.upper == pytest.approx(upper, **EXACT)
    assert found.inflation == pytest.approx(inflation, **EXACT)
    expected = expected_ratio(found)
    assert [expected.alternative, expected.half_way, expected.null] == pytest.approx(ratio, **EXACT)
    assert type_one(found).futility_overruled == pytest.approx(0.025, abs=1e-12)


# typeBetaSpending="bsOF" / "bsHSD" gammaB=-2 / futilityBounds=c(0,0), bindingFutility=FALSE
WITH_FUTILITY = {
    "bsOF": (plan(futility=OF), [-0.6945412, 1.0024596], 1.0593935, [0.8227671, 0.8686718, 0.6733313]),
    "bsHSD -2": (
        plan(efficacy=hsd(-4.0), futility=hsd(-2.0)),
        [-0.2387240, 0.9410672],
        1.0698831,
        [0.7912765, 0.8520246, 0.6248586],
    ),
    "z 0, 0": (
        plan(futility=FutilityAt(z=(0.0, 0.0))),
        [0.0, 0.0],
        1.0636741,
        [0.8231797, 0.8891026, 0.6626215],
    ),
}


@pytest.mark.parametrize("name", WITH_FUTILITY)
def test_futility_that_does_not_bind_is_that_of_rpact(name):
    asked, lower, inflation, ratio = WITH_FUTILITY[name]
    found = boundaries(asked)
    assert found.lower[:-1] == pytest.approx(lower, **EXACT)
    assert found.inflation == pytest.approx(inflation, **EXACT)
    expected = expected_ratio(found)
    assert [expected.alternative, expected.half_way, expected.null] == pytest.approx(ratio, **EXACT)


def test_power_by_look_is_that_of_rpact():
    found = boundaries(plan(futility=OF))
    power = np.cumsum(operating(found, found.drift).efficacy)
    assert power == pytest.approx([0.0372088, 0.5845315, 0.9], **EXACT)  # d$power


def test_twelve_looks_need_no_warning():
    # rpact's first bound, 7.6758596, has lost digits of 1 - p near 1: its exact alpha spent lies at 7.6761003
    found = boundaries(plan(tuple(np.arange(1, 13) / 12), 0.2)).upper
    assert found[1:6] == pytest.approx([5.3665578, 4.3330816, 3.7165539, 3.3008245, 2.9981289], abs=3e-6)
    assert found[-1] == pytest.approx(2.0930658, abs=1.1e-6)
    assert ndtr(-found[0]) == pytest.approx(2.0 * ndtr(ndtri(0.0125) * np.sqrt(12.0)), rel=1e-9)


@pytest.mark.parametrize(
    ("events", "upper"),
    [(45, [2.47627192, 1.99599937]), (40, [2.65311037, 1.98192661]), (35, [2.86508552, 1.97165882])],
)
def test_bounds_are_updated_to_the_information_that_is_there(events, upper):
    # getDesignGroupSequential(alpha=.025, informationRates=c(events/66, 1), typeOfDesign="asOF")
    assert boundaries(plan((events / 66, 1.0), 0.2)).upper == pytest.approx(upper, **EXACT)


def test_after_an_overrun_error_is_spent_by_the_plan_and_correlation_by_what_happened():
    # asUser c(.00398768943, .025) at informationRates c(40/72, 1): planned 40 of 66, ended at 72
    found = boundaries(plan((40 / 72, 1.0), 0.2, clock=(40 / 66, 1.0)))
    assert found.upper == pytest.approx([2.65311037, 1.98642146], **EXACT)
    assert ndtr(-found.upper[0]) == pytest.approx(0.00398768943, abs=1e-10)


def test_power_and_expected_number_are_those_of_rpact():
    # getPowerAndAverageSampleNumber(asOF .5/1, theta c(0, .2, .4), nMax 50)
    found = boundaries(plan((0.5, 1.0), 0.2))
    at = [operating(found, theta * np.sqrt(50)) for theta in (0.0, 0.2, 0.4)]
    assert [one.power for one in at] == pytest.approx([0.0249999996, 0.2913714388, 0.8059952451], **EXACT)
    expected = [50 * one.expected_fraction for one in at]
    assert expected == pytest.approx([49.9618669, 49.3788242, 45.8030712], **EXACT)
    people = exits(paths_from(), np.array([25.0, 50.0]), found.lower, found.upper, 0.4)
    assert people.efficacy.sum() == pytest.approx(at[2].power, abs=1e-12)


def test_futility_that_binds_holds_alpha_only_when_it_is_obeyed():
    loose = boundaries(plan(efficacy=hsd(-4.0), futility=hsd(-2.0)))
    bound = boundaries(plan(efficacy=hsd(-4.0), futility=hsd(-2.0), binding=True))
    free, tied = type_one(loose), type_one(bound)
    assert free.futility_overruled == pytest.approx(0.025, abs=1e-10)
    assert free.futility_obeyed < 0.0235
    assert tied.futility_obeyed == pytest.approx(0.025, abs=1e-10)
    assert tied.futility_overruled > 0.0265
    assert operating(bound, bound.drift).power == pytest.approx(0.9, abs=1e-10)
    assert bound.inflation < loose.inflation
    assert (bound.upper[1:] < loose.upper[1:]).all()


def test_power_counts_futility_also_where_it_does_not_bind():
    # HSD k3: inflation 1.0152 without futility, 1.0699 with: power is not the same without more patients
    assert boundaries(plan(efficacy=hsd(-4.0))).inflation == pytest.approx(1.0152, abs=1e-4)
    assert boundaries(plan(efficacy=hsd(-4.0), futility=hsd(-2.0))).inflation == pytest.approx(1.0699, abs=1e-4)


def test_the_last_look_spends_what_is_left_whatever_the_clock_says():
    early = boundaries(plan((0.5, 1.0), clock=(0.3, 0.8)))
    assert type_one(early).futility_overruled == pytest.approx(0.025, abs=1e-12)
    user = Spending(function=Spend.USER, cumulative=(0.001, 0.01, 0.02))
    assert type_one(boundaries(plan(efficacy=user))).futility_overruled == pytest.approx(0.025, abs=1e-12)


def test_a_look_at_which_efficacy_is_not_tested_spends_nothing():
    found = boundaries(plan(efficacy_at=(False, True, True)))
    assert np.isinf(found.upper[0])
    assert ndtr(-found.upper[1]) == pytest.approx(OF.by(THIRDS, 0.025)[1], rel=1e-9)
    assert type_one(found).futility_overruled == pytest.approx(0.025, abs=1e-12)
    skipped = boundaries(plan(futility=OF, futility_at=(False, True)))
    assert np.isneginf(skipped.lower[0])
    assert operating(skipped, skipped.drift).power == pytest.approx(0.9, abs=1e-10)


def test_haybittle_and_peto_leave_nearly_all_to_the_end():
    found = boundaries(plan(efficacy=HaybittlePeto()))
    assert list(found.upper[:2]) == [3.0, 3.0]
    assert 1.96 < found.upper[2] < 1.99
    assert type_one(found).futility_overruled == pytest.approx(0.025, abs=1e-12)


def test_looks_close_to_each_other_are_as_exact_as_others():
    close = boundaries(plan((0.5, 0.501, 1.0)))
    assert type_one(close).futility_overruled == pytest.approx(0.025, abs=1e-12)
    # as the second look moves onto the first, the plan becomes that without it
    assert close.upper[-1] == pytest.approx(boundaries(plan((0.5, 1.0))).upper[-1], abs=2e-4)


def test_chances_of_three_looks_are_those_of_the_multivariate_normal():
    from scipy.stats import multivariate_normal

    t, upper = np.array([0.3, 0.6, 1.0]), np.array([2.5, 2.2, 2.0])
    covariance = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    lower = np.full(3, -np.inf)
    for drift in (0.0, 2.5):
        stay = multivariate_normal(drift * np.sqrt(t), covariance, seed=1, maxpts=10**6, abseps=1e-7, releps=1e-7)
        inside = stay.cdf(upper)
        assert exits(paths_from(), t, lower, upper, drift).efficacy.sum() == pytest.approx(1.0 - inside, abs=2e-6)


# ---------------------------------------------------------------- wrong rules that exist elsewhere


def never_do_compare_p_with_what_is_spent(cumulative, fractions) -> float:
    """Return the type I error of the rule that stops when a look's p lies below the cumulative amount."""
    return float(
        exits(
            paths_from(), np.asarray(fractions), np.full(len(fractions), -np.inf), -ndtri(cumulative), 0.0
        ).efficacy.sum()
    )


def test_comparing_p_with_the_cumulative_amount_spent_inflates_the_error():
    """Mutation: the rule of refua-clinical 0.8.1 and zalando/expan #242; DESIGN gives its size at 3 and 5 looks."""
    fifths = tuple(np.arange(1, 6) / 5)
    for spending, at_three, at_five in ((POCOCK, 0.0406, 0.0487), (OF, 0.0268, 0.0289)):
        assert never_do_compare_p_with_what_is_spent(spending.by(THIRDS, 0.025), THIRDS) == pytest.approx(
            at_three, abs=2e-4
        )
        assert never_do_compare_p_with_what_is_spent(spending.by(fifths, 0.025), fifths) == pytest.approx(
            at_five, abs=2e-4
        )
        ours = boundaries(plan(fifths, efficacy=spending))
        assert (ndtr(-ours.upper[1:]) < spending.by(fifths, 0.025)[1:]).all()


def test_obrien_flemings_spending_halves_alpha_first():
    """Mutation: 1 - Phi(z_alpha / sqrt t) without the half is another function; with p against it .0279 and .0305."""
    fifths = tuple(np.arange(1, 6) / 5)
    for looks, size in ((THIRDS, 0.0279), (fifths, 0.0305)):
        wrong = ndtr(ndtri(0.025) / np.sqrt(looks))
        assert never_do_compare_p_with_what_is_spent(wrong, looks) == pytest.approx(size, abs=2e-4)
        assert OF.by(looks, 0.025)[0] < wrong[0] / 2
    assert OF.by((40 / 66, 1.0), 0.025)[0] == pytest.approx(0.00398768943, abs=1e-10)  # 2-2*pnorm(qnorm(.9875)/sqrt(t))


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fractions": (0.5, 0.5, 1.0)}, "increase from one look to the next"),
        ({"fractions": (0.0, 1.0)}, "must be above 0"),
        ({"fractions": (0.5, 0.9)}, "last stands at 0.9"),
        ({"beta": 0.0}, "beta 0"),
        ({"efficacy": Spending(function=Spend.USER, cumulative=(0.01, 0.02, 1.2))}, "1.2 is over 1"),
        ({"efficacy": Spending(function=Spend.USER, cumulative=(0.01, 0.02, 0.03))}, "nor end above 0.025"),
        ({"efficacy": Spending(function=Spend.USER, cumulative=(0.01, 0.005, 0.025))}, "must not fall"),
        ({"efficacy": Spending(function=Spend.POWER, parameter=-1.0)}, "rho -1"),
        ({"efficacy": HaybittlePeto(interim_z=1.9)}, "before the end"),
        ({"efficacy_at": (True,)}, "1 values for 3 looks"),
        ({"futility": FutilityAt(z=(0.0,))}, "1 values of z for 2 interim looks"),
        ({"clock": (0.5, 1.0)}, "2 values for 3 looks"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(changes, said):
    with pytest.raises(InputError, match=said):
        boundaries(plan(**changes))


def test_alpha_out_of_range_is_refused():
    with pytest.raises(InputError, match=r"alpha 0\.6"):
        boundaries(LookPlan(fractions=(1.0,), alpha=0.6, beta=0.1, efficacy=OF))
