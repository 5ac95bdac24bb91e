r"""A work as a list of references names it, and as BibTeX.

Most citations of the parameter files are one line. One that reads as ``Authors. Title. Journal Year;Volume:Page``
becomes an article with its parts; any other keeps its whole text as title, so that nothing is guessed.
"""

import re
from dataclasses import dataclass
from typing import final

_NAME = r"(?:(?:[a-z]{2,3} ){0,2}[A-Z][\w'’-]*(?: [A-Z][\w'’-]+| de| van| von)*) [A-Z]{1,4}"
_AUTHORS = rf"(?:{_NAME}(?:, {_NAME})*(?:,? et al)?|[A-Z][\w'’ -]+? and others)"
_LINE = re.compile(
    rf"(?P<authors>{_AUTHORS})\. (?P<title>.+)\. (?P<journal>[A-Z][A-Za-z& ]+) (?P<year>\d{{4}})"
    r"(?:;(?P<volume>\w+(?:\(\w+\))?)(?::(?P<pages>[\w.–-]+))?)?(?: \((?P<note>[^()]+)\))?"
)
_DOI = re.compile(r"(?:doi\.org/|link\.springer\.com/doi/|\bdoi:? ?)(10\.\d{4,9}/[^\s,;]+)")
_SPECIAL = str.maketrans({one: f"\\{one}" for one in "&%$#_"} | {"~": "\\~{}", "^": "\\^{}", "\\": "\\textbackslash{}"})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Something that is cited.

    Parameters
    ----------
    key : str
        By which files name it.
    title : str
        Title; of a citation whose parts are not told apart, its whole text.
    authors : str
        As printed, ``Atkins HL, Bowman M, et al``; empty where nobody is named.
    kind : str
        BibTeX's: ``article``, ``software`` or ``misc``.
    """

    key: str
    title: str
    authors: str = ""
    journal: str = ""
    year: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""
    url: str = ""
    version: str = ""
    note: str = ""
    kind: str = "misc"

    @property
    def text(self) -> str:
        """Return the work as a line of a list of references."""
        volume = self.volume + (f":{self.pages}" if self.pages else "")
        place = ";".join(part for part in (f"{self.journal} {self.year}".strip(), volume) if part)
        parts = [self.authors, self.title, f"Version {self.version}" if self.version else "", place, self.note]
        link = f"https://doi.org/{self.doi}" if self.doi else self.url
        return " ".join([*(f"{part.rstrip('.')}." for part in parts if part), *([link] if link else [])])

    def bibtex(self, annotation: str = "") -> str:
        """Return the work as an entry of BibTeX, with what it was used for as `annotation`."""
        fields = {
            "author": bibtex_authors(self.authors),
            "title": f"{{{_escaped(self.title)}}}",
            "journal": _escaped(self.journal),
            "year": self.year,
            "volume": _escaped(self.volume),
            "pages": _escaped(re.sub(r"[-–]+", "--", self.pages)),
            "version": self.version,
            "doi": self.doi,
            "url": "" if self.doi else self.url,
            "note": _escaped(self.note),
            "annote": _escaped(annotation),
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@{self.kind}{{{self.key},\n" + ",\n".join(lines) + "\n}"


def work_of_line(key: str, line: str, url: str | None = None) -> Work:
    """Return the work of one line of text.

    Parameters
    ----------
    key : str
        By which files name it.
    line : str
        Its citation.
    url : str, optional
        Where it was read; a DOI in it, or in the line, is taken out.

    Examples
    --------
    >>> work = work_of_line("price-1996", "Price TH et al. Effect of G-CSF. Blood 1996;88:335")
    >>> work.journal, work.year, work.volume, work.pages
    ('Blood', '1996', '88', '335')
    >>> work_of_line("norway-1999", "Statistics Norway: life tables of 1999 and 2015").kind
    'misc'
    """
    found = _DOI.search(url or "") or _DOI.search(line)
    doi = found.group(1).rstrip(").") if found is not None else ""
    parts = _LINE.fullmatch(line)
    if parts is None:
        return Work(key=bibtex_key(key), title=line, doi=doi, url=url or "")
    told = {name: part or "" for name, part in parts.groupdict().items()}
    return Work(key=bibtex_key(key), kind="article", doi=doi, url=url or "", **told)


def bibtex_key(key: str) -> str:
    """Return a key as BibTeX can hold it.

    Examples
    --------
    >>> bibtex_key("NCT01099930, table 1")
    'NCT01099930-table-1'
    """
    return re.sub(r"[^A-Za-z0-9.:/_-]+", "-", key).strip("-") or "work"


def bibtex_authors(authors: str) -> str:
    """Return authors as BibTeX tells them apart; what is no list of names stays as it is, in braces.

    Examples
    --------
    >>> bibtex_authors("Atkins HL, Bar-Or A, et al.; Freedman MS (senior)")
    'Atkins, H. L. and Bar-Or, A. and Freedman, M. S. and others'
    >>> bibtex_authors("PRISMS Study Group")
    '{PRISMS Study Group}'
    >>> bibtex_authors("Lysak and others")
    'Lysak and others'
    """
    if not authors or authors.endswith(" and others"):
        return authors
    plain = re.sub(r" \([^()]*\)", "", authors)
    more = bool(re.search(r"\bet al\b", plain))
    names = [name.strip() for name in re.split(r"[,;]", re.sub(r"\bet al\b\.?", "", plain)) if name.strip()]
    if not all(re.fullmatch(_NAME, name) for name in names):
        return f"{{{_escaped(authors)}}}"
    family = [name.rpartition(" ") for name in names]
    told = [f"{last}, {' '.join(f'{one}.' for one in initials)}" for last, _, initials in family]
    return " and ".join([*told, *(["others"] if more else [])])


def _escaped(text: str) -> str:
    """Return text as TeX prints it; braces, which would end a field, become brackets."""
    return text.replace("{", "(").replace("}", ")").translate(_SPECIAL)
