using System.Runtime.InteropServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>What is known of one frame under way.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct DatagramSlot
{
    /// <summary>No slot; no congestion field yet.</summary>
    public const int None = -1;

    /// <summary>Where the index finds it.</summary>
    public FlowHandle Entry;

    /// <summary>When its time is over.</summary>
    public Timestamp Deadline;

    /// <summary>Bytes of the whole frame; 0 until that is known.</summary>
    public int TotalLength;

    /// <summary>Bytes that have come.</summary>
    public int ReceivedBytes;

    /// <summary>Congestion field so far.</summary>
    public int Ecn;

    /// <summary>Fragments stored.</summary>
    public int Pieces;

    /// <summary>The slot that began before it.</summary>
    public int Before;

    /// <summary>The slot that began after it.</summary>
    public int After;

    /// <summary>Changes with every use of the slot, so that stale handles are found out.</summary>
    public uint Generation;

    /// <summary>What the slot is used for.</summary>
    public DatagramStage Stage;
}
