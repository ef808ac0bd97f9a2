"""A handshake as a recording that can be stepped through: who said what, who knows what, and why."""
