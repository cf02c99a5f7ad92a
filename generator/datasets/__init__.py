"""Datasets: sessions written to files, and the ground truth beside them."""
