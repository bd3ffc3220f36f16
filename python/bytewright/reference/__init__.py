"""The slow and obvious version of algorithms, for tests and benchmarks only."""
