"""Fills an empty database with a household to look at, and says how to sign in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from expenses.people.models import Household, User
from expenses.welcome import demo


class Command(BaseCommand):
    help = "Make a demo household in an empty database. Changes nothing where there is data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="say nothing about data that is there already")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Everybody knows the demo’s passwords, so it needs DEBUG=1. Nothing was changed.")
        if not (User.objects.exists() or Household.objects.exists()):
            household = demo.make(today=timezone.localdate())
            self.stdout.write(f"Made the household “{household}” with {demo.made(household)}, up to today.")
        elif not options["if_empty"]:
            self.stdout.write("There is data in this database already. Nothing was changed.")
        self.say_how_to_sign_in()

    def say_how_to_sign_in(self) -> None:
        """Only what would work: in somebody’s own database these people are not there, or have other passwords."""
        doors = ((demo.OWNER, "Sign in"), (demo.ADMIN, "Sign in to the admin"))
        stored = dict(User.objects.filter(email__in=[email for email, _ in doors]).values_list("email", "password"))
        for email, door in doors:
            if email in stored and check_password(demo.PASSWORD, stored[email]):
                self.stdout.write(f"{door} as {email} with the password {demo.PASSWORD}")
