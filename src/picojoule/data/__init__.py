"""Datasets: found or downloaded, checked by sha256, read. One file per dataset."""
