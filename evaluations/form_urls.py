"""Which addresses do the pages of the form have?"""

from django.urls import path, register_converter

from evaluations import form_views as views
from evaluations.enums import PILLARS, Voice


class PillarConverter:
    """Only the pillars, so that no other word under an evaluation is taken for one."""

    regex = "|".join(PILLARS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class VoiceConverter(PillarConverter):
    regex = "|".join(Voice.values)


register_converter(PillarConverter, "pillar")
register_converter(VoiceConverter, "voice")

urlpatterns = [
    path("<int:pk>/glance/", views.GlancePage.as_view(), name="glance"),
    path("<int:pk>/<pillar:pillar>/", views.PillarPage.as_view(), name="pillar"),
    path("<int:pk>/feedback/<voice:voice>/", views.FeedbackPage.as_view(), name="feedback"),
    path("<int:pk>/experience/", views.ExperiencePage.as_view(), name="experience"),
    path("<int:pk>/strengths/", views.StrengthsPage.as_view(), name="strengths"),
    path("<int:pk>/message/", views.MessagePage.as_view(), name="message"),
    path("<int:pk>/overall/", views.OverallPage.as_view(), name="overall"),
    path("<int:pk>/check/", views.CheckPage.as_view(), name="check"),
]
