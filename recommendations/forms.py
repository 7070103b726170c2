"""What may be typed about a recommendation or a revisit, and what is said when it will not do?"""

from __future__ import annotations

from django import forms
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from cycles.models import Cycle
from evaluations.enums import Grade
from recommendations import revisits
from recommendations.enums import OPEN, Difference
from recommendations.models import WORDS, Recommendation

YES_NO = [("yes", "Yes"), ("no", "No")]


def words(label: str, missing: str = "", *, rows: int = 4, help_text: str = "", most: int = WORDS):
    """A box for words; `missing` is the sentence shown when it is empty, or none if it may be."""
    return forms.CharField(
        label=label,
        required=bool(missing),
        max_length=most,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": missing,
            "max_length": "Use %(limit_value)d characters or fewer. You have %(show_value)d.",
        },
    )


def line(label: str, missing: str = "", *, most: int, help_text: str = ""):
    """One line of words."""
    field = words(label, missing, help_text=help_text, most=most)
    field.widget = forms.TextInput()
    return field


def people_of(evaluation) -> tuple:
    """Who can own an action of this evaluation, and who can answer for it."""
    area = evaluation.service_area
    leaders = [area.head_of_service_id, area.assistant_director_id]
    teams = [evaluation.team_id, evaluation.practitioner.team_id]
    owners = User.objects.filter(is_active=True).filter(
        Q(team__in=[pk for pk in teams if pk])
        | Q(pk__in=[evaluation.practitioner_id, *filter(None, leaders)])
        | Q(manages__in=[pk for pk in teams if pk])
    )
    managers = User.objects.holding(Role.MANAGER).filter(
        Q(manages__service_area=area) | Q(pk__in=[pk for pk in leaders if pk])
    )
    return owners.distinct(), managers.distinct()


class RecommendationForm(forms.ModelForm):
    """One recommendation, as it is agreed in the conversation."""

    action = line("What should happen?", "Say what should happen.", most=300)
    problem = words("What did you find?", "Say what you found.", rows=3)
    difference = words(
        "What will be different for the child?",
        "Say what will be different for the child.",
        rows=3,
        help_text="Their life, not our paperwork.",
    )
    evidence_wanted = words("What would show that it has worked?", rows=2)
    pillar = forms.ChoiceField(
        label="Which pillar does it come from?",
        error_messages={
            "required": "Choose a pillar.",
            "invalid_choice": "Choose one of the pillars shown.",
        },
    )
    agreed_with = line("Agreed with", most=200, help_text="For example: the worker and manager")

    class Meta:
        model = Recommendation
        fields = [
            "action",
            "problem",
            "difference",
            "evidence_wanted",
            "pillar",
            "theme",
            "level",
            "priority",
            "owner",
            "accountable_manager",
            "agreed_with",
        ]
        labels = {
            "theme": "Theme",
            "level": "Who is it for?",
            "priority": "How soon?",
            "owner": "Who will do it?",
            "accountable_manager": "Who will check it?",
        }
        error_messages = {
            "theme": {"required": "Choose a theme.", "invalid_choice": "Choose a theme shown."},
            "level": {"required": "Say who it is for.", "invalid_choice": "Choose a level shown."},
            "priority": {
                "required": "Say how soon.",
                "invalid_choice": "Choose a priority shown.",
            },
            "owner": {
                "required": "Choose one named owner.",
                "invalid_choice": "Choose somebody from the list.",
            },
            "accountable_manager": {
                "required": "Choose who will check it.",
                "invalid_choice": "Choose somebody from the list.",
            },
        }

    def __init__(self, *args, evaluation, due_words: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        pillars = evaluation.instrument.content["pillars"]
        self.fields["pillar"].choices = [
            ("", "Choose a pillar"),
            *((pillar["key"], pillar["title"]) for pillar in pillars),
        ]
        owners, managers = people_of(evaluation)
        owner, manager = self.fields["owner"], self.fields["accountable_manager"]
        owner.queryset, manager.queryset = owners, managers
        owner.empty_label, manager.empty_label = "Choose a person", "Choose a person"
        self.fields["theme"].choices = [("", "Choose a theme"), *self.fields["theme"].choices[1:]]
        self.fields["priority"] = forms.ChoiceField(
            label="How soon?",
            choices=list(due_words.items()),
            widget=forms.RadioSelect,
            help_text="A critical action is live as soon as you save it, and rings at once.",
            error_messages=self.Meta.error_messages["priority"],
        )
        if not self.is_bound and self.instance.pk is None:
            self.initial.setdefault("accountable_manager", evaluation.team.manager_id)
            self.initial.setdefault("owner", evaluation.practitioner_id)

    def clean(self):
        cleaned = super().clean()
        owner, manager = cleaned.get("owner"), cleaned.get("accountable_manager")
        if owner and owner == manager:
            self.add_error(
                "accountable_manager",
                "Somebody other than the owner checks the work. Choose another person.",
            )
        return cleaned


class UpdateForm(forms.Form):
    """The owner's one form: how it is going, and, when it is done, where it can be seen."""

    note = words("What has happened?", rows=4)
    is_done = forms.BooleanField(label="This is done", required=False)
    evidence = line(
        "Where can it be seen?",
        most=300,
        help_text="Where in the child’s record, and the date. Never copy it here.",
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("is_done") and not cleaned.get("evidence") and "evidence" not in self.errors:
            self.add_error("evidence", "Say where in the record it can be seen.")
        if not cleaned.get("is_done") and not cleaned.get("note") and "note" not in self.errors:
            self.add_error("note", "Say what has happened.")
        return cleaned


class CheckForm(forms.Form):
    """The manager's one form: agree, or ask for more."""

    outcome = forms.ChoiceField(
        label="Have you seen it in the record?",
        choices=[("check", "Yes, it is done"), ("ask_for_more", "No, something is still needed")],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Say whether you have seen it.",
            "invalid_choice": "Choose one of the two.",
        },
    )
    note = words("What did you see, or what is still needed?", rows=4)

    def clean(self):
        cleaned = super().clean()
        wants_more = cleaned.get("outcome") == "ask_for_more"
        if wants_more and not cleaned.get("note") and "note" not in self.errors:
            self.add_error("note", "Say what is still needed.")
        return cleaned


class ReasonForm(forms.Form):
    reason = words("Why?", "Say why.", rows=3, most=2000)


class DueDateForm(ReasonForm):
    due_on = forms.DateField(
        label="New date",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": "Enter the new date.",
            "invalid": "Enter a real date, such as 27 3 2026.",
        },
    )
    reason = words("Why does the date change?", "Say why the date changes.", rows=3, most=2000)
    field_order = ["due_on", "reason"]

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"]
        if due_on < timezone.localdate():
            raise forms.ValidationError("The new date must be today or later.")
        if due_on.year > timezone.localdate().year + 2:
            raise forms.ValidationError("Choose a date within the next two years.")
        return due_on


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Who will do it?",
        empty_label="Choose a person",
        error_messages={
            "required": "Choose a person.",
            "invalid_choice": "Choose somebody from the list.",
        },
    )
    reason = words("Why?", rows=2, most=2000)

    def __init__(self, *args, recommendation, **kwargs):
        super().__init__(*args, **kwargs)
        if recommendation.evaluation_id:
            people, _ = people_of(recommendation.evaluation)
        else:
            people = User.objects.filter(is_active=True)
        self.fields["owner"].queryset = people.exclude(
            pk__in=[recommendation.owner_id, recommendation.accountable_manager_id]
        )


class SupersedeForm(ReasonForm):
    superseded_by = forms.ModelChoiceField(
        queryset=Recommendation.objects.none(),
        label="Which one takes its place?",
        empty_label="Choose a recommendation",
        error_messages={
            "required": "Choose the recommendation that takes its place.",
            "invalid_choice": "Choose one from the list.",
        },
    )
    field_order = ["superseded_by", "reason"]

    def __init__(self, *args, recommendation, user, **kwargs):
        super().__init__(*args, **kwargs)
        others = Recommendation.objects.visible_to(user).filter(status__in=OPEN)
        if recommendation.evaluation_id:
            others = others.filter(evaluation__child=recommendation.evaluation.child_id)
        field = self.fields["superseded_by"]
        field.queryset = others.exclude(pk=recommendation.pk)
        field.label_from_instance = lambda one: f"{one.reference}: {one.action}"


# Revisits ----------------------------------------------------------------------------------------


class DrawForm(forms.Form):
    cycle = forms.ModelChoiceField(
        queryset=Cycle.objects.current(),
        label="For which cycle?",
        empty_label="Choose a cycle",
        error_messages={
            "required": "Choose a cycle.",
            "invalid_choice": "Choose a cycle that is open.",
        },
    )
    seed = line(
        "Seed",
        most=40,
        help_text="Any words. The same seed gives the same draw. Leave it empty to use ours.",
    )


class ReviewerForm(forms.Form):
    reviewer = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Who will look again?",
        empty_label="Choose a reviewer",
        error_messages={
            "required": "Choose a reviewer.",
            "invalid_choice": "This person cannot look again here. Choose somebody from the list.",
        },
    )

    def __init__(self, *args, revisit, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reviewer"].queryset = revisits.possible_reviewers(revisit)


class FindingForm(forms.Form):
    """What was found about one action."""

    done = forms.ChoiceField(
        label="Has it been done?",
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it has been done."},
    )
    on_record = forms.ChoiceField(
        label="Is it on the child’s record?",
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is on the record."},
    )
    difference = forms.ChoiceField(
        label="Did it make a difference for the child?",
        choices=[
            (Difference.BETTER, "Yes, life is better"),
            (Difference.TOO_SOON, "Too soon to tell"),
            (Difference.SAME, "No, it is the same"),
            (Difference.WORSE, "No, it is worse"),
            (Difference.NOT_APPLICABLE, "It no longer applies to the child"),
        ],
        widget=forms.RadioSelect,
        help_text="Done, on the record and better closes the loop. Too soon is looked at again "
        "next cycle. Anything else opens it again with the owner.",
        error_messages={
            "required": "Say whether it made a difference.",
            "invalid_choice": "Choose one of the answers shown.",
        },
    )
    note = words(
        "How do you know?",
        "Say how you know.",
        rows=3,
        help_text="What the child said, what you saw, where it is.",
    )

    def __init__(self, *args, recommendation, **kwargs):
        super().__init__(*args, **kwargs)
        self.recommendation = recommendation
        for name in ("done", "on_record"):
            self.fields[name].error_messages["invalid_choice"] = "Choose yes or no."

    def finding(self) -> dict:
        """The cleaned answers, in the words of the action."""
        cleaned = dict(self.cleaned_data)
        for name in ("done", "on_record"):
            cleaned[name] = cleaned[name] == "yes"
        return {"recommendation": self.recommendation, **cleaned}


class RegradeForm(forms.Form):
    """A pillar graded again."""

    grade = forms.ChoiceField(
        label="Grade now",
        choices=Grade.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a grade.",
            "invalid_choice": "Choose one of the four grades.",
        },
    )
    reason = words("Why?", "Give a reason for the grade.", rows=3)

    def __init__(self, *args, key, title, old=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.key, self.title, self.old = key, title, old

    def regrade(self) -> dict:
        """The cleaned answers, in the words of the action."""
        return {"key": self.key, **self.cleaned_data}
