"""Set the Django settings of the clinic before anything else imports Django."""

import os


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
