"""`tests/proof/prove`: builds the rooms, proves them, and says what came out."""
