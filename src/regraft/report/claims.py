"""Read what popular accounts say about a trial."""

from regraft.core.errors import SettingsProblem
from regraft.core.library import LIBRARY
from regraft.core.settings import read_toml
from regraft.report.contents import Claim

FOLDER = LIBRARY / "claims"


def load_claims(evidence: str | None) -> tuple[Claim, ...]:
    """Return the claims about a published trial; empty if no popular account is known.

    Parameters
    ----------
    evidence : str or None
        Key of the evidence file, such as ``atkins-2016``.

    Raises
    ------
    SettingsProblem
        A claim without what is said, what was found, or the source.
    """
    path = FOLDER / f"{evidence}.toml"
    if evidence is None or not path.is_file():
        return ()
    claims = []
    for number, entry in enumerate(read_toml(path)["claim"]):
        for key in ("says", "found", "source"):
            if not entry.get(key):
                raise SettingsProblem(path, f"claim[{number}].{key}", None, "every claim needs it", f"Add `{key}`.")
        claims.append(
            Claim(says=entry["says"], found=entry["found"], source=entry["source"], endpoint=entry.get("endpoint"))
        )
    return tuple(claims)
