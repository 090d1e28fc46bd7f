namespace Weft.Ports;

/// <summary>Which TAP device a <see cref="TapPort"/> makes or attaches to.</summary>
public sealed record TapOptions
{
    /// <summary>Name of the device, 1 to 15 characters. Made if there is none; it vanishes with the port unless it was made persistent by others.</summary>
    public required string Device { get; init; }

    /// <summary>
    /// Network namespace in which the device is made: a name that <c>ip netns</c> knows or the path of a namespace file.
    /// Default null, the namespace of the process.
    /// </summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>MTU to set, 68 to 65,521; 0 leaves what the device has. Default 0.</summary>
    public int Mtu { get; init; }

    /// <summary>
    /// True to make the device such that several handles can be open at once, each with a queue of its own; the kernel
    /// delivers a flow to the queue that last sent of it. A device that somebody made otherwise is used as it is. Default false.
    /// </summary>
    public bool MultiQueue { get; init; }

    /// <summary>
    /// What the kernel may leave to the port and the port to the kernel; what it does not know is left out. <see cref="TapOffloads.Tso"/> and
    /// <see cref="TapOffloads.Uso"/> need <see cref="TapOffloads.Checksum"/>. All handles to a device should have the same: as long as queues are
    /// open of which the first has none, others get none. Default none.
    /// </summary>
    public TapOffloads Offloads { get; init; }

    internal void Validate()
    {
        if ((Offloads & ~TapOffloads.All) != 0 || (Offloads != TapOffloads.None && (Offloads & TapOffloads.Checksum) == 0))
        {
            throw new ArgumentOutOfRangeException(nameof(Offloads), Offloads, "TapOptions.Offloads must be none, or Checksum and any of Tso and Uso");
        }

        Linux.NetworkDevice.RequireName(Device, nameof(Device));
        if (Mtu is not 0 and (< 68 or > 65_521))
        {
            throw new ArgumentOutOfRangeException(nameof(Mtu), Mtu, "TapOptions.Mtu must be 0 or 68 to 65,521");
        }
    }
}
