"""What the clinic means to do, as a person writes it.

The treatment sections of a protocol file, and what they may not say together.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Self, final

from pydantic import model_validator

from regraft.core.mix import about_mix
from regraft.core.settings import Issue, Many, Section, refuse_all
from regraft.physiology.world import AGENDA_ROWS
from regraft.treatment.drug_rules import RULES
from regraft.treatment.drugs import Drug
from regraft.treatment.sections import (
    Amendment,
    Conditioning,
    Freeze,
    Harvest,
    Mobilisation,
    Purify,
    RegimenShare,
    SupportiveCare,
    TransplantDay,
)

ORDERS_MAXIMUM = AGENDA_ROWS - 16  # room for what mobilisation and the day before still have to give


@final
class TreatmentProtocol(Section):
    """The seven steps as ordered: everything the treatment of one patient needs from the protocol file."""

    mobilisation: Mobilisation
    harvest: Harvest
    purify: Purify
    freeze: Freeze
    conditioning: Conditioning
    amendment: Many[Amendment] = ()
    mix: Many[RegimenShare] = ()
    transplant: TransplantDay
    supportive_care: SupportiveCare

    def amended(self, change: Amendment) -> tuple[Drug, ...]:
        """Return the drugs with one amendment put in its place."""
        return tuple(change.drug if drug.name == change.replaces else drug for drug in self.conditioning.drug)

    @property
    def versions(self) -> tuple[Conditioning, ...]:
        """Return the conditioning of every version: as written, then by each amendment, or by each part of a mix."""
        amended = [self.conditioning.model_copy(update={"drug": self.amended(change)}) for change in self.amendment]
        return (self.conditioning, *amended, *self.regimens.values())

    @property
    def regimens(self) -> dict[int, Conditioning]:
        """Return the conditioning of those parts of the mix that have another than the file, by number of the part."""
        return {n: part.conditioning for n, part in enumerate(self.mix) if part.conditioning is not None}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        issues = (*_graft(self), *_drug_days(self), *_amendments(self), *_mix(self), *_orders(self))
        if issues:
            raise refuse_all(issues)
        return self


def _graft(treatment: TreatmentProtocol) -> Iterator[Issue]:
    harvest, minimum = treatment.harvest, treatment.purify.minimum_cd34_1e6_per_kg
    left = harvest.target_cd34_1e6_per_kg - harvest.backup_cd34_1e6_per_kg
    if left < minimum:
        yield Issue(
            "harvest.target_cd34_1e6_per_kg",
            harvest.target_cd34_1e6_per_kg,
            f"after a reserve of {harvest.backup_cd34_1e6_per_kg:g} it leaves {left:g}, below "
            f"purify.minimum_cd34_1e6_per_kg = {minimum:g}",
            "Raise the target, keep less in reserve, or lower the minimum.",
        )
    filgrastim = treatment.mobilisation
    if harvest.first_day <= filgrastim.filgrastim_first_day:
        yield Issue(
            "harvest.first_day",
            harvest.first_day,
            f"collection would begin before filgrastim has acted (from day {filgrastim.filgrastim_first_day})",
            "Collect some days after filgrastim begins.",
        )
    yield from _cyclophosphamide_day(treatment)


def _cyclophosphamide_day(treatment: TreatmentProtocol) -> Iterator[Issue]:
    """Refuse cyclophosphamide on a day when cells are being collected already."""
    step, second = treatment.mobilisation, treatment.mobilisation.second_attempt
    attempts = [(step.cyclophosphamide_g_per_m2, treatment.harvest.first_day, "harvest.first_day")]
    if second is not None:
        where = "mobilisation.second_attempt.collection_first_day"
        attempts.append((second.cyclophosphamide_g_per_m2, second.collection_first_day, where))
    for dose, first_day, where in attempts:
        if dose > 0 and step.cyclophosphamide_day >= first_day:
            yield Issue(
                "mobilisation.cyclophosphamide_day",
                step.cyclophosphamide_day,
                f"it would be given when collection has begun ({where} = {first_day})",
                "Give it some days before.",
            )


def _drug_days(treatment: TreatmentProtocol) -> Iterator[Issue]:
    """Refuse drugs on days where they cannot be given: the regimen's and the amendments'."""
    places = []
    for key, one in _conditionings(treatment):
        if one.first_day > one.reinfusion_day:
            yield Issue(
                f"{key}.drug",
                None,
                f"no drug is given before reinfusion on day {one.reinfusion_day}",
                "Conditioning begins before the graft is given back; days before reinfusion are negative.",
            )
        places += [(f"{key}.drug[{number}]", drug, one.reinfusion_day) for number, drug in enumerate(one.drug)]
    usual = treatment.conditioning.reinfusion_day
    places += [(f"amendment[{number}].drug", change.drug, usual) for number, change in enumerate(treatment.amendment)]
    for place, drug, reinfusion in places:
        rule = RULES[drug.name]
        if drug.last_day > reinfusion + rule.latest_day:
            yield Issue(
                f"{place}.last_day",
                drug.last_day,
                f"{drug.name} cannot be given so late, reinfusion is on day {reinfusion}: {rule.why_latest}",
                f"End {drug.name} by day {reinfusion + rule.latest_day}; days before reinfusion are negative.",
            )


def _conditionings(treatment: TreatmentProtocol) -> list[tuple[str, Conditioning]]:
    """Return every conditioning that is written out, with its key."""
    of_parts = [(f"mix[{number}].conditioning", one) for number, one in treatment.regimens.items()]
    return [("conditioning", treatment.conditioning), *of_parts]


def _orders(treatment: TreatmentProtocol) -> Iterator[Issue]:
    """Refuse more doses at once than the simulated ward can hold in its agenda."""
    usual = treatment.conditioning.reinfusion_day
    regimens = [(f"{key}.drug", one.drug, one.reinfusion_day) for key, one in _conditionings(treatment)]
    regimens += [
        (f"amendment[{i}].drug", treatment.amended(change), usual) for i, change in enumerate(treatment.amendment)
    ]
    for place, drugs, reinfusion in regimens:
        days = Counter[int]()
        for drug in drugs:
            for day in range(drug.first_day, drug.last_day + 1):
                days[min(day, reinfusion)] += drug.doses_per_day  # from reinfusion on all is ordered at once
        day, most = max(days.items(), key=lambda entry: entry[1])
        if most > ORDERS_MAXIMUM:
            when = "from reinfusion on" if day == reinfusion else f"on day {day}"
            yield Issue(
                place,
                None,
                f"{most} doses {when}; at most {ORDERS_MAXIMUM} can be ordered at once",
                "Give fewer doses a day (doses_per_day), or for fewer days.",
            )


def _mix(treatment: TreatmentProtocol) -> Iterator[Issue]:
    """Refuse a mix that is none, one in which nobody gets the file's own conditioning, and one beside amendments."""
    parts = treatment.mix
    if not parts:
        return
    own = "[conditioning] of this file"
    yield from about_mix("mix", parts, [part.regimen or own for part in parts], "leave out the section")
    if 1 < len(parts) == len(treatment.regimens):
        names = ", ".join(str(part.regimen) for part in parts)
        yield Issue("mix", names, f"nobody gets the {own}", "Leave out `regimen` in the part that gets it.")
    if treatment.amendment:
        yield Issue(
            "mix", None, "[[amendment]] gives the first patients another regimen already", "Keep one of the two."
        )


def _amendments(treatment: TreatmentProtocol) -> Iterator[Issue]:
    for key, one in _conditionings(treatment):
        names = [str(drug.name) for drug in one.drug]
        for number, name in enumerate(names):
            if name in names[:number]:
                yield Issue(
                    f"{key}.drug[{number}].name",
                    name,
                    "this drug is listed twice",
                    "Join the two entries, or correct the name.",
                )
    given = [str(drug.name) for drug in treatment.conditioning.drug]
    for number, change in enumerate(treatment.amendment):
        if str(change.replaces) not in given:
            yield Issue(
                f"amendment[{number}].replaces",
                str(change.replaces),
                "this drug is not given in [conditioning]",
                f"Given: {', '.join(given)}.",
            )
