"""The Little Web: a small web with known truth that lives inside the package.

Left out here: everything heavy. Import the file that you need; this module only gives the two
names that every part shares. Taught in notebook 01.
"""

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng

__all__ = ["Page", "Rng"]
