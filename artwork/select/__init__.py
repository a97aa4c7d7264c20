"""Which frames are left out, and which few are proposed."""
