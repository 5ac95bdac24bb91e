"""The folder of every data file that a person may copy and change: protocols, definitions, evidence, parameters."""

from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1] / "library"
