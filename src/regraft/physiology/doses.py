"""Orders that wait, and what happens in the body at the moment a dose begins or an infusion ends."""

from math import inf

from regraft.core.arrays import Record
from regraft.core.integrate import Pace
from regraft.core.kernels import kernel
from regraft.physiology.antibodies import alemtuzumab_left_mg
from regraft.physiology.busulfan import Busulfan, busulfan_at
from regraft.physiology.lymphocytes import lymphocytes_at_rest, lymphocytes_per_ul
from regraft.physiology.registers import end_due_infusions, next_end_day, start_infusion
from regraft.physiology.world import GCSF, Body, Drug, Input, Order, Tally, busulfan_of, lymphocytes_of, put

_SAME_MOMENT = 1e-9  # days


@kernel
def order(
    body: Body,
    start_day: float,
    drug: int,
    amount: float,
    duration_days: float,
    absorption_per_day: float,
    clearance_l_per_day: float,
) -> None:
    """Write a dose into the agenda, in order of time; a full agenda sets the status instead of raising."""
    agenda, n = body.agenda, int(body.tally[Tally.ORDERS])
    if n >= agenda.shape[0]:
        body.tally[Tally.STATUS] = 9.0
        return
    row = n
    while row > 0 and agenda[row - 1, Order.START_DAY] > start_day:
        for j in range(agenda.shape[1]):
            agenda[row, j] = agenda[row - 1, j]
        row -= 1
    agenda[row, Order.START_DAY] = start_day
    agenda[row, Order.DRUG] = drug
    agenda[row, Order.AMOUNT] = amount
    agenda[row, Order.DURATION_DAYS] = duration_days
    agenda[row, Order.ABSORPTION_PER_DAY] = absorption_per_day
    agenda[row, Order.CLEARANCE_L_PER_DAY] = clearance_l_per_day
    body.tally[Tally.ORDERS] = n + 1.0


@kernel
def next_change_day(body: Body) -> float:
    """The next moment at which a dose begins or an infusion ends."""
    u = body.inputs
    soonest = min(
        u[Input.BUSULFAN_ENDS_DAY], u[Input.CYCLOPHOSPHAMIDE_ENDS_DAY], u[Input.ATG_ENDS_DAY], next_end_day(u)
    )
    if body.tally[Tally.ORDERS] > 0.0:
        soonest = min(soonest, body.agenda[0, Order.START_DAY])
    return soonest


@kernel
def _end_infusions(body: Body, t: float, p: Record) -> bool:
    """Stop what has run its time; return whether anything changed."""
    u = body.inputs
    changed = end_due_infusions(u, t + _SAME_MOMENT)
    if u[Input.BUSULFAN_ENDS_DAY] <= t + _SAME_MOMENT:
        b = busulfan_at(busulfan_of(u), t, p)
        put(
            u,
            Input.BUSULFAN,
            Busulfan(t, b.depot_mg, b.central_mg, 0.0, b.absorption_per_day, b.clearance_l_per_day, b.auc_mg_h_per_l),
        )
        u[Input.BUSULFAN_ENDS_DAY], changed = inf, True
    if u[Input.CYCLOPHOSPHAMIDE_ENDS_DAY] <= t + _SAME_MOMENT:
        u[Input.CYCLOPHOSPHAMIDE_MG_PER_DAY], u[Input.CYCLOPHOSPHAMIDE_ENDS_DAY], changed = 0.0, inf, True
    if u[Input.ATG_ENDS_DAY] <= t + _SAME_MOMENT:
        u[Input.ATG_MG_PER_DAY], u[Input.ATG_ENDS_DAY], changed = 0.0, inf, True
    return changed


@kernel
def _give_busulfan(body: Body, row: int, t: float, p: Record) -> None:
    u, agenda = body.inputs, body.agenda
    b = busulfan_at(busulfan_of(u), t, p)
    amount, duration = agenda[row, Order.AMOUNT], agenda[row, Order.DURATION_DAYS]
    absorption, clearance = agenda[row, Order.ABSORPTION_PER_DAY], agenda[row, Order.CLEARANCE_L_PER_DAY]
    if absorption > 0.0:
        put(
            u,
            Input.BUSULFAN,
            Busulfan(t, b.depot_mg + amount, b.central_mg, 0.0, absorption, clearance, b.auc_mg_h_per_l),
        )
        return
    rate = amount / max(duration, 1e-3)
    put(
        u,
        Input.BUSULFAN,
        Busulfan(t, b.depot_mg, b.central_mg, rate, b.absorption_per_day, clearance, b.auc_mg_h_per_l),
    )
    u[Input.BUSULFAN_ENDS_DAY] = t + max(duration, 1e-3)


@kernel
def _give(body: Body, row: int, t: float, p: Record) -> None:
    """Start one dose of the agenda."""
    u, agenda = body.inputs, body.agenda
    drug, amount = int(agenda[row, Order.DRUG]), agenda[row, Order.AMOUNT]
    duration = max(agenda[row, Order.DURATION_DAYS], 1e-3)
    if drug == Drug.BUSULFAN:
        _give_busulfan(body, row, t, p)
    elif drug == Drug.CYCLOPHOSPHAMIDE:
        u[Input.CYCLOPHOSPHAMIDE_MG_PER_DAY] = amount / duration
        u[Input.CYCLOPHOSPHAMIDE_ENDS_DAY] = t + duration
    elif drug == Drug.RABBIT_ATG:
        u[Input.ATG_MG_PER_DAY] = amount / duration
        u[Input.ATG_ENDS_DAY] = t + duration
    elif drug == Drug.FILGRASTIM:
        body.state[GCSF] += amount
    else:
        if drug == Drug.ALEMTUZUMAB and amount > 0.0:
            ratio = lymphocytes_per_ul(lymphocytes_of(body.state)) / lymphocytes_per_ul(lymphocytes_at_rest(p))
            amount = alemtuzumab_left_mg(amount, ratio, p)
        start_infusion(u, drug, t, amount, duration, p)


@kernel
def apply_due_doses(body: Body, t: float, p: Record) -> None:
    """End the infusions and start the doses that are due at time t."""
    changed = _end_infusions(body, t, p)
    n, agenda = int(body.tally[Tally.ORDERS]), body.agenda
    due = 0
    while due < n and agenda[due, Order.START_DAY] <= t + _SAME_MOMENT:
        _give(body, due, t, p)
        due += 1
    if due > 0:
        for row in range(due, n):
            for j in range(agenda.shape[1]):
                agenda[row - due, j] = agenda[row, j]
        body.tally[Tally.ORDERS] = float(n - due)
        changed = True
    if changed:
        body.pace[Pace.STAGE_IS_FRESH] = 0.0
        body.pace[Pace.STEP] = min(body.pace[Pace.STEP], 0.05)
