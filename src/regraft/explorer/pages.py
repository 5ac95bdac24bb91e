"""The pages: the question each asks, and how its form becomes a request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

from regraft.api.requests import CompareRequest, DesignRequest, ProfileRequest, Request, TrialRequest
from regraft.explorer import forms
from regraft.explorer.forms import Filled


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """One page: name in the address, short name, group, question, and what it answers in a sentence."""

    name: str
    short: str
    group: str
    question: str
    about: str
    fill: Callable[[Mapping[str, str]], Filled] = lambda _: Filled(page="", entries=(), values={}, problems={})
    request: Callable[[Filled], Any] = lambda _: None
    is_reading: bool = False

    @property
    def work(self) -> str:
        """Return what a worker is asked to do."""
        return self.name

    @staticmethod
    def units(request: Request) -> int:
        """Return how many people are lived for a request, which its progress counts."""
        if isinstance(request, TrialRequest):
            return request.people * request.trials
        if isinstance(request, ProfileRequest):
            return 3 * request.patients
        if isinstance(request, DesignRequest):
            return request.people
        return request.patients * len(request.protocols) if isinstance(request, CompareRequest) else 1

    @staticmethod
    def says(request: Request) -> str:
        """Say what is being simulated."""
        if isinstance(request, TrialRequest):
            many = "a trial" if request.trials == 1 else f"{request.trials} trials"
            return f"Simulating {many} of {request.people} people"
        if isinstance(request, ProfileRequest):
            return f"Simulating {request.patients} people three times"
        if isinstance(request, CompareRequest):
            return f"Treating {request.patients} simulated people {len(request.protocols)} times"
        if isinstance(request, DesignRequest):
            return f"Simulating {request.people:,} people, and sampling trials from them"
        return "Working"


_SIMULATE, _DATA, _WHY = "Simulate", "Recorded", "Why believe it"
PAGES: Mapping[str, PageOf] = {
    page.name: page
    for page in (
        PageOf(
            name="trial",
            short="Trial",
            group=_SIMULATE,
            question="What would this trial show?",
            about="Many simulated trials of one protocol, how much they differ, and what was published.",
            fill=forms.trial_form,
            request=forms.trial_request,
        ),
        PageOf(
            name="pathway",
            short="Pathway",
            group=_SIMULATE,
            question="What happens to one patient, day by day?",
            about="Mobilisation to new immune system in one simulated person: levels, counts, cells, complications.",
            fill=forms.pathway_form,
            request=forms.pathway_request,
        ),
        PageOf(
            name="profile",
            short="Profile",
            group=_SIMULATE,
            question="What happens to 100 simulated people like these?",
            about="Untreated, on a drug and transplanted; harms beside benefits, of the same 100.",
            fill=forms.profile_form,
            request=forms.profile_request,
        ),
        PageOf(
            name="compare",
            short="Compare",
            group=_SIMULATE,
            question="What differs if only the regimen differs?",
            about="The same simulated people under two to four regimens; paired differences, unranked.",
            fill=forms.compare_form,
            request=forms.compare_request,
        ),
        PageOf(
            name="design",
            short="Design",
            group=_SIMULATE,
            question="What should the next trial look like?",
            about="Chance to show an effect beside deaths and harm, for candidates side by side, unranked.",
            fill=forms.design_form,
            request=forms.design_request,
        ),
        PageOf(
            name="data",
            short="My data",
            group=_DATA,
            question="Is my study fit, and what does it show?",
            about="Findings with place and remedy, a mapping to edit, endpoints by named definitions, a report.",
        ),
        PageOf(
            name="evidence",
            short="Evidence",
            group=_WHY,
            question="What was published, and where exactly?",
            about="Every published number with its place in the source, and whether it was checked there.",
            is_reading=True,
        ),
        PageOf(
            name="model",
            short="Model",
            group=_WHY,
            question="Where does each number of the model come from?",
            about="Every parameter with its source or its reason, and the equations that it drives.",
            is_reading=True,
        ),
    )
}
