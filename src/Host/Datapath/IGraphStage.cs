using Weft.Host.Datapath.Workers;

namespace Weft.Host.Datapath;

/// <summary>
/// One node of the graph: a thin adapter between an engine and the vector. It is called once a vector, never once a packet.
/// </summary>
internal interface IGraphStage
{
    /// <summary>Which stage this is.</summary>
    StageId Id { get; }

    /// <summary>Which worker a packet has to be at when it meets the stage. A stage that says nothing has all its packets at one worker.</summary>
    StagePlacement Placement => StagePlacement.Home;

    /// <summary>The worker that a packet has to be at, for a stage whose placement is <see cref="StagePlacement.Owner"/>: the same whoever asks.</summary>
    int OwnerOf(PacketVector vector, ushort slot) => WorkerLink.Home;

    /// <summary>
    /// Deals with every packet of <paramref name="slots"/>, in order: each is handed to a later stage, dropped, consumed,
    /// held, or put back to wait for room.
    /// </summary>
    void Process(PacketVector vector, ReadOnlySpan<ushort> slots);
}
