"""Which moves are lawful, from where? Written out by hand: this table is the agreed process."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit_trail.models import TrailEntry
from evaluations import actions, alerts
from evaluations.enums import AlertStatus, Status
from evaluations.models import SafetyAlert
from notifications.models import Reminder
from tests.evaluations.stages import make_at
from workflow.exceptions import Conflict, NotPermitted


def in_days(count: int):
    return timezone.localdate() + timedelta(days=count)


# Verb → (the right person, what they press)
VERBS = {
    "accept": ("evaluator", lambda e, by: actions.accept(e, by=by)),
    "declare_conflict": (
        "evaluator",
        lambda e, by: actions.declare_conflict(e, by=by, kind="same_team"),
    ),
    "start": ("evaluator", lambda e, by: actions.start(e, by=by)),
    "record_conversation": (
        "evaluator",
        lambda e, by: actions.record_conversation(e, by=by, conversation_on=in_days(0)),
    ),
    "submit": ("evaluator", lambda e, by: actions.submit(e, by=by)),
    "return_to_draft": (
        "hub_lead",
        lambda e, by: actions.return_to_draft(e, by=by, reason="Say more."),
    ),
    "extend": (
        "manager",
        lambda e, by: actions.extend(e, by=by, new_date=in_days(12), reason="Illness"),
    ),
    "into_moderation": (None, lambda e, by: actions.into_moderation(e)),
    "reveal": (None, lambda e, by: actions.reveal(e)),
    "finalise": (None, lambda e, by: actions.finalise(e)),
    "accept_unmoderated": ("hub_lead", lambda e, by: actions.accept_unmoderated(e, by=by)),
    "check_third_party": (
        "hub2",
        lambda e, by: actions.check_third_party(e, by=by, note="Nothing found."),
    ),
    "reply": ("practitioner", lambda e, by: actions.reply(e, by=by, words="Thank you.")),
    "table_in_supervision": (
        "manager",
        lambda e, by: actions.table_in_supervision(e, by=by, tabled_on=in_days(3)),
    ),
    "close": ("hub", lambda e, by: actions.close(e, by=by)),
}

# (from, verb) → to. Whatever is not here is refused.
LAWFUL = {
    ("allocated", "accept"): "accepted",
    ("allocated", "declare_conflict"): "planned",
    ("accepted", "declare_conflict"): "planned",
    ("in_progress", "declare_conflict"): "in_progress",
    ("submitted", "declare_conflict"): "submitted",
    ("in_moderation", "declare_conflict"): "in_moderation",
    ("accepted", "start"): "in_progress",
    ("in_progress", "record_conversation"): "in_progress",
    ("in_progress", "submit"): "in_moderation",  # the evaluator's first: chosen by rule
    ("submitted", "return_to_draft"): "in_progress",
    ("allocated", "extend"): "allocated",
    ("accepted", "extend"): "accepted",
    ("in_progress", "extend"): "in_progress",
    ("submitted", "into_moderation"): "in_moderation",
    ("in_moderation", "reveal"): "in_moderation",
    ("in_moderation", "finalise"): "finalised",
    ("submitted", "accept_unmoderated"): "finalised",
    ("finalised", "check_third_party"): "finalised",
    ("shared", "reply"): "shared",
    ("shared", "table_in_supervision"): "shared",
    ("closed", "table_in_supervision"): "closed",
    ("shared", "close"): "closed",
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", Status.values)
def test_only_the_agreed_steps_can_be_taken(trust, status, verb):
    evaluation = make_at(trust, status)
    who, press = VERBS[verb]
    person = getattr(trust, who) if who else None
    wanted = LAWFUL.get((status, verb))

    if wanted is None:
        with pytest.raises((Conflict, NotPermitted)), transaction.atomic():
            press(evaluation, person)
        evaluation.refresh_from_db()
        assert evaluation.status == status
        assert list(TrailEntry.objects.for_record(evaluation)) == []
        assert list(Reminder.objects.all()) == []
    else:
        press(evaluation, person)
        evaluation.refresh_from_db()
        assert evaluation.status == wanted
        entry = TrailEntry.objects.for_record(evaluation).filter(action=verb).get()
        assert (entry.by, entry.before) == (person, status)


def test_a_declared_conflict_takes_the_evaluator_off_and_is_kept(trust):
    evaluation = make_at(trust, "accepted")

    actions.declare_conflict(evaluation, by=trust.evaluator, kind="other", note="I know her aunt.")

    evaluation.refresh_from_db()
    declared = evaluation.conflicts.get()
    assert (evaluation.status, evaluation.evaluator, evaluation.submit_by) == (
        "planned",
        None,
        None,
    )
    assert (declared.person, declared.kind, declared.note) == (
        trust.evaluator,
        "other",
        "I know her aunt.",
    )
    told = Reminder.objects.filter(kind="conflict_declared").values_list("recipient", flat=True)
    assert sorted(told) == sorted([trust.hub.pk, trust.hub2.pk, trust.hub_lead.pk])


def test_something_else_needs_words(trust):
    with pytest.raises(ValidationError) as wrong:
        actions.declare_conflict(make_at(trust, "accepted"), by=trust.evaluator, kind="other")

    assert list(wrong.value.message_dict) == ["note"]


def test_an_extension_keeps_the_old_date_and_the_reason(trust):
    evaluation = make_at(trust, "in_progress")
    old = evaluation.submit_by

    actions.extend(evaluation, by=trust.manager, new_date=in_days(20), reason="Jo was ill.")

    evaluation.refresh_from_db()
    kept = evaluation.extensions.get()
    assert evaluation.submit_by == in_days(20)
    assert (kept.old_date, kept.new_date, kept.reason, kept.by) == (
        old,
        in_days(20),
        "Jo was ill.",
        trust.manager,
    )


@pytest.mark.parametrize(
    ("days", "reason", "field"),
    [(-1, "Illness", "new_date"), (5, "Illness", "new_date"), (20, "  ", "reason")],
)
def test_an_extension_is_later_and_says_why(trust, days, reason, field):
    evaluation = make_at(trust, "in_progress")

    with pytest.raises(ValidationError) as wrong:
        actions.extend(evaluation, by=trust.hub, new_date=in_days(days), reason=reason)

    assert list(wrong.value.message_dict) == [field]
    assert not evaluation.extensions.exists()


def test_a_conversation_cannot_be_in_the_future(trust):
    with pytest.raises(ValidationError) as wrong:
        actions.record_conversation(
            make_at(trust, "in_progress"), by=trust.evaluator, conversation_on=in_days(1)
        )

    assert wrong.value.message_dict == {
        "conversation_on": ["The date must be today or in the past."]
    }


def test_a_second_invitation_is_refused(trust):
    evaluation = make_at(trust, "in_progress", reflection_invited_at=None)

    actions.invite_to_reflect(evaluation, by=trust.evaluator)
    with pytest.raises(Conflict):
        actions.invite_to_reflect(evaluation, by=trust.evaluator)

    assert Reminder.objects.get(kind="reflection_invited").recipient == trust.practitioner


def test_what_is_missing_is_listed_all_at_once_and_nothing_is_sent(trust):
    evaluation = make_at(trust, "in_progress", conversation_on=None, strengths=[])

    with pytest.raises(Conflict) as refusal:
        actions.submit(evaluation, by=trust.evaluator)

    assert len(refusal.value.missing) == 2
    evaluation.refresh_from_db()
    assert (evaluation.status, evaluation.submitted_at) == ("in_progress", None)


def test_an_unacknowledged_alert_blocks_submission_and_nothing_else(trust):
    evaluation = make_at(trust, "in_progress")
    alert = alerts.raise_alert(
        evaluation,
        by=trust.evaluator,
        worry="She is not safe.",
        whom_phoned="Carl",
        phoned_at=timezone.now(),
        not_safe_now=False,
    )

    actions.record_conversation(evaluation, by=trust.evaluator, conversation_on=in_days(0))
    with pytest.raises(Conflict):
        actions.submit(evaluation, by=trust.evaluator)
    alerts.acknowledge(alert, by=trust.head)

    assert actions.submit(evaluation, by=trust.evaluator).status == "in_moderation"


# Final grades -------------------------------------------------------------------------------------


def test_final_grades_stand_beside_the_evaluators(trust):
    evaluation = make_at(trust, "in_moderation")

    evaluation = actions.finalise(
        evaluation,
        final_grades={"planning": ("requires_improvement", False, "The plan has no dates.")},
    )

    graded = {
        one.key: (one.grade, one.final_grade, one.final_reason)
        for one in evaluation.judgements.filter(key__in=["planning", "assessment"])
    }
    assert graded == {
        "planning": ("good", "requires_improvement", "The plan has no dates."),
        "assessment": ("good", "good", ""),
    }
    assert evaluation.share_by > timezone.localdate()


def test_elements_of_outstanding_go_only_with_good(trust):
    evaluation = actions.finalise(
        make_at(trust, "in_moderation"),
        final_grades={"overall": ("outstanding", True, "Stronger than written.")},
    )

    assert evaluation.judgements.get(key="overall").final_elements is False


def test_a_chosen_evaluation_cannot_skip_moderation(trust):
    from moderation.models import ModerationCase

    evaluation = make_at(trust, "submitted")
    ModerationCase.objects.create(evaluation=evaluation)

    with pytest.raises(Conflict):
        actions.accept_unmoderated(evaluation, by=trust.hub_lead)

    evaluation.refresh_from_db()
    assert evaluation.status == "submitted"
    assert not evaluation.judgements.exclude(final_grade="").exists()


def test_closing_waits_for_every_recommendation(trust):
    from tests.evaluations.stages import recommend

    evaluation = make_at(trust, "shared")
    left = recommend(trust, evaluation)

    with pytest.raises(Conflict):
        actions.close(evaluation)
    type(left).objects.filter(pk=left.pk).update(status="withdrawn")

    assert actions.close(evaluation).status == "closed"
    assert TrailEntry.objects.for_record(evaluation).get(action="close").by is None


# Safety alerts ------------------------------------------------------------------------------------

ALERT_VERBS = {
    "acknowledge": ("head", lambda a, by: alerts.acknowledge(a, by=by)),
    "record_action": ("manager", lambda a, by: alerts.record_action(a, by=by, action="Visited.")),
    "close": ("director", lambda a, by: alerts.close(a, by=by)),
}
ALERT_LAWFUL = {
    ("raised", "acknowledge"): "acknowledged",
    ("acknowledged", "record_action"): "action_recorded",
    ("action_recorded", "close"): "closed",
}


def make_alert(trust, status="raised", stage="in_progress"):
    return SafetyAlert.objects.create(
        evaluation=make_at(trust, stage),
        status=status,
        worry="WORRY-CANARY",
        whom_phoned="Carl Hughes",
        phoned_at=timezone.now(),
        raised_by=trust.evaluator,
    )


@pytest.mark.parametrize("verb", ALERT_VERBS)
@pytest.mark.parametrize("status", AlertStatus.values)
def test_an_alert_takes_only_the_agreed_steps(trust, status, verb):
    alert = make_alert(trust, status)
    who, press = ALERT_VERBS[verb]
    wanted = ALERT_LAWFUL.get((status, verb))

    if wanted is None:
        with pytest.raises((Conflict, NotPermitted)), transaction.atomic():
            press(alert, getattr(trust, who))
        alert.refresh_from_db()
        assert alert.status == status
        assert list(TrailEntry.objects.for_record(alert)) == []
    else:
        assert press(alert, getattr(trust, who)).status == wanted
        assert TrailEntry.objects.for_record(alert).get().action == verb


def test_an_alert_outlives_an_evaluation_that_is_taken_out(trust):
    alert = make_alert(trust, stage="eliminated")

    alert = alerts.acknowledge(alert, by=trust.head)
    alert = alerts.record_action(alert, by=trust.manager, action="Visited.")

    assert alerts.close(alert, by=trust.director).status == "closed"


def test_the_database_itself_refuses_a_release_by_one_person(trust):
    evaluation = make_at(trust, "finalised")
    for one in (trust.evaluator, trust.hub):
        evaluation.third_party_checked_by = trust.hub
        evaluation.shared_by, evaluation.shared_at = one, timezone.now()
        evaluation.status = "shared"
        with pytest.raises(IntegrityError), transaction.atomic():
            evaluation.save()
