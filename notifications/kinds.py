"""What does each kind of message say?

A mail says what kind of thing is due, its reference and a link: never a child, never a grade. The
subject starts with what to do. The sentence is also the notice shown in the service.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils import formats

from notifications.models import Reminder


@dataclass(frozen=True)
class Kind:
    """The words of one kind: {ref} and {due} are filled in."""

    subject: str
    sentence: str
    why: str  # “why did I get this”


EVALUATOR = "You are the evaluator."
WORKER = "This evaluation is of your work."
MANAGER = "You are the manager, or stand in for them."
HUB = "You work in the Practice Hub."
MODERATOR = "You are a moderator of this evaluation."
OWNER = "You own this action."
CHECKER = "You answer for this action as the manager."
SENIOR = "You lead this service area."
REVIEWER = "You are the reviewer."

KINDS: dict[str, Kind] = {
    # evaluations
    "evaluation_allocated": Kind(
        "A practice evaluation for you: {ref}",
        "You have a new evaluation, {ref}. Say yes, or tell us about a conflict, by {due}.",
        EVALUATOR,
    ),
    "evaluation_chosen": Kind(
        "Somebody would like to sit alongside you: {ref}",
        "{ref} is in this cycle’s practice evaluations. It is a conversation: you talk, you look "
        "at the record together, you agree what would help. The evaluator will ring you.",
        WORKER,
    ),
    "evaluation_reallocated": Kind(
        "{ref} is with somebody else now",
        "The Practice Hub has given {ref} to another evaluator. You need do nothing more.",
        "You were the evaluator.",
    ),
    "evaluation_not_accepted": Kind(
        "Say yes to {ref}, or tell us about a conflict",
        "{ref} has waited for your answer since {due}.",
        EVALUATOR,
    ),
    "conflict_declared": Kind(
        "{ref} needs another evaluator",
        "The evaluator of {ref} has declared a conflict. Choose somebody else.",
        HUB,
    ),
    "evaluation_due": Kind(
        "{ref} is due on {due}",
        "{ref} is due on {due}. Need longer? Ask for a new date: it takes one line.",
        EVALUATOR,
    ),
    "evaluation_late": Kind(
        "{ref} was due on {due}",
        "{ref} was due on {due}. What would help most: time, cover, or someone to talk it through?",
        EVALUATOR,
    ),
    "evaluation_late_hub": Kind(
        "{ref} is late", "{ref} was due on {due} and has not been sent.", HUB
    ),
    "evaluation_extended": Kind(
        "New date for {ref}: {due}", "The new date for {ref} is {due}.", EVALUATOR
    ),
    "evaluation_returned": Kind(
        "{ref} has come back to you",
        "The Practice Hub has sent {ref} back to you and says what is needed.",
        EVALUATOR,
    ),
    "evaluation_eliminated": Kind(
        "{ref} will not go ahead", "{ref} has been taken out of this cycle.", "You were part of it."
    ),
    "evaluation_submitted": Kind("{ref} has been sent in", "{ref} has been submitted.", HUB),
    "evaluation_finalised": Kind(
        "{ref}: check and release by {due}", "{ref} is final. Check it, then release it.", HUB
    ),
    "reflection_invited": Kind(
        "Your own words on {ref}",
        "Write what you are proud of and what got in the way. It takes ten minutes, and only you "
        "can change it.",
        WORKER,
    ),
    "share_due": Kind("Release {ref} by {due}", "{ref} should be shared by {due}.", HUB),
    "evaluation_shared": Kind(
        "The practice evaluation {ref} is ready to read",
        "What you found together is ready. Read it when you have 20 minutes, before supervision.",
        "It is of your work, or of your team’s.",
    ),
    "reply_received": Kind("A reply to {ref}", "The practitioner has replied to {ref}.", HUB),
    "supervision_not_tabled": Kind(
        "Talk about {ref} in supervision",
        "{ref} should have been on a supervision agenda by {due}. Add the date when it was.",
        MANAGER,
    ),
    "safety_alert": Kind(
        "Urgent: safety concern raised, {ref}",
        "Somebody is worried about a child’s safety now. Open it and acknowledge it.",
        "You answer for the safety of children in this service area, or work in the Practice Hub.",
    ),
    "safety_alert_waiting": Kind(
        "Urgent: safety concern still waiting, {ref}",
        "Nobody has acknowledged this safety concern yet. Open it now.",
        "You answer for the safety of children in this service area, or work in the Practice Hub.",
    ),
    "safety_alert_acknowledged": Kind(
        "Safety concern acknowledged, {ref}",
        "The head of service has seen the concern you raised.",
        "You raised it.",
    ),
    "safety_alert_action_due": Kind(
        "Urgent: say what was done, {ref}",
        "No action has been recorded for this safety concern yet.",
        "You answer for the safety of children in this service area, or work in the Practice Hub.",
    ),
    # moderation
    "moderation_assigned": Kind(
        "Grade {ref} by {due}",
        "Grade {ref} on your own, by {due}. You will not see other grades until everyone has sent "
        "theirs.",
        MODERATOR,
    ),
    "moderation_due": Kind("Grade {ref} by {due}", "{ref} is waiting for your grades.", MODERATOR),
    "moderation_late": Kind(
        "{ref} is waiting for your grades",
        "Your grades for {ref} were due on {due}. If you cannot, tell the Practice Hub today.",
        MODERATOR,
    ),
    "moderation_late_hub": Kind(
        "{ref}: grades are late", "Grades for {ref} were due on {due}.", HUB
    ),
    "moderation_revealed": Kind(
        "{ref}: everyone’s grades can be seen",
        "All grades for {ref} are in. Read the reasons, then agree or refer by {due}.",
        "You graded it.",
    ),
    "moderation_referred": Kind(
        "{ref} goes to a panel", "{ref} needs a panel. Put it on an agenda by {due}.", HUB
    ),
    "panel_scheduled": Kind(
        "A moderation panel on {due}", "You are on the panel of {due}.", "You are on this panel."
    ),
    "panel_papers": Kind(
        "Papers for the panel of {due}",
        "The papers for the panel of {due} are ready to read.",
        "You are on this panel.",
    ),
    # recommendations
    "recommendation_agreed": Kind(
        "Can you take this on by {due}: {ref}",
        "An action has been agreed for you. Say yes, or tell us what needs to change.",
        OWNER,
    ),
    "recommendation_critical": Kind(
        "Urgent: critical action {ref}",
        "A critical action is with you now. It is due within a day.",
        OWNER,
    ),
    "recommendation_critical_manager": Kind(
        "Urgent: critical action in your team, {ref}",
        "A critical action has been agreed in your team. It is due within a day.",
        CHECKER,
    ),
    "recommendation_due": Kind(
        "Due on {due}: {ref}",
        "{ref} is due on {due}. Done already? Add a line to say where we can see it.",
        OWNER,
    ),
    "recommendation_overdue": Kind(
        "{ref} was due on {due}",
        "If it is done, add an update. If something got in the way, say so and agree a new date.",
        OWNER,
    ),
    "recommendation_escalated": Kind(
        "{ref} is past its date",
        "{ref} was due on {due}. Talk about it with the owner this week, and add a line.",
        SENIOR,
    ),
    "recommendation_done": Kind(
        "Check {ref} by {due}",
        "{ref} is marked as done. Look at the record and agree, or ask for more.",
        CHECKER,
    ),
    "recommendation_check_due": Kind(
        "{ref} has been waiting for you",
        "{ref} is marked as done and waits for your check. It takes about five minutes.",
        CHECKER,
    ),
    "recommendation_checked": Kind("{ref} has been checked", "Your work has been seen.", OWNER),
    "recommendation_more_wanted": Kind(
        "{ref} needs a little more", "Read what is still needed, and add an update.", OWNER
    ),
    "recommendation_reopened": Kind(
        "{ref} is open again",
        "When we looked again it had not made a difference yet. Read what was seen, and agree what "
        "to try now.",
        OWNER,
    ),
    "recommendation_closed": Kind(
        "{ref} made a difference",
        "Somebody looked again, and life is better because of what you did. Thank you.",
        OWNER,
    ),
    "recommendation_withdrawn": Kind(
        "{ref} has been withdrawn", "This action is no longer needed. Read why.", OWNER
    ),
    "recommendation_extended": Kind(
        "New date for {ref}: {due}", "The new date for {ref} is {due}.", OWNER
    ),
    "recommendation_owner": Kind(
        "{ref} is yours now", "You are the owner of {ref}, due on {due}.", OWNER
    ),
    # revisits
    "revisit_allocated": Kind(
        "Look again at {ref} by {due}",
        "You have a revisit: look again at {ref} by {due}.",
        REVIEWER,
    ),
    "revisit_booked": Kind(
        "Looking again at {ref}",
        "Somebody will look again at {ref} with you, to see what has changed.",
        "It is of your work.",
    ),
    "revisit_due": Kind(
        "Look again at {ref} by {due}", "Your revisit of {ref} is due on {due}.", REVIEWER
    ),
    "revisit_late": Kind(
        "The revisit of {ref} was due on {due}",
        "The revisit of {ref} was due on {due}. If you cannot do it, tell the Practice Hub.",
        REVIEWER,
    ),
}


def sentence(reminder: Reminder) -> str:
    """The notice shown in the service."""
    return _fill(KINDS[reminder.kind].sentence, reminder)


def why(reminder: Reminder) -> str:
    """Why this person got it, in a sentence."""
    return KINDS[reminder.kind].why


def text(reminder: Reminder, person) -> tuple[str, str]:
    """Subject and body of the mail."""
    kind = KINDS[reminder.kind]
    lines = [f"Hello {person.get_short_name()},", "", _fill(kind.sentence, reminder)]
    if reminder.instead_of_id:
        lines += ["", f"You get this because {reminder.instead_of} is away."]
    lines += [
        "",
        f"Open it: {settings.SITE_ADDRESS}{reminder.link}",
        "",
        f"Why you got this: {kind.why}",
        "",
        "Practice Hub",
    ]
    return _fill(kind.subject, reminder), "\n".join(lines)


def _fill(words: str, reminder: Reminder) -> str:
    due = formats.date_format(reminder.due_on, "j F Y") if reminder.due_on else "soon"
    return words.format(ref=reminder.reference or "this", due=due)
