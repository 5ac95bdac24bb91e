"""Complications of transplantation: the codes that events carry, their terms, and whether they are serious by default.

Terms are plain English close to CTCAE 5.0 terms; grades are given with each event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import final


class Complication(IntEnum):
    """Codes in the events table of a treatment; numbers are never reused."""

    FEBRILE_NEUTROPENIA = 1
    BACTERAEMIA = 2
    SEPSIS = 3
    SINUSOIDAL_OBSTRUCTION = 4
    LIVER_NECROSIS = 5
    CAPILLARY_LEAK = 6
    ENGRAFTMENT_SYNDROME = 7
    CMV_REACTIVATION = 8
    EBV_REACTIVATION = 9
    LYMPHOPROLIFERATIVE_DISORDER = 10
    ZOSTER = 11
    MUCOSITIS = 12
    HAEMORRHAGIC_CYSTITIS = 13
    THYROID_AUTOIMMUNITY = 14
    OTHER_AUTOIMMUNITY = 15
    PREMATURE_MENOPAUSE = 16
    MYELOID_NEOPLASM = 17
    GRAFT_FAILURE = 18
    URINARY_INFECTION = 19
    OTHER_INFECTION = 20
    ATG_REACTION = 21
    INFUSION_REACTION = 22
    SERUM_SICKNESS = 23
    HAEMORRHAGE = 24
    MOBILISATION_FAILURE = 25
    ATG_FEVER = 26
    MULTI_ORGAN_DYSFUNCTION = 27
    NEUROLOGICAL_WORSENING = 28
    FUNGAL_INFECTION = 29
    PNEUMOCYSTIS = 30
    SEIZURE = 31
    MUCOSAL_BLEEDING = 32
    IMMUNE_THROMBOCYTOPENIA = 33
    VIRAL_CYSTITIS = 34
    AMENORRHOEA = 35
    HEPATIC_FAILURE = 36
    DEATH_NOT_SPECIFIED = 37
    PASSING_AMENORRHOEA = 38


class DeathCause(IntEnum):
    """Why a patient died during treatment; each is a competing hazard of its own."""

    NONE = 0
    LIVER = 1
    SEPSIS = 2
    VIRAL = 3
    HAEMORRHAGE = 4
    OTHER = 5
    MYELOID_NEOPLASM = 6  # years later, as the next
    LATE_INFECTION = 7


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What an event is called, the organ class it belongs to, and whether it is serious whatever its grade."""

    term: str
    organ_class: str
    serious: bool = False


_BLOOD, _INFECTION, _LIVER = "Blood", "Infections", "Hepatobiliary"
_GENERAL, _NERVES = "General", "Nervous system"
DESCRIPTIONS: Mapping[Complication, Description] = {
    Complication.FEBRILE_NEUTROPENIA: Description(term="Febrile neutropenia", organ_class=_BLOOD),
    Complication.BACTERAEMIA: Description(term="Bacteraemia", organ_class=_INFECTION),
    Complication.SEPSIS: Description(term="Sepsis", organ_class=_INFECTION, serious=True),
    Complication.SINUSOIDAL_OBSTRUCTION: Description(
        term="Signs of sinusoidal obstruction", organ_class=_LIVER, serious=True
    ),
    Complication.LIVER_NECROSIS: Description(term="Hepatic necrosis", organ_class=_LIVER, serious=True),
    Complication.CAPILLARY_LEAK: Description(term="Capillary leak syndrome", organ_class="Vascular", serious=True),
    Complication.ENGRAFTMENT_SYNDROME: Description(term="Engraftment syndrome", organ_class="Immune system"),
    Complication.CMV_REACTIVATION: Description(term="Cytomegalovirus reactivation", organ_class=_INFECTION),
    Complication.EBV_REACTIVATION: Description(term="Epstein-Barr virus reactivation", organ_class=_INFECTION),
    Complication.LYMPHOPROLIFERATIVE_DISORDER: Description(
        term="Lymphoproliferative disorder", organ_class="Neoplasms", serious=True
    ),
    Complication.ZOSTER: Description(term="Shingles", organ_class=_INFECTION),
    Complication.MUCOSITIS: Description(term="Mucositis oral", organ_class="Gastrointestinal"),
    Complication.HAEMORRHAGIC_CYSTITIS: Description(term="Cystitis, haemorrhagic", organ_class="Renal and urinary"),
    Complication.THYROID_AUTOIMMUNITY: Description(term="Autoimmune thyroid disease", organ_class="Endocrine"),
    Complication.OTHER_AUTOIMMUNITY: Description(
        term="Secondary autoimmune disease", organ_class="Immune system", serious=True
    ),
    Complication.PREMATURE_MENOPAUSE: Description(term="Premature menopause", organ_class="Reproductive system"),
    Complication.MYELOID_NEOPLASM: Description(
        term="Treatment-related myeloid neoplasm", organ_class="Neoplasms", serious=True
    ),
    Complication.GRAFT_FAILURE: Description(term="Graft failure", organ_class=_BLOOD, serious=True),
    Complication.URINARY_INFECTION: Description(term="Urinary tract infection", organ_class=_INFECTION),
    Complication.OTHER_INFECTION: Description(term="Infection, other", organ_class=_INFECTION),
    Complication.ATG_REACTION: Description(
        term="Infusion reaction to antithymocyte globulin", organ_class="Immune system"
    ),
    Complication.INFUSION_REACTION: Description(term="Infusion reaction to the graft", organ_class="Immune system"),
    Complication.SERUM_SICKNESS: Description(term="Serum sickness", organ_class="Immune system"),
    Complication.HAEMORRHAGE: Description(term="Haemorrhage", organ_class="Vascular", serious=True),
    Complication.MOBILISATION_FAILURE: Description(term="Failed stem-cell mobilisation", organ_class=_BLOOD),
    Complication.ATG_FEVER: Description(term="Fever with antithymocyte globulin", organ_class=_GENERAL),
    Complication.MULTI_ORGAN_DYSFUNCTION: Description(
        term="Multi-organ dysfunction", organ_class=_GENERAL, serious=True
    ),
    Complication.NEUROLOGICAL_WORSENING: Description(term="Neurological worsening with fever", organ_class=_NERVES),
    Complication.FUNGAL_INFECTION: Description(term="Invasive fungal infection", organ_class=_INFECTION, serious=True),
    Complication.PNEUMOCYSTIS: Description(term="Pneumocystis pneumonia", organ_class=_INFECTION, serious=True),
    Complication.SEIZURE: Description(term="Seizure", organ_class=_NERVES, serious=True),
    Complication.MUCOSAL_BLEEDING: Description(term="Mucosal haemorrhage", organ_class="Vascular"),
    Complication.IMMUNE_THROMBOCYTOPENIA: Description(term="Immune thrombocytopenia", organ_class=_BLOOD, serious=True),
    Complication.VIRAL_CYSTITIS: Description(term="BK virus cystitis", organ_class="Renal and urinary"),
    Complication.AMENORRHOEA: Description(term="Amenorrhoea", organ_class="Reproductive system"),
    Complication.HEPATIC_FAILURE: Description(term="Hepatic failure", organ_class=_LIVER, serious=True),
    Complication.DEATH_NOT_SPECIFIED: Description(term="Death NOS", organ_class=_GENERAL, serious=True),
    Complication.PASSING_AMENORRHOEA: Description(term="Amenorrhoea that passed", organ_class="Reproductive system"),
}  # fmt: skip


def is_serious(code: int, grade: float) -> bool:
    """Return whether an event is serious: by its nature, or by a grade of 4 or more.

    Examples
    --------
    >>> is_serious(Complication.MUCOSITIS, 3.0), is_serious(Complication.SEPSIS, 3.0)
    (False, True)
    """
    return DESCRIPTIONS[Complication(code)].serious or grade >= 4.0
