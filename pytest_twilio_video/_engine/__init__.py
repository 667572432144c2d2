"""Simulate and schedule: account, clock, timers, records and parameters. It knows no resource."""
