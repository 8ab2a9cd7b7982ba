"""Work on a Dask cluster: one that is there, or workers started by a batch system."""
