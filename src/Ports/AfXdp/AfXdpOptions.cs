namespace Weft.Ports;

/// <summary>Which device an <see cref="AfXdpPort"/> uses.</summary>
public sealed record AfXdpOptions
{
    /// <summary>Name of the device, 1 to 15 characters.</summary>
    public required string Device { get; init; }

    /// <summary>
    /// Network namespace that holds the device: a name that <c>ip netns</c> knows or the path of a namespace file. Default null, the namespace of the process.
    /// </summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>
    /// True to refuse to open while there is no such device; false to start as <see cref="PortStatus.Down"/> and attach when it appears. Default true.
    /// </summary>
    public bool DeviceMustExist { get; init; } = true;

    internal void Validate() => Linux.NetworkDevice.RequireName(Device, nameof(Device));
}
