"""The treatment sections of a protocol in the words of a transplant unit; every value comes from the file."""

from regraft.core.mix import in_words
from regraft.core.nouns import plural
from regraft.treatment.choices import (
    AntifungalProphylaxis,
    DefibrotidePolicy,
    FreezeMethod,
    SeizureProphylaxis,
    SelectionMethod,
)
from regraft.treatment.drug_rules import DoseUnit, DrugName, Route
from regraft.treatment.drugs import DosingWeight, Drug
from regraft.treatment.protocol import TreatmentProtocol
from regraft.treatment.sections import (
    Amendment,
    Conditioning,
    Harvest,
    Mobilisation,
    Purify,
    SupportiveCare,
)

CELLS = "million CD34+ cells/kg"
_WEIGHT = {
    DosingWeight.ACTUAL: "actual body weight",
    DosingWeight.IDEAL: "ideal body weight",
    DosingWeight.ADJUSTED: "adjusted ideal body weight",
    DosingWeight.LESSER: "the lesser of ideal and actual body weight",
}
_ROUTE = {Route.INTRAVENOUS: " intravenously", Route.ORAL: " by mouth", Route.EXTERNAL: ""}
_SELECTION = {SelectionMethod.CLINIMACS: "CliniMACS", SelectionMethod.ISOLEX: "Isolex"}
Row = tuple[str, ...]


def drug_name(name: DrugName) -> str:
    """Return the name of a drug as it is written in a sentence."""
    return str(name).replace("_atg", " ATG").replace("_", " ")


def days(first: int, last: int) -> str:
    """Return ``day -1`` or ``days -10 to -8``."""
    return f"day {first}" if first == last else f"days {first} to {last}"


def mobilisation(step: Mobilisation) -> list[str]:
    """Say how stem cells are brought into the blood."""
    start = f"Mobilisation starts {plural(step.start_days_after_enrolment, 'day')} after enrolment; that is its day 0."
    filgrastim = (
        f"filgrastim {step.filgrastim_ug_per_kg_per_day:g} ug/kg a day from day {step.filgrastim_first_day} "
        f"for {plural(step.filgrastim_days, 'day')}"
    )
    if step.cyclophosphamide_g_per_m2 > 0:
        mesna = " with mesna" if step.mesna else ""
        drugs = (
            f"Cyclophosphamide {step.cyclophosphamide_g_per_m2:g} g/m2 on day {step.cyclophosphamide_day}{mesna}, "
            f"then {filgrastim}."
        )
    else:
        drugs = f"Without chemotherapy: {filgrastim}."
    if step.prednisone_mg_per_kg_per_day > 0:
        drugs += (
            f" Prednisone {step.prednisone_mg_per_kg_per_day:g} mg/kg a day meanwhile, against a flare of the disease."
        )
    if step.bsa_maximum_m2 is not None:
        drugs += f" Body surface is counted up to {step.bsa_maximum_m2:g} m2."
    rescue = "No plerixafor"
    if step.plerixafor_rescue:
        rescue = f"Plerixafor {step.plerixafor_mg_per_kg:g} mg/kg is added when too few cells mobilise"
    return [start, drugs, f"{rescue}; {_second_attempt(step)}."]


def _second_attempt(step: Mobilisation) -> str:
    """Say what follows when too few cells were collected."""
    if step.attempts_maximum == 1:
        return "there is no second attempt"
    again = f"a second attempt follows after {plural(step.second_attempt_after_days, 'day')}"
    other = step.second_attempt
    if other is None:
        return again
    dose = (
        f"cyclophosphamide {other.cyclophosphamide_g_per_m2:g} g/m2 and " if other.cyclophosphamide_g_per_m2 > 0 else ""
    )
    extra = ", plerixafor when too few cells mobilise" if other.plerixafor else ""
    return (
        f"{again}, with {dose}filgrastim {other.filgrastim_ug_per_kg_per_day:g} ug/kg a day from its "
        f"{days(other.filgrastim_first_day, other.filgrastim_first_day + other.filgrastim_days - 1)}, collection on "
        f"{days(other.collection_first_day, other.collection_last_day)}{extra}"
    )


def collection(step: Harvest) -> list[str]:
    """Say when and how much is collected."""
    reserve = step.backup_cd34_1e6_per_kg
    kept = f" Of these, {reserve:g} {CELLS} stay unselected, in reserve." if reserve > 0 else ""
    return [
        (
            f"Apheresis ({step.device}) once there are {step.start_cd34_per_ul:g} CD34+ cells per microlitre of "
            "blood, on "
            f"{days(step.first_day, step.last_day)} of mobilisation; "
            f"{plural(step.blood_volumes_processed, 'blood volume')} "
            f"a session, at most {plural(step.sessions_maximum, 'session')}."
        ),
        f"Target: {step.target_cd34_1e6_per_kg:g} {CELLS}.{kept}",
        *(["Marrow is harvested when blood gave too few cells."] if step.marrow_after_failure else []),
    ]


def manipulation(step: Purify) -> list[str]:
    """Say whether the graft is selected and what is the least that is accepted."""
    least = f"Below {step.minimum_cd34_1e6_per_kg:g} {CELLS} a graft is not accepted and cells are collected again."
    if step.method is SelectionMethod.NONE:
        return ["The graft is not manipulated: T cells are given back with it.", least]
    return [f"CD34+ cells are selected ({_SELECTION[step.method]}), which removes most T cells.", least]


def storage(treatment: TreatmentProtocol) -> list[str]:
    """Say how the graft is kept."""
    step = treatment.freeze
    if step.method is FreezeMethod.FRESH:
        return ["The graft is kept cool and given fresh, without freezing."]
    how = "at a controlled rate" if step.method is FreezeMethod.CONTROLLED_RATE else "in a -80 C freezer, uncontrolled"
    return [f"Frozen {how} with {step.dmso_pct:g}% dimethyl sulfoxide; thawed for reinfusion."]


def conditioning(step: Conditioning) -> list[str]:
    """Say the regimen drug by drug."""
    weeks = step.starts_weeks_after_harvest
    start = (
        f"Conditioning starts {plural(weeks, 'week') + ' after' if weeks > 0 else 'at once after'} collection. "
        f"Days count from reinfusion (day {step.reinfusion_day})."
    )
    return [start, *(f"{drug_sentence(drug, step.dosing_weight)}." for drug in step.drug)]


def drug_sentence(drug: Drug, weight: DosingWeight) -> str:
    """Say dose, size it is reckoned by, route, interval, days, number of doses, total, limits, adjustment of a drug."""
    often = "once daily" if drug.doses_per_day == 1 else f"every {drug.interval_hours:g} hours"
    if drug.doses == 1:
        often = "once"
    infused = f" over {plural(drug.infusion_hours, 'hour')}" if drug.infusion_hours > 0 else ""
    noun = "fraction" if drug.route is Route.EXTERNAL else "dose"
    name = drug_name(drug.name)
    text = (
        f"{name[0].upper()}{name[1:]} {drug.dose:g} {drug.unit}{_reckoned_by(drug, weight)}{_ROUTE[drug.route]}"
        f"{infused} {often} on {days(drug.first_day, drug.last_day)}, {plural(drug.doses, noun)}, "
        f"{drug.total_dose:g} {drug.unit} in all"
    )
    return f"{text}{_limits(drug)}{_adjustment(drug)}"


def _reckoned_by(drug: Drug, weight: DosingWeight) -> str:
    """Say the weight of a dose by weight where it is not plainly the actual one."""
    named = drug.dosing_weight or (weight if drug.name is DrugName.BUSULFAN else None)
    return f" ({_WEIGHT[named]})" if named is not None and drug.unit is DoseUnit.MG_PER_KG else ""


def _limits(drug: Drug) -> str:
    """Say caps and rounding."""
    parts = []
    if drug.bsa_maximum_m2 is not None:
        parts.append(f"body surface counted up to {drug.bsa_maximum_m2:g} m2")
    if drug.dose_maximum_mg is not None:
        parts.append(f"at most {drug.dose_maximum_mg:g} mg a dose")
    if drug.round_to_mg is not None:
        parts.append(f"rounded to {drug.round_to_mg:g} mg")
    return f" ({', '.join(parts)})" if parts else ""


def _adjustment(drug: Drug) -> str:
    """Say the target of monitoring in the convention of the file, and as exposure of the course."""
    course = drug.target_course_mg_h_per_l
    if course is None:
        return ""
    written = f"a cumulative exposure of {course:g} mg*h/L"
    if drug.target_dose_auc_um_min is not None:
        written = f"{drug.target_dose_auc_um_min:g} uM*min a dose ({course:.1f} mg*h/L in all)"
    elif drug.target_css_ng_per_ml is not None:
        written = f"an average level of {drug.target_css_ng_per_ml:g} ng/mL ({course:.1f} mg*h/L in all)"
    return f", adjusted after dose {drug.adjust_after_dose} to {written}"


def day_table(step: Conditioning) -> tuple[Row, ...]:
    """Return the regimen day by day: a header, one row per day, the reinfusion, and the totals."""
    header = ("Day", *(drug_name(drug.name) for drug in step.drug))
    rows = []
    for day in range(step.first_day, max(step.last_day, step.reinfusion_day) + 1):
        cells = [_cell(drug, day) for drug in step.drug]
        if day == step.reinfusion_day:
            cells[0] = "; ".join(part for part in (cells[0], "graft") if part)
        rows.append((f"{day:+d}" if day else "0", *cells))
    totals = ("In all", *(f"{drug.total_dose:g} {drug.unit}" for drug in step.drug))
    return (header, *rows, totals)


def _cell(drug: Drug, day: int) -> str:
    if not drug.first_day <= day <= drug.last_day:
        return ""
    times = f"{drug.doses_per_day} x " if drug.doses_per_day > 1 else ""
    return f"{times}{drug.dose:g} {drug.unit}"


def mix(treatment: TreatmentProtocol) -> list[str]:
    """Say who gets the regimen above, and what the others get; nothing where everybody gets it."""
    sentences = []
    for part in treatment.mix:
        number = f"{in_words(part, treatment.mix)} patients"
        if part.conditioning is None:
            sentences.append(f"A mix of regimens: {number} get what is written above.")
        else:
            drugs = "; ".join(_lower_first(text).removesuffix(".") for text in conditioning(part.conditioning))
            sentences.append(f"A mix of regimens: {number} get that of {part.regimen}: {drugs}.")
    return sentences


def amendments(changes: tuple[Amendment, ...], weight: DosingWeight) -> list[str]:
    """Say what the first patients got instead."""
    sentences = []
    for change in changes:
        low, high = change.applies_to_first_patients.minimum, change.applies_to_first_patients.maximum
        who = f"{low} patients" if low == high else f"{low} to {high} patients (drawn anew for each simulated trial)"
        sentences.append(
            f"Amendment ({change.title}): in place of the {drug_name(change.replaces)} above, the first {who} get "
            f"{_lower_first(drug_sentence(change.drug, weight))}."
        )
    return sentences


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:]


def reinfusion(treatment: TreatmentProtocol) -> list[str]:
    """Say when and how the graft is given back."""
    what = "graft" if treatment.freeze.method is FreezeMethod.FRESH else "thawed graft"
    hours = plural(treatment.transplant.infusion_hours, "hour")
    return [f"The {what} is given on day {treatment.conditioning.reinfusion_day} over {hours}."]


def supportive_care(step: SupportiveCare) -> list[str]:
    """Say growth factor, transfusion and prophylaxis."""
    growth = (
        f"Filgrastim {step.filgrastim_ug_per_kg_per_day:g} ug/kg a day from day +{step.filgrastim_first_day} until "
        "neutrophils recover."
        if step.filgrastim_ug_per_kg_per_day > 0
        else "No filgrastim after reinfusion."
    )
    blood = (
        f"Platelets are transfused below {step.platelet_transfusion_below_1e9_per_l:g} x 10^9/L, red cells below "
        f"{step.haemoglobin_transfusion_below_g_per_dl:g} g/dL of haemoglobin."
    )
    seizure = (
        "no seizure prophylaxis"
        if step.seizure_prophylaxis is SeizureProphylaxis.NONE
        else f"{step.seizure_prophylaxis} against seizures"
    )
    fungus = (
        "no antifungal drug"
        if step.antifungal_prophylaxis is AntifungalProphylaxis.NONE
        else f"{step.antifungal_prophylaxis} against fungi"
    )
    parts = [
        "ursodiol for the liver" if step.ursodiol else "no ursodiol",
        seizure,
        "antibacterial prophylaxis" if step.antibacterial_prophylaxis else "no antibacterial prophylaxis",
        fungus,
        f"aciclovir for {plural(step.aciclovir_months, 'month')}" if step.aciclovir_months else "no aciclovir",
        f"co-trimoxazole for {plural(step.cotrimoxazole_months, 'month')}"
        if step.cotrimoxazole_months
        else "no co-trimoxazole",
        "corticosteroid with ATG" if step.steroid_with_atg else "no corticosteroid with ATG",
        "letermovir" if step.letermovir else "no letermovir",
        *_organ_protection(step),
    ]
    return [growth, blood, f"Prophylaxis: {', '.join(parts)}."]


def _organ_protection(step: SupportiveCare) -> list[str]:
    """Say what of mesna, defibrotide and the preservation of fertility differs from the usual."""
    words = [] if step.mesna else ["no mesna with conditioning"]
    if step.defibrotide is not DefibrotidePolicy.NEVER:
        when = (
            "on suspicion of sinusoidal obstruction"
            if step.defibrotide is DefibrotidePolicy.ON_SUSPICION
            else "from conditioning on"
        )
        words.append(f"defibrotide {when}")
    kept = {"gnrh_agonist": "a GnRH agonist for the ovaries", "cryopreservation": "cryopreservation for fertility"}
    return [*words, *([kept[step.fertility_preservation]] if step.fertility_preservation in kept else [])]
