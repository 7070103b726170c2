"""The pages about people, roles, leave and teams."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView, FormView
from django_filters.views import FilterView

from accounts import actions, staff_file
from accounts.filters import PersonFilter
from accounts.forms import AwayForm, PersonForm, RoleForm, StaffFileForm, TeamForm
from accounts.models import RoleGrant, User
from workflow import access
from workflow.exceptions import Conflict


class People(FilterView):
    """The people this person may look up."""

    filterset_class = PersonFilter
    template_name = "accounts/people.html"
    paginate_by = 50
    strict = False

    def get_queryset(self):
        access.check(self.request.user, "user.directory")
        return (
            actions.directory(self.request.user)
            .select_related("team__service_area", "team__locality")
            .prefetch_related("grants")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["may_add"] = access.may(self.request.user, "user.create_disable")
        return context


class PersonMixin:
    """A page about one person: 404 unless they are in this person's directory."""

    @cached_property
    def person(self) -> User:
        return get_object_or_404(
            actions.directory(self.request.user).select_related("team__service_area", "delegate"),
            pk=self.kwargs["pk"],
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, person=self.person)

    def get_success_url(self) -> str:
        return self.person.get_absolute_url()


class Person(PersonMixin, DetailView):
    template_name = "accounts/person.html"

    def get_object(self, queryset=None):
        return self.person

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, today = self.request.user, timezone.localdate()
        grants = self.person.grants.select_related("service_area")
        hub = {"hub_officer", "hub_lead", "system_administrator"} & user.role_names
        return super().get_context_data(
            **kwargs,
            grants=[(grant, grant.until is None or grant.until >= today) for grant in grants],
            is_me=self.person.pk == user.pk,
            may_change=access.may(user, "user.create_disable"),
            may_set_away=self.person.pk == user.pk or bool(hub),
            may_grant=self.person.pk != user.pk
            and (
                access.may(user, "user.assign_ordinary_role")
                or access.may(user, "user.assign_privileged_role")
            ),
        )


class FormPage(FormView):
    """A form about people: a heading, a button, and refusals shown in place."""

    template_name = "includes/step.html"
    heading = button = done = ""

    def take(self, form) -> None:
        """Call the action with the cleaned form."""
        raise NotImplementedError

    def form_valid(self, form):
        try:
            self.take(form)
        except ValidationError as problem:
            form.add_error(None, problem.messages)
            return self.form_invalid(form)
        except Conflict as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, self.done)
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{
                "heading": self.heading,
                "button": self.button,
                "lede": "",
                "eyebrow": "",
                "back": reverse("accounts:people"),
                **kwargs,
            }
        )


class AddPerson(FormPage):
    form_class = PersonForm
    heading, button, done = "Add a person", "Add this person", "The person has been added."

    def dispatch(self, request, *args, **kwargs):
        access.check(request.user, "user.create_disable")
        return super().dispatch(request, *args, **kwargs)

    def take(self, form):
        self.added = actions.add_person(by=self.request.user, **form.cleaned_data)

    def get_success_url(self):
        return self.added.get_absolute_url()


class ChangePerson(PersonMixin, FormPage):
    form_class = PersonForm
    heading, button, done = "Change details", "Save these details", "The details have been saved."

    def dispatch(self, request, *args, **kwargs):
        access.check(request.user, "user.create_disable")
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": self.person}

    def take(self, form):
        fresh = User.objects.get(pk=self.person.pk)
        actions.change_person(fresh, by=self.request.user, **form.cleaned_data)


class SetAway(PersonMixin, FormPage):
    form_class = AwayForm
    heading, button = "Leave and who stands in", "Save the dates"
    done = "The dates have been saved."

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"person": self.person}

    def get_initial(self):
        return {
            "away_from": self.person.away_from,
            "away_until": self.person.away_until,
            "delegate": self.person.delegate_id,
        }

    def take(self, form):
        actions.set_away(self.person, by=self.request.user, **form.cleaned_data)


class GrantRole(PersonMixin, FormPage):
    form_class = RoleForm
    heading, button, done = "Give a role", "Give this role", "The role has been given."

    def dispatch(self, request, *args, **kwargs):
        if not access.may(request.user, "user.assign_privileged_role"):
            access.check(request.user, "user.assign_ordinary_role")
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        return {"starts": timezone.localdate()}

    def take(self, form):
        actions.grant_role(self.person, by=self.request.user, **form.cleaned_data)


class EndRole(PersonMixin, FormPage):
    form_class = Form
    heading, button, done = "End this role", "End this role today", "The role has been ended."

    def take(self, form):
        grant = get_object_or_404(RoleGrant, pk=self.kwargs["grant"], user=self.person)
        actions.end_role(grant, by=self.request.user)


class AddTeam(FormPage):
    form_class = TeamForm
    heading, button, done = "Add a team", "Add this team", "The team has been added."

    def dispatch(self, request, *args, **kwargs):
        access.check(request.user, "team.edit")
        return super().dispatch(request, *args, **kwargs)

    def take(self, form):
        actions.add_team(by=self.request.user, **form.cleaned_data)

    def get_success_url(self):
        return reverse("accounts:people")


class ImportStaff(FormPage):
    form_class = StaffFileForm
    template_name = "accounts/staff_file.html"
    heading, button = "Import the staff list", "Check and apply this file"

    def dispatch(self, request, *args, **kwargs):
        access.check(request.user, "user.create_disable")
        return super().dispatch(request, *args, **kwargs)

    def take(self, form):
        staff = staff_file.read(form.cleaned_data["file"])
        self.problems = staff.problems
        if staff.problems:
            raise Conflict("Nothing was stored. Mend what is listed below and upload it again.")
        counts = staff_file.apply(staff, by=self.request.user)
        self.done = ", ".join(f"{number} {word}" for word, number in counts.items())

    def get_success_url(self):
        return reverse("accounts:people")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, problems=getattr(self, "problems", []))
