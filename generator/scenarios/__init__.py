"""What happens in a session: scenarios are loaded from scripts and played into events."""
