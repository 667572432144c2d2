"""Django wants to know its settings before anything else; here they are the clinic's."""

import os


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
