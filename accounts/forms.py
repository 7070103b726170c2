"""What do the pages about people ask for?"""

from __future__ import annotations

from django import forms

from accounts.models import Locality, ServiceArea, Team, User
from accounts.roles import Role

DateInput = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PersonForm(forms.ModelForm):
    class Meta:
        model = User
        fields = [
            "name",
            "email",
            "job_title",
            "staff_number",
            "team",
            "newly_qualified",
            "accredited_programme",
            "evaluator_trained_on",
            "evaluator_refresher_due_on",
            "evaluations_at_once",
            "is_active",
        ]
        labels = {
            "email": "E-mail address",
            "newly_qualified": "Newly qualified (ASYE)",
            "accredited_programme": "On an accredited programme",
            "evaluator_trained_on": "Trained as an evaluator on",
            "evaluator_refresher_due_on": "Refresher due by",
            "evaluations_at_once": "Evaluations at once, at most",
            "is_active": "Works here and may sign in",
        }
        widgets = {"evaluator_trained_on": DateInput, "evaluator_refresher_due_on": DateInput}
        error_messages = {"email": {"unique": "Somebody with this e-mail address is here already."}}


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=Role)
    starts = forms.DateField(label="From", widget=DateInput)
    until = forms.DateField(label="Until (optional)", required=False, widget=DateInput)
    service_area = forms.ModelChoiceField(
        ServiceArea.objects.all(),
        label="Service area (optional)",
        required=False,
        empty_label="The whole Trust",
    )

    def clean(self):
        data = super().clean()
        if data.get("starts") and data.get("until") and data["until"] < data["starts"]:
            self.add_error("until", "The last day cannot be before the first.")
        return data


class AwayForm(forms.Form):
    away_from = forms.DateField(label="Away from", required=False, widget=DateInput)
    away_until = forms.DateField(label="Last day away", required=False, widget=DateInput)
    delegate = forms.ModelChoiceField(
        User.objects.none(),
        label="Who stands in?",
        required=False,
        empty_label="Nobody: my manager gets it",
        help_text="They get the mail that would have come to you.",
    )

    def __init__(self, *args, person: User, **kwargs):
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).exclude(pk=person.pk)
        self.fields["delegate"].queryset = people

    def clean(self):
        data = super().clean()
        first, last = data.get("away_from"), data.get("away_until")
        if last and not first and "away_from" not in self.errors:
            self.add_error("away_from", "Enter the first day away too.")
        if first and last and last < first:
            self.add_error("away_until", "The last day away cannot be before the first.")
        return data


class TeamForm(forms.Form):
    name = forms.CharField(label="Name of the team", max_length=80)
    service_area = forms.ModelChoiceField(ServiceArea.objects.all(), label="Service area")
    locality = forms.ModelChoiceField(Locality.objects.all(), label="Locality", required=False)
    manager = forms.ModelChoiceField(
        User.objects.filter(is_active=True), label="Manager", required=False
    )

    def clean_name(self):
        name = self.cleaned_data["name"]
        if Team.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError("There is a team with this name already.")
        return name


class StaffFileForm(forms.Form):
    file = forms.FileField(
        label="Staff list (CSV)",
        help_text=(
            "Columns: email, name, job title, staff number, team, service area, locality, "
            "manager email, roles, newly qualified. Up to 5 MB."
        ),
    )
