using Weft.Host.Config;

namespace Weft.Host.Analytics.Processes;

/// <summary>One line of /proc/net/tcp and its kin.</summary>
/// <param name="Inode">Names the socket; descriptors of processes refer to it.</param>
/// <param name="IsTcp">TCP, or UDP.</param>
/// <param name="State">The kernel's number of the state; TCP: 10 listens.</param>
/// <param name="Local">Own address.</param>
/// <param name="LocalPort">Own port.</param>
/// <param name="Remote">The peer's address; unspecified without a peer.</param>
/// <param name="RemotePort">The peer's port; 0 without a peer.</param>
internal readonly record struct SocketEntry(
    ulong Inode, bool IsTcp, int State, TunnelAddress Local, ushort LocalPort, TunnelAddress Remote, ushort RemotePort)
{
    private const int TcpListen = 10;

    /// <summary>Whether it waits for others: a listening TCP socket, or a UDP socket without a peer.</summary>
    public bool IsServer => IsTcp ? State == TcpListen : RemotePort == 0;
}
