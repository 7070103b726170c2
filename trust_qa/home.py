"""What does each person see first?"""

from django.views.generic import TemplateView


class Home(TemplateView):
    template_name = "home.html"


class Safety(TemplateView):
    template_name = "safety.html"
