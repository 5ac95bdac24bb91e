"""The drugs a conditioning regimen may name, and which doses, routes and days make sense for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import final


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
    """What is possible for one drug: largest single dose and sum by unit; days count from reinfusion."""

    bounds: Mapping[DoseUnit, tuple[float, float]]
    routes: tuple[Route, ...] = (Route.INTRAVENOUS,)
    latest_day: int = -1
    monitored: bool = False
    why_latest: str = "it would destroy the graft"


_KG, _M2, _G_M2, _MG = DoseUnit.MG_PER_KG, DoseUnit.MG_PER_M2, DoseUnit.G_PER_M2, DoseUnit.MG
_NEAR = "it is given within days of the graft"
RULES: Mapping[DrugName, DrugRule] = {
    DrugName.BUSULFAN: DrugRule(
        bounds={_KG: (4.0, 20.0), _M2: (160.0, 640.0)}, routes=(Route.INTRAVENOUS, Route.ORAL), monitored=True
    ),
    DrugName.CYCLOPHOSPHAMIDE: DrugRule(bounds={_KG: (100.0, 250.0), _M2: (4000.0, 10000.0), _G_M2: (4.0, 10.0)}),
    DrugName.RABBIT_ATG: DrugRule(bounds={_KG: (5.0, 20.0)}, latest_day=5, why_latest=_NEAR),
    DrugName.HORSE_ATG: DrugRule(bounds={_KG: (40.0, 160.0)}, latest_day=5, why_latest=_NEAR),
    DrugName.CARMUSTINE: DrugRule(bounds={_M2: (600.0, 600.0)}),
    DrugName.ETOPOSIDE: DrugRule(bounds={_M2: (1200.0, 2400.0), _KG: (60.0, 60.0)}),
    DrugName.CYTARABINE: DrugRule(bounds={_M2: (3000.0, 24000.0), _G_M2: (3.0, 24.0)}),
    DrugName.MELPHALAN: DrugRule(bounds={_M2: (220.0, 280.0), _KG: (5.0, 6.0)}),
    DrugName.ALEMTUZUMAB: DrugRule(bounds={_MG: (30.0, 110.0), _KG: (0.5, 2.0)}, latest_day=2, why_latest=_NEAR),
    DrugName.RITUXIMAB: DrugRule(
        bounds={_M2: (500.0, 2000.0), _MG: (1000.0, 4000.0)}, latest_day=30, why_latest=_NEAR
    ),
    DrugName.TOTAL_BODY_IRRADIATION: DrugRule(
        bounds={DoseUnit.GRAY: (10.0, 16.0)}, routes=(Route.EXTERNAL,), why_latest="it would destroy the graft"
    ),
}  # fmt: skip
