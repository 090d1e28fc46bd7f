using Weft.Packets;

namespace Weft.Encap;

/// <summary>Which frame a fragment belongs to: 32 bytes without padding, since the bytes are what the table compares.</summary>
internal readonly struct DatagramKey(in FragmentSource source, uint datagramId)
{
    public readonly VtepAddress Remote = source.Remote;
    public readonly uint Vni = source.Vni;
    public readonly uint Tunnel = source.Tunnel;
    public readonly ulong DatagramId = datagramId;

    public bool Equals(in DatagramKey other) =>
        DatagramId == other.DatagramId && Remote == other.Remote && Vni == other.Vni && Tunnel == other.Tunnel;
}
