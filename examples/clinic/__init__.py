"""A telehealth clinic on Django and REST framework: appointments, and Twilio's word on them.

Webhooks come twice, late and in any order. So each is remembered by its
idempotency token, and believed only if nothing later was heard before.
"""
