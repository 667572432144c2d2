"""A telehealth clinic on Django and REST framework. Webhooks set the status of its appointments.

Webhooks may arrive twice, late and in any order. So the clinic stores the
idempotency token of each, and ignores a webhook that is older than one it has
already processed.
"""
