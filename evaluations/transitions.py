"""What may happen next to an evaluation, and to a safety alert?"""

from __future__ import annotations

from django.apps import apps

from evaluations import readiness
from evaluations.enums import AlertStatus, Status
from workflow.exceptions import Conflict, Incomplete, NotPermitted
from workflow.machine import Transition

ENDED = ("loop_closed", "withdrawn", "superseded")  # states in which a recommendation is over


# Further rules about the person -------------------------------------------------------------------


def is_the_evaluator(by, evaluation) -> None:
    """Work on the form is the evaluator's own: nobody does it in their name."""
    if evaluation.evaluator_id != by.pk:
        raise NotPermitted("Only the evaluator can do this.")


def has_had_no_other_part(by, evaluation) -> None:
    """One person, one part: who evaluated or moderated does not release."""
    if evaluation.evaluator_id == by.pk:
        raise NotPermitted("You evaluated this. Somebody else has to check and release it.")
    seats = apps.get_model("moderation", "ModeratorAssignment").objects
    if seats.filter(case__evaluation=evaluation, moderator=by).exists():
        raise NotPermitted("You moderated this. Somebody else has to check and release it.")


def is_not_the_checker(by, evaluation) -> None:
    """Release is two people's work."""
    if evaluation.third_party_checked_by_id == by.pk:
        raise NotPermitted("You checked this one. Somebody else has to release it.")


def is_head_of_service(by, alert) -> None:
    """The head of service of that area answers first; a Hub lead can stand in."""
    head = alert.evaluation.service_area.head_of_service_id
    if by.pk != head and "hub_lead" not in by.role_names:
        raise NotPermitted(
            "Only the head of service of this area, or a Practice Hub lead, can acknowledge this."
        )


def is_assistant_director(by, alert) -> None:
    director = alert.evaluation.service_area.assistant_director_id
    if by.pk != director and "hub_lead" not in by.role_names:
        raise NotPermitted(
            "Only the assistant director of this area, or a Practice Hub lead, can close this."
        )


# Facts that must hold first -----------------------------------------------------------------------


def is_complete(evaluation) -> None:
    """Everything that submission needs; what is missing is listed all at once."""
    if missing := readiness.missing(evaluation):
        raise Incomplete(missing)


def is_not_invited_yet(evaluation) -> None:
    if evaluation.reflection_invited_at:
        raise Conflict("The worker has already been invited to write their own words.")


def is_not_chosen(evaluation) -> None:
    cases = apps.get_model("moderation", "ModerationCase").objects
    if cases.filter(evaluation=evaluation).exists():
        raise Conflict("This evaluation was chosen for moderation: its grades come from there.")


def is_not_revealed_yet(evaluation) -> None:
    if evaluation.revealed_at:
        raise Conflict("The grades have already been revealed.")


def is_checked(evaluation) -> None:
    if not evaluation.third_party_checked_at:
        raise Conflict(
            "Nobody has checked this for words about other people yet. One person checks, "
            "then another releases it."
        )


def every_recommendation_is_over(evaluation) -> None:
    left = evaluation.recommendations.exclude(status__in=ENDED).count()
    if left:
        raise Conflict(
            f"{left} recommendation{' is' if left == 1 else 's are'} still open. Each ends with "
            "its loop closed by a revisit, or withdrawn."
        )


# The evaluation -----------------------------------------------------------------------------------

ACCEPT = Transition(
    name="accept",
    sources=frozenset({Status.ALLOCATED}),
    target=Status.ACCEPTED,
    action="evaluation.accept",
    permitted=(is_the_evaluator,),
    words="accept this evaluation",
)
STEP_ASIDE = Transition(  # the evaluator's own conflict: somebody else is found
    name="declare_conflict",
    sources=frozenset({Status.ALLOCATED, Status.ACCEPTED}),
    target=Status.PLANNED,
    action="conflict.declare",
    permitted=(is_the_evaluator,),
    words="declare a conflict",
)
NOTE_CONFLICT = Transition(  # anybody else's, or after work has begun: kept, and the Hub decides
    name="declare_conflict",
    sources=frozenset(
        {
            Status.PLANNED,
            Status.ALLOCATED,
            Status.ACCEPTED,
            Status.IN_PROGRESS,
            Status.SUBMITTED,
            Status.IN_MODERATION,
        }
    ),
    target=None,
    action="conflict.declare",
    words="declare a conflict",
)
START = Transition(
    name="start",
    sources=frozenset({Status.ACCEPTED}),
    target=Status.IN_PROGRESS,
    action="evaluation.start",
    permitted=(is_the_evaluator,),
    words="start this evaluation",
)
RECORD_CONVERSATION = Transition(
    name="record_conversation",
    sources=frozenset({Status.IN_PROGRESS}),
    target=None,
    action="evaluation.record_conversation",
    permitted=(is_the_evaluator,),
    words="record the conversation",
)
INVITE_TO_REFLECT = Transition(
    name="invite_to_reflect",
    sources=frozenset({Status.IN_PROGRESS}),
    target=None,
    action="reflection.invite",
    permitted=(is_the_evaluator,),
    ready=(is_not_invited_yet,),
    words="invite the worker to reflect",
)
SUBMIT = Transition(
    name="submit",
    sources=frozenset({Status.IN_PROGRESS}),
    target=Status.SUBMITTED,
    action="evaluation.submit",
    permitted=(is_the_evaluator,),
    ready=(is_complete,),
    words="submit this evaluation",
)
RETURN_TO_DRAFT = Transition(
    name="return_to_draft",
    sources=frozenset({Status.SUBMITTED}),
    target=Status.IN_PROGRESS,
    action="evaluation.return_to_draft",
    words="return this evaluation",
)
EXTEND = Transition(
    name="extend",
    sources=frozenset({Status.ALLOCATED, Status.ACCEPTED, Status.IN_PROGRESS}),
    target=None,
    action="evaluation.extend",
    words="change the date",
)
INTO_MODERATION = Transition(
    name="into_moderation",
    sources=frozenset({Status.SUBMITTED}),
    target=Status.IN_MODERATION,
    words="send this evaluation to moderation",
)
REVEAL = Transition(
    name="reveal",
    sources=frozenset({Status.IN_MODERATION}),
    target=None,
    ready=(is_not_revealed_yet,),
    words="reveal the grades",
)
FINALISE = Transition(
    name="finalise",
    sources=frozenset({Status.IN_MODERATION}),
    target=Status.FINALISED,
    words="make the grades final",
)
ACCEPT_UNMODERATED = Transition(
    name="accept_unmoderated",
    sources=frozenset({Status.SUBMITTED}),
    target=Status.FINALISED,
    action="final_grade.accept_unmoderated",
    permitted=(has_had_no_other_part,),
    ready=(is_not_chosen,),
    words="accept these grades without moderation",
)
CHECK_THIRD_PARTY = Transition(
    name="check_third_party",
    sources=frozenset({Status.FINALISED}),
    target=None,
    action="release.check_third_party",
    permitted=(has_had_no_other_part,),
    words="check this evaluation for release",
)
APPROVE_SHARE = Transition(
    name="approve_share",
    sources=frozenset({Status.FINALISED}),
    target=Status.SHARED,
    action="release.approve_share",
    permitted=(has_had_no_other_part, is_not_the_checker),
    ready=(is_checked,),
    words="release this evaluation",
)
REPLY = Transition(
    name="reply",
    sources=frozenset({Status.SHARED}),
    target=None,
    action="reply.create",
    words="reply",
)
TABLE_IN_SUPERVISION = Transition(
    name="table_in_supervision",
    sources=frozenset({Status.SHARED, Status.CLOSED}),
    target=None,
    action="supervision.table",
    words="record the supervision",
)
CLOSE = Transition(
    name="close",
    sources=frozenset({Status.SHARED}),
    target=Status.CLOSED,
    action="revisit.close_evaluation",
    ready=(every_recommendation_is_over,),
    words="close this evaluation",
)
CLOSE_BY_ITSELF = Transition(  # the service's own step, when the last recommendation ends
    name="close",
    sources=frozenset({Status.SHARED}),
    target=Status.CLOSED,
    ready=(every_recommendation_is_over,),
    words="close this evaluation",
)

# Safety alerts ------------------------------------------------------------------------------------

ACKNOWLEDGE = Transition(
    name="acknowledge",
    sources=frozenset({AlertStatus.RAISED}),
    target=AlertStatus.ACKNOWLEDGED,
    action="safety_alert.acknowledge",
    permitted=(is_head_of_service,),
    words="acknowledge this",
)
RECORD_ACTION = Transition(
    name="record_action",
    sources=frozenset({AlertStatus.ACKNOWLEDGED}),
    target=AlertStatus.ACTION_RECORDED,
    action="safety_alert.record_action",
    words="record what was done",
)
CLOSE_ALERT = Transition(
    name="close",
    sources=frozenset({AlertStatus.ACTION_RECORDED}),
    target=AlertStatus.CLOSED,
    action="safety_alert.close",
    permitted=(is_assistant_director,),
    words="close this",
)
