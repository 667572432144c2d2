"""Settings of the clinic."""

SECRET_KEY = "only for tests"  # noqa: S105
ALLOWED_HOSTS = ["clinic.example.com", "testserver"]
ROOT_URLCONF = "clinic.urls"
INSTALLED_APPS = ["rest_framework", "clinic"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}
