"""The verdict as data, and its prints."""
