"""The frame of every page, in a real browser: reachable, readable, within the content policy."""

import pytest
from django.urls import reverse

NARROW = {"width": 320, "height": 640}
PUBLIC = ["help", "accessibility", "privacy", "account_login", "account_reset_password"]


@pytest.fixture
def person(db):
    from accounts.models import User

    return User.objects.create_user("ruth@demo.example", "sit-alongside-demo", name="Ruth Adeleke")


@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages_pass_axe_at_both_widths_and_reflow(new_page, axe, fits, name):
    from tests.browser.conftest import DESK, PHONE

    for viewport in (DESK, PHONE, NARROW):
        page = new_page(viewport)
        page.goto(reverse(name))
        fits(page)
        if viewport != NARROW:
            axe(page)


def test_the_first_stop_skips_to_the_words(page):
    page.goto(reverse("help"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_wrong_password_is_told_in_the_title_and_in_a_summary_with_the_focus(page, axe, person):
    page.goto(reverse("account_login"))
    page.fill("#id_login", person.email)
    page.fill("#id_password", "not the password")
    page.click("main button[type=submit]")
    assert page.title().startswith("Error: Sign in")
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    assert page.input_value("#id_login") == person.email
    assert page.inner_text("#id_password_error").split("\n") == [
        "Error:",
        "Check your e-mail address and password, then try again.",
    ]
    axe(page)


def test_nothing_typed_is_told_beside_each_field(page, person):
    page.goto(reverse("account_login"))
    page.click("main button[type=submit]")
    assert page.locator(".govuk-error-summary__list a").all_inner_texts() == [
        "Enter e-mail address",
        "Enter password",
    ]
    page.click("text=Enter password >> nth=0")
    assert page.evaluate("document.activeElement.id") == "id_password"


def test_password_managers_and_pasting_work(page):
    page.goto(reverse("account_login"))
    assert page.get_attribute("#id_login", "autocomplete") == "email"
    assert page.get_attribute("#id_password", "autocomplete") == "current-password"
    assert page.get_attribute("#id_password", "onpaste") is None


def test_somebody_signed_in_has_their_name_and_signs_out_by_a_button(page, sign_in, person):
    sign_in(page, person).goto(reverse("help"))
    assert page.inner_text(".tr-account__who") == "Ruth Adeleke"
    page.click("text=Sign out")
    page.goto(reverse("help"))
    assert page.locator(".tr-account__who").count() == 0


def test_the_frame_works_without_javascript(new_page, person):
    page = new_page(java_script_enabled=False)
    page.goto(reverse("account_login"))
    page.fill("#id_login", person.email)
    page.fill("#id_password", "not the password")
    page.click("main button[type=submit]")
    assert page.locator(".govuk-error-summary").is_visible()


def test_a_page_that_is_not_there_says_what_to_do(page, page_errors, sign_in, person, axe):
    sign_in(page, person).goto("/no-such-page/")
    assert page.inner_text("h1") == "We cannot find that page"
    axe(page)
    (only,) = page_errors
    assert "404" in only
    page_errors.clear()


def test_the_typeface_is_our_own(page):
    page.goto(reverse("help"))
    assert page.evaluate("document.fonts.check('16px \"Public Sans\"')")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily").startswith(
        '"Public Sans"'
    )
