"""The parts of scripts/benchmark_speed.py, a module each."""
