"""Tests of what is printed and kept."""
