"""What do moderators, the Practice Hub and a panel's chair fill in?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import User
from cycles.models import Cycle
from evaluations.enums import Grade
from moderation.conflicts import moderators
from moderation.enums import Confidence, PanelStatus, ReasonCode
from moderation.models import WORDS, Panel

GRADES = [(grade.value, grade.label) for grade in Grade]


class PeopleField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, person):
        return person_words(person)


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person):
        return person_words(person)


def person_words(person: User) -> str:
    """A moderator in a list: their name, what waits for them, where they work."""
    load = getattr(person, "load", None)
    parts = [str(person)]
    if load is not None:
        parts.append(f"{load} to grade")
    if person.team_id:
        parts.append(str(person.team))
    return ", ".join(parts)


class GradeForm(forms.Form):
    """A moderator's grades: for each judgement a grade, a reason and how sure."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    recognised = forms.BooleanField(
        label="I recognised this child, family or worker",
        help_text="You can still grade. The Practice Hub will know.",
        required=False,
    )

    def __init__(self, *args, titles: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.keys = list(titles)
        for key, title in titles.items():
            self.fields[f"{key}-grade"] = forms.ChoiceField(
                label=f"Your grade for {title}",
                choices=GRADES,
                widget=forms.RadioSelect,
                required=False,
                error_messages={"invalid_choice": "Choose one of the four grades."},
            )
            self.fields[f"{key}-reason"] = forms.CharField(
                label="Your reason",
                widget=forms.Textarea(attrs={"rows": 4, "class": "tr-ta"}),
                max_length=WORDS,
                required=False,
            )
            self.fields[f"{key}-confidence"] = forms.ChoiceField(
                label="How sure are you?",
                choices=[("", "Not said"), *Confidence.choices],
                required=False,
            )

    def grades(self) -> dict[str, dict[str, str]]:
        """What was filled in, judgement by judgement."""
        return {
            key: {
                name: self.cleaned_data.get(f"{key}-{name}") or ""
                for name in ("grade", "reason", "confidence")
            }
            for key in self.keys
        }

    def parts(self, questions: dict[str, str], titles: dict[str, str]) -> list[dict[str, Any]]:
        """The judgements in order, each with its three fields, for the template."""
        return [
            {
                "number": number,
                "key": key,
                "title": titles[key],
                "question": questions.get(key, ""),
                "grade": self[f"{key}-grade"],
                "reason": self[f"{key}-reason"],
                "confidence": self[f"{key}-confidence"],
            }
            for number, key in enumerate(self.keys, 1)
        ]


class AssignForm(forms.Form):
    """Who grades this case. Those with least to grade come first."""

    moderators = PeopleField(
        label="Moderators",
        queryset=User.objects.none(),
        error_messages={"required": "Choose the moderators."},
    )

    def __init__(self, *args, people: list[User], needed: int, outside: str, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["moderators"]
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people])
        field.choices = [(person.pk, person_words(person)) for person in people]
        field.help_text = f"Choose {needed}, one at least from outside {outside}."


class ReplaceForm(forms.Form):
    new = PersonField(
        label="Who grades instead?",
        queryset=User.objects.none(),
        empty_label="Choose a moderator",
        error_messages={"required": "Choose a moderator."},
    )
    reason = forms.CharField(
        label="Why?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why."},
    )

    def __init__(self, *args, people: list[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["new"].queryset = User.objects.filter(pk__in=[person.pk for person in people])
        self.fields["new"].choices = [
            ("", "Choose a moderator"),
            *((person.pk, person_words(person)) for person in people),
        ]


class ProposalForm(forms.Form):
    """The grades that evaluator and moderators talked through."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, titles: dict[str, str], among: dict[str, list[str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.keys = list(titles)
        for key, title in titles.items():
            add_decision_fields(
                self, f"{key}-", title, [(g, w) for g, w in GRADES if g in among[key]]
            )

    def grades(self) -> dict[str, dict[str, Any]]:
        names = ("grade", "elements", "reason_code", "reason")
        return {
            key: {name: self.cleaned_data.get(f"{key}-{name}") for name in names}
            for key in self.keys
        }

    def parts(self) -> list[dict[str, Any]]:
        names = ("grade", "elements", "reason_code", "reason")
        return [
            {"key": key, **{name: self[f"{key}-{name}"] for name in names}} for key in self.keys
        ]


def add_decision_fields(form: forms.Form, prefix: str, title: str, grades) -> None:
    """The fields of a grade agreed or decided: grade, elements, code, reason."""
    form.fields[f"{prefix}grade"] = forms.ChoiceField(
        label=f"Grade for {title}",
        choices=grades,
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": "Choose one of these grades."},
    )
    form.fields[f"{prefix}elements"] = forms.BooleanField(
        label="With elements of Outstanding", help_text="Goes with Good.", required=False
    )
    form.fields[f"{prefix}reason_code"] = forms.ChoiceField(
        label="What does a change rest on?",
        choices=[("", "No change"), *ReasonCode.choices],
        required=False,
    )
    form.fields[f"{prefix}reason"] = forms.CharField(
        label="Why",
        help_text="The worker, their manager and the evaluator will read this. Say what is strong "
        "first.",
        max_length=WORDS,
        widget=forms.Textarea(attrs={"rows": 4, "class": "tr-ta"}),
        required=False,
    )


class ReferForm(forms.Form):
    reason = forms.CharField(
        label="What do you not agree on?",
        help_text="The panel will read this. Do not name the child.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what you do not agree on."},
    )


class DecideForm(forms.Form):
    """The panel's grade for one judgement."""

    def __init__(self, *args, title: str, present: QuerySet[User], **kwargs):
        super().__init__(*args, **kwargs)
        add_decision_fields(self, "", title, GRADES)
        self.fields["grade"].label = "Grade the panel agrees"
        self.fields["reason"].label = "Why the panel agreed this"
        self.fields["dissent_by"] = PersonField(
            label="Does somebody see it differently?",
            queryset=present,
            empty_label="No, everyone is content",
            required=False,
        )
        self.fields["dissent"] = forms.CharField(
            label="Their different view",
            help_text="Their grade and why. It is kept, and does not change the result.",
            max_length=WORDS,
            widget=forms.Textarea(attrs={"rows": 3}),
            required=False,
        )


class PanelForm(forms.Form):
    """When a panel meets, who chairs it and who sits on it."""

    cycle = forms.ModelChoiceField(
        label="Cycle",
        queryset=Cycle.objects.none(),
        empty_label=None,
        error_messages={"required": "Choose the cycle."},
    )
    meets_on = forms.DateField(
        label="Day",
        widget=forms.DateInput,
        error_messages={"required": "Choose a day.", "invalid": "Give a real date."},
    )
    meets_time = forms.TimeField(
        label="Time",
        widget=forms.TimeInput,
        error_messages={"required": "Choose a time.", "invalid": "Give a time, such as 10:00."},
    )
    chair = PersonField(
        label="Chair",
        queryset=User.objects.none(),
        empty_label="Choose a chair",
        error_messages={"required": "Choose a chair."},
    )
    members = PeopleField(
        label="Members beside the chair",
        queryset=User.objects.none(),
        help_text="A quorum is 3 with the chair, one from outside each child’s service area.",
        error_messages={"required": "Choose the members."},
    )

    def __init__(self, *args, panel: Panel | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        people = moderators()
        self.fields["chair"].queryset = people
        self.fields["members"].queryset = people
        if panel is None:
            self.fields["cycle"].queryset = Cycle.objects.exclude(status="closed")
        else:
            del self.fields["cycle"]


class AgendaForm(forms.Form):
    """Which panel a referred case goes to."""

    panel = forms.ModelChoiceField(
        label="Panel",
        queryset=Panel.objects.none(),
        empty_label="Choose a panel",
        error_messages={"required": "Choose a panel."},
    )

    def __init__(self, *args, cycle, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["panel"].queryset = Panel.objects.filter(
            status=PanelStatus.SCHEDULED, cycle=cycle
        ).order_by("meets_at")


class OpenForm(forms.Form):
    """Who is here, and who takes no part."""

    present = PeopleField(
        label="Who is here?",
        queryset=User.objects.none(),
        error_messages={"required": "Tick who is here."},
    )
    recused = PeopleField(
        label="Who takes no part today?",
        help_text="Somebody who manages the worker, made the evaluation, or is too close to it.",
        queryset=User.objects.none(),
        required=False,
    )

    def __init__(self, *args, panel: Panel, **kwargs):
        super().__init__(*args, **kwargs)
        people = User.objects.filter(panel_places__panel=panel).select_related("team")
        self.fields["present"].queryset = people
        self.fields["recused"].queryset = people

    def clean(self):
        both = set(self.cleaned_data.get("present") or []) & set(
            self.cleaned_data.get("recused") or []
        )
        if both:
            names = ", ".join(sorted(map(str, both)))
            self.add_error("recused", f"{names}: either here, or taking no part.")
        return self.cleaned_data


class MinutesForm(forms.Form):
    minutes = forms.CharField(
        label="Minutes",
        help_text="Drafted from the decisions. Change what you like, then sign.",
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 18}),
        error_messages={"required": "Write the minutes."},
    )
