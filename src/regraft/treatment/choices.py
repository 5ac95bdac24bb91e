"""The choices a protocol makes by name: how to select, freeze, prevent and preserve."""

from enum import StrEnum


class SelectionMethod(StrEnum):
    """How CD34+ cells are selected."""

    CLINIMACS = "clinimacs"
    ISOLEX = "isolex"
    NONE = "none"


class FreezeMethod(StrEnum):
    """How the graft is kept until reinfusion."""

    CONTROLLED_RATE = "controlled_rate"
    UNCONTROLLED_MINUS80 = "uncontrolled_minus80"
    FRESH = "fresh"


class SeizureProphylaxis(StrEnum):
    """What prevents seizures while busulfan is given; phenytoin speeds its clearance."""

    PHENYTOIN = "phenytoin"
    LEVETIRACETAM = "levetiracetam"
    BENZODIAZEPINE = "benzodiazepine"
    NONE = "none"


class AntifungalProphylaxis(StrEnum):
    """What prevents fungal infection; itraconazole slows the clearance of busulfan."""

    FLUCONAZOLE = "fluconazole"
    ITRACONAZOLE = "itraconazole"
    NONE = "none"


class DefibrotidePolicy(StrEnum):
    """When defibrotide is given: never, from the suspicion of sinusoidal obstruction on, or from conditioning on."""

    NEVER = "never"
    ON_SUSPICION = "on_suspicion"
    PROPHYLAXIS = "prophylaxis"


class FertilityPreservation(StrEnum):
    """What is done for fertility before conditioning; only a GnRH agonist may spare the ovary itself."""

    NONE = "none"
    GNRH_AGONIST = "gnrh_agonist"
    CRYOPRESERVATION = "cryopreservation"
