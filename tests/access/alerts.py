from expenses.alerts.crossing import Threshold
from expenses.alerts.models import Alert
from tests.access import Page
from tests.alerts import NOV


def alert(people):
    raised = Alert.objects.create(
        household=people.household, category=people.food, month=NOV, threshold=Threshold.OVER, armed=False, round=1
    )
    return {"pk": raised.pk}


PAGES = [Page("alerts:dismiss", "post", alert, {}, 404, 403, 302, 302)]
