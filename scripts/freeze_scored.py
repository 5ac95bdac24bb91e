"""Write src/regraft/replication/scored.toml: which published rows judge predictions, and why the others do not.

Run once, before any fit: ``PYTHONPATH=src python scripts/freeze_scored.py``. It refuses to write over the list; whoever
deletes the list first says why in the change that does it.
"""

import json
import sys

from regraft.evidence.registry import load_library
from regraft.replication.scoring import FILE, digest_of, judged
from regraft.writing.file import write_whole

HEAD = """\
# Frozen: the published rows that judge predictions, made by scripts/freeze_scored.py before any fit. A row is scored
# when its value is `found` and its definition is given in the row or in the study's definitions;
# a row with `why` is not scored.
# The digest covers every row: a changed list does not load.
"""


def main() -> int:
    """Write the list, unless there is one."""
    if FILE.exists():
        sys.stderr.write(f"{FILE} is frozen.\n")
        return 2
    rows = judged(load_library())
    lines = [HEAD, f'digest = "{digest_of(rows)}"', ""]
    for row in rows:
        lines += ["[[row]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in row.items()), ""]
    write_whole(FILE, ("\n".join(lines)).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
