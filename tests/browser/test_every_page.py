"""Does every page, as every person of the demonstration sees it, pass axe at both widths?"""

import os

import pytest
from django.core.management import call_command

from accounts.models import User
from tests.browser.conftest import DESK, PHONE
from tests.crawling import crawl

# Pages that differ by who looks at them: looked at as each person.
BY_PERSON = {"home", "evaluations:detail", "recommendations:detail", "moderation:case"}


@pytest.mark.skipif(
    not os.environ.get("EVERY_PAGE"), reason="takes minutes: EVERY_PAGE=1 bin/test tests/browser"
)
@pytest.mark.django_db(transaction=True)
def test_every_page_is_accessible_and_fits(new_page, sign_in, browse, axe, fits):
    call_command("demo")
    done: set[tuple[str, str]] = set()
    wrong: list[str] = []
    for person in User.objects.filter(password__startswith="md5").order_by("pk"):
        desk, phone = (sign_in(new_page(size), person) for size in (DESK, PHONE))
        for address, (name, status) in crawl(browse(person), at_most_each=1).items():
            key = (name, person.email if name in BY_PERSON else "")
            if status != 200 or key in done:
                continue
            done.add(key)
            for page in (desk, phone):
                page.goto(address)
                for check in (axe, fits):
                    try:
                        check(page)
                    except AssertionError as failure:
                        wrong.append(f"{page.viewport_size['width']} {name} {failure}")
        desk.context.close()
        phone.context.close()

    assert wrong == []
    assert len(done) > 40
