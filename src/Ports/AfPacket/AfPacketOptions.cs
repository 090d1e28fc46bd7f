namespace Weft.Ports;

/// <summary>Which device an <see cref="AfPacketPort"/> uses and how.</summary>
public sealed record AfPacketOptions
{
    /// <summary>Name of the device, 1 to 15 characters.</summary>
    public required string Device { get; init; }

    /// <summary>
    /// Network namespace that holds the device: a name that <c>ip netns</c> knows or the path of a namespace file. Default
    /// null, the namespace of the process.
    /// </summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>How frames are taken from the kernel. Default <see cref="AfPacketMode.LowLatency"/>.</summary>
    public AfPacketMode Mode { get; init; }

    /// <summary>Memory of the receive ring, 64 KiB to 256 MiB, rounded to whole blocks. Default 4 MiB, 2,048 slots at an MTU of 1,500.</summary>
    public int RingBytes { get; init; } = 4 << 20;

    /// <summary>
    /// True to refuse to open while there is no such device; false to start as <see cref="PortStatus.Down"/> and attach when
    /// it appears. Default true.
    /// </summary>
    public bool DeviceMustExist { get; init; } = true;

    /// <summary>True for a handle that sends and receives nothing: another one receives.</summary>
    internal bool SendsOnly { get; init; }

    internal void Validate()
    {
        Linux.NetworkDevice.RequireName(Device, nameof(Device));
        if (RingBytes is < (64 << 10) or > (256 << 20))
        {
            throw new ArgumentOutOfRangeException(nameof(RingBytes), RingBytes, "AfPacketOptions.RingBytes must be 65,536 to 268,435,456");
        }
    }
}
