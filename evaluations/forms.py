"""What does each step on an evaluation ask for?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from evaluations.enums import ConflictKind, SeesItTheSame
from evaluations.models import WORDS, Evaluation


class Words(forms.CharField):
    """A box for words, as tall as what is asked for."""

    def __init__(self, *, max_length: int = WORDS, rows: int = 5, missing: str = "", **kwargs):
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        if missing:
            kwargs["error_messages"] = {"required": missing}
        super().__init__(max_length=max_length, **kwargs)


class Day(forms.DateField):
    """A day, picked or typed."""

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.DateInput)
        super().__init__(error_messages={"required": "Enter a date."}, **kwargs)


class EmptyForm(forms.Form):
    """Only a button."""


class ConflictForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is the conflict?",
        choices=ConflictKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the conflict is."},
    )
    note = Words(
        label="Anything else the Practice Hub should know",
        help_text="Needed when you chose “Something else”. Do not name the child.",
        max_length=500,
        rows=3,
        required=False,
    )


class ConversationForm(forms.Form):
    conversation_on = Day(label="On which day did you sit alongside?")


class ReturnForm(forms.Form):
    reason = Words(
        label="What needs to change?",
        help_text="The evaluator will see this. Do not name the child.",
        max_length=2000,
        missing="Say what needs to change.",
    )


class ExtendForm(forms.Form):
    new_date = Day(label="New date")
    reason = Words(
        label="Why is more time needed?",
        help_text="One line is enough. Do not name the child.",
        max_length=500,
        rows=3,
        missing="Say why more time is needed.",
    )


class ThirdPartyForm(forms.Form):
    note = Words(
        label="What did you check, and what did you find?",
        help_text=(
            "Read every word for names, or facts about other children and families, that the "
            "practitioner or manager should not be handed. Do not copy them here."
        ),
        max_length=2000,
        missing="Say what you checked and what you found.",
    )


class ReplyForm(forms.Form):
    words = Words(
        label="What did you take from this?",
        help_text="Your manager, the evaluator and the Practice Hub can read it.",
        missing="Write what you want to say.",
    )
    sees_it_differently = forms.BooleanField(
        label="I see something differently",
        help_text="The Practice Hub will get in touch with you about it.",
        required=False,
    )


class SupervisionForm(forms.Form):
    tabled_on = Day(label="Which supervision is it for, or was it talked about in?")
    note = Words(
        label="A note",
        help_text="Optional. The practitioner, the evaluator and the Practice Hub can read it.",
        rows=4,
        required=False,
    )


class AttributionForm(forms.Form):
    reason = Words(
        label="Why do you need to see who said what?",
        help_text="Your reason is kept with your name.",
        max_length=2000,
        rows=3,
        missing="Say why you need to see this.",
    )


class PrepareForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    prepare = Words(
        label="What are you proud of, and what is hard?",
        help_text="Optional. The evaluator reads it when the conversation begins.",
        rows=8,
        required=False,
    )


class ReflectForm(forms.Form):
    """The questions of the instrument, and whether the worker sees it the same way."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    agrees = forms.ChoiceField(
        label="Do you see it the same way as the evaluator?",
        choices=SeesItTheSame.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes, in part or no."},
    )
    field_order = ["version"]

    def __init__(self, *args, questions: list[dict[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.questions = questions
        for item in questions:
            self.fields[item["key"]] = Words(label=item["text"], required=False, rows=4)
        self.order_fields(["version", *(item["key"] for item in questions), "agrees"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        answers = [cleaned.get(item["key"], "") for item in self.questions]
        if not self.errors and not any(answers):
            self.add_error(self.questions[0]["key"], "Answer at least one of the questions.")
        return cleaned

    def words(self) -> dict[str, Any]:
        """As actions.write_reflection takes them."""
        data = self.cleaned_data
        return {
            "answers": {item["key"]: data[item["key"]] for item in self.questions},
            "agrees": data["agrees"],
        }


# Safety -------------------------------------------------------------------------------------------

FEW = 12  # as many evaluations as fit on a page to choose from


class EvaluationChoice(forms.ModelChoiceField):
    """One of the evaluations this person is part of: from a list when they are few, else typed."""

    def __init__(self, queryset):
        few = queryset[: FEW + 1].count() <= FEW
        super().__init__(
            queryset,
            label="Which child is it about?",
            to_field_name="reference",
            empty_label=None,
            widget=forms.RadioSelect if few else forms.TextInput,
            help_text="" if few else "The evaluation’s reference, such as PE-2627Q3-0042.",
            error_messages={
                "required": "Choose the evaluation.",
                "invalid_choice": "You have no evaluation with this reference. Check it.",
            },
        )

    def to_python(self, value):
        if isinstance(value, str):
            value = value.strip().upper()
            if "\x00" in value:
                raise forms.ValidationError(self.error_messages["invalid_choice"])
        return super().to_python(value)

    def label_from_instance(self, evaluation: Evaluation) -> str:
        return f"{evaluation.reference}, {evaluation.get_plan_type_display().lower()}"


class AlertForm(forms.Form):
    worry = Words(
        label="What are you worried about?",
        help_text="What did you see or hear? Use no names: the reference is enough.",
        missing="Say what you are worried about.",
    )
    not_safe_now = forms.TypedChoiceField(
        label="Is the child safe now?",
        choices=[("not_safe", "No, or I am not sure"), ("safe", "Yes, for now")],
        coerce=lambda value: value == "not_safe",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    whom_phoned = Words(
        label="Whom have you phoned?",
        help_text="Name and job. Phone first: this form does not replace the call.",
        max_length=200,
        widget=forms.TextInput,
        missing="Say whom you have phoned.",
    )
    phoned_at = forms.DateTimeField(
        label="When did you phone?",
        widget=forms.DateTimeInput(attrs={"class": "govuk-input--width-20"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"],
        error_messages={"required": "Enter the day and time."},
    )

    def __init__(self, *args, evaluations, about: Evaluation | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.about = about
        if about is None:
            self.fields["evaluation"] = EvaluationChoice(evaluations)
            self.order_fields(["evaluation"])
        self.fields["phoned_at"].initial = timezone.localtime().replace(second=0, microsecond=0)


class AlertActionForm(forms.Form):
    action = Words(
        label="What was done for the child?",
        help_text="Who did what, and when. Use no names of children or family.",
        missing="Say what was done.",
    )
