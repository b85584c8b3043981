"""One contract for every shared fit: on hard data, its members are what plain fits are.

A new family is a row (or a few) in `families.py`; `hard_data.py` makes the data, `fitting.py` fits
both ways, `alike.py` compares, and the tests are in `test_members.py` and `test_searches.py`.
"""
