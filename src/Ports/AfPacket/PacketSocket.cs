namespace Weft.Ports.AfPacket;

/// <summary>The kernel's constants for packet sockets (linux/if_packet.h).</summary>
internal static class PacketSocket
{
    public const int SolPacket = 263;
    public const int AddMembership = 1;
    public const int ReceiveRing = 5;
    public const int Statistics = 6;
    public const int CopyThreshold = 7;
    public const int Version = 10;
    public const int VnetHeader = 15;
    public const int QdiscBypass = 20;
    public const int IgnoreOutgoing = 23;

    public const int VersionFrames = 1;
    public const int VersionBlocks = 2;
    public const int Promiscuous = 1;

    /// <summary>htons(ETH_P_ALL).</summary>
    public const ushort EveryProtocol = 0x0300;

    public const uint StatusUser = 1;
    public const uint StatusCopy = 1 << 1;
    public const uint StatusVlanValid = 1 << 4;
    public const uint StatusVlanTpidValid = 1 << 6;
}
