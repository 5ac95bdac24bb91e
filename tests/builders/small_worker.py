"""A worker whose jobs are a moment's sleep, an answer or an end, for tests of the queue that need no model."""

import os
import time

from regraft.explorer.kept import Answer


def serve(pipe, tells_library):
    """Do jobs as a worker does; `load` is over at once."""
    if tells_library:
        pipe.send(("library", {}))
    pipe.send(("readiness", "open"))
    while True:
        try:
            work, asked = pipe.recv()
        except EOFError:
            return
        if work == "load":
            pipe.send(("readiness", "loaded"))
        elif work == "sleep":
            pipe.send(("progress", 1))
            time.sleep(asked["seconds"])
            pipe.send(("answer", Answer(shown={"slept": asked["seconds"]})))
        elif work == "refuse":
            pipe.send(("problem", "Nobody could enter. Widen the age."))
        else:
            os._exit(3)


def serve_nothing(_pipe, _tells_library):
    """End before anything was done."""
    os._exit(3)
