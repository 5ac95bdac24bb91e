"""Every link of a built site: does its page exist, its anchor, and what a page asks of another machine."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "video": "src"}


@dataclass
class _Page(HTMLParser):
    """What one page links to, loads, and can be linked to by."""

    path: Path
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.ids |= {value for key, value in attrs if value and (key == "id" or (tag == "a" and key == "name"))}
        if tag == "a" and named.get("href"):
            self.links.append(str(named["href"]))
        address = named.get(FETCHED.get(tag, ""))
        if address and named.get("rel") != "canonical":
            self.loaded.append(address)


@dataclass(frozen=True)
class BuiltSite:
    """The pages below a folder."""

    folder: Path

    @cached_property
    def pages(self) -> dict[Path, _Page]:
        """Return every page by its path."""
        return {path.resolve(): _Page(path) for path in sorted(self.folder.rglob("*.html"))}

    def broken(self) -> list[str]:
        """Return every link that leads nowhere, and everything that would be asked of another machine."""
        return [problem for page in self.pages.values() for problem in self._broken_on(page)]

    def counted(self) -> tuple[int, int]:
        """Return how many links stay inside the site, and how many lead out of it."""
        every = [link for page in self.pages.values() for link in page.links]
        outside = sum(bool(urlsplit(link).scheme) for link in every)
        return len(every) - outside, outside

    def _broken_on(self, page: _Page) -> Iterator[str]:
        where = page.path.relative_to(self.folder)
        for address in page.loaded:
            parts = urlsplit(address)
            if parts.scheme == "data":
                continue
            if parts.netloc or parts.scheme:
                yield f"{where}: asks another machine for {address}"
            elif not (page.path.parent / unquote(parts.path)).exists():
                yield f"{where}: no file {address}"
        for link in page.links:
            parts = urlsplit(link)
            if not (parts.scheme or parts.netloc) and not self._leads_somewhere(page, parts.path, parts.fragment):
                yield f"{where}: broken link {link}"

    def _leads_somewhere(self, page: _Page, path: str, fragment: str) -> bool:
        target = (page.path.parent / unquote(path)).resolve() if path else page.path.resolve()
        if target not in self.pages:
            return target.is_file() and not fragment
        return not fragment or unquote(fragment) in self.pages[target].ids
