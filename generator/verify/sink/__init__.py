"""Where events are found again."""
