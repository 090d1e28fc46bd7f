namespace Weft.Sase;

/// <summary>What became of a packet, and where in its buffer it is now.</summary>
/// <param name="Action">What is to be done with it.</param>
/// <param name="Drop">Why it goes no further, if it does not; also set if an ICMP error about it took its place.</param>
/// <param name="Offset">First byte of the IP packet in the buffer.</param>
/// <param name="Length">Bytes of the IP packet.</param>
/// <param name="Segment">Virtual network identifier of the tenant's segment, 0 if it is not known.</param>
public readonly record struct SaseVerdict(SaseAction Action, SaseDrop Drop, int Offset, int Length, uint Segment)
{
    /// <summary>Fragments that waited for this packet and are to be taken now.</summary>
    public bool Released { get; init; }

    internal static SaseVerdict Dropped(SaseDrop reason, uint segment = 0) => new(SaseAction.Drop, reason, 0, 0, segment);
}
