"""SDTM records of nobody in the study, or of what did not happen: screen failures, --OCCUR = N, NOT DONE."""

import polars as pl

from regraft.study.exchange.sdtm_gather import SUBJECT, Source, upper

_SCREEN_FAILURE = (
    "SCRNFAIL",
    "SCREEN FAILURE",
    "SCREEN FAIL",
    "SCREENFAIL",
    "SCREEN FAILED",
    "SCREENING FAILURE",
    "SF",
)
_ARMS = ("ARMCD", "ARM", "ACTARMCD", "ACTARM", "ARMNRS")
_NO_ARM = ("NOTASSGN", "NOT ASSIGNED", "NOTTRT", "NOT TREATED")
# Domains whose records are something done or suffered: one that was not done is none.
_EVENTS = ("AE", "AG", "BE", "CE", "CM", "DS", "EC", "EX", "HO", "MH", "ML", "PR", "SU", "SV")


def leave_out_screen_failures(source: Source, *, keep: bool) -> None:
    """Take people who failed screening out of every domain; a warning names them.

    Parameters
    ----------
    source : Source
        The domains; changed in place.
    keep : bool
        A mapping says that they belong to the study.
    """
    people = source.frames.get("DM")
    if people is None or source.own:
        return
    arms = pl.concat_list(upper(people, name) for name in _ARMS if name in people.columns) if _has_arm(people) else None
    if arms is None:
        return
    said = people.select(arms.list.eval(pl.element().is_in(_SCREEN_FAILURE)).list.any()).to_series()
    no_arm = people.select(upper(people, "ARM").is_in(["", *_NO_ARM])).to_series()
    failed = said | (no_arm & people[SUBJECT].is_in(_failed_in_disposition(source)))
    if not failed.any():
        return
    names = people[SUBJECT].filter(failed)
    shown = ", ".join(names.head(12).to_list()) + (", ..." if len(names) > 12 else "")
    if keep:
        source.warn("DM", f"{len(names)} people failed screening and are kept, as declared: {shown}", "Nothing to do")
        return
    remedy = 'Nothing to do; [sdtm] screen_failures = "keep" in a mapping file keeps them'
    for domain, frame in list(source.frames.items()):
        if SUBJECT not in frame.columns:
            continue
        gone = frame[SUBJECT].is_in(names.implode()).fill_null(value=False)
        people_words = f"are people who failed screening, and are left out: {shown}"
        problem = people_words if domain == "DM" else "are of people who failed screening, and are left out"
        source.leave_out(domain, gone, problem, remedy)


def _has_arm(people: pl.DataFrame) -> bool:
    return any(name in people.columns for name in _ARMS)


def _failed_in_disposition(source: Source) -> pl.Series:
    frame = source.frames.get("DS")
    if frame is None:
        return pl.Series([], dtype=pl.String).implode()
    said = frame.filter(upper(frame, "DSDECOD").is_in(_SCREEN_FAILURE))
    return said[SUBJECT].drop_nulls().unique().implode()


def leave_out_what_did_not_happen(source: Source) -> None:
    """Take out records whose --OCCUR is N (or unknown) and interventions and events whose --STAT is NOT DONE."""
    for domain in list(source.frames):
        occurred = f"{domain}OCCUR"
        frame = source.frames[domain]
        if occurred in frame.columns and SUBJECT in frame.columns:
            said = frame.select(upper(frame, occurred)).to_series()
            remedy = "Nothing to do"
            source.leave_out(domain, said.is_in(["N", "NO"]), "did not happen, and are left out", remedy, occurred)
            frame = source.frames[domain]
            said = frame.select(upper(frame, occurred)).to_series()
            gone = ~said.is_in(["", "Y", "YES"])
            source.leave_out(domain, gone, "are not known to have happened, and are left out", remedy, occurred)
        status, frame = f"{domain}STAT", source.frames[domain]
        if status in frame.columns and domain in _EVENTS and SUBJECT in frame.columns:
            gone = frame.select(upper(frame, status) == "NOT DONE").to_series()
            source.leave_out(domain, gone, "were not asked or not done, and are left out", "Nothing to do", status)
