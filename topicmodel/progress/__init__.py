"""How a run tells what it does: the protocol, and what stands behind it.

`clock` keeps what each stage took and what was said; `bars` shows progress on a terminal,
`json_lines` writes it for programs.
"""

from topicmodel.progress.protocol import Progress, Silent, as_progress

__all__ = ["Progress", "Silent", "as_progress"]
