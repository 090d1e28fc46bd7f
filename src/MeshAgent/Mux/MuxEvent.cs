namespace Weft.MeshAgent.Mux;

/// <summary>What was read.</summary>
internal readonly ref struct MuxEvent
{
    /// <summary>What it is.</summary>
    public MuxEventKind Kind { get; init; }

    /// <summary>The stream that it is about; null for the whole connection.</summary>
    public MuxStream? Stream { get; init; }

    /// <summary>Bytes of the stream; a frame may come in several pieces.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Why the stream was reset.</summary>
    public MuxReset Reason { get; init; }
}
