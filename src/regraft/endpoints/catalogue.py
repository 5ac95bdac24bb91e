"""Everything that one set of definitions derives, in the order of reports.

A new endpoint is one more line here at most.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self, TypeVar, final

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.errors import InputError, nearest
from regraft.endpoints.brain import brain_measured
from regraft.endpoints.composite import (
    neda_endpoints,
    other_survival_endpoints,
    survival_endpoints,
)
from regraft.endpoints.deaths import OF_TREATMENT, death_endpoints
from regraft.endpoints.definition import Definition
from regraft.endpoints.disability import (
    edss_measured,
    improvement_endpoints,
    improvement_name,
    worsening_endpoints,
    worsening_name,
)
from regraft.endpoints.endpoint import Endpoint, Group, Measure, Rate, Reading, Subjects
from regraft.endpoints.graft import graft_failure_endpoints
from regraft.endpoints.milestones import milestone_endpoints
from regraft.endpoints.mri import MRI_ACTIVITY, lesions_measured, mri_endpoints
from regraft.endpoints.relapses import RELAPSE, relapse_endpoints, relapses_measured
from regraft.endpoints.safety import safety_measured
from regraft.endpoints.secondary import secondary_endpoints
from regraft.endpoints.timed import timed_endpoints
from regraft.endpoints.transplantation import engraftment_endpoints, sos_endpoints, transplant_measured

Named = TypeVar("Named", Endpoint, Measure, Rate)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What one set of definitions derives, by name, in the order of reports.

    Parameters
    ----------
    definition : Definition
        The set.
    endpoints, measures, rates : mapping of str to Endpoint, Measure, Rate
        All of them.
    chief : tuple of str
        The endpoints that a headline names.
    """

    definition: Definition
    endpoints: Mapping[str, Endpoint]
    measures: Mapping[str, Measure]
    rates: Mapping[str, Rate]
    chief: tuple[str, ...]

    def only(self, names: Collection[str]) -> Self:
        """Return the catalogue with those of the named endpoints and measures that it has."""
        kept = {name: one for name, one in self.endpoints.items() if name in names}
        measures = {name: one for name, one in self.measures.items() if name in names}
        return replace(self, endpoints=kept, measures=measures)

    def endpoint(self, name: str) -> Endpoint:
        """Return an endpoint by its name.

        Raises
        ------
        InputError
            The set derives no such endpoint.
        """
        if name not in self.endpoints:
            raise InputError(f"{name!r}: no endpoint of this name is derived. {nearest(name, self.endpoints)}")
        return self.endpoints[name]

    def label(self, name: str) -> str:
        """Return the short name of an endpoint, a rate or a measure."""
        found: Endpoint | Measure | Rate = (
            self.endpoints.get(name) or self.rates.get(name) or self.measures.get(name) or self.endpoint(name)
        )
        return found.label


def catalogue_of(rules: Definition) -> Catalogue:
    """Return everything that a set of definitions derives.

    Examples
    --------
    >>> from regraft.endpoints.definition import load_definition
    >>> halt_ms = catalogue_of(load_definition("halt-ms"))
    >>> halt_ms.endpoints["activity_free_survival_death_event"].rule.split(".")[0]
    'No relapse, no scan with 2 or more new T2 or Gd-enhancing lesions, no EDSS worsening confirmed at 12 weeks'
    >>> halt_ms.label("edss_milestone_6")
    'Confirmed EDSS 6 or higher'
    """
    relapses, relapse_rates = relapses_measured(rules)
    lesions, lesion_rates = lesions_measured()
    safety, densities = safety_measured(rules)
    weeks = rules.composite.worsening_weeks
    follow_up = Measure(
        name="follow_up_years",
        label="Follow-up",
        unit="years",
        group=Group.FOLLOW_UP,
        derive=_follow_up,
        reading=Reading.MEDIAN,
    )
    return Catalogue(
        definition=rules,
        endpoints=_by_name(
            (
                *survival_endpoints(rules),
                *relapse_endpoints(rules),
                *mri_endpoints(rules),
                *worsening_endpoints(rules),
                *timed_endpoints(rules),
                *other_survival_endpoints(rules),
                *neda_endpoints(rules),
                *secondary_endpoints(rules),
                *death_endpoints(rules),
                *milestone_endpoints(rules),
                *improvement_endpoints(rules),
                *engraftment_endpoints(rules),
                *graft_failure_endpoints(rules),
                *sos_endpoints(rules),
            )
        ),
        measures=_by_name(
            (
                *relapses,
                *lesions,
                *transplant_measured(),
                *brain_measured(rules),
                *edss_measured(),
                follow_up,
                *safety,
            )
        ),
        rates=_by_name((*relapse_rates, *lesion_rates, *densities)),
        chief=(RELAPSE, MRI_ACTIVITY, worsening_name(weeks), improvement_name(weeks), OF_TREATMENT),
    )


def _follow_up(subjects: Subjects) -> Floats:
    contact = subjects.clock.last_contact
    return np.where(contact >= 0, contact / 365.25, np.nan)


def _by_name(entries: Iterable[Named]) -> Mapping[str, Named]:
    return {entry.name: entry for entry in entries}
