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
    /// True to go on in the place of the switch that answers on the plan's control socket, with its ports and what it knows. Default false. If no switch
    /// answers, it starts as usual.
    /// </summary>
    public bool Takeover { get; init; }

    /// <summary>
    /// Whether a small twin reloads and is pictured beside the switch as soon as that runs, so that the first reload and the first <c>weft show</c> find their code compiled and stop
    /// nobody for it. Default false: who starts many switches in a process needs it once at most.
    /// </summary>
    public bool Rehearse { get; init; }

    /// <summary>
    /// Opens a port of the plan; called in the plan's order, at the start and for new or changed ports of a reload. Default
    /// what the plan says: capture files, TAP devices, packet sockets.
    /// </summary>
    public Func<PortPlan, IPort>? OpenPort { get; init; }
}
