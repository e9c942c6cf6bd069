"""The REST interface: a route table and its handlers."""
