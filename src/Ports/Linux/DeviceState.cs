namespace Weft.Ports.Linux;

/// <summary>What the kernel says about a device.</summary>
/// <param name="Index">Its number; 0 if there is no such device. A device that was removed and made again has a new one.</param>
/// <param name="IsUp">True if it is administratively up and has a carrier.</param>
/// <param name="Mtu">Longest payload of a frame.</param>
internal readonly record struct DeviceState(int Index, bool IsUp, int Mtu)
{
    /// <summary>Ethernet header and one VLAN tag, which a device sends on top of its MTU.</summary>
    public const int FramingBytes = 14 + 4;

    public bool Exists => Index != 0;
}
