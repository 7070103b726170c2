"""A person at a browser without JavaScript: opens a page, fills in its form, presses a button.

Only what the page offers can be sent: a field it does not have, or an answer that is not among its
radios, is a failure of the page and not something to post around.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client


@dataclass
class Field:
    """The controls of one name: what they would send now, and what they could send."""

    kind: str
    values: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)


@dataclass
class PageForm:
    """One form of a page."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class FormReader(HTMLParser):
    """Finds the forms of a page, with controls that belong to one by `form="…"` too."""

    def __init__(self, html: str):
        super().__init__()
        self.forms: list[PageForm] = []
        self.by_id: dict[str, PageForm] = {}
        self.now: PageForm | None = None
        self.loose: list[tuple[str, dict[str, str]]] = []
        self.select: Field | None = None
        self.is_many = False
        self.text_area: Field | None = None
        self.text = ""
        self.feed(html)
        for tag, attrs in self.loose:  # a button may stand above its form
            self.control(self.by_id[attrs["form"]], tag, attrs)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.now = PageForm(told.get("action", ""), told.get("method", "get").lower())
            self.forms.append(self.now)
            if "id" in told:
                self.by_id[told["id"]] = self.now
        elif tag == "option" and self.select is not None:
            self.select.offered.append(told.get("value", ""))
            if "selected" in told:
                self.select.values.append(told.get("value", ""))
        elif tag in {"input", "textarea", "select", "button"} and "disabled" not in told:
            if told.get("form"):
                self.loose.append((tag, told))
            elif self.now is not None:
                self.control(self.now, tag, told)

    def control(self, form: PageForm, tag: str, told: dict[str, str]) -> None:
        name, kind = told.get("name", ""), told.get("type", "text") if tag == "input" else tag
        if tag == "button" or kind == "submit":
            form.buttons.append((name, told.get("value", "")))
            return
        if not name:
            return
        held = form.fields.setdefault(name, Field(kind))
        if kind in {"checkbox", "radio"}:
            value = told.get("value", "on")
            held.offered.append(value)
            if "checked" in told:
                held.values.append(value)
        elif kind == "select":
            self.select, self.is_many = held, "multiple" in told
        elif kind == "textarea":
            self.text_area, self.text = held, ""
        elif kind != "file":
            held.values.append(told.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.text_area is not None:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.now = None
        elif tag == "select" and self.select is not None:
            if not self.select.values and self.select.offered and not self.is_many:
                self.select.values = self.select.offered[:1]
            self.select = None
        elif tag == "textarea" and self.text_area is not None:
            self.text_area.values.append(self.text.removeprefix("\n"))
            self.text_area = None


def forms_of(response) -> list[PageForm]:
    """The forms that post on this page, but for signing out."""
    found = FormReader(response.content.decode()).forms
    return [form for form in found if form.method == "post" and "logout" not in form.action]


class Visitor:
    """One signed-in person."""

    def __init__(self, client: Client):
        self.client = client

    def status(self, address: str) -> int:
        """What opening this address gives."""
        return self.client.get(address).status_code

    def open(self, address: str) -> str:
        """The words of a page, on one line."""
        response = self.client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        return " ".join(response.content.decode().split())

    def send(self, address: str, filled: dict[str, Any] | None = None, *, to: str = "") -> Any:
        """Open a page, fill in its form (the one that posts `to` an address), press its button.

        Gives the page one lands on. A button with a name is pressed by naming it in `filled`.
        """
        page = self.client.get(address)
        assert page.status_code == 200, (address, page.status_code)
        (form,) = [form for form in forms_of(page) if not to or form.action == to]
        response = self.client.post(form.action or address, self.body(form, filled or {}))
        assert response.status_code == 302, (address, response.status_code, problems(response))
        landed = self.client.get(response.url)
        while landed.status_code == 302:
            landed = self.client.get(landed.url)
        assert landed.status_code == 200, (response.url, landed.status_code)
        return landed

    def body(self, form: PageForm, filled: dict[str, Any]) -> dict[str, Any]:
        """What the browser would send: the form as it stands, with these fields filled in."""
        sent = {name: held.values for name, held in form.fields.items() if held.values}
        for name, value in filled.items():
            if (name, value) in form.buttons:
                sent[name] = [value]
                continue
            assert name in form.fields, f"The page has no field {name}: {sorted(form.fields)}"
            held = form.fields[name]
            values = value if isinstance(value, list) else [value]
            if held.offered:
                assert set(values) <= set(held.offered), (name, values, held.offered)
            sent[name] = values
        return sent


def problems(response) -> list[str]:
    """The sentences of a page's error summary, for the message of a failing test."""
    text = response.content.decode()
    start = text.find("govuk-error-summary")
    return [" ".join(text[start : start + 1500].split())] if start >= 0 else []
