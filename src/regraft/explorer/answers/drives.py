"""What a parameter drives, in a reader's words: the part of a course, or of a trial, whose equations name it."""

import re
from pathlib import Path

import regraft
from regraft.core.parameters import load_parameters

_NAMES = re.compile(r"\b[a-z][a-z0-9_]+\b")
_FOLDERS = (
    *("physiology", "disease", "therapy", "treatment", "patient"),
    *("course", "trial", "enrolment", "replication"),
)
WORDS = {
    "course/cohort.py": "the course of people without a transplantation",
    "course/transplanted.py": "waiting, treatment and the years after",
    "disease/brain_volume.py": "brain volume; neurofilament and GFAP in blood",
    "disease/clones.py": "autoreactive clones: reduced by ablation, returned by the graft",
    "disease/death.py": "death in the long run",
    "disease/disability.py": "functional systems, walking and the EDSS",
    "disease/lesions.py": "new lesions, and how long they take up gadolinium",
    "disease/neurotoxicity.py": "harm of conditioning to the nervous system",
    "disease/recovery.py": "loss of function in a relapse, and its recovery",
    "disease/relapses.py": "relapses",
    "disease/scan_reading.py": "which lesions a reader sees on a scan",
    "disease/sites.py": "the site of a lesion, and its symptoms",
    "disease/smouldering.py": "slow worsening without relapses",
    "disease/variant.py": "how far the immune system, or degeneration, makes disability",
    "patient/record.py": "who a person is at the start",
    "physiology/antibodies.py": "levels of alemtuzumab and rituximab, and the lymphocytes they kill",
    "physiology/atg.py": "levels of ATG, and the lymphocytes it kills",
    "physiology/beam.py": "levels of carmustine, etoposide, cytarabine and melphalan, and their toxicity",
    "physiology/body.py": "how organs act on one another",
    "physiology/busulfan.py": "the level of busulfan, and its toxicity",
    "physiology/cyclophosphamide.py": "the level of cyclophosphamide, and its toxicity",
    "physiology/fitness.py": "fitness for a transplantation, and what it does to risks",
    "physiology/gcsf.py": "the level of filgrastim",
    "physiology/immunoablation.py": "how many memory T cells survive, in the body and in the graft",
    "physiology/infection.py": "infections until day 100",
    "physiology/irradiation.py": "what total body irradiation kills",
    "physiology/late_effects.py": "secondary autoimmunity, myeloid neoplasm, failure of the ovaries",
    "physiology/late_infections.py": "infections after day 100",
    "physiology/liver.py": "injury of the liver, and obstruction of its sinusoids",
    "physiology/lymphocytes.py": "lymphocytes and monocytes in blood",
    "physiology/marrow.py": "stem cells of the marrow, and neutrophils",
    "physiology/mortality.py": "death during treatment",
    "physiology/mucosa.py": "mucositis",
    "physiology/organ_failure.py": "failure of organs, and defibrotide",
    "physiology/platelets.py": "platelets",
    "physiology/red_cells.py": "haemoglobin",
    "physiology/signs.py": "signs and measurements on a day in hospital",
    "physiology/stem_cells.py": "stem cells in blood: the day and the size of a harvest",
    "physiology/thymus.py": "new naive T cells",
    "physiology/toxicity.py": "which organ conditioning strikes or spares",
    "therapy/drugs.py": "the effect of disease-modifying drugs on lesions, relapses and slow worsening",
    "therapy/mobilising.py": "disease activity after mobilisation",
    "treatment/ablate.py": "conditioning, dose by dose",
    "treatment/attempts.py": "a second mobilisation",
    "treatment/freeze.py": "cells in store",
    "treatment/harvest.py": "cells collected by apheresis",
    "treatment/infusion.py": "cells that survive thawing, and their engraftment",
    "treatment/marrow_harvest.py": "cells collected from the marrow",
    "treatment/mobilise.py": "the days of mobilisation",
    "treatment/purify.py": "selection of CD34+ cells",
    "treatment/reconstitute.py": "engraftment, transfusions and going home",
    "treatment/supportive_care.py": "transfusions, filgrastim and prophylaxis in hospital",
    "treatment/transplant.py": "the day of reinfusion",
    "trial/labs.py": "laboratory results as a trial has them",
    "trial/scans.py": "scans as a trial has them",
    "trial/observed.py": "the bias of a rater who knows the treatment",
    "trial/tables_disease.py": "relapses, drugs and dispositions as a trial has them",
    "trial/tables_treatment.py": "adverse events and procedures as a trial has them",
    "trial/visits.py": "visits as a trial has them",
}


def driven() -> dict[str, list[str]]:
    """Return what each parameter drives, by its name; a file without words of its own is named as it is."""
    names = {one.name for one in load_parameters().parameters}
    package = Path(regraft.__file__).parent
    found: dict[str, set[str]] = {}
    for path in (path for folder in _FOLDERS for path in (package / folder).rglob("*.py")):
        file = path.relative_to(package).as_posix()
        for name in names.intersection(_NAMES.findall(path.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).add(WORDS.get(file, file))
    return {name: sorted(said) for name, said in found.items()}
