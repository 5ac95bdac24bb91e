"""What a profile says in words, the same on the page and on the command line."""

from regraft.prediction.profile.rows import contrast_text
from regraft.prediction.profile.simulate import Profile


def heading(found: Profile) -> str:
    """Return the line above the table."""
    return (
        f"SIMULATED, latent. Of 100 simulated people with these features, {found.years:g} years from now "
        f"({found.people:,} simulated, the same under every arm; regimen {found.regimen}; seed {found.seed})"
    )


def key_sentence(found: Profile) -> str:
    """Say how far the total of improvement is from an effect of treatment."""
    drug, transplanted = found.row("better").differences
    return (
        "EDSS lower, difference from the same people untreated, of 100: "
        f"{found.arms[1]} {contrast_text(drug)}, transplantation {contrast_text(transplanted)}. What the "
        "same people do without treatment, recovery from relapses and regression to the mean, is not in these "
        "differences; a worsening that was prevented is, also in people who were rated too high at entry."
    )


def explained(found: Profile) -> tuple[str, ...]:
    """Return what has to be known to read the table."""
    return (
        (
            f"People: {found.taken}. They were found by living {found.screened:,} simulated lives from the first "
            "symptom, on interferon beta and then glatiramer, with no stronger drug before."
        ),
        (
            f"Arms: every earlier drug stopped on day 0 and nothing after; {found.arms[1]} from day 14; "
            f"{found.regimen} with its "
            "own waiting time. Everything counts from day 0, and nobody leaves the count: those not transplanted in "
            "the end and those who die stay in it."
        ),
        (
            "Latent: what happened in the simulated people, before any visit or scan; only the EDSS of entry has a "
            "rater's error."
        ),
        _holds(found),
        (
            "Not simulated: harm of drugs, fertility of men, pregnancy, and natural menopause as an event. Empty is "
            "not none."
        ),
    )


def _holds(found: Profile) -> str:
    """Say what the intervals hold and what they do not."""
    return (
        f"Intervals are 95%. {found.intervals_hold} Nor do they hold how one person differs from another with the same "
        "features."
    )
