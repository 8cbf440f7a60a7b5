"""Texts onto the categories of a tree, with a confidence.

`fitted_texts` places the texts that a tree was built from, `landmarks` texts that come later;
`new_groups` finds groups of new texts that no category holds, and `novelty` sums up what is new.
"""
