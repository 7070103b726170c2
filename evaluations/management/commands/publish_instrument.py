"""How does a form get from a file into the service?"""

from pathlib import Path

import yaml
from django.conf import settings
from django.core.management import BaseCommand, CommandError

from accounts.models import User
from evaluations import instrument
from workflow.exceptions import Conflict, NotPermitted


class Command(BaseCommand):
    help = "Publish a version of the evaluation form from a YAML file. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument(
            "file", nargs="?", default=str(settings.INSTRUMENT_FILE), help="the form, as YAML"
        )
        parser.add_argument("--by", help="e-mail address of the person who publishes it")

    def handle(self, *args, **options):
        by = None
        if options["by"]:
            by = User.objects.filter(email__iexact=options["by"]).first()
            if by is None:
                raise CommandError(f"Nobody here has the address {options['by']}.")
        try:
            content = yaml.safe_load(Path(options["file"]).read_text(encoding="utf-8"))
            published, is_new = instrument.publish(content, by=by)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        except yaml.YAMLError as error:
            raise CommandError(f"The file is not YAML: {error}") from error
        except (Conflict, NotPermitted) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{published} {'published' if is_new else 'is published already'}.")
