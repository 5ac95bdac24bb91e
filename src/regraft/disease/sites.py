"""Where a lesion strikes: the place decides whether it is felt and which functional system suffers.

A lesion in optic nerve, brainstem, cerebellum or cord is often felt, one in the hemispheres hardly ever. One uniform
decides place and, by what is left of it, the system there.

Reads: nothing but parameters. Hands on: system and chance to be felt, to `relapses`.

Sources: shares and chances are assumed so that about 8% of lesions are felt; see parameters/disease/relapses.toml.
"""

from regraft.clinical.systems import System
from regraft.core.arrays import Record
from regraft.core.kernels import kernel
from regraft.disease.layout import SYSTEMS

_VISUAL, _BRAINSTEM, _PYRAMIDAL, _CEREBELLAR, _SENSORY, _BOWEL_BLADDER, _CEREBRAL = (int(system) for system in System)


@kernel
def site_of_lesion(p: Record, u: float) -> tuple[int, float]:
    """Return the functional system at the place where a lesion forms and the chance that it is felt there."""
    optic = p.relapses_share_optic
    brainstem = optic + p.relapses_share_brainstem
    cerebellar = brainstem + p.relapses_share_cerebellar
    spinal = cerebellar + p.relapses_share_spinal
    if u >= spinal:
        return _hemispheric((u - spinal) / (1.0 - spinal), p), p.relapses_felt_hemispheric
    if u < optic:
        return _VISUAL, p.relapses_felt_optic
    if u < brainstem:
        return _BRAINSTEM, p.relapses_felt_brainstem
    if u < cerebellar:
        return _CEREBELLAR, p.relapses_felt_cerebellar
    return _spinal((u - cerebellar) / p.relapses_share_spinal, p), p.relapses_felt_spinal


@kernel
def site_of_unseen_lesion(p: Record, u: float) -> int:
    """Return the system of an attack that no brain scan shows: optic nerve or cord, in proportion to felt lesions."""
    optic = p.relapses_share_optic * p.relapses_felt_optic
    whole = optic + p.relapses_share_spinal * p.relapses_felt_spinal
    if u * whole < optic:
        return _VISUAL
    return _spinal((u * whole - optic) / (whole - optic), p)


@kernel
def second_system(p: Record, u: float, first: int) -> int:
    """Return another system than `first`, by how often each is affected."""
    weights = (
        p.relapses_second_visual,
        p.relapses_second_brainstem,
        p.relapses_second_pyramidal,
        p.relapses_second_cerebellar,
        p.relapses_second_sensory,
        p.relapses_second_bowel_bladder,
        p.relapses_second_cerebral,
    )
    total = 0.0
    for k in range(SYSTEMS):
        total += weights[k] if k != first else 0.0
    reached = 0.0
    chosen = (first + 1) % SYSTEMS
    for k in range(SYSTEMS):
        if k != first:
            reached += weights[k]
            chosen = k
            if u * total < reached:
                break
    return chosen


@kernel
def _hemispheric(u: float, p: Record) -> int:
    if u < p.relapses_hemispheric_pyramidal:
        return _PYRAMIDAL
    return _SENSORY if u < p.relapses_hemispheric_pyramidal + p.relapses_hemispheric_sensory else _CEREBRAL


@kernel
def _spinal(u: float, p: Record) -> int:
    if u < p.relapses_spinal_pyramidal:
        return _PYRAMIDAL
    return _SENSORY if u < p.relapses_spinal_pyramidal + p.relapses_spinal_sensory else _BOWEL_BLADDER
