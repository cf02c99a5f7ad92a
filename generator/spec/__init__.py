"""What a telemetry event is: pure data, with no Faker, no clock, no randomness and no I/O."""
