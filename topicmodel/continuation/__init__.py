"""The previous tree among the texts of a new dump: which categories go on, and which are new."""
