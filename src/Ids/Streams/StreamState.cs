using System.Runtime.CompilerServices;

namespace Weft.Ids;

/// <summary>A stretch of a stream that one segment brought, up to and without its end.</summary>
internal struct StreamPiece
{
    public long Start;
    public long End;
}

/// <summary>Stretches that were not looked at yet, in order, without overlap.</summary>
[InlineArray(Count)]
internal struct StreamPieces
{
    public const int Count = 24;

    private StreamPiece _piece;
}

/// <summary>A rule that alerted on the stream, and how far the stream had come then.</summary>
internal struct StreamAlert
{
    public int Rule;
    public long Upto;
}

/// <summary>The last rules that did.</summary>
[InlineArray(Count)]
internal struct StreamAlerts
{
    public const int Count = 16;

    private StreamAlert _alert;
}

/// <summary>One direction of a connection while it is put together. All positions are offsets from the stream's first byte.</summary>
internal struct StreamState
{
    /// <summary>Position of the buffer's first byte.</summary>
    public long Base;

    /// <summary>Where the bytes that are looked at together begin: <see cref="Base"/>, or behind a gap.</summary>
    public long Window;

    /// <summary>Up to where bytes were looked at.</summary>
    public long Inspected;

    /// <summary>Up to where strings were looked for: at least to where bytes were looked at, unless that is to be done anew.</summary>
    public long Scanned;

    /// <summary>Up to where there are no holes.</summary>
    public long Edge;

    /// <summary>Up to where the receiver acknowledged.</summary>
    public long Acknowledged;

    public StreamPieces Pieces;
    public int PieceCount;
    public StreamAlerts Alerts;
    public int AlertCount;

    /// <summary>Places in the sequence of bytes that were left out, in order.</summary>
    public UrgentPlaces Urgent;
    public int UrgentCount;

    /// <summary>Patterns found in the older and in the newer half of the window.</summary>
    public int FoundOlder;
    public int FoundNewer;
    public bool FoundTooMany;
    public int ImageGeneration;

    /// <summary>True until a gap: the window's first byte is the stream's, and what is relative to the beginning can be told.</summary>
    public readonly bool HasBeginning => Window == 0;

    /// <summary>Forgets what was found: the window is to be scanned anew.</summary>
    public void Forget()
    {
        FoundOlder = FoundNewer = 0;
        FoundTooMany = false;
        Scanned = Window;
    }
}
