"""Case histories: what a district did before it had this service, loaded with its own dates."""
