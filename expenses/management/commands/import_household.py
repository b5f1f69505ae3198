from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from expenses.exports.contents import of
from expenses.exports.reading import OF_A_COMMAND, NotOurs, Package
from expenses.exports.restoring import Broken, Faulty, restore
from expenses.people.models import Household, Role, User
from expenses.shared.months import Month


class Command(BaseCommand):
    help = "Makes a household out of the ZIP file that export_household, or “Download everything”, has written."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--owner", metavar="EMAIL", required=True, help="who it belongs to, and signs in here")

    def handle(self, *args, file, owner, **options):
        user = User.objects.filter(email=owner.lower()).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {owner}. Nothing was written.")
        try:
            with Path(file).open("rb") as brought:
                taken = self.bring_in(Package(brought, inflated=OF_A_COMMAND), user)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except Faulty as faulty:
            more = " There may be more." if faulty.checked.is_cut else ""
            raise CommandError(
                "\n".join([*map(str, faulty.checked.faults), f"Nothing was written.{more}"])
            ) from faulty
        except (NotOurs, Broken) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{taken.household['name']} belongs to {user} now: {of(taken).sentence}.")
        if taken.strangers:
            self.stdout.write(f"What these wrote down counts as written by {user}: {', '.join(taken.strangers)}.")

    @transaction.atomic
    def bring_in(self, package, user):
        """Into a new household, which is not there where the file has a fault."""
        today = timezone.localdate()
        household = Household.objects.create(name="Brought in", budget_from=Month.of(today))
        household.add_member(user, Role.OWNER)
        return restore(package, household, by=user, on=today)
