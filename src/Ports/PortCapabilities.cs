namespace Weft.Ports;

/// <summary>What a port can do and how.</summary>
/// <param name="Driver">The mechanism, as shown to operators: <c>memory</c>, <c>pcap</c>, <c>tap</c>, <c>af_packet</c> …</param>
/// <param name="MaxFrameBytes">Longest frame, Ethernet header included and frame check sequence excluded, that it sends.</param>
/// <param name="IsLive">True if frames come from a device in real time, false for captures and simulation.</param>
public sealed record PortCapabilities(string Driver, int MaxFrameBytes, bool IsLive)
{
    /// <summary>
    /// True if it sends superframes of TCP whole (<see cref="PacketPool.IsSuperframe"/>). Whoever gives them to a port that does not has to cut them. It may
    /// change with the device.
    /// </summary>
    public bool TakesSuperframes { get; init; }

    /// <summary>The same for superframes of UDP.</summary>
    public bool TakesUdpSuperframes { get; init; }

    /// <summary>True if it sends superframes of a kind whole.</summary>
    public bool Takes(SuperframeKind kind) => kind switch
    {
        SuperframeKind.Tcp => TakesSuperframes,
        SuperframeKind.Udp => TakesUdpSuperframes,
        _ => false,
    };
}
