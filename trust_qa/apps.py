from django.apps import AppConfig


class TrustQAConfig(AppConfig):
    name = "trust_qa"
