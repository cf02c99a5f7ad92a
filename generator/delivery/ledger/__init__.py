"""The ledger: the only word on what was sent."""
