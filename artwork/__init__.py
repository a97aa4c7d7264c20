"""Film to approved artwork."""
