"""What touches files and databases, whatever is in them: encodings, locks, secrets, formulas."""
