using Weft.Host.Config;
using Weft.Ports;

namespace Weft.Host.Observe;

/// <summary>One port at one instant.</summary>
public sealed record PortSnapshot
{
    /// <summary>Name of the port.</summary>
    public required string Name { get; init; }

    /// <summary>Mechanism: <c>memory</c>, <c>pcap</c>, <c>tap</c>, <c>af_packet</c> …</summary>
    public required string Driver { get; init; }

    /// <summary>Part the port plays.</summary>
    public required PortRole Role { get; init; }

    /// <summary>Whether frames can pass.</summary>
    public required PortStatus Status { get; init; }

    /// <summary>What is wrong with the port, in words: the damage in a capture, why a device does not come back. Null if nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>Largest layer-3 packet in bytes.</summary>
    public required int MtuBytes { get; init; }

    /// <summary>Frames received.</summary>
    public required long ReceivedFrames { get; init; }

    /// <summary>Bytes received.</summary>
    public required long ReceivedBytes { get; init; }

    /// <summary>Frames that the device lost before the switch could take them, and frames too long for a buffer.</summary>
    public required long ReceiveLost { get; init; }

    /// <summary>Frames sent.</summary>
    public required long SentFrames { get; init; }

    /// <summary>Bytes sent.</summary>
    public required long SentBytes { get; init; }

    /// <summary>Addresses learned behind the port.</summary>
    public int Macs { get; init; }

    /// <summary>Frames that entered the switch here and were dropped in it, copies included.</summary>
    public required long Dropped { get; init; }

    /// <summary>That the switch has shut the port itself; null if it is open.</summary>
    public PortShutdownSnapshot? Shutdown { get; init; }

    /// <summary>Times that the switch shut the port.</summary>
    public long Shutdowns { get; init; }
}
