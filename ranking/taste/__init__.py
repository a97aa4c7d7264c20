"""From what members watched to what they like: histories, tastes, segments."""
