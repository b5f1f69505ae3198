"""Every setting, fed by the environment (.env.example names each variable). docs/deploy.md says how to host it."""

import sys
from pathlib import Path
from typing import Any

import dj_database_url
import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from budget_tracker import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# These need neither a secret nor a database: collectstatic runs while a slug is built, read_statement reads a file.
BUILDING = sys.argv[1:2] in (["collectstatic"], ["read_statement"])

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not (DEBUG or BUILDING):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random text, for example the output of "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'."
        )
    SECRET_KEY = "for-development-only-not-a-secret"  # noqa: S105  (serves nobody: DEBUG or a build)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[f"https://{host}" for host in ALLOWED_HOSTS])
SITE_URL = env.str("SITE_URL", default="").rstrip("/")

INSTALLED_APPS = [
    "expenses",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "budget_tracker.health.HealthMiddleware",
    "budget_tracker.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "budget_tracker.packing.PackingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "expenses.shared.redirects.HtmxRedirectMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "expenses.people.middleware.HouseholdMiddleware",
    "expenses.recurring.middleware.CatchUpMiddleware",
    "expenses.alerts.middleware.AlertsMiddleware",
    "expenses.shared.races.RaceMiddleware",
    "expenses.shared.faults.FaultStatusMiddleware",
]

ROOT_URLCONF = "budget_tracker.urls"
WSGI_APPLICATION = "budget_tracker.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "expenses.shared.forms.Renderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["expenses.templatetags.budget", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "expenses.people.context.household",
                "expenses.alerts.context.notices",
            ],
        },
    }
]

# ── database ──────────────────────────────────────────────────────────────────────────────────────
# Persistent connections with a health check before each request: an idle connection that the server or a
# suspended compute has dropped is replaced, not answered with a 500.

CONNECTION_LIFETIME = env.int("DB_CONN_MAX_AGE", default=600)


def database(url: str) -> dict[str, Any]:
    """Django's settings for one database URL, with what a remote Postgres or a busy SQLite needs."""
    config: dict[str, Any] = dict(
        dj_database_url.parse(url, conn_max_age=CONNECTION_LIFETIME, conn_health_checks=True)
    )
    options = config.setdefault("OPTIONS", {})
    if config["ENGINE"] == "django.db.backends.sqlite3":
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 20)
        options.setdefault("init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    else:
        # A transaction-pooled endpoint gives each transaction another server: no cursor may outlive one.
        config["DISABLE_SERVER_SIDE_CURSORS"] = True
        options.setdefault("connect_timeout", 10)  # longer than a suspended compute takes to wake
        options.setdefault("application_name", "budget-tracker")
        if config.get("HOST") not in ("", "localhost", "127.0.0.1", "::1") and not config["HOST"].startswith("/"):
            options.setdefault("sslmode", "require")
            options.setdefault("keepalives", 1)
            options.setdefault("keepalives_idle", 30)
            options.setdefault("keepalives_interval", 10)
            options.setdefault("keepalives_count", 3)
            options.setdefault("tcp_user_timeout", 30000)
    return config


DATABASE_URL = env.str("DATABASE_URL", default="")
if not DATABASE_URL:
    if not (DEBUG or BUILDING):
        raise ImproperlyConfigured(
            "DATABASE_URL is not set. Set it to the address of a Postgres database, "
            "for example postgres://user:password@host/name."
        )
    DATABASE_URL = f"sqlite:///{BASE_DIR / 'budget.sqlite3'}"

DATABASES = {"default": database(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3") and not (DEBUG or BUILDING or env.bool("ALLOW_SQLITE", False)):
    raise ImproperlyConfigured(
        "DATABASE_URL names an SQLite file, and most hosts forget their disk at each deploy. "
        "Use a Postgres database, or set ALLOW_SQLITE=1 if this disk stays."
    )

# Migrations need a session of their own (locks, DDL), which a transaction pooler cannot give.
DATABASE_URL_UNPOOLED = env.str("DATABASE_URL_UNPOOLED", default="")
if DATABASE_URL_UNPOOLED and "migrate" in sys.argv:
    DATABASES["default"] = database(DATABASE_URL_UNPOOLED)
    DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=5s"

# Shared by all workers (sign-in limits must be), so it lives in the database.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
}

# ── people ────────────────────────────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "expenses.User"
AUTHENTICATION_BACKENDS = ["expenses.people.access.MemberBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

# Who may sign up: open, first (only while there is no user) or closed (by invitation or the admin).
SIGNUPS = env.str("SIGNUPS", default="open")
if SIGNUPS not in ("open", "first", "closed"):
    raise ImproperlyConfigured(f"SIGNUPS is {SIGNUPS!r}. It can be open, first or closed.")

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    mail = env.email_url_config(EMAIL_URL)
    MAILERS = {
        "default": {
            "BACKEND": mail["EMAIL_BACKEND"],
            "OPTIONS": {
                "host": mail["EMAIL_HOST"],
                "port": mail["EMAIL_PORT"],
                "username": mail["EMAIL_HOST_USER"],
                "password": mail["EMAIL_HOST_PASSWORD"],
                "use_tls": mail.get("EMAIL_USE_TLS", False),
                "use_ssl": mail.get("EMAIL_USE_SSL", False),
                "timeout": 10,
            },
        }
    }
else:
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
    SILENCED_SYSTEM_CHECKS = ["mail.E001"]  # without SMTP mails go to the log: a self-hoster's choice, no mistake
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Budget Tracker <budget@localhost>")

ACCOUNT_ADAPTER = "expenses.people.access.AccountAdapter"
ACCOUNT_FORMS = {
    "add_email": "expenses.people.forms.EmailForm",
    "change_email": "expenses.people.forms.OtherAddressForm",
    "change_password": "expenses.people.forms.PasswordChangeForm",
    "confirm_email_verification_code": "expenses.people.forms.CodeForm",
    "login": "expenses.people.forms.LoginForm",
    "reauthenticate": "expenses.people.forms.ReauthenticateForm",
    "reset_password": "expenses.people.forms.PasswordResetForm",
    "reset_password_from_key": "expenses.people.forms.NewPasswordForm",
    "signup": "expenses.people.forms.SignupForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "expenses.people.access.display_name"
# A code proves the address where mail can be sent; a self-hoster without SMTP must get in all the same.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "none"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = bool(EMAIL_URL)
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True  # a mistyped address is mended on the page that asks for the code
ACCOUNT_EMAIL_NOTIFICATIONS = bool(EMAIL_URL)  # a change to how one signs in is told by mail
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # an open browser is not enough to take an account over
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SIGNUP_REDIRECT_URL = "home"
# Behind a PaaS router every visitor would otherwise share one address, and one guesser would lock all out.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0 if DEBUG else 1)
MFA_ADAPTER = "expenses.people.access.SecondStepAdapter"
MFA_FORMS = {
    "add_webauthn": "expenses.people.forms.KeyForm",
    "authenticate_webauthn": "expenses.people.forms.KeyStepForm",
    "login_webauthn": "expenses.people.forms.KeySignInForm",
    "reauthenticate_webauthn": "expenses.people.forms.KeyReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = not EMAIL_URL  # where no mail is sent, no address is ever verified
MFA_TOTP_ISSUER = "Budget Tracker"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG

# ── language, time, files ─────────────────────────────────────────────────────────────────────────

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "budget_tracker.static_files.BundledStorage"
    },
}

DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a page of statement rows has several fields each
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ── security ──────────────────────────────────────────────────────────────────────────────────────

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "budget_tracker.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "budget_tracker.health.csrf_failure"
if not DEBUG:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=60 * 60 * 24 * 365)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    # The __Host- prefix makes the browser refuse a cookie that was not set by this very host over TLS.
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=True)
    if SESSION_COOKIE_SECURE:
        SESSION_COOKIE_NAME = "__Host-session"
        CSRF_COOKIE_NAME = "__Host-csrf"

LOGGING = logs.config(json=not DEBUG)
