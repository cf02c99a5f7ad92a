"""The verifier: what a ledger says was sent, against what a sink holds."""
