"""What the end-to-end tests stand on: a real daemon in a folder of its own, and its users."""
