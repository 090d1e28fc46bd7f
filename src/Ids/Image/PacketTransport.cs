namespace Weft.Ids;

/// <summary>Transports that packets are told apart by before rules are looked for.</summary>
internal enum PacketTransport : byte
{
    Tcp,
    Udp,
    Icmp,
    Other,
}
