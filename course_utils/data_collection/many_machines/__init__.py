"""The same pipeline on many machines by Dask; no notebook teaches it (docs/many_machines.md)."""
