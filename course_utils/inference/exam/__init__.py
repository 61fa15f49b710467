"""The examiner of the chat model: frozen questions that no training sees, strictly scored.

Each part is a file: a seeded function gives questions, another says what is wrong with a reply.
The parts were written before the model was trained on anything like them, and digests in the tests
hold them as they are: whoever trains on them, or bends them to a model, measures nothing. Left
out: how sure the model is (calibration.py). Taught in notebook 05, section
"What each stage gained".
"""

from course_utils.inference.exam.run import SIZES, Size, figures, run_exam, sit

__all__ = ["SIZES", "Size", "figures", "run_exam", "sit"]
