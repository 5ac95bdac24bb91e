"""Write tests/baseline anew, after a change that is meant to alter results.

It refuses unless a `changes/*.science.md`, new or changed since these files were written last, says what moves and why.
Run: ``.venv/bin/python scripts/rebaseline.py``.
"""

import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "baseline"))

from trial_baseline import FOLDER, PROTOCOLS, differences, measured  # noqa: E402  # beside the test of the files


def new_fragments() -> list[str]:
    """Return the science fragments that are there since the baseline was written last, committed or not."""
    written = _git("log", "-1", "--format=%H", "--", "tests/baseline/*.toml").strip()
    lines = [
        *_git("diff", "--name-status", written, "--", "changes").splitlines(),
        *_git("status", "--porcelain", "--untracked-files=all", "--", "changes").splitlines(),
    ]
    return sorted({line.split()[-1] for line in lines if line.endswith(".science.md") and line.strip()[0] in "AM?"})


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout


def as_toml(document: Mapping[str, Any]) -> str:
    """Return the document as TOML; floats keep every bit."""
    plain = [f"{key} = {_value(value)}" for key, value in document.items() if not isinstance(value, Mapping)]
    sections = [
        "\n".join([f"\n[{key}]", *(f'"{name}" = {_value(one)}' for name, one in value.items())])
        for key, value in document.items()
        if isinstance(value, Mapping)
    ]
    return "\n".join(["# Written by scripts/rebaseline.py; never by hand.", *plain, *sections]) + "\n"


def _value(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return "[" + ", ".join(_value(one) for one in value) + "]" if isinstance(value, list) else repr(value)


def main() -> None:
    """Write what changed, if a fragment says why."""
    changed = {}
    for protocol in PROTOCOLS:
        file, now = FOLDER / f"{protocol}.toml", measured(protocol)
        before = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        found = differences(now, before) if before else ["there was no baseline"]
        if found:
            changed[file] = now
            print(f"{protocol}:", *found[:20], sep="\n  ")
    if not changed:
        print("nothing changed")
        return
    fragments = new_fragments()
    if not fragments and any(file.is_file() for file in changed):
        sys.exit("Refused: results change, and no new changes/*.science.md says what moves and why. Write it first.")
    for file, now in changed.items():
        partial = file.with_suffix(".partial")
        partial.write_text(as_toml(now), encoding="utf-8")
        partial.replace(file)
        print(f"written: {file.relative_to(ROOT)} ({', '.join(fragments) or 'first baseline'})")


if __name__ == "__main__":
    main()
