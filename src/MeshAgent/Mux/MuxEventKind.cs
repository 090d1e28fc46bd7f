namespace Weft.MeshAgent.Mux;

/// <summary>What a peer's frame means.</summary>
internal enum MuxEventKind
{
    /// <summary>Nothing has to be done.</summary>
    None,

    /// <summary>A stream was opened.</summary>
    Opened,

    /// <summary>The other application has accepted.</summary>
    Accepted,

    /// <summary>Bytes of a stream.</summary>
    Data,

    /// <summary>The other side sends no more.</summary>
    Finished,

    /// <summary>The stream is broken and gone.</summary>
    Reset,

    /// <summary>The stream may send more.</summary>
    Credit,

    /// <summary>The other side wants no new streams.</summary>
    GoAway,

    /// <summary>The other side's settings have come; streams may be opened.</summary>
    Ready,
}
