"""The drugs a conditioning regimen may name, and which doses, routes and days make sense for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import final

from regraft.core.limits import DOSES, Limit


class DrugName(StrEnum):
    """Drugs and radiation used to condition for transplantation in MS."""

    BUSULFAN = "busulfan"
    CYCLOPHOSPHAMIDE = "cyclophosphamide"
    RABBIT_ATG = "rabbit_atg"
    HORSE_ATG = "horse_atg"
    CARMUSTINE = "carmustine"
    ETOPOSIDE = "etoposide"
    CYTARABINE = "cytarabine"
    MELPHALAN = "melphalan"
    ALEMTUZUMAB = "alemtuzumab"
    RITUXIMAB = "rituximab"
    TOTAL_BODY_IRRADIATION = "total_body_irradiation"


class Route(StrEnum):
    """How a dose is given."""

    INTRAVENOUS = "iv"
    ORAL = "oral"
    EXTERNAL = "external"


class DoseUnit(StrEnum):
    """What a dose counts."""

    MG_PER_KG = "mg/kg"
    MG_PER_M2 = "mg/m2"
    G_PER_M2 = "g/m2"
    MG = "mg"
    GRAY = "Gy"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DrugRule:
    """What is possible for one drug, beside the limits of its dose; days count from reinfusion."""

    routes: tuple[Route, ...] = (Route.INTRAVENOUS,)
    latest_day: int = -1
    monitored: bool = False
    why_latest: str = "it would destroy the graft"


_NEAR = "it is given within days of the graft"
RULES: Mapping[DrugName, DrugRule] = {
    DrugName.BUSULFAN: DrugRule(routes=(Route.INTRAVENOUS, Route.ORAL), monitored=True),
    DrugName.CYCLOPHOSPHAMIDE: DrugRule(),
    DrugName.RABBIT_ATG: DrugRule(latest_day=5, why_latest=_NEAR),
    DrugName.HORSE_ATG: DrugRule(latest_day=5, why_latest=_NEAR),
    DrugName.CARMUSTINE: DrugRule(),
    DrugName.ETOPOSIDE: DrugRule(),
    DrugName.CYTARABINE: DrugRule(),
    DrugName.MELPHALAN: DrugRule(),
    DrugName.ALEMTUZUMAB: DrugRule(latest_day=2, why_latest=_NEAR),
    DrugName.RITUXIMAB: DrugRule(latest_day=30, why_latest=_NEAR),
    DrugName.TOTAL_BODY_IRRADIATION: DrugRule(routes=(Route.EXTERNAL,)),
}


def dose_limits(name: DrugName) -> Mapping[DoseUnit, Limit]:
    """Return the limits of one single dose and of a course, by the units in which a drug is dosed."""
    return {DoseUnit(unit): limit for unit, limit in DOSES[str(name)].items()}
