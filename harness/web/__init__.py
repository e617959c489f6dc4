"""The web faces: thin layers over the library. Flask is used here and nowhere else."""
