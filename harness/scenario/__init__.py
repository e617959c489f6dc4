"""The declared world: one TOML file that describes both sides, from which each side is built separately."""
