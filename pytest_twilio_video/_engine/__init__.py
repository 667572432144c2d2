"""RUN: account, clock, lifecycle, parameters, events, SIDs. It knows no resource."""
