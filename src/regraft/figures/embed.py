"""Turn a figure into a data URI: the same data give the same bytes, with no dates and no random ids."""

from base64 import b64encode
from io import BytesIO

from matplotlib.figure import Figure

from regraft.figures.style import our_style

SCREEN_DPI = 192


def to_svg(figure: Figure) -> bytes:
    """Return the figure as SVG, text as outlines so that it looks the same on every machine."""
    buffer = BytesIO()
    with our_style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def to_png(figure: Figure) -> bytes:
    """Return the figure as PNG at twice the resolution of a screen, for figures with very many paths."""
    buffer = BytesIO()
    with our_style():
        figure.savefig(buffer, format="png", dpi=SCREEN_DPI, metadata={"Software": None})
    return buffer.getvalue()


def data_uri(figure: Figure, *, raster: bool = False) -> str:
    """Return the figure as a data URI for the ``src`` of an image.

    Parameters
    ----------
    figure : Figure
        What to embed.
    raster : bool
        PNG instead of SVG, where thousands of paths would make the page heavy.
    """
    kind, content = ("png", to_png(figure)) if raster else ("svg+xml", to_svg(figure))
    return f"data:image/{kind};base64,{b64encode(content).decode('ascii')}"
