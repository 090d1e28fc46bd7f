namespace Weft.Encap;

/// <summary>What became of the packets of one security association; every call is counted in exactly one field besides <see cref="Bytes"/>.</summary>
public struct EspSaCounters
{
    /// <summary>Packets sealed, or opened and delivered.</summary>
    public ulong Packets;

    /// <summary>Payload bytes of those packets.</summary>
    public ulong Bytes;

    /// <summary>Authentic dummies, discarded.</summary>
    public ulong Dummies;

    /// <summary>Too short for an ESP packet.</summary>
    public ulong Truncated;

    /// <summary>Sequence number seen before.</summary>
    public ulong ReplayDuplicate;

    /// <summary>Sequence number below the window.</summary>
    public ulong ReplayOld;

    /// <summary>Wrong tag.</summary>
    public ulong AuthenticationFailed;

    /// <summary>Authentic with impossible padding.</summary>
    public ulong BadPadding;

    /// <summary>Refused because the sequence number would repeat.</summary>
    public ulong SequenceExhausted;

    /// <summary>Refused because the hard lifetime is over.</summary>
    public ulong LifetimeExpired;

    /// <summary>Refused because the buffer had no room.</summary>
    public ulong NoRoom;
}
