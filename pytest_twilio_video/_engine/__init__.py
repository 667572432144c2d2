"""The engine: account, scheduler, timers, records, parameters. It knows no resource."""
