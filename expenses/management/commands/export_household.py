from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from expenses.exports.writing import write
from expenses.people.models import Household


class Command(BaseCommand):
    help = "Writes everything a household has into a ZIP file, as the page “Download everything” does."

    def add_arguments(self, parser):
        parser.add_argument("household", type=int, metavar="ID")
        parser.add_argument("file", metavar="FILE", help="a file that is not there yet")

    def handle(self, *args, household, file, **options):
        found = Household.objects.filter(pk=household).first()
        if found is None:
            raise CommandError(f"There is no household {household}.")
        try:
            with Path(file).open("xb") as written:
                write(found, written, at=timezone.now())
        except FileExistsError as error:
            raise CommandError(f"{file} is there already. Nothing was written.") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{found} is in {file}, {Path(file).stat().st_size:,} bytes.")
