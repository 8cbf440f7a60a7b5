"""Common knowledge of goods.

A catalogue is a tree of departments, families and goods, bundled or a menu of the user's own; texts
vote on it.
"""
