namespace Weft.Ids;

/// <summary>Where the parser of one direction is.</summary>
internal enum AppPhase : byte
{
    /// <summary>In the head of a message, or before it.</summary>
    Head,

    /// <summary>In a body of known length.</summary>
    CountedBody,

    /// <summary>In the line with a chunk's length.</summary>
    ChunkSize,

    /// <summary>In a chunk.</summary>
    ChunkData,

    /// <summary>In the line end behind a chunk.</summary>
    ChunkEnd,

    /// <summary>In the header lines behind the last chunk.</summary>
    Trailer,

    /// <summary>In a body that the end of the connection ends.</summary>
    OpenBody,

    /// <summary>Nothing is parsed any more.</summary>
    Done,
}

/// <summary>What one side of a conversation said so far of its current message.</summary>
internal struct AppDirection
{
    public AppPhase Phase;
    public int HeadLength;

    /// <summary>Length of the head before, while nothing of the next one came.</summary>
    public int LastHeadLength;
    public int BodyLength;

    /// <summary>Bytes of the body that were thrown away before those that are kept.</summary>
    public long BodySkipped;

    /// <summary>Bytes of the body, or of the chunk, that are still to come.</summary>
    public long Remaining;

    /// <summary>Length of the body when it was looked at last.</summary>
    public long BodyInspected;

    /// <summary>Messages so far.</summary>
    public int Messages;

    /// <summary>Rules that matched this message, and rules that wait for its body.</summary>
    public int MatchedCount;
    public int PendingCount;

    public bool HasHead;

    /// <summary>True if the head was longer than what is read of one.</summary>
    public bool IsHeadCut;

    /// <summary>Two bits for each request: whether its answer has no body, whether it asks for a tunnel. The last one is lowest.</summary>
    public ulong Questions;

    public int ChunkDigits;
    public bool IsInExtension;
    public int TrailerLine;

    /// <summary>True for a request that asks for no body to be answered, or for a tunnel.</summary>
    public bool IsHeadRequest;
    public bool IsConnect;
}
