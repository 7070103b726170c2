"""Does the whole loop go round through the pages, each person at their own browser?"""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cycles.models import ChildRecord, Cycle, Import
from evaluations.enums import GRADED, PILLARS
from evaluations.instrument import form_of
from evaluations.models import Evaluation
from moderation.models import ModerationCase, Panel
from recommendations.models import Recommendation, Revisit
from tests.journeys import loop
from tests.journeys.pages import Visitor


@pytest.fixture
def visit(browse):
    """`visit(person)` sits this person down at a browser, newly signed in."""
    return lambda person: Visitor(browse(person))


def strangers_are_shut_out(trust, visit, *records):
    for person in loop.strangers(trust):
        stranger = visit(person)
        for record in records:
            assert stranger.status(record.get_absolute_url()) == 404, (person, record)


def test_the_whole_loop_through_the_pages(db, visit, post_office):
    with loop.at("2026-10-05 09:00"):
        trust = loop.set_the_stage()
        children_come_in(trust, visit)
        cycle = a_cycle_is_planned(trust, visit, "2026-27 Q3", "2026-10-01", "2026-12-31")
        evaluation = it_is_allocated(trust, visit, cycle)
        loop.sweep()
    with loop.at("2026-10-06 10:00"):
        the_form_is_filled_in(trust, visit, evaluation)
        loop.sweep()
    with loop.at("2026-10-07 10:00"):
        case = words_are_added_and_it_is_sent(trust, visit, evaluation)
        loop.sweep()
    with loop.at("2026-10-08 10:00"):
        it_is_graded_blind(trust, visit, case)
        panel = it_is_referred(trust, visit, case, cycle)
        loop.sweep()
    with loop.at("2026-10-14 08:30"):
        loop.sweep()  # five working days before the action is due, and the panel's papers
    with loop.at("2026-10-15 10:00"):
        the_action_is_done(trust, visit)
        loop.sweep()
    with loop.at("2026-10-19 10:30"):
        the_panel_decides(trust, visit, case, panel)
        loop.sweep()
    with loop.at("2026-10-20 10:00"):
        it_is_released(trust, visit, evaluation)
        it_is_read_and_talked_about(trust, visit, evaluation)
        the_action_is_checked(trust, visit)
        loop.sweep()
    with loop.at("2027-01-04 10:00"):
        the_cycle_is_closed(trust, visit, cycle)
        following = a_cycle_is_planned(trust, visit, "2026-27 Q4", "2027-01-01", "2027-03-31")
        revisit = a_revisit_is_drawn(trust, visit, following)
        loop.sweep()
    with loop.at("2027-01-11 10:00"):
        it_is_found_to_have_helped(trust, visit, revisit)
        loop.sweep()
        loop.sweep()  # again: nothing is told twice

    with loop.at("2027-01-11 12:00"):
        loop.assert_final_states()
        loop.assert_trail(trust)
        loop.assert_letters(trust, post_office)
        strangers_are_shut_out(trust, visit, evaluation, case, panel, revisit)


# Planning ----------------------------------------------------------------------------------------


def children_come_in(trust, visit):
    hub = visit(trust.hub)
    file = SimpleUploadedFile("october.csv", loop.EXTRACT, "text/csv")
    upload = reverse("cycles:import_upload")
    preview = hub.client.post(upload, {"file": file})
    import_ = Import.objects.get()
    assert preview.url == import_.get_absolute_url()
    assert "Nothing has been stored yet." in hub.open(preview.url)
    assert ChildRecord.objects.count() == 0

    hub.send(reverse("cycles:import_apply", args=[import_.pk]))
    children = list(ChildRecord.objects.select_related("practitioner", "team"))
    assert [(one.practitioner, one.team) for one in children] == 3 * [
        (trust.practitioner, trust.team)
    ]
    for child in children:
        assert hub.open(child.get_absolute_url()).count(child.identifier) == 0
    strangers_are_shut_out(trust, visit, *children)


def a_cycle_is_planned(trust, visit, label, starts_on, ends_on):
    hub = visit(trust.hub)
    dates = {"starts_on": starts_on, "ends_on": ends_on}
    hub.send(reverse("cycles:plan"), {"label": label, **dates, "size": "1"})
    cycle = Cycle.objects.get(label=label)
    hub.send(reverse("cycles:draw_sample", args=[cycle.pk]))
    assert cycle.sample.entries.count() == 2  # one, and one in reserve
    hub.send(reverse("cycles:open", args=[cycle.pk]))
    cycle.refresh_from_db()
    assert cycle.status == "open"
    return cycle


def it_is_allocated(trust, visit, cycle):
    hub = visit(trust.hub)
    hub.send(reverse("planning:create", args=[cycle.pk]))
    evaluation = Evaluation.objects.get()
    assert (evaluation.reference, evaluation.status) == (loop.REFERENCE, "planned")
    hub.send(
        reverse("planning:allocation", args=[cycle.pk]),
        {f"evaluator_{evaluation.pk}": str(trust.evaluator.pk)},
    )
    strangers_are_shut_out(trust, visit, evaluation)
    assert visit(trust.other_evaluator).status(evaluation.get_absolute_url()) == 404
    return evaluation


# The evaluation ----------------------------------------------------------------------------------


def the_form_is_filled_in(trust, visit, evaluation):
    ruth = visit(trust.evaluator)

    def page(name, *args):
        return reverse(f"evaluations:{name}", args=[evaluation.pk, *args])

    ruth.send(page("accept"))
    ruth.send(
        page("glance"), {"pronouns": "she", "workers_in_12_months": "2", "last_seen": "2026-10-01"}
    )
    ruth.send(page("conversation"), {"conversation_on": "2026-10-06"})
    evaluation.refresh_from_db()
    for pillar in form_of(evaluation).pillars:
        filled = {
            "judgement-grade": loop.EVALUATOR_GRADES[pillar.key],
            "judgement-reason": loop.REASON,
            "judgement-sees_it_the_same": "yes",
        }
        for question in pillar.questions:
            filled |= {
                f"{question.key}-tell": loop.TOLD,
                f"{question.key}-finding": "yes",
                f"{question.key}-evidence-0-what": "Visit record",
                f"{question.key}-evidence-0-dated": "2026-09-21",
                f"{question.key}-evidence-0-where": "Case notes",
            }
        ruth.send(page("pillar", pillar.key), filled | {"then": "next"})
    for voice in loop.VOICES:
        ruth.send(
            page("feedback", voice),
            {
                "attempt-0-who": "Somebody who knows",
                "attempt-0-attempted_on": "2026-10-06",
                "attempt-0-how": "by_phone",
                "attempt-0-outcome": "spoken_with",
                "attempt-0-may_quote": "yes",
                "attempt-0-says_understood": "yes",
                "attempt-0-helped_most": loop.TOLD,
            },
        )
    ruth.send(
        page("experience"),
        {
            "help_is_right-extent": "yes",
            "help_is_right-reason": loop.REASON,
            "record_shows_work-extent": "mostly",
            "record_shows_work-reason": loop.REASON,
            "experience_and_progress-grade": "good",
            "experience_and_progress-reason": loop.REASON,
        },
    )
    ruth.send(page("strengths"), {"strength-0-words": loop.TOLD})
    ruth.send(page("message"), {"message": loop.TOLD})
    ruth.send(page("overall"), {"overall-grade": "good", "overall-reason": loop.REASON})
    ruth.send(
        reverse("recommendations:write", args=[evaluation.pk]),
        loop.RECOMMENDATION
        | {
            "owner": str(trust.practitioner.pk),
            "accountable_manager": str(trust.manager.pk),
        },
    )
    # Not yet: the worker has not been asked for their own words.
    too_early = ruth.client.post(page("check"))
    assert too_early.status_code == 409
    ruth.send(page("invite_reflection"))
    draft = Recommendation.objects.get()
    assert draft.status == "draft"
    strangers_are_shut_out(trust, visit, evaluation, draft)
    assert visit(trust.practitioner).status(draft.get_absolute_url()) == 404  # not live yet


def words_are_added_and_it_is_sent(trust, visit, evaluation):
    reflect = reverse("evaluations:reflect", args=[evaluation.pk])
    visit(trust.practitioner).send(reflect, {"proud": loop.TOLD, "agrees": "yes"})
    visit(trust.evaluator).send(reverse("evaluations:check", args=[evaluation.pk]))
    evaluation.refresh_from_db()
    assert evaluation.status == "in_moderation"
    case = ModerationCase.objects.get()
    assert (case.reasons, case.is_random) == (["outstanding", "first_evaluations"], False)
    live = Recommendation.objects.get()
    assert (live.status, live.due_on) == ("agreed", date(2026, 10, 21))
    # The owner sees the action at once, and no grade.
    jo = visit(trust.practitioner)
    assert loop.RECOMMENDATION["action"] in jo.open(live.get_absolute_url())
    assert "Outstanding" not in jo.open(evaluation.get_absolute_url())
    strangers_are_shut_out(trust, visit, evaluation, case, live)
    return case


# Moderation --------------------------------------------------------------------------------------


def it_is_graded_blind(trust, visit, case):
    visit(trust.hub).send(
        reverse("moderation:assign", args=[case.pk]),
        {"moderators": [str(trust.moderator.pk), str(trust.moderator2.pk)]},
    )
    loop.sweep()
    grade = reverse("moderation:grade", args=[case.pk])
    for name, grades in loop.MODERATOR_GRADES.items():
        moderator = visit(getattr(trust, name))
        for hidden in (
            trust.evaluator.name,
            trust.practitioner.name,
            trust.team.name,
            loop.REASON,
        ):
            assert hidden not in moderator.open(case.get_absolute_url())
            assert hidden not in moderator.open(grade)
            evidence = moderator.open(reverse("moderation:evidence", args=[case.pk]))
            assert hidden not in evidence
        assert loop.TOLD in evidence
        filled = {f"{key}-grade": grades[key] for key in GRADED}
        filled |= {f"{key}-reason": f"Own reason for {key}." for key in GRADED}
        moderator.send(grade, filled)
        moderator.send(reverse("moderation:send", args=[case.pk]))
    case.refresh_from_db()
    assert case.status == "revealed"
    loop.sweep()
    strangers_are_shut_out(trust, visit, case)


def it_is_referred(trust, visit, case, cycle):
    talk = reverse("moderation:talk", args=[case.pk])
    visit(trust.moderator2).send(talk, {"child_voice-grade": "outstanding"})
    visit(trust.evaluator).send(
        reverse("moderation:refer", args=[case.pk]), {"reason": loop.REFER_REASON}
    )
    hub = visit(trust.hub)
    hub.send(
        reverse("moderation:schedule"),
        {
            "cycle": str(cycle.pk),
            "meets_on": "2026-10-19",
            "meets_time": "10:00",
            "chair": str(trust.chair.pk),
            "members": [str(trust.moderator.pk), str(trust.moderator2.pk)],
        },
    )
    panel = Panel.objects.get()
    hub.send(reverse("moderation:agenda", args=[case.pk]), {"panel": str(panel.pk)})
    strangers_are_shut_out(trust, visit, case, panel)
    return panel


def the_panel_decides(trust, visit, case, panel):
    chair = visit(trust.chair)
    open_ = reverse("moderation:open", args=[panel.pk])
    two = [str(trust.chair.pk), str(trust.moderator.pk)]
    short = chair.client.post(open_, {"present": two})
    assert short.status_code == 409
    assert "A panel needs 3 members present. You have 2" in short.content.decode()
    chair.send(open_, {"present": [*two, str(trust.moderator2.pk)]})
    chair.send(
        reverse("moderation:decide", args=[case.pk, "child_voice"]),
        {
            "grade": "good",
            "reason_code": "descriptor_misread",
            "reason": loop.DECIDED_REASON,
        },
    )
    chair.send(reverse("moderation:sign", args=[panel.pk]))
    case.evaluation.refresh_from_db()
    assert case.evaluation.status == "finalised"
    strangers_are_shut_out(trust, visit, case, panel)


# Release -----------------------------------------------------------------------------------------


def it_is_released(trust, visit, evaluation):
    address = evaluation.get_absolute_url()
    assert loop.REASON not in visit(trust.practitioner).open(address)
    visit(trust.hub2).send(
        reverse("evaluations:check_third_party", args=[evaluation.pk]), {"note": loop.NOTE}
    )
    release = reverse("evaluations:approve_share", args=[evaluation.pk])
    assert visit(trust.hub2).status(release) == 403
    visit(trust.hub_lead).send(release)
    for person in (trust.practitioner, trust.manager):
        assert loop.REASON in visit(person).open(address)
    strangers_are_shut_out(trust, visit, evaluation)


def it_is_read_and_talked_about(trust, visit, evaluation):
    reply = reverse("evaluations:reply", args=[evaluation.pk])
    visit(trust.practitioner).send(evaluation.get_absolute_url(), {"words": loop.REPLY}, to=reply)
    visit(trust.manager).send(
        reverse("evaluations:table_in_supervision", args=[evaluation.pk]),
        {"tabled_on": "2026-10-27", "note": "Talk about drawing."},
    )


# Recommendations ---------------------------------------------------------------------------------


def the_action_is_done(trust, visit):
    recommendation = Recommendation.objects.get()
    here, update = (
        recommendation.get_absolute_url(),
        reverse("recommendations:update", args=[recommendation.pk]),
    )
    jo = visit(trust.practitioner)
    jo.send(here, {"note": "I have seen her at school once."}, to=update)
    recommendation.refresh_from_db()
    assert recommendation.status == "under_way"
    unsaid = jo.client.post(update, {"note": "Done.", "is_done": "on"})
    assert (unsaid.status_code, "Say where in the record" in unsaid.content.decode()) == (400, True)
    jo.send(
        here,
        {"note": "Twice now.", "is_done": "on", "evidence": loop.EVIDENCE},
        to=update,
    )
    assert visit(trust.practitioner).client.post(
        reverse("recommendations:check", args=[recommendation.pk]), {"outcome": "check"}
    ).status_code in {403, 409}  # nobody checks their own work
    strangers_are_shut_out(trust, visit, recommendation)


def the_action_is_checked(trust, visit):
    recommendation = Recommendation.objects.get()
    check = reverse("recommendations:check", args=[recommendation.pk])
    visit(trust.manager).send(
        recommendation.get_absolute_url(), {"outcome": "check", "note": "I read it."}, to=check
    )
    recommendation.refresh_from_db()
    assert (recommendation.status, recommendation.checked_by) == ("checked", trust.manager)


# The next cycle ----------------------------------------------------------------------------------


def the_cycle_is_closed(trust, visit, cycle):
    visit(trust.hub).send(reverse("cycles:start_moderating", args=[cycle.pk]))
    visit(trust.hub_lead).send(reverse("cycles:close", args=[cycle.pk]))


def a_revisit_is_drawn(trust, visit, cycle):
    hub = visit(trust.hub)
    hub.send(reverse("revisits:draw"), {"cycle": str(cycle.pk)})
    revisit = Revisit.objects.get()
    assert (revisit.kind, revisit.status) == ("full", "due")
    address = reverse("revisits:allocate", args=[revisit.pk])
    # A full revisit is never the first evaluator's: she is not even offered.
    assert trust.evaluator.name not in hub.open(address)
    hub.send(address, {"reviewer": str(trust.other_evaluator.pk)})
    strangers_are_shut_out(trust, visit, revisit)
    return revisit


def it_is_found_to_have_helped(trust, visit, revisit):
    farah = visit(trust.other_evaluator)
    start = reverse("revisits:start", args=[revisit.pk])
    farah.send(revisit.get_absolute_url(), to=start)
    (action,) = revisit.live_recommendations()
    filled = {
        f"r{action.pk}-done": "yes",
        f"r{action.pk}-on_record": "yes",
        f"r{action.pk}-difference": "better",
        f"r{action.pk}-note": loop.FOUND,
    }
    for pillar in PILLARS:
        filled |= {f"{pillar}-grade": "good", f"{pillar}-reason": "Seen again."}
    farah.send(reverse("revisits:record", args=[revisit.pk]), filled)
    revisit.refresh_from_db()
    assert revisit.status == "completed"
