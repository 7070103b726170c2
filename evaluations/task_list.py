"""How far is this evaluation, and where was the evaluator?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from evaluations import readiness, sections
from evaluations.enums import OVERALL, Status, Voice
from evaluations.readiness import Draft, Missing

COMPLETED, IN_PROGRESS, NOT_STARTED, CANNOT_START = (
    "Completed",
    "In progress",
    "Not started",
    "Cannot start yet",
)


@dataclass(frozen=True)
class Task:
    """One line of the list. Without a url it cannot be opened yet."""

    key: str
    name: str
    hint: str
    status: str
    url: str
    grade: str = ""
    elements: bool = False
    counts: bool = True  # whether it is one of the sections that make up the whole

    @property
    def open(self) -> bool:
        return bool(self.url)


@dataclass(frozen=True)
class Group:
    name: str
    items: list[Task]


@dataclass
class TaskList:
    """The whole job and its gaps."""

    groups: list[Group]
    missing: list[Missing]
    check_url: str
    resume_url: str = ""
    resume_words: str = ""
    resume_button: str = ""
    tasks: list[Task] = field(init=False)

    def __post_init__(self):
        self.tasks = [task for group in self.groups for task in group.items if task.counts]

    def _count(self, *statuses: str) -> int:
        return sum(task.status in statuses for task in self.tasks)

    @property
    def total(self) -> int:
        return len(self.tasks)

    @property
    def done(self) -> int:
        return self._count(COMPLETED)

    @property
    def under_way(self) -> int:
        return self._count(IN_PROGRESS)

    @property
    def to_do(self) -> int:
        return self._count(NOT_STARTED, CANNOT_START)

    @property
    def bar(self) -> list[tuple[int, str, str]]:
        """The parts of the bar, unlabelled: the same counts stand in words beside it."""
        parts = ((self.done, "evergreen"), (self.under_way, "count_2"), (self.to_do, "empty"))
        return [(count, tone, "") for count, tone in parts]


def task_list(evaluation, user) -> TaskList:
    """The sections of the form with their state, for the evaluator: a fixed number of queries.

    `user` is the reader; only the evaluator is given addresses to write at, and only while the
    form can be written.
    """
    draft = Draft.of(evaluation)
    missing = readiness.missing_in(draft)
    saved = set(evaluation.sections.values_list("key", flat=True))
    may_write = evaluation.evaluator_id == user.pk and evaluation.status in (
        Status.ACCEPTED,
        Status.IN_PROGRESS,
    )
    begun = may_write and evaluation.status == Status.IN_PROGRESS
    lines = _Lines(draft, {m.section for m in missing}, saved, may_write, begun)
    form, they = draft.form, draft.form.pronoun
    found = TaskList(
        groups=[
            Group("Before you meet", [lines.glance(), lines.conversation(), lines.reflection()]),
            Group("Sit alongside: tell me, show me", [lines.pillar(p) for p in form.pillars]),
            Group("What people told us", [lines.voice(v) for v in Voice]),
            Group(
                "Bring it together",
                [
                    lines.of(
                        sections.EXPERIENCE_PAGE,
                        f"Is our help right for {they['them']}? Does the record show the work?",
                    ),
                    lines.of(sections.STRENGTHS, "What others could learn from"),
                    lines.recommendations(),
                    lines.of(
                        sections.MESSAGE,
                        f"Optional. A few lines in words that make sense to {they['them']}",
                    ),
                    lines.overall(),
                ],
            ),
        ],
        missing=missing,
        check_url=sections.address("evaluations:check", evaluation) if begun else "",
    )
    _resume(found, draft, missing)
    return found


def _resume(found: TaskList, draft: Draft, missing: Iterable[Missing]) -> None:
    """Where the evaluator left off: the first gap of the page saved last, else the next page."""
    by_key = {task.key: task for task in found.tasks}
    last = draft.evaluation.last_section
    if not last:
        task = by_key[sections.GLANCE]
        found.resume_words = f"Start with {_lower(task.name)}. It takes 5 minutes."
        found.resume_url, found.resume_button = task.url, f"Start with {_lower(task.name)}"
        return
    gap = next((item for item in missing if item.section == last), None)
    if gap is None:
        todo = [task for task in found.tasks if task.open and task.status != COMPLETED]
        if not todo:
            found.resume_words = "Every section is done. Check what you wrote, then send it."
            found.resume_url, found.resume_button = found.check_url, "Check and send"
            return
        task = todo[0]
        was = by_key[last].name if last in by_key else last
        found.resume_words = f"You stopped after {was}. Next: {task.name}."
        found.resume_url, found.resume_button = task.url, f"Continue with {task.name}"
        return
    task = by_key[last]
    found.resume_words = f"You stopped in {task.name}. Next there: {gap.sentence}."
    found.resume_url = gap.url if task.open else ""
    found.resume_button = f"Continue with {task.name}"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


@dataclass
class _Lines:
    """The lines of the list, each told from what is missing and what is saved."""

    draft: Draft
    lacking: set[str]
    saved: set[str]
    may_write: bool
    begun: bool  # the first page has been saved

    def _status(self, key: str, started: bool) -> str:
        if not started:
            return NOT_STARTED
        return IN_PROGRESS if key in self.lacking else COMPLETED

    def of(self, key: str, hint: str, **more) -> Task:
        page = sections.page(self.draft.form, key)
        url = page.url(self.draft.evaluation) if self.may_write else ""
        status = more.pop("status", self._status(key, key in self.saved))
        return Task(key, page.title, hint, status, url, **more)

    def glance(self) -> Task:
        glance, form = self.draft.evaluation.glance or {}, self.draft.form
        left = [i for i in form.context if i.kind != "many" and glance.get(i.key) in ("", None)]
        status = NOT_STARTED
        if sections.GLANCE in self.saved:
            status = IN_PROGRESS if left else COMPLETED
        hint = "From the child’s record. Check that it is right"
        return self.of(sections.GLANCE, hint, status=status)

    def _elsewhere(
        self, key: str, name: str, hint: str, status: str, url_name: str, *, ended: bool = False
    ) -> Task:
        """A page beside the form: opens once the first page of the form has been saved."""
        url = sections.address(url_name, self.draft.evaluation) if self.begun and not ended else ""
        if self.may_write and not self.begun:
            status = CANNOT_START
        return Task(key, name, hint, status, url, counts=key == readiness.RECOMMENDATIONS)

    def conversation(self) -> Task:
        evaluation = self.draft.evaluation
        worker, held = evaluation.practitioner.get_short_name(), evaluation.conversation_on
        hint = f"{held.day} {held:%B %Y}" if held else f"The day you sat alongside {worker}"
        return self._elsewhere(
            readiness.CONVERSATION,
            f"Your conversation with {worker}",
            hint,
            self._status(readiness.CONVERSATION, held is not None),
            "evaluations:conversation",
        )

    def reflection(self) -> Task:
        evaluation = self.draft.evaluation
        worker = evaluation.practitioner.get_short_name()
        invited = evaluation.reflection_invited_at
        return self._elsewhere(
            readiness.REFLECTION,
            f"{worker}’s own view",
            f"Invited on {invited.day} {invited:%B}" if invited else f"Invite {worker} to write it",
            self._status(readiness.REFLECTION, invited is not None),
            "evaluations:invite_reflection",
            ended=invited is not None,
        )

    def pillar(self, pillar) -> Task:
        draft = self.draft
        row = draft.judgements.get(pillar.key)
        answered = sum(
            bool(answer.finding) for (key, _), answer in draft.answers.items() if key == pillar.key
        )
        hint = f"{answered} of {len(pillar.questions)} questions answered"
        task = self.of(pillar.key, pillar.question if not answered else hint)
        if task.status != COMPLETED or not row:
            return task
        return self.of(
            pillar.key, pillar.question, grade=row.grade, elements=row.elements_of_outstanding
        )

    def voice(self, voice: Voice) -> Task:
        tries = self.draft.feedback[voice]
        hint = f"{len(tries)} {'try' if len(tries) == 1 else 'tries'} recorded"
        if not tries:
            hint = "Nobody asked yet. “Could not reach them” is an answer too"
        elif any(row.outcome == "spoken_with" for row in tries):
            hint = "You heard from them"
        key = f"feedback-{voice}"
        return self.of(key, hint, status=self._status(key, bool(tries)))

    def recommendations(self) -> Task:
        count = self.draft.recommendations
        hint = f"{count} written. Each needs an owner and a date" if count else "What should change"
        graded = OVERALL in self.draft.facts.grades
        status = self._status(readiness.RECOMMENDATIONS, bool(count) or graded)
        return self._elsewhere(
            readiness.RECOMMENDATIONS, "Recommendations", hint, status, "recommendations:write"
        )

    def overall(self) -> Task:
        draft, page = self.draft, sections.page(self.draft.form, OVERALL)
        row = draft.judgements.get(OVERALL)
        if len(draft.facts.pillar_grades) < len(draft.form.pillars):
            hint = "You can do this once all four pillars are graded"
            return Task(OVERALL, page.title, hint, CANNOT_START, "")
        task = self.of(OVERALL, "Looking at everything together")
        if task.status == COMPLETED and row:
            return self.of(
                OVERALL, task.hint, grade=row.grade, elements=row.elements_of_outstanding
            )
        return task
