from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from expenses.ledger import totals
from expenses.people.models import Household


class Command(BaseCommand):
    help = "Counts the monthly totals anew from the expenses, after somebody wrote to the tables by other means."

    def add_arguments(self, parser):
        parser.add_argument("household", nargs="*", type=int, help="ids of households; all of them without one")

    def handle(self, *args, household, **options):
        households = Household.objects.order_by("pk")
        if household:
            households = households.filter(pk__in=household)
            unknown = set(household) - set(households.values_list("pk", flat=True))
            if unknown:
                raise CommandError(f"There is no household {', '.join(map(str, sorted(unknown)))}.")
        pks = list(households.values_list("pk", flat=True))
        for pk in pks:
            close_old_connections()
            self._rebuild(pk)
        self.stdout.write(f"{len(pks)} household{'' if len(pks) == 1 else 's'} counted.")

    def _rebuild(self, pk):
        household = Household.objects.filter(pk=pk).first()
        if household is None:  # deleted meanwhile
            return
        self.stdout.write(f"{pk} {household}: {totals.rebuild(household)} totals")
