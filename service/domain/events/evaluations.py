"""Evaluations: what was needed, done, and given to the parent."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.occurrence import FOREVER, Occurrence, at, event, step_taken
from service.domain.facts import Case
from service.domain.policy import Policy


@event
def no_data_needed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for evaluation in case.evaluations:
        yield from at(evaluation.no_data_needed_on, evaluation_id=evaluation.id)


@event
def report_completed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for evaluation in case.evaluations:
        yield from at(evaluation.report_completed_on, evaluation_id=evaluation.id)


@event
def evaluation_completed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The report is complete, as recorded or as the step says, whichever came first."""
    yield from report_completed(case, policy)
    yield from step_taken(case, "complete-evaluation")


@event
def report_given_to_parent(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for evaluation in case.evaluations:
        yield from at(
            evaluation.report_given_to_parent_on, until=FOREVER, evaluation_id=evaluation.id
        )


@event
def transferred_in(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The child enrolled here while another agency was evaluating."""
    for evaluation in case.evaluations:
        if evaluation.transfer is not None:
            yield from at(evaluation.transfer.enrolled_on, evaluation_id=evaluation.id)


@event
def transfer_coordinated(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for evaluation in case.evaluations:
        if evaluation.transfer is not None:
            yield from at(
                evaluation.transfer.coordinated_on, until=FOREVER, evaluation_id=evaluation.id
            )
