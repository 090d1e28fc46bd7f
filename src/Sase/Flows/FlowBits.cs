namespace Weft.Sase.Flows;

/// <summary>What is known of a flow beside its keys.</summary>
[Flags]
internal enum FlowBits : byte
{
    None = 0,

    /// <summary>It leaves by the uplink, under a public endpoint.</summary>
    Translated = 1,

    /// <summary>The Internet opened it.</summary>
    FromUplink = 2,

    /// <summary>Packets went both ways.</summary>
    Answered = 4,

    /// <summary>It waits to be told to the backup.</summary>
    Queued = 8,

    /// <summary>The public endpoint is a published one, and no binding stands for it.</summary>
    Published = 16,

    /// <summary>Another node told of it; its owner's packets are not seen here.</summary>
    Copy = 32,

    /// <summary>The backup has not acknowledged it, and no packet of it has left.</summary>
    Uncommitted = 64,
}
