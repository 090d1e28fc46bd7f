namespace Weft.MeshAgent.Mux;

/// <summary>One stream, as one side of the connection sees it. Written by its <see cref="MuxSession"/>.</summary>
internal sealed class MuxStream
{
    /// <summary>Its number; never given to another one.</summary>
    public uint Id { get; internal set; }

    /// <summary>Who talks to whom.</summary>
    public MuxFlow Flow { get; internal set; }

    /// <summary>Bytes that may be sent now.</summary>
    public int SendCredit { get; internal set; }

    /// <summary>Bytes that the other side may send.</summary>
    public int ReceiveCredit { get; internal set; }

    /// <summary>Bytes that the application has read and the other side does not know of.</summary>
    public int Unreturned { get; internal set; }

    /// <summary>True once the other application has accepted.</summary>
    public bool IsAccepted { get; internal set; }

    /// <summary>True once this side sends no more.</summary>
    public bool IsFinished { get; internal set; }

    /// <summary>True once the other side sends no more.</summary>
    public bool IsPeerFinished { get; internal set; }

    /// <summary>True once this side has broken the stream; it remains until the other side knows.</summary>
    public bool IsReset { get; internal set; }

    /// <summary>True once the other side has broken it.</summary>
    public bool IsPeerReset { get; internal set; }

    /// <summary>True once nobody knows it any more.</summary>
    public bool IsGone { get; internal set; }

    /// <summary>The caller's own: who carries the bytes.</summary>
    public object? Carrier { get; set; }

    internal MuxReset ResetReason { get; set; }

    /// <summary>Frames that wait to be written, one bit a type.</summary>
    internal MuxPending Pending { get; set; }

    /// <summary>True while it waits in the session's queue.</summary>
    internal bool IsQueued { get; set; }
}

/// <summary>Frames of a stream that wait to be written.</summary>
[Flags]
internal enum MuxPending : byte
{
    None = 0,
    Open = 1,
    Accept = 2,
    Credit = 4,
    Finish = 8,
    Reset = 16,
}
