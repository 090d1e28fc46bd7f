using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;

namespace Weft.Host.Datapath.Handover;

/// <summary>What a running switch offers to the process that is to go on in its place. The descriptors come beside it, in the order of the ports and then of the listeners.</summary>
internal sealed record HandoverOffer
{
    /// <summary>The form of these messages that this program knows.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form of what follows; another one is refused.</summary>
    public int Format { get; init; }

    /// <summary>Version of Weft that runs.</summary>
    public string Version { get; init; } = "";

    /// <summary>Name of the switch.</summary>
    public string Name { get; init; } = "";

    /// <summary>Why it cannot be taken over; null if it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>The earliest moment that an age counts from in what it knows, on the monotonic clock that both have, in nanoseconds.</summary>
    public long OldestMoment { get; init; }

    /// <summary>Which member of which cluster it is; null if of none.</summary>
    public string? Cluster { get; init; }

    /// <summary>Its live ports.</summary>
    public IReadOnlyList<OfferedPort> Ports { get; init; } = [];

    /// <summary>Its listening sockets by purpose.</summary>
    public IReadOnlyList<string> Listeners { get; init; } = [];
}

/// <summary>A port of a <see cref="HandoverOffer"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Device">Its device.</param>
/// <param name="NetworkNamespace">Where that is; null for the process's own.</param>
/// <param name="Kind">Which kind of port it is.</param>
/// <param name="Mode">For a packet socket: how frames are taken.</param>
/// <param name="MtuBytes">Its MTU.</param>
/// <param name="Layout">What the port says of its descriptors; null if they cannot be passed on.</param>
/// <param name="Descriptors">How many it has.</param>
internal sealed record OfferedPort(string Name, string? Device, string? NetworkNamespace, PortKind Kind, AfPacketDriver Mode, int MtuBytes, IReadOnlyList<long>? Layout, int Descriptors);

/// <summary>What the one process knew when it stood still. From here on the other may go on.</summary>
/// <param name="Positions">For each port of the offer, where reading goes on.</param>
/// <param name="State">What it had learned.</param>
/// <param name="StoodStillAt">When it took its last frame, on the monotonic clock that both have, in nanoseconds.</param>
/// <param name="Session">What it had in the cluster; null if it was in none.</param>
internal sealed record HandoverGoods(IReadOnlyList<IReadOnlyList<long>> Positions, SwitchSnapshot State, long StoodStillAt, ClusterSession? Session = null);
