using Weft.Ports.Linux;

namespace Weft.Ports.AfPacket;

/// <summary>The kernel's constants for packet sockets (linux/if_packet.h), and what every one of them begins with.</summary>
internal static unsafe class PacketSocket
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

    /// <summary>A socket that receives nothing until it is bound to a protocol.</summary>
    public static int Open() => LinuxError.Check(
        Libc.socket(Libc.AF_PACKET, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0), "cannot open a packet socket (root or CAP_NET_RAW is needed)");

    /// <summary>Has a device deliver frames for whatever address, for as long as the socket is open.</summary>
    public static void JoinPromiscuously(int socket, int device, string name)
    {
        // struct packet_mreq
        const int requestBytes = 16;
        byte* request = stackalloc byte[requestBytes];
        new Span<byte>(request, requestBytes).Clear();
        *(int*)request = device;
        *(ushort*)(request + 4) = Promiscuous;
        LinuxError.Check(Libc.setsockopt(socket, SolPacket, AddMembership, request, requestBytes), $"cannot make {name} promiscuous");
    }

    /// <summary>A socket that does nothing but keep a device promiscuous.</summary>
    public static int HoldPromiscuous(int device, string name)
    {
        int socket = Open();
        try
        {
            JoinPromiscuously(socket, device, name);
            return socket;
        }
        catch
        {
            _ = Libc.close(socket);
            throw;
        }
    }
}
