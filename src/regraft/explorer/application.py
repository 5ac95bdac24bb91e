"""The pages and what is posted to them. A GET never simulates; what takes time is a job with an address of its own."""

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from regraft.api.requests import Request, key_of
from regraft.explorer import digest, forms, own_design, reading
from regraft.explorer.guard import REPORT_POLICY, Door
from regraft.explorer.kept import Answer, Kept
from regraft.explorer.pace import Pace
from regraft.explorer.pages import PAGES, PageOf
from regraft.explorer.session import Session
from regraft.explorer.studies import DIRECTORY, LARGEST_FILE, LARGEST_STUDY, MOST_FILES, Refused, Studies, Uploaded
from regraft.explorer.workers import Job, QueueFull, Workers

_HERE = Path(__file__).resolve().parent
_STATIC = {"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8"}
_LIBRARY_WAIT_S = 30.0
_MOST_TEXT = 300_000
_NO_LONGER = (
    "That study is no longer here: files are kept only while the program runs, and only in it. Give them again."
)
_FULL = "Twenty jobs are waiting already. Wait for one of them, or cancel one."


@final
@dataclass(frozen=True, slots=True)
class Posted:
    """What one of our forms sent: its entries, and files by name."""

    values: Mapping[str, str]
    files: Sequence[tuple[str, bytes]]


@final
class Explorer:
    """Everything that one process holds: its pages, its jobs, its results, and the studies that were given to it."""

    def __init__(self, door: Door, session: Session, serve: Callable[..., None]) -> None:
        self.door, self.session = door, session
        self.kept, self.pace = Kept(), Pace()
        self.studies = Studies(session.folder / "studies")
        self.workers = Workers(serve, self._answered)
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["pages"] = PAGES

    def application(self) -> Starlette:
        """Return what answers below the guard."""
        get, post = ["GET"], ["POST"]
        routes = [
            Route("/", self._home, methods=get),
            Route("/static/{name}", self._static, methods=get),
            Route("/{page:str}", self._page, methods=get),
            Route("/run/{page:str}", self._run, methods=post),
            Route("/data/{what:str}", self._data, methods=post),
            Route("/design/file", self._design_file, methods=post),
            Route("/job/{identity:str}", self._job, methods=get),
            Route("/job/{identity:str}/state.json", self._job_state, methods=get),
            Route("/job/{identity:str}/cancel", self._cancel, methods=post),
            Route("/file/{identity:str}/{name:str}", self._file, methods=get),
        ]
        problems: dict[Any, Any] = {HTTPException: self._refused, Refused: self._not_taken, Exception: self._fault}
        application = Starlette(routes=routes, exception_handlers=problems, lifespan=self._lifespan)
        application.router.redirect_slashes = False  # it would lead out of the random place
        return application

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self.workers.start()
        try:
            yield
        finally:
            self.workers.close()
            self.session.end()

    def _answered(self, job: Job, answer: Answer) -> None:
        self.kept.put(job.key, answer)
        if not answer.problem:
            self.pace.learn(job.work, job.total, job.seconds)

    # ------------------------------------------------------------------ pages

    def _show(self, name: str, *, up: str = "", status: int = 200, **values: Any) -> Response:
        text = self._environment.get_template(name).render(
            up=up, form_token=self.door.form_token(), compiling=self.workers.compiling, **values
        )
        return Response(text, status, media_type="text/html")

    async def _home(self, _: Asked) -> Response:
        return self._show("home.html", page=None)

    async def _static(self, asked: Asked) -> Response:
        name = asked.path_params["name"]
        if name not in _STATIC:
            raise HTTPException(404)
        return Response((_HERE / "static" / name).read_bytes(), media_type=_STATIC[name])

    async def _page(self, asked: Asked) -> Response:
        page = PAGES.get(asked.path_params["page"])
        if page is None:
            raise HTTPException(404)
        if page.name == "data":
            return await self._data_page(page, asked)
        if page.is_reading:
            library = await self._library()
            shown = (
                reading.evidence(library, asked.query_params)
                if page.name == "evidence"
                else reading.model(library, asked.query_params)
            )
            return self._show(f"{page.name}.html", page=page, **shown)
        filled = page.fill(asked.query_params)
        status = 422 if filled.problems else 200
        return self._show(f"{page.name}.html", status=status, page=page, **self._state(page, filled))

    def _state(self, page: PageOf, filled: forms.Filled, problem: str = "") -> dict[str, Any]:
        """Return what a page of results shows: its form, and the result where there is one."""
        values: dict[str, Any] = {"filled": filled, "result": None, "request": None, "problem": problem, "report": None}
        values |= {"seconds": 0, "hints": forms.hints()}
        if page.name == "design":
            values["text"] = "" if filled.problems else forms.design_of(filled).text
        if filled.problems:
            return values
        request = page.request(filled)
        answer = self.kept.get(self._key(page.work, request))
        report = self.kept.get(self._key("report", request)) if page.name == "trial" else None
        if answer is not None and answer.problem:
            values["problem"], answer = answer.problem, None
        seconds = self.pace.seconds(page.work, page.units(request))
        ways = {"command": request.command(), "python": request.python(), "files": request.files()}
        return values | {"request": ways, "result": answer, "report": report, "seconds": seconds, "link": filled.query}

    def _key(self, work: str, request: Request, study: Uploaded | None = None) -> str:
        """Return the key of a result; one of a study names it, so that it can be forgotten with it."""
        key = key_of(request, digest.program(), work)
        return key if study is None else f"{key} {study.identity} {study.version}"

    async def _library(self) -> dict[str, Any]:
        """Return what comes with regraft, as the first worker tells it a moment after the start."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.workers.has_library.wait(), _LIBRARY_WAIT_S)
        if self.workers.library is None:
            raise HTTPException(503, "Still starting. Load this page again in some seconds.")
        return self.workers.library

    # ------------------------------------------------------------------ jobs

    async def _posted(self, asked: Asked) -> Posted:
        """Return what was posted, if one of our own forms posted it; a file is read no further than shows its size."""
        async with asked.form(max_files=MOST_FILES + 1, max_fields=60, max_part_size=_MOST_TEXT) as form:
            values = {name: value for name, value in form.items() if isinstance(value, str)}
            if not hmac.compare_digest(values.get("form", "").encode(), self.door.form_token().encode()):
                raise HTTPException(403, "This form is from an earlier start of the program. Load the page again.")
            given = [one for one in form.getlist("files") if isinstance(one, UploadFile)]
            files = [(one.filename or "", await one.read(LARGEST_FILE + 1)) for one in given]
        return Posted(values, files)

    async def _run(self, asked: Asked) -> Response:
        given = (await self._posted(asked)).values
        name = asked.path_params["page"]
        if name == "analyse":
            return await self._run_analysis(given)
        page, work = (PAGES["trial"], "report") if name == "report" else (PAGES.get(name), "")
        if page is None or page.is_reading or page.name == "data":
            raise HTTPException(404)
        filled = page.fill(given)
        if filled.problems:
            return self._show(f"{page.name}.html", up="../", status=422, page=page, **self._state(page, filled))
        request = page.request(filled)
        work = work or page.work
        return self._submit(
            Job(
                key=self._key(work, request),
                work=work,
                asked=asdict(request),
                title=page.says(request),
                back=filled.address + ("#report" if work == "report" else ""),
                total=page.units(request),
            )
        )

    async def _design_file(self, asked: Asked) -> Response:
        """Lead to the page of a design file that was dropped or edited: its address holds the file."""
        posted = await self._posted(asked)
        dropped = [content for name, content in posted.files if name]
        content = dropped[0] if dropped else posted.values.get("text", "").replace("\r\n", "\n").encode()
        problem = own_design.problem_of(content)
        if not problem:
            return RedirectResponse(f"../design?file={own_design.packed(content.decode())}", 303)
        page = PAGES["design"]
        values = self._state(page, page.fill({}), problem) | {"text": content.decode("utf-8", "replace")}
        return self._show("design.html", up="../", status=422, page=page, **values)

    def _submit(self, job: Job) -> Response:
        """Lead to the job, or at once to its result where it is known."""
        known = self.kept.get(job.key)
        if known is not None and not known.problem:
            return RedirectResponse(f"../{job.back}", 303)
        self.kept.forget(job.key)
        try:
            job = self.workers.submit(job)
        except QueueFull:
            raise HTTPException(429, _FULL) from None
        return RedirectResponse(f"../job/{job.identity}", 303)

    def _job_named(self, asked: Asked) -> Job:
        job = self.workers.job(asked.path_params["identity"])
        if job is None:
            raise HTTPException(404, "There is no such job. Its page shows the choices, and simulates again.")
        return job

    async def _job(self, asked: Asked) -> Response:
        job = self._job_named(asked)
        if job.state.is_over and job.state != "cancelled":
            return RedirectResponse(f"../{job.back}", 303)
        values: dict[str, Any] = {"job": job, "before": self.workers.before(job), "busy": self.workers.busy}
        return self._show("job.html", up="../", page=None, **values)

    async def _job_state(self, asked: Asked) -> Response:
        job = self._job_named(asked)
        return JSONResponse(
            {
                "state": str(job.state),
                "done": min(job.done, job.total),
                "total": job.total,
                "before": self.workers.before(job),
                "compiling": self.workers.compiling,
                "back": job.back,
            }
        )

    async def _cancel(self, asked: Asked) -> Response:
        await self._posted(asked)
        job = self._job_named(asked)
        self.workers.cancel(job)
        return RedirectResponse(f"../../{job.back.partition('#')[0]}", 303)

    async def _file(self, asked: Asked) -> Response:
        """Give out a file of an answer by the random name of the answer; pictures are drawn from what is shown."""
        identity, name = asked.path_params["identity"], asked.path_params["name"]
        file = self.kept.file(identity, name)
        if file is None:
            figure = self.kept.figure(identity, name)
            if figure is None:
                raise HTTPException(404)
            text = self._environment.get_template("figure.svg").render(plot=figure)
            return Response(text, media_type="image/svg+xml", headers=_attached(name))
        if name == "report.html":
            return Response(file.content, media_type=file.kind, headers={"content-security-policy": REPORT_POLICY})
        return Response(file.content, media_type=file.kind, headers=_attached(name))

    # ------------------------------------------------------------------ recorded data

    async def _data_page(self, page: PageOf, asked: Asked) -> Response:
        identity, problem = asked.query_params.get("study", ""), ""
        study = self.studies.get(identity)
        if study is None and identity:
            return self._no_study(_NO_LONGER, 404)
        if study is None:
            return self._no_study(problem, 200)
        library = await self._library()
        filled = forms.analyse_form(asked.query_params, library["definitions"], study.identity)
        checked = self.kept.get(check_key(study))
        values: dict[str, Any] = {"study": study, "filled": filled, "checked": checked, "result": None, "request": None}
        if checked is not None and checked.problem:
            problem, checked = checked.problem, None
        if not filled.problems:
            request = forms.analyse_request(filled, DIRECTORY)
            answer = self.kept.get(self._key("analyse", request, study))
            if answer is not None and answer.problem:
                problem, answer = answer.problem, None
            ways = {"command": request.command(), "python": request.python(), "files": {}}
            values |= {"request": ways, "result": answer}
        status = 422 if problem or filled.problems else 200
        return self._show("data.html", status=status, page=page, problem=problem, **values)

    async def _data(self, asked: Asked) -> Response:
        posted = await self._posted(asked)
        what = asked.path_params["what"]
        if what == "upload":
            return self._check(self.studies.take(posted.files))
        if what == "example":
            return self._check(self.studies.take_example())
        study = self.studies.get(posted.values.get("study", ""))
        if study is None:
            raise HTTPException(404)
        if what == "mapping":
            self.studies.map(study, posted.values.get("mapping", ""))
            return self._check(study)
        if what == "check":
            return self._check(study)
        if what != "forget":
            raise HTTPException(404)
        self.studies.forget(study)
        self.kept.forget_all(study.identity)
        return RedirectResponse("../data", 303)

    def _check(self, study: Uploaded) -> Response:
        return self._submit(
            Job(
                key=check_key(study),
                work="check",
                asked={"folder": str(study.folder)},
                title="Reading the study",
                back=f"data?study={study.identity}",
                quick=True,
                total=1,
            )
        )

    async def _run_analysis(self, given: Mapping[str, str]) -> Response:
        study = self.studies.get(given.get("study", ""))
        if study is None:
            raise HTTPException(404)
        library = await self._library()
        filled = forms.analyse_form(given, library["definitions"], study.identity)
        if filled.problems:
            raise HTTPException(422, " ".join(filled.problems.values()))
        request = forms.analyse_request(filled, DIRECTORY)
        back = f"data?study={study.identity}"
        rest = filled.address.partition("?")[2]
        return self._submit(
            Job(
                key=self._key("analyse", request, study),
                work="analyse",
                asked={"folder": str(study.folder), "definition": request.definition, "years": request.years},
                title="Deriving endpoints of the study",
                back=f"{back}&{rest}#result" if rest else f"{back}#result",
                quick=True,
                total=1,
            )
        )

    # ------------------------------------------------------------------ what goes wrong

    async def _refused(self, asked: Asked, problem: Exception) -> Response:
        status = problem.status_code if isinstance(problem, HTTPException) else 500
        said = problem.detail if isinstance(problem, HTTPException) else ""
        usual = {404: "There is no such page.", 400: "This request cannot be read.", 405: "This page is only read."}
        said = usual.get(status, said) if said in {"", "Not Found", "Bad Request", "Method Not Allowed"} else said
        return self._show("problem.html", up=_up(asked), status=status, page=None, said=said)

    async def _not_taken(self, asked: Asked, problem: Exception) -> Response:
        return self._no_study(str(problem), 422, _up(asked))

    def _no_study(self, problem: str, status: int, up: str = "") -> Response:
        limits = {"files": MOST_FILES, "one": LARGEST_FILE // 2**20, "all": LARGEST_STUDY // 2**20}
        page = PAGES["data"]
        return self._show("data.html", up=up, status=status, page=page, study=None, problem=problem, limits=limits)

    async def _fault(self, asked: Asked, problem: Exception) -> Response:
        said = f"Internal error ({type(problem).__name__}). Please report what you did on which page."
        return self._show("problem.html", up=_up(asked), status=500, page=None, said=said)


def _up(asked: Asked) -> str:
    return "../" * max(0, asked.url.path.count("/") - 1)


def check_key(study: Uploaded) -> str:
    """Return the key of what is wrong with a study; it names it, so that it can be forgotten with it."""
    return f"study {study.identity} {study.version}"


def _attached(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
