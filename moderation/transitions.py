"""What may happen next to a moderation case, and to a panel?"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from evaluations.enums import GRADED
from moderation.conflicts import Closeness
from moderation.enums import CaseStatus, PanelStatus
from moderation.models import ModerationCase, ModeratorAssignment, Panel
from workflow.exceptions import Conflict, NotPermitted
from workflow.machine import Transition


@dataclass(frozen=True)
class Missing:
    """One thing that is not there yet: a sentence, the field it belongs to, and where that is."""

    sentence: str
    field: str
    url: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"sentence": self.sentence, "field": self.field}


# Seats -------------------------------------------------------------------------------------------


def seat_of(case: ModerationCase, person) -> ModeratorAssignment | None:
    """This person's seat on the case, if they have one now."""
    return case.assignments.filter(moderator=person, replaced_at=None).first()


def holds_a_seat(by, case: ModerationCase) -> None:
    if seat_of(case, by) is None:
        raise NotPermitted("Only a moderator of this evaluation can grade it.")


def has_not_sent_yet(by, case: ModerationCase) -> None:
    seat = seat_of(case, by)
    if seat is not None and seat.locked_at:
        raise Conflict("You have sent your grades, so they cannot be changed.")


def takes_part_in_the_talk(by, case: ModerationCase) -> None:
    if case.evaluation.evaluator_id != by.pk and seat_of(case, by) is None:
        raise NotPermitted("Only the evaluator and the moderators can agree or refer.")


# Facts -------------------------------------------------------------------------------------------


def everyone_has_sent(case: ModerationCase) -> None:
    seats = list(case.assignments.filter(replaced_at=None))
    waiting = sum(seat.locked_at is None for seat in seats)
    if waiting or not seats:
        raise Conflict("Grades can be seen only when every moderator has sent theirs.")


def every_judgement_is_decided(case: ModerationCase) -> None:
    if case.decisions.count() < len(GRADED):
        raise Conflict("Some judgements are not decided yet.")


def its_panel_sits(case: ModerationCase) -> None:
    if case.panel is None:
        raise Conflict("It is not on the agenda of a panel yet.")
    if case.panel.status != PanelStatus.SITTING:
        raise Conflict("Open the panel first: grades are decided while it sits.")


def there_is_a_quorum(panel: Panel) -> None:
    """Enough members are present, the chair is one of them, and for each case one from outside."""
    present = [
        place.member
        for place in panel.members.select_related("member__team")
        if place.attended and not place.recused
    ]
    needed = panel.cycle.policy.panel_quorum
    if len(present) < needed:
        raise Conflict(
            f"A panel needs {needed} members present. You have {len(present)}: tick who is here, "
            "or find another day."
        )
    if panel.chair_id not in {person.pk for person in present}:
        raise Conflict("The chair has to be present.")
    for case in panel.cases.select_related("evaluation__practitioner", "evaluation__service_area"):
        closeness = Closeness(case.evaluation)
        if not any(map(closeness.is_from_outside, present)):
            raise Conflict(
                f"{case.reference} needs somebody from outside {case.evaluation.service_area} on "
                "the panel."
            )


def nothing_is_left(panel: Panel) -> None:
    left = [
        case.reference
        for case in panel.cases.filter(status=CaseStatus.REFERRED).select_related("evaluation")
    ]
    if left:
        raise Conflict(
            f"Not decided yet: {', '.join(sorted(left))}. Decide them, or ask the Practice Hub to "
            "move them to another panel."
        )


# Steps of a case ---------------------------------------------------------------------------------

ASSIGN = Transition(
    name="assign",
    sources=frozenset({CaseStatus.QUEUED}),
    target=CaseStatus.GRADING,
    action="panel.set_members",
    words="choose moderators",
)
REPLACE_MODERATOR = Transition(
    name="replace_moderator",
    sources=frozenset({CaseStatus.GRADING}),
    target=None,
    action="mod_grade.replace_moderator",
    words="replace a moderator",
)
LOCK_GRADES = Transition(
    name="lock_grades",
    sources=frozenset({CaseStatus.GRADING}),
    target=None,
    action="mod_grade.set_own",
    permitted=(holds_a_seat, has_not_sent_yet),
    words="send grades",
)
REVEAL = Transition(
    name="reveal",
    sources=frozenset({CaseStatus.GRADING}),
    target=CaseStatus.REVEALED,
    ready=(everyone_has_sent,),
    words="reveal the grades",
)
AGREE = Transition(
    name="agree",
    sources=frozenset({CaseStatus.REVEALED}),
    target=None,
    action="moderation_case.agree",
    permitted=(takes_part_in_the_talk,),
    words="agree the grades",
)
SETTLE = Transition(
    name="settle",
    sources=frozenset({CaseStatus.REVEALED}),
    target=CaseStatus.AGREED,
    ready=(every_judgement_is_decided,),
    words="settle the grades",
)
REFER = Transition(
    name="refer",
    sources=frozenset({CaseStatus.REVEALED}),
    target=CaseStatus.REFERRED,
    action="moderation_case.refer",
    permitted=(takes_part_in_the_talk,),
    words="refer it to a panel",
)
REFER_BY_RULE = Transition(
    name="refer_by_rule",
    sources=frozenset({CaseStatus.REVEALED}),
    target=CaseStatus.REFERRED,
    words="refer it to a panel",
)
PUT_ON_PANEL = Transition(
    name="put_on_panel",
    sources=frozenset({CaseStatus.REFERRED}),
    target=None,
    action="panel.schedule",
    words="put it on an agenda",
)
RECORD_DECISION = Transition(
    name="record_decision",
    sources=frozenset({CaseStatus.REFERRED}),
    target=None,
    action="panel.record_decision",
    ready=(its_panel_sits,),
    words="record a decision",
)
DECIDE = Transition(
    name="decide",
    sources=frozenset({CaseStatus.REFERRED}),
    target=CaseStatus.DECIDED,
    ready=(every_judgement_is_decided,),
    words="finish the decision",
)
CASE_STEPS = (
    ASSIGN,
    REPLACE_MODERATOR,
    LOCK_GRADES,
    REVEAL,
    AGREE,
    SETTLE,
    REFER,
    REFER_BY_RULE,
    PUT_ON_PANEL,
    RECORD_DECISION,
    DECIDE,
)

# Steps of a panel --------------------------------------------------------------------------------

SET_MEMBERS = Transition(
    name="set_members",
    sources=frozenset({PanelStatus.SCHEDULED}),
    target=None,
    action="panel.set_members",
    words="change the members",
)
OPEN = Transition(
    name="open",
    sources=frozenset({PanelStatus.SCHEDULED}),
    target=PanelStatus.SITTING,
    action="panel.record_decision",
    ready=(there_is_a_quorum,),
    words="open the panel",
)
SIGN = Transition(
    name="sign",
    sources=frozenset({PanelStatus.SITTING}),
    target=PanelStatus.CLOSED,
    action="panel.record_decision",
    ready=(nothing_is_left,),
    words="sign the minutes",
)
PANEL_STEPS = (SET_MEMBERS, OPEN, SIGN)


def grade_url(case: ModerationCase, key: str = "") -> str:
    """Where a moderator gives a grade, at one judgement."""
    address = reverse("moderation:grade", args=[case.pk])
    return f"{address}#id_{key}-grade" if key else address
