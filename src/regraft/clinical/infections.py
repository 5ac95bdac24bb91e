"""Which adverse events are infections, and which are fever, read from their terms.

Terms are free text in recorded studies. The stems below are those of the infections of CTCAE and of the transplant
literature in British, American and Latin spelling; a term in another language is not recognised. Fever without a focus,
febrile neutropenia among it, is no infection.
"""

INFECTION_STEMS = (
    "infect", "sepsis", "septic", "septicaemia", "septicemia", "bacteraemia", "bacteremia", "viraemia", "viremia",
    "fungaemia", "fungemia", "pneumonia", "abscess", "cellulitis", "mening", "encephalitis, viral", "sinusitis",
    "pharyngitis", "otitis", "bronchitis", "cystitis, bacterial", "pyelonephritis", "cholangitis", "endocarditis",
    "osteomyelitis", "peritonitis", "colitis, clostrid", "clostridi", "cytomegalovirus", "cmv", "epstein-barr", "ebv",
    "herpes", "zoster", "shingles", "varicella", "adenovirus", "influenza", "covid", "bk virus", "jc virus",
    "progressive multifocal", "hepatitis b", "hepatitis c", "norovirus", "candid", "aspergill", "pneumocystis",
    "toxoplasm", "tubercul", "listeri", "mucormyc", "fungal",
)  # fmt: skip
NO_INFECTION_STEMS = ("lymphoproliferative", "prophyla", "vaccin", "meningioma", "noninfect", "non-infect")
FEVER_STEMS = ("fever", "febrile", "pyrexia", "hyperthermia")


def is_infection(term: str) -> bool:
    """Return whether a term names an infection.

    Examples
    --------
    >>> [is_infection(term) for term in ("Urinary tract infection", "EBV reactivation", "Febrile neutropenia")]
    [True, True, False]
    """
    plain = term.lower()
    return any(stem in plain for stem in INFECTION_STEMS) and not any(stem in plain for stem in NO_INFECTION_STEMS)


def is_fever_or_infection(term: str) -> bool:
    """Return whether a term names an infection or a fever.

    Examples
    --------
    >>> is_fever_or_infection("febrile neutropenia"), is_fever_or_infection("mucositis oral")
    (True, False)
    """
    return is_infection(term) or any(stem in term.lower() for stem in FEVER_STEMS)
