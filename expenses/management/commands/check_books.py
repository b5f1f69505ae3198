from django.core.management.base import BaseCommand, CommandError

from expenses.budgets.books import Books, look, one_moment
from expenses.people.models import Household

CHUNK = 200  # households whose rows are looked at together


class Command(BaseCommand):
    help = "Proves that the books of every household balance, and says what is wrong where they do not: exit code 1."

    def add_arguments(self, parser):
        parser.add_argument("--household", type=int, metavar="ID", help="this one alone")

    def handle(self, *args, household=None, **options):
        if household is not None and not Household.objects.filter(pk=household).exists():
            raise CommandError(f"There is no household {household}.")
        checked = wrong = 0
        for pks in chunks(household):
            with one_moment():
                amiss = look(pks, thorough=True)
            for pk in pks:
                faults = self.faults(pk, amiss[pk])
                checked += faults is not None
                wrong += bool(faults)
        said = f"{checked:,} household{'' if checked == 1 else 's'}, {checked - wrong:,} balance"
        if wrong:
            raise CommandError(f"{said}, {wrong:,} do{'es' if wrong == 1 else ''} not.")
        self.stdout.write(f"{said}.")

    def faults(self, pk, amiss):
        """What is wrong in a household, told; None where it was deleted meanwhile."""
        with one_moment():
            household = Household.objects.filter(pk=pk).first()
            if household is None:
                return None
            running = household.month_of(household.today())
            month = max(running, household.month(household.budget_from))
            faults = Books.of(household, month, thorough=True, amiss=amiss).faults
        if faults:
            self.stdout.write(f"{pk} {household}: {' '.join(faults)}")
        return faults


def chunks(only):
    """Ids of households, some at a time: neither a cursor nor a list of all of them is kept."""
    if only is not None:
        yield [only]
        return
    last = 0
    while pks := list(Household.objects.order_by("pk").filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        yield pks
        last = pks[-1]
