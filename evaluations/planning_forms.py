"""What is asked when evaluators are chosen, and when an evaluation is taken out?"""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from cycles.enums import EliminationReason
from evaluations.conflicts import Conflicts
from evaluations.enums import Status
from evaluations.models import Evaluation


def choices_for(evaluation: Evaluation, conflicts: Conflicts) -> list[tuple[str, Any]]:
    """Everybody who could be chosen: who fits first, then the others with what is against it."""
    fit, others = [], []
    people = sorted(
        conflicts.evaluators.values(),
        key=lambda person: (conflicts.load.get(person.pk, 0), person.name, person.pk),
    )
    for person in people:
        if person.pk == evaluation.evaluator_id:
            continue
        obstacles = conflicts.between(person, evaluation)
        load = f"{conflicts.load.get(person.pk, 0)} of {person.evaluations_at_once}"
        if any(obstacle.refuses for obstacle in obstacles):
            words = " ".join(obstacle.sentence for obstacle in obstacles if obstacle.refuses)
            others.append((str(person.pk), words))
        elif obstacles:
            words = " ".join(obstacle.sentence for obstacle in obstacles)
            fit.append((str(person.pk), f"{person}, {load}. {words}"))
        else:
            fit.append((str(person.pk), f"{person}, {load}"))
    groups: list[tuple[str, Any]] = [("", "Choose an evaluator")]
    if fit:
        groups.append(("Can be chosen", fit))
    if others:
        groups.append(("Something stands against it", others))
    return groups


class AllocationForm(forms.Form):
    """One select for each evaluation on the page that waits for an evaluator."""

    def __init__(
        self,
        *args: Any,
        evaluations: list[Evaluation],
        conflicts: Conflicts,
        proposed: dict[int, User] | None = None,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.conflicts = conflicts
        self.waiting = [e for e in evaluations if e.status == Status.PLANNED]
        for evaluation in self.waiting:
            person = (proposed or {}).get(evaluation.pk)
            self.fields[f"evaluator_{evaluation.pk}"] = forms.ChoiceField(
                label=f"Evaluator for {evaluation.reference}",
                choices=choices_for(evaluation, conflicts),
                required=False,
                initial=str(person.pk) if person else "",
                error_messages={"invalid_choice": "Choose an evaluator from the list."},
                widget=forms.Select(attrs={"class": "tr-select"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError("Choose an evaluator for at least one child.")
        return cleaned

    def chosen(self) -> dict[Evaluation, User]:
        """The evaluations for which somebody was chosen."""
        return {
            evaluation: self.conflicts.evaluators[int(value)]
            for evaluation in self.waiting
            if (value := self.cleaned_data.get(f"evaluator_{evaluation.pk}"))
        }


class OneAllocationForm(forms.Form):
    """One evaluation: an evaluator, why somebody else, and why in spite of a conflict."""

    evaluator = forms.ChoiceField(
        label="Evaluator", error_messages={"required": "Choose an evaluator."}
    )
    reason = forms.CharField(
        label="Why does somebody else take it on?",
        max_length=500,
        required=False,
        error_messages={"max_length": "Use 500 characters or fewer."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    override_reason = forms.CharField(
        label="If there is a conflict: why this person all the same?",
        help_text=(
            "Only for people in the same team, or who evaluated each other. Leave it empty "
            "otherwise. It is kept."
        ),
        max_length=500,
        required=False,
        error_messages={"max_length": "Use 500 characters or fewer."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        *args: Any,
        evaluation: Evaluation,
        conflicts: Conflicts,
        may_override: bool,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.conflicts = conflicts
        select = self.fields["evaluator"]
        assert isinstance(select, forms.ChoiceField)
        select.choices = choices_for(evaluation, conflicts)
        if evaluation.status == Status.PLANNED:
            del self.fields["reason"]
        if not may_override:
            del self.fields["override_reason"]

    def clean_evaluator(self) -> User:
        return self.conflicts.evaluators[int(self.cleaned_data["evaluator"])]


class EliminateForm(forms.Form):
    """Why an evaluation is taken out, and whether the next child takes its place."""

    reason_code = forms.ChoiceField(
        label="Why can it not go ahead?",
        choices=EliminationReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason."},
    )
    note = forms.CharField(
        label="Anything to add",
        help_text="Name nobody.",
        max_length=500,
        required=False,
        error_messages={"max_length": "Use 500 characters or fewer."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    replace = forms.BooleanField(label="Take the next child in reserve instead", required=False)

    def __init__(self, *args: Any, has_replacement: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not has_replacement:
            del self.fields["replace"]
