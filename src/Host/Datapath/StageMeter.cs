namespace Weft.Host.Datapath;

/// <summary>What a stage has done and what it cost.</summary>
internal struct StageMeter
{
    /// <summary>Calls that had packets.</summary>
    public long Calls;

    /// <summary>Packets handed in; one that waited for room is counted once.</summary>
    public long Packets;

    /// <summary>Bytes of those packets, as they were when the stage got them.</summary>
    public long Bytes;

    /// <summary>Nanoseconds of measured calls.</summary>
    public long MeasuredNanoseconds;

    /// <summary>Packets of measured calls.</summary>
    public long MeasuredPackets;

    /// <summary>Adds what another instance of the stage has done.</summary>
    public void Add(in StageMeter other)
    {
        (Calls, Packets, Bytes) = (Calls + other.Calls, Packets + other.Packets, Bytes + other.Bytes);
        (MeasuredNanoseconds, MeasuredPackets) = (MeasuredNanoseconds + other.MeasuredNanoseconds, MeasuredPackets + other.MeasuredPackets);
    }
}
