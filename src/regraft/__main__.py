"""Entry point of the `regraft` command: runs the command line and turns errors into messages and exit codes.

Nothing heavy is imported before signals are answered, so that Ctrl-C in the first moment ends as it does later.
"""

import sys

BAD_INPUT = 2
FAULT_OF_OURS = 1
INTERRUPTED = 130
_PANIC = "PanicException"  # of the table library, written in Rust; no kind of Exception, and cannot be imported
OBJECTS_BETWEEN_COLLECTIONS = 200_000  # one command makes few cycles; collecting rarely saves a tenth of its time


def main() -> None:
    """Run the command line.

    Exit codes: 0 success; 2 bad input, or a machine without room or rights for it; 1 an internal error; 130 Ctrl-C, 143
    SIGTERM, 129 the terminal was closed, 141 nobody reads standard output any more.
    """
    try:
        from regraft.cli.signals import end_at_once, told  # noqa: PLC0415  # light, before all else

        end_at_once()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    from regraft.cli.standard_streams import open_streams  # noqa: PLC0415  # as above

    open_streams()
    try:
        code = _run()
    except SystemExit as end:
        code = end.code
    except Exception as problem:  # noqa: BLE001  # the last place: every error becomes a line
        code = _tell(problem)
    except BaseException as problem:
        if type(problem).__name__ != _PANIC:
            raise
        sys.stderr.write(f"regraft: a library gave up: {problem}. Give it more threads or open files (ulimit -u, -n)\n")
        code = BAD_INPUT
    end_at_once()
    told(code)
    sys.exit(code)


def _run() -> str | int | None:
    """Run the command, and return its exit code."""
    import gc  # noqa: PLC0415  # as in `main`

    from regraft.cli.quiet import (  # noqa: PLC0415  # as in `main`
        leave_drawing_settings,
        leave_impossible_threads,
        leave_unused_projections,
        quiet_libraries,
    )
    from regraft.cli.signals import end_through_blocks  # noqa: PLC0415  # as in `main`

    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    quiet_libraries()
    leave_unused_projections()
    leave_drawing_settings()
    leave_impossible_threads()
    from regraft.cli.address_space import refuse_without_room  # noqa: PLC0415  # as in `main`

    refuse_without_room(sys.argv[1:])
    from regraft.cli.commands import app  # noqa: PLC0415  # heavy

    end_through_blocks()
    code: str | int | None = 0
    try:
        app(standalone_mode=True)
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    return code


def _tell(problem: Exception) -> int:
    """Say what went wrong on standard error, and return the exit code; an internal error is shown with its trace."""
    from regraft.cli.standard_streams import OutputLost  # noqa: PLC0415  # as in `main`
    from regraft.cli.visible import one_line, visible  # noqa: PLC0415  # as in `main`
    from regraft.core.errors import InputError, RegraftError  # noqa: PLC0415  # as in `main`

    said = str(problem)
    if isinstance(problem, OutputLost):
        said = f"standard output: {said}. Make room or send it elsewhere; what --out and --write name is complete"
    elif isinstance(problem, MemoryError):
        said = "memory ran out. Ask for fewer patients or --threads, or give the machine more memory"
    elif isinstance(problem, UnicodeEncodeError):
        near = one_line(problem.object[max(0, problem.start - 40) : problem.end + 20])
        said = f"... {near} ...: a name holds bytes that are no text. Rename the file or folder"
    elif isinstance(problem, OSError):
        where = "" if problem.filename is None else f"{problem.filename}: "
        if (
            isinstance(problem, FileNotFoundError) and not where
        ):  # of the calls we make, only the current folder has no name
            where = "the current folder: "
        said = f"{where}{problem.strerror or problem}. Make it possible, or name another place"
    elif isinstance(problem, RegraftError) and not isinstance(problem, InputError):
        sys.stderr.write(visible(f"regraft: internal error: {problem}\n"))
        return FAULT_OF_OURS
    elif not isinstance(problem, InputError):
        sys.stderr.write("regraft: internal error; please report the command and what follows\n")
        raise problem
    sys.stderr.write(visible(f"regraft: {said}\n"))
    return BAD_INPUT


if __name__ == "__main__":
    main()
