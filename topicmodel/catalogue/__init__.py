"""Common knowledge of goods: a tree of departments, families and goods, and the votes of texts on it."""
