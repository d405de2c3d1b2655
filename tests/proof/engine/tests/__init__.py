"""Tests of the prover: python -m unittest discover -s engine/tests -t ."""
