"""A capture becomes a fixture without personal data: `fixture` is the pipeline, the other modules are its steps."""
