"""That a trial is a mix, in the sentences that stand above its results."""

from collections.abc import Iterator

from regraft.core.mix import in_words
from regraft.trial.arms_prose import arm_sentence
from regraft.trial.protocol import Protocol


def mix_sentences(protocol: Protocol) -> Iterator[str]:
    """Say which arms are mixes of drugs, and which regimens people get in a mix; nothing where everybody gets one."""
    yield from (arm_sentence(arm, protocol.accrual) for arm in protocol.arm if arm.mix)
    parts = protocol.treatment.mix
    if parts:
        given = ", ".join(
            f"{in_words(part, parts)} {part.regimen or 'the conditioning of ' + protocol.name}" for part in parts
        )
        yield f"A mix of regimens: {given}; mobilisation, graft and supportive care are the same for all."
