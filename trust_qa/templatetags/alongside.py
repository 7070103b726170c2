"""How are grades, dates, stages, evidence and people shown on a page?

Words first, shape second, colour last: every mark carries its words, so that it survives
greyscale, a photocopier and a screen reader. All marks are symbols of `includes/sprite.html`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from trust_qa.form_errors import plain_errors

register = template.Library()
register.filter("plain_errors", plain_errors)

# Grade value → (symbol, tone of the stylesheet, words).
GRADES = {
    "outstanding": ("gm-4", 4, "Outstanding"),
    "good": ("gm-3", 3, "Good"),
    "requires_improvement": ("gm-2", 2, "Requires improvement"),
    "inadequate": ("gm-1", 1, "Inadequate"),
    "": ("gm-0", 0, "Not graded yet"),
}
DUE = {"late": "late", "soon": "soon", "ok": "ok", "done": "ok", "wait": "quiet"}
SOON = timedelta(days=14)
# Recommendation state → (how many of the five marks are filled, words).
STAGES = {
    "draft": (0, "Draft"),
    "agreed": (1, "Agreed"),
    "under_way": (2, "Under way"),
    "done": (3, "Done"),
    "checked": (4, "Checked"),
    "loop_closed": (5, "Loop closed"),
}
ENDED_EARLY = {"withdrawn": "Withdrawn", "superseded": "Replaced by another"}
EVIDENCE = {
    "clear": ("e-full", "Clear"),
    "part": ("e-half", "In part"),
    "none": ("e-none", "Not found"),
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _as_date(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    return value


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


# Marks -------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, width: int = 14, height: int = 14) -> SafeString:
    """Draw a symbol of the sprite, hidden from screen readers: words always stand beside it."""
    return format_html(
        '<svg width="{}" height="{}" aria-hidden="true" focusable="false">'
        '<use href="#{}"></use></svg>',
        width,
        height,
        name,
    )


def _graded(kind: str, value: str, elements: bool, elements_words: str, text: str) -> SafeString:
    symbol, tone, words = GRADES.get(str(value or ""), GRADES[""])
    if elements and value == "good":
        symbol, words = "gm-3p", elements_words
    return format_html(
        '<span class="tr-{} tr-{}--{}">{}{}</span>',
        kind,
        kind,
        tone,
        icon(symbol, 32, 16),
        text or words,
    )


@register.simple_tag
def grade(value: str, elements: bool = False, text: str = "") -> SafeString:
    """Show a grade quietly, for tables: the pillar mark and its words."""
    return _graded("grade", value, elements, "Good, elements of Outstanding", text)


@register.simple_tag
def grade_chip(value: str, elements: bool = False, text: str = "") -> SafeString:
    """Show a grade strongly: once or twice on a page, never in a list."""
    return _graded("chip", value, elements, "Good, with elements of Outstanding", text)


@register.simple_tag
def due(kind: str, text: str) -> SafeString:
    """Show a time mark with these words. Kinds: late, soon, ok, done, wait."""
    kind = kind if kind in DUE else "wait"
    return format_html(
        '<span class="tr-due tr-due--{}">{}{}</span>', DUE[kind], icon(f"i-{kind}"), text
    )


@register.simple_tag
def due_on(when: date | datetime | None, today: date | None = None) -> SafeString | str:
    """Say how a due date stands: overdue, due within 14 days, or further away. None says nothing.

    A moment (a datetime) that has passed today is overdue since its clock time.
    """
    if not when:
        return ""
    day, today = _as_date(when), today or timezone.localdate()
    left = (day - today).days
    if left < 0:
        return due("late", f"Overdue {_days(-left)}")
    if left == 0:
        if isinstance(when, datetime) and timezone.is_aware(when) and when < timezone.now():
            return due("late", f"Overdue since {clock(when)}")
        return due("soon", "Due today")
    if left == 1:
        return due("soon", "Due tomorrow")
    if left <= SOON.days:
        return due("soon", f"Due in {_days(left)}")
    return due("ok", f"Due {short_day(day, today)}")


@register.simple_tag
def loop_mark(stage: str, text: str = "") -> SafeString:
    """Show how far a recommendation has come: five marks, filled from Agreed to Loop closed."""
    stage = str(stage)
    if stage in ENDED_EARLY:
        return format_html('<span class="tr-loop">{}</span>', text or ENDED_EARLY[stage])
    filled, words = STAGES.get(stage, STAGES["draft"])
    return format_html(
        '<span class="tr-loop">{}<span>{}{}</span></span>',
        icon(f"lp-{filled}", 70, 14),
        format_html('<span class="govuk-visually-hidden">Stage {} of 5: </span>', filled)
        if filled
        else "",
        text or words,
    )


@register.simple_tag
def evidence_mark(clarity: str) -> SafeString:
    """Show how clearly the record shows it: clear, part or none."""
    symbol, words = EVIDENCE.get(str(clarity or ""), EVIDENCE["none"])
    return format_html('<span class="tr-evd">{}{}</span>', icon(symbol), words)


# Bars --------------------------------------------------------------------------------------------

# Segment key → (fill, ink of the number, edge, halo behind the number).
FILLS = {
    "outstanding": ("#12436d", "#fff", "", ""),
    "good_elements": ("url(#pt-dot)", "#fff", "", "#12436d"),
    "good": ("#2073bc", "#fff", "", ""),
    "requires_improvement": ("#f5c26b", "#16202a", "#8a5a00", ""),
    "inadequate": ("url(#pt-hatch)", "#fff", "", "#6b2d00"),
    "count": ("#54626f", "#fff", "", ""),
    "count_2": ("#8b958f", "#16202a", "", ""),
    "gap": ("url(#pt-stripe)", "#16202a", "#5d675f", "#ffffff"),
    "evergreen": ("#17594a", "#fff", "", ""),
    "late": ("#8f1527", "#fff", "", ""),
    "empty": ("#eceae3", "#16202a", "", ""),
}
GRADE_KEY = ("outstanding", "good_elements", "good", "requires_improvement", "inadequate")
NARROWEST_LABELLED = 4.0  # per cent of the bar; a number would not fit in less


def _edge(key: str) -> SafeString | str:
    edge = FILLS[key][2]
    return format_html(' stroke="{}" stroke-width="1.5"', edge) if edge else ""


@register.simple_tag
def stacked_bar(segments, total: float | None = None, height: int = 30) -> SafeString:
    """Draw parts of a whole as one bar of (value, key) or (value, key, label) segments.

    Hidden from screen readers: the same figures stand in cells beside it. Geometry is in
    percentages and attributes, so that text keeps its size and no inline style is needed.
    """
    segments = [tuple(segment) for segment in segments]
    total = total or sum(value for value, *_ in segments)
    drawn, x = [], 0.0
    for value, key, *label in segments:
        if not value or not total:
            continue
        fill, ink, _, halo = FILLS[key]
        width = value * 100.0 / total
        drawn.append(
            format_html(
                '<rect x="{}%" y="1" width="{}%" height="{}" fill="{}"{}></rect>',
                f"{x + 0.15:.2f}",
                f"{max(width - 0.45, 0.3):.2f}",
                height - 2,
                fill,
                _edge(key),
            )
        )
        words = label[0] if label else value
        if words not in (None, "") and width >= NARROWEST_LABELLED:
            drawn.append(
                format_html(
                    '<text x="{}%" y="{}" fill="{}"{}>{}</text>',
                    f"{x + width / 2:.2f}",
                    f"{height / 2:g}",
                    ink,
                    format_html(
                        ' stroke="{}" stroke-width="5" paint-order="stroke"'
                        ' stroke-linejoin="round"',
                        halo,
                    )
                    if halo
                    else "",
                    words,
                )
            )
        x += width
    return format_html(
        '<svg class="tr-bar" height="{}" aria-hidden="true" focusable="false">{}</svg>',
        height,
        mark_safe("".join(drawn)),  # noqa: S308  every piece came from format_html
    )


@register.simple_tag
def swatch(key: str) -> SafeString:
    """Draw the small square that stands for a segment in a key."""
    return format_html(
        '<svg width="16" height="16" aria-hidden="true" focusable="false">'
        '<rect x="1" y="1" width="14" height="14" fill="{}"{}></rect></svg>',
        FILLS[key][0],
        _edge(key),
    )


@register.simple_tag
def grade_key() -> SafeString:
    """List the grades with their swatches, in the order the bars use."""
    words = {key: found[2] for key, found in GRADES.items()}
    words["good_elements"] = "Good, with elements of Outstanding"
    return format_html(
        '<ul class="tr-key">{}</ul>',
        format_html_join("", "<li>{}{}</li>", ((swatch(key), words[key]) for key in GRADE_KEY)),
    )


# Words -------------------------------------------------------------------------------------------


@register.filter
def long_date(value: date | datetime | None) -> str:
    """17 March 2026. None says nothing."""
    if not value:
        return ""
    day = _as_date(value)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


@register.filter
def full_date(value: date | datetime | None) -> str:
    """Tuesday 17 March 2026. None says nothing."""
    return f"{_as_date(value):%A} {long_date(value)}" if value else ""


@register.filter
def short_day(value: date | datetime | None, today: date | None = None) -> str:
    """Tue 17 March, with the year when it is not this one. None says nothing."""
    if not value:
        return ""
    day, today = _as_date(value), today or timezone.localdate()
    words = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return words if day.year == today.year else f"{words} {day.year}"


@register.filter
def clock(value: datetime | None) -> str:
    """2:32pm, 10am, noon, midnight. None says nothing."""
    if not value:
        return ""
    moment = timezone.localtime(value) if timezone.is_aware(value) else value
    if moment.minute == 0 and moment.hour in (0, 12):
        return "noon" if moment.hour else "midnight"
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes}{'pm' if moment.hour >= 12 else 'am'}"


@register.filter
def moment(value: datetime | None) -> str:
    """Tuesday 17 March 2026 at 2:32pm. None says nothing."""
    return f"{full_date(value)} at {clock(value)}" if value else ""


@register.filter
def days(count: int | None) -> str:
    """1 day, 5 days. None says nothing."""
    return "" if count is None else _days(count)


@register.filter
def of(part: int, whole: int) -> str:
    """11 of 17 (65%): counts first, a percentage never alone."""
    if not whole:
        return f"{part} of {whole}"
    return f"{part} of {whole} ({round(part * 100 / whole)}%)"


@register.filter
def person(user) -> str:
    """A person's name, or words for nobody."""
    if user is None or user == "":
        return "Nobody yet"
    return getattr(user, "name", "") or getattr(user, "email", "") or str(user)


@register.simple_tag(takes_context=True)
def nonce(context) -> SafeString | str:
    """The attribute that lets this page's scripts run under the content policy."""
    value = getattr(context.get("request"), "csp_nonce", "")
    return format_html('nonce="{}"', value) if str(value) else ""


# Forms -------------------------------------------------------------------------------------------


@register.simple_tag
def errors_of(*forms) -> list[dict[str, str]]:
    """Every error of these forms and formsets, each with the id of the field to go to.

    A form answers once: the page frame and a page may both ask for the summary, and only the first
    shows it.
    """
    found: list[dict[str, str]] = []
    for form in forms:
        if not form or not getattr(form, "is_bound", False) or getattr(form, "_summarised", False):
            continue
        form._summarised = True
        if hasattr(form, "forms"):
            found += [{"text": str(text), "target": ""} for text in form.non_form_errors()]
            for one in form.forms:
                found += errors_of(one)
            continue
        whole = next((first_control(field) for field in form.visible_fields()), "")
        found += [{"text": str(text), "target": whole} for text in form.non_field_errors()]
        for field in form:
            target = first_control(field)
            found += [{"text": text, "target": target} for text in plain_errors(field)]
    return found


@register.simple_tag(takes_context=True)
def errors_here(context) -> list[dict[str, str]]:
    """Every error of the page's `form`, and of `also` (a form or formset) where there is one."""
    return errors_of(context.get("form"), context.get("also"))


@register.filter
def first_control(field) -> str:
    """The id of the control that an error link goes to: the first of a group, or the only one."""
    if field.is_hidden or not field.auto_id:
        return ""
    if field.use_fieldset:
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id


@register.simple_tag(takes_context=True)
def chosen_filters(context, filterset) -> list[dict[str, str]]:
    """The filters that are on, each with its words and the address without it."""
    request = context.get("request")
    query = request.GET if request else filterset.data
    chosen = []
    for name, field in filterset.form.fields.items():
        key = filterset.form.add_prefix(name)
        labels = _labels(field)
        for value in query.getlist(key):
            if not value:
                continue
            rest = query.copy()
            rest.setlist(key, [other for other in query.getlist(key) if other != value])
            rest.pop("page", None)
            words = labels.get(value, value)
            plain = f"{field.label or filterset.form[name].label}: {words}"
            chosen.append({"words": words if labels else plain, "without": f"?{rest.urlencode()}"})
    return chosen


def _labels(field) -> dict[str, str]:
    """Value → words for a field with choices, groups opened; empty for any other field."""
    labels: dict[str, str] = {}
    for value, words in getattr(field, "choices", ()):
        if isinstance(words, (list, tuple)):
            labels.update((str(inner), str(text)) for inner, text in words)
        else:
            labels[str(value)] = str(words)
    labels.pop("", None)
    return labels


@register.filter
def page_numbers(page) -> list[int]:
    """Page numbers to offer: the ends, this one and its neighbours; 0 stands for a gap."""
    last = page.paginator.num_pages
    near = sorted(
        {1, last} | {n for n in range(page.number - 1, page.number + 2) if 1 <= n <= last}
    )
    shown: list[int] = []
    for number in near:
        if shown and number - shown[-1] > 1:
            shown.append(0 if number - shown[-1] > 2 else number - 1)
        shown.append(number)
    return shown


@register.filter
def when_words(value) -> str:
    """A moment or a day in full words; words are left as they are."""
    if isinstance(value, datetime):
        return moment(value)
    return full_date(value) if isinstance(value, date) else str(value or "")
