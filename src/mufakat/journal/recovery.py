"""Opening a journal after whatever ended its last writer.

Head slots are never ahead of what is durable. So up to the one that names the later batch, all must be there;
what is not is damage. Only after it can there be a write that was broken off. There a batch that is whole is kept,
whether or not it was acknowledged. One that is not whole was broken off when a sector that it claims was never
written, so that it reads as zeros or lies past the end of the file, and when nothing after it says that it had
been durable; then it is cut off. Anything else is damage.
"""

from typing import Final

from mufakat.journal import batches, layout
from mufakat.journal.batches import Batches
from mufakat.journal.disk import Disk
from mufakat.journal.errors import JournalDamaged
from mufakat.journal.layout import BATCH_MAGIC, BLOCK, HEADER_BYTES, SECTOR, Header, Slot
from mufakat.journal.tip import Draft, Tip

_EMPTY_SECTOR: Final = bytes(SECTOR)
_PIECE: Final = 1 << 20


def write_slot(disk: Disk, salt: bytes, slot: Slot) -> None:
    """Write a head slot in the place of the older one; what it names is durable."""
    packed = layout.packed_slot(slot, salt)
    disk.write(slot_place(slot.height), (packed + bytes(SECTOR - len(packed)),))


def slot_place(height: int) -> int:
    """Return where the head slot of a batch of this height lies."""
    return BLOCK * (1 + (height & 1))


def recover(disk: Disk, salt: bytes) -> tuple[Tip, Slot]:
    """Return the end of the journal, all of it durable, and the head slot that names it.

    Raises JournalDamaged, and an OSError of the disk.
    """
    slot = _slot(disk, salt)
    tip = _tip_at(disk, salt, slot)
    whole: list[Draft] = []
    while (draft := _whole_after(disk, salt, tip)) is not None:
        whole.append(draft)
        tip = draft.tip
    _refuse_written_over(disk, tip)
    if not _is_empty_after(disk, tip.end):
        _refuse_damage(disk, salt, tip)
        disk.cut(tip.end)
    elif not whole:
        return tip, slot
    # What was written and not synced can be in memory only, and a failed sync forgets: it is written anew.
    at = slot.end
    for draft in whole:
        disk.write(at, draft.parts)
        at = draft.tip.end
    disk.sync()
    if whole:
        write_slot(disk, salt, tip.slot)
        disk.sync()
    return tip, tip.slot


def _slot(disk: Disk, salt: bytes) -> Slot:
    """Return the later one of the head slots that are whole."""
    found = [disk.read(at, SECTOR) for at in (BLOCK, 2 * BLOCK)]
    slots = [slot for each in found if (slot := layout.slot_of(each, salt)) is not None]
    if not slots:
        raise JournalDamaged(0, "both head slots are damaged")
    return max(slots, key=lambda slot: slot.height)


def _refuse_written_over(disk: Disk, tip: Tip) -> None:
    """Raise JournalDamaged when something stands over a head slot: what should have been written elsewhere."""
    if any(layout.is_written_over(disk.read(at, SECTOR)) for at in (BLOCK, 2 * BLOCK)):
        raise JournalDamaged(
            tip.batch.entries, "a head slot was written over; it may have named more entries"
        )


def _tip_at(disk: Disk, salt: bytes, slot: Slot) -> Tip:
    """Return the tip that a head slot names."""
    tip = Tip()
    if slot.height < 0:
        return tip
    read, last = Batches(disk, salt), max(0, slot.entries - 1)
    header = read.header(slot.offset, last)
    if (header.batch.height, header.end, header.chain) != (slot.height, slot.end, slot.chain) or (
        header.batch.seal,
        header.batch.entries,
    ) != (slot.seal, slot.entries):
        raise JournalDamaged(last, "the last batch is not the one that the head names")
    if disk.size() < header.end:
        raise JournalDamaged(header.batch.first, "the file ends before its batch does")
    tip.move_to(header, tip.frontier)
    way = [header]
    try:
        while way[-1].batch.height:
            way.append(read.header(way[-1].skip, way[-1].batch.first - 1))
        tip.frontier = read.frontier(tip)
    except JournalDamaged:
        for _ in read.all(tip):
            pass  # which names the first entry of the damaged batch
        raise
    tip.skips = [(each.batch.height, each.offset) for each in reversed(way)]
    if tip.frontier.root() != header.batch.tree_root:
        raise JournalDamaged(last, "the tree's right edge does not fit its root")
    return tip


def _whole_after(disk: Disk, salt: bytes, tip: Tip) -> Draft | None:
    """Return the batch after a tip, made anew from its content, when each byte of it is there."""
    header = layout.header_of(disk.read(tip.end, HEADER_BYTES), salt)
    if header is None or header.offset != tip.end or header.batch.first != tip.batch.entries:
        return None
    data = disk.read(tip.end, header.claimed)
    if len(data) < header.claimed:
        return None
    try:
        rows = batches.rows_of(data[HEADER_BYTES:], header, tip.chain)
    except JournalDamaged:
        return None
    draft = Draft(tip, salt, header.durable)
    draft.add(rows, (), header.batch.state_root, header.batch.block)
    return draft if b"".join(draft.parts)[: len(data)] == data else None


def _is_empty_after(disk: Disk, at: int) -> bool:
    """Tell whether nothing but zeros follows."""
    while piece := disk.read(at, _PIECE):
        if piece.count(0) != len(piece):
            return False
        at += len(piece)
    return True


def _refuse_damage(disk: Disk, salt: bytes, tip: Tip) -> None:
    """Raise JournalDamaged when what follows a tip is anything but a write that was broken off."""
    first, height = tip.batch.entries, tip.batch.height + 1
    sector = disk.read(tip.end, SECTOR)
    header = layout.header_of(sector, salt)
    if header is None and sector.strip(b"\0") and len(sector) == SECTOR:
        raise JournalDamaged(first, "the header of its batch is damaged")
    if header is not None:
        _refuse_unless_unfinished(disk, tip, header)
    for at in range(tip.end + BLOCK, disk.size(), BLOCK):
        if disk.read(at, len(BATCH_MAGIC)) == BATCH_MAGIC:
            later = layout.header_of(disk.read(at, HEADER_BYTES), salt)
            if later is not None and (later.durable >= height or later.offset != at):
                raise JournalDamaged(first, "its batch is missing, and another one was written after it")


def _refuse_unless_unfinished(disk: Disk, tip: Tip, header: Header) -> None:
    first = tip.batch.entries
    if (header.offset, header.batch.first, header.sealed) != (tip.end, first, tip.batch.seal):
        raise JournalDamaged(first, "another batch lies in the place of its batch")
    data = disk.read(tip.end, header.claimed)
    if len(data) < header.claimed:
        return
    if any(data[at : at + SECTOR] == _EMPTY_SECTOR for at in range(0, len(data), SECTOR)):
        return
    batches.rows_of(data[HEADER_BYTES:], header, tip.chain)  # names the entry
    raise JournalDamaged(first, "its batch does not fit its seal")
