"""The live parts of the notebooks: labs that train while you watch, and the position strip.

A lab's machinery is in `base`; each lab is a Python file beside its JavaScript view, in the folder
of its stage. Static pictures are in `course_utils.figures`.
"""
