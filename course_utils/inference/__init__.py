"""Stage 5: the finished model at work: choosing tokens, the KV cache, batches, streams, a chat.

Leaves out quantization, export and a server. Taught in notebook 05.
"""

from course_utils.inference.chat import Chat
from course_utils.inference.engine import Completion, Engine, Stream
from course_utils.model.sampling import SamplingConfig

__all__ = ["Chat", "Completion", "Engine", "SamplingConfig", "Stream"]
