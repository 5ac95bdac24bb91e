"""Entry point of the `regraft` command: runs the command line and turns errors into messages and exit codes."""

import gc
import signal
import sys

from regraft.core.errors import InputError, RegraftError

BAD_INPUT = 2
FAULT_OF_OURS = 1
INTERRUPTED, TERMINATED = 130, 143
STOPPED = {INTERRUPTED: "interrupted", TERMINATED: "terminated"}
OBJECTS_BETWEEN_COLLECTIONS = 200_000  # one command makes few cycles; collecting rarely saves a tenth of its time


def main() -> None:
    """Run the command line; exit 0 on success, 2 on bad input, 1 on a fault of ours, 130 on Ctrl-C, 143 on SIGTERM."""
    from regraft.cli.address_space import refuse_without_room  # noqa: PLC0415  # keeps `import regraft.__main__` light
    from regraft.cli.commands import app  # noqa: PLC0415  # as above

    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        refuse_without_room(sys.argv[1:])
        app(standalone_mode=True)
    except InputError as problem:
        sys.stderr.write(f"regraft: {problem}\n")
        sys.exit(BAD_INPUT)
    except RegraftError as fault:
        sys.stderr.write(f"regraft: a fault of ours: {fault}\n")
        sys.exit(FAULT_OF_OURS)
    except SystemExit as end:
        if end.code in STOPPED:
            sys.stderr.write(f"regraft: {STOPPED[end.code]}; no half-written output was left behind\n")
        raise
    except Exception:
        sys.stderr.write("regraft: a fault of ours; please report the command and what follows\n")
        raise


def _terminate(_signal: int, _frame: object) -> None:
    """End as Ctrl-C does: through every block that has something to clear away."""
    sys.exit(TERMINATED)


if __name__ == "__main__":
    main()
