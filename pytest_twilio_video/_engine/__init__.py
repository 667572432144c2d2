"""The engine: account, scheduler, timers, records and parameters, without any resource."""
