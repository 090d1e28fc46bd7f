using Weft.Packets;

namespace Weft.Sase;

/// <summary>What a gateway is made of.</summary>
public sealed record CloudGatewayOptions
{
    /// <summary>What it shares with the others.</summary>
    public required PopOptions Pop { get; init; }

    /// <summary>Its number in <see cref="PopOptions.Gateways"/>.</summary>
    public required int Gateway { get; init; }

    /// <summary>Tenants.</summary>
    public required IReadOnlyList<GatewaySegment> Segments { get; init; }

    /// <summary>How long it goes on as before when all nodes seem to be gone, 0 to 1 hour: that is more likely its own fault. Default 10 s.</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Losses of nodes within this time are one event, 10 ms to 10 s. Default 200 ms.</summary>
    public TimeSpan CommonModeWindow { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether packets go without services after <see cref="HoldTime"/>. By default they are dropped.</summary>
    public bool Bypass { get; init; }

    /// <summary>The time when it starts.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        Pop.Validate();
        PopOptions.Check(Gateway, 0, Pop.Gateways.Count - 1, nameof(Gateway));
        PopOptions.Check((long)HoldTime.TotalMilliseconds, 0, 3_600_000, nameof(HoldTime));
        PopOptions.Check((long)CommonModeWindow.TotalMilliseconds, 10, 10_000, nameof(CommonModeWindow));
        foreach (GatewaySegment segment in Segments)
        {
            PopOptions.Check(segment.Vni, 1, VxlanHeader.MaxVni - 1, nameof(segment.Vni));
            PopOptions.Check(segment.Bundle, 0, Pop.Bundles - 1, nameof(segment.Bundle));
        }

        if (Segments.DistinctBy(segment => segment.Vni).Count() != Segments.Count)
        {
            throw new ArgumentException($"A VNI is there twice in {nameof(Segments)}.");
        }
    }
}
