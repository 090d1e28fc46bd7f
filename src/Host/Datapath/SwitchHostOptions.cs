using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>How a <see cref="SwitchHost"/> runs.</summary>
public sealed record SwitchHostOptions
{
    /// <summary>Secret of all hash functions. Default random.</summary>
    public HashSeed? Seed { get; init; }

    /// <summary>Learned addresses, neighbours and bindings to start with. Default none.</summary>
    public SwitchSnapshot? State { get; init; }

    /// <summary>
    /// Opens a port of the plan; called in the plan's order, at the start and for new or changed ports of a reload. Default
    /// what the plan says: capture files, TAP devices, packet sockets.
    /// </summary>
    public Func<PortPlan, IPort>? OpenPort { get; init; }
}
