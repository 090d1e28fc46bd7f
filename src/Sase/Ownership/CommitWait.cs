using Weft.Flows;
using Weft.Packets;

namespace Weft.Sase.Ownership;

/// <summary>A packet that waits for the backup of its bundle.</summary>
internal struct CommitWait
{
    public FlowHandle Flow;
    public Timestamp Deadline;

    /// <summary>The message to <see cref="Node"/> that has to be acknowledged, with all before it.</summary>
    public uint Sequence;

    public uint Segment;
    public int Length;
    public int Previous;
    public int Next;

    /// <summary>Place of the segment, which is another one if the segment was removed and came back.</summary>
    public ushort Slot;

    public byte Bundle;

    /// <summary>The backup that has been told, or is being told of everything.</summary>
    public byte Node;

    public SaseAction Action;

    /// <summary>Whether the flow is in a message to <see cref="Node"/>.</summary>
    public bool IsWritten;

    /// <summary>Whether its wait ended well.</summary>
    public bool IsAcknowledged;

    /// <summary>Whether <see cref="Node"/> has yet to be told what services remember of the flow.</summary>
    public bool NeedsTelling;

    /// <summary>Whether it is only when <see cref="Node"/> has been told of all flows.</summary>
    public bool NeedsWalk;
}
