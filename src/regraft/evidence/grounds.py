"""A published study as results record it that stand beside its numbers."""

from regraft.core.grounds import Published
from regraft.evidence.schema import Trial


def published_of(trial: Trial) -> Published:
    """Return the citation of a study, and how many of its numbers were found, recalled, derived and assumed."""
    citation = trial.citation
    return Published(
        id=trial.id,
        authors=citation.authors,
        title=citation.title,
        journal=citation.journal,
        year=citation.year,
        volume=citation.volume,
        pages=citation.pages,
        doi=citation.doi,
        pmid=citation.pmid,
        numbers={str(kind): count for kind, count in trial.confidences().items()},
    )
