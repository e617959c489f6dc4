"""App roles of the enterprise application: where they come from, the PATCH body, what it would do, what is wrong."""
