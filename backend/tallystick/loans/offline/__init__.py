"""The offline calculator: any loan's schedule from a plain JSON input, without a chain.

`docs/maths.md` states every field, convention and source.
"""
