"""Reference pages that show a complete annotated file of each kind whose format page has none: one that is shipped."""

from dataclasses import dataclass

from regraft.core.library import LIBRARY


@dataclass(frozen=True)
class Shown:
    """A shipped file: what it is called on its page, how it is copied, and the page that explains its keys."""

    title: str
    path: str
    copied_by: str
    explained_in: str


FILES = {
    "protocol": Shown(
        "A complete protocol file",
        "protocols/atkins-2016.toml",
        "regraft copy protocols/atkins-2016",
        "[The protocol file](../format-protocol.md)",
    ),
    "definitions": Shown(
        "A complete set of definitions",
        "definitions/atkins-2016.toml",
        "regraft copy definitions/atkins-2016",
        "[Endpoint definitions](../format-definitions.md)",
    ),
    "evidence": Shown(
        "A complete file of a published study",
        "examples/new-trial/published.yaml",
        "regraft copy examples/new-trial",
        "[How to predict a trial](../predict-a-new-trial.md)",
    ),
}


def file_pages() -> dict[str, str]:
    """Return the page of each file by its path."""
    return {f"reference/file-{kind}.md": _page(one) for kind, one in FILES.items()}


def _page(one: Shown) -> str:
    language = "yaml" if one.path.endswith(".yaml") else "toml"
    text = (LIBRARY / one.path).read_text(encoding="utf-8")
    said = f"`{one.copied_by}` copies it, to change. All keys: {one.explained_in}."
    return f"# {one.title}\n\n{said}\n\n```{language}\n{text}```\n"
