"""The pages of one's own notices and of what the service has sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.generic import ListView

from notifications import actions, kinds
from notifications.filters import ReminderFilter
from notifications.models import Reminder
from workflow import access
from workflow.views import ListPage, StepPage


class Inbox(ListView):
    """What the service has told me."""

    template_name = "notifications/inbox.html"
    paginate_by = 25

    def get_queryset(self):
        access.check(self.request.user, "notification.view_own_inbox")
        return Reminder.objects.inbox_of(self.request.user).select_related("instead_of")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for notice in context["object_list"]:
            notice.sentence = kinds.sentence(notice)
            notice.why = kinds.why(notice)
        return context


class Open(View):
    """Open the record a notice is about, and note that it was read."""

    def post(self, request, pk):
        notice = get_object_or_404(Reminder.objects.filter(recipient=request.user), pk=pk)
        actions.mark_read(notice, by=request.user)
        if not url_has_allowed_host_and_scheme(notice.link, allowed_hosts=None):
            return HttpResponseRedirect("/")
        return HttpResponseRedirect(notice.link)


class Outbox(ListPage):
    """What was sent to whom about what, delivered or not."""

    model = Reminder
    filterset_class = ReminderFilter
    template_name = "notifications/outbox.html"
    trail_view = False

    def get_queryset(self):
        access.check(self.request.user, "outbox.view_metadata")
        return Reminder.objects.permitted(self.request.user, "outbox.view_metadata").select_related(
            "recipient", "instead_of"
        )


class ResendForm(forms.Form):
    reason = forms.CharField(label="Why send it again?", max_length=500)


class Resend(StepPage):
    model = Reminder
    action = "notification.resend"
    form_class = ResendForm
    heading = "Send this message again"
    button = "Send it again"
    done = "The message will go out again."
    trail_view = False

    def take(self, form):
        actions.resend(self.record, by=self.request.user, **form.cleaned_data)

    def get_success_url(self):
        return "/notices/sent/"
