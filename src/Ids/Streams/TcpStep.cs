namespace Weft.Ids;

/// <summary>What one segment means for its connection.</summary>
internal struct TcpStep
{
    /// <summary>True if the client sent it.</summary>
    public bool ToServer;

    /// <summary>True if its payload belongs to the stream, from <see cref="Offset"/> on.</summary>
    public bool TakesData;

    /// <summary>Offset of its first byte in the stream.</summary>
    public long Offset;

    /// <summary>True if nothing more will come: what is held of both streams is to be looked at.</summary>
    public bool Closes;

    /// <summary>True if it resets the connection: what is held is to be looked at, but kept, as its sender may belie it.</summary>
    public bool Resets;

    /// <summary>True if a receiver ignores the segment.</summary>
    public bool IsInvalid;

    public StreamEvents Events;
}
