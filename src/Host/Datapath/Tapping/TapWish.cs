using Weft.Host.Config;

namespace Weft.Host.Datapath.Tapping;

/// <summary>What somebody wants copies of, in the numbers of one configuration.</summary>
internal readonly record struct TapWish
{
    /// <summary>Stands for a port that the configuration does not have.</summary>
    private const int NoPort = -2;

    private const int AnyPort = -1;

    /// <summary>The port that frames enter or leave, or which of all ports that are dropped or seen at a stage; -1 for any.</summary>
    public int Port { get; private init; }

    /// <summary>Whether copies are taken where ports receive.</summary>
    public bool In { get; private init; }

    /// <summary>Whether copies are taken where ports send.</summary>
    public bool Out { get; private init; }

    /// <summary>The stage in front of which copies are taken, if any.</summary>
    public StageId? Stage { get; private init; }

    /// <summary>Whether copies are taken of what is dropped.</summary>
    public bool Drops { get; private init; }

    /// <summary>The reason of these drops; <see cref="DropReason.None"/> for any.</summary>
    public DropReason Reason { get; private init; }

    /// <summary>Whether the wish is about a frame that came through a port.</summary>
    public bool Concerns(int ingress) => Port == AnyPort || Port == ingress;

    /// <summary>Puts a wish into the numbers of a configuration. A port that it does not have yields nothing.</summary>
    public static TapWish Of(SwitchPlan plan, string? port, StageId? stage, DropReason? reason, bool input, bool output)
    {
        int index = port is null ? AnyPort : Position.Of(plan.Ports, known => known.Name == port) is >= 0 and int found ? found : NoPort;
        bool atPorts = stage is null && reason is null;
        return new TapWish { Port = index, In = atPorts && input, Out = atPorts && output, Stage = stage, Drops = reason is not null, Reason = reason ?? DropReason.None };
    }
}
