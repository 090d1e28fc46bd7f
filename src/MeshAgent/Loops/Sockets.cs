using System.Runtime.InteropServices;
using Weft.Mesh;
using Weft.MeshAgent.Native;

namespace Weft.MeshAgent.Loops;

/// <summary>Makes descriptors. A negative result is an errno with its sign turned.</summary>
internal static unsafe class Sockets
{
    private const int Backlog = 4096;
    private const int TcpUserTimeout = 18;

    /// <summary>Data that is not acknowledged for so long breaks a tunnel (RFC 5482).</summary>
    private const int UserTimeoutMilliseconds = 60_000;

    public static int Listen(MeshEndpoint local)
    {
        int descriptor = Create(local, Libc.SOCK_STREAM);
        if (descriptor < 0)
        {
            return descriptor;
        }

        Set(descriptor, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
        AllowAnyAddress(descriptor, local);
        return Bind(descriptor, local) is < 0 and var error ? CloseWith(descriptor, error)
            : Libc.listen(descriptor, Backlog) < 0 ? CloseWith(descriptor, -Marshal.GetLastSystemError())
            : descriptor;
    }

    public static int BindDatagram(MeshEndpoint local)
    {
        int descriptor = Create(local, Libc.SOCK_DGRAM);
        if (descriptor < 0)
        {
            return descriptor;
        }

        AllowAnyAddress(descriptor, local);
        return Bind(descriptor, local) is < 0 and var error ? CloseWith(descriptor, error) : descriptor;
    }

    /// <summary>Accepts a connection.</summary>
    public static int Accept(int listener, out MeshEndpoint peer)
    {
        SocketAddress address = SocketAddress.Empty;
        int descriptor = Libc.accept4(listener, (byte*)&address, &address.Length, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
        if (descriptor < 0)
        {
            peer = default;
            return -Marshal.GetLastSystemError();
        }

        peer = address.Endpoint;
        Set(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
        return descriptor;
    }

    /// <summary>Begins to connect.</summary>
    /// <param name="remote">Where to.</param>
    /// <param name="source">The address to come from and the port that is wished for; the default for none.</param>
    /// <param name="transparent">True if the source is not an address of this machine (IP_TRANSPARENT).</param>
    /// <param name="keptPort">Whether the wished port was free.</param>
    public static int Connect(MeshEndpoint remote, MeshEndpoint source, bool transparent, out bool keptPort) =>
        Connect(remote, source, transparent, Libc.SOCK_STREAM, out keptPort);

    public static int ConnectDatagram(MeshEndpoint remote, MeshEndpoint source, bool transparent, out bool keptPort) =>
        Connect(remote, source, transparent, Libc.SOCK_DGRAM, out keptPort);

    public static MeshEndpoint LocalOf(int descriptor)
    {
        SocketAddress address = SocketAddress.Empty;
        return Libc.getsockname(descriptor, (byte*)&address, &address.Length) == 0 ? address.Endpoint : default;
    }

    /// <summary>Has a long-lived connection notice that the other side is gone.</summary>
    public static void KeepAlive(int descriptor)
    {
        Set(descriptor, Libc.SOL_SOCKET, Libc.SO_KEEPALIVE, 1);
        Set(descriptor, Libc.IPPROTO_TCP, TcpUserTimeout, UserTimeoutMilliseconds);
    }

    public static void SetLingerZero(int descriptor)
    {
        long onAndNoTime = 1; // struct linger { int onoff = 1; int linger = 0; }, little-endian
        _ = Libc.setsockopt(descriptor, Libc.SOL_SOCKET, Libc.SO_LINGER, &onAndNoTime, sizeof(long));
    }

    private static int Connect(MeshEndpoint remote, MeshEndpoint source, bool transparent, int type, out bool keptPort)
    {
        keptPort = false;
        int descriptor = Create(remote, type);
        if (descriptor < 0)
        {
            return descriptor;
        }

        if (type == Libc.SOCK_STREAM)
        {
            Set(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
        }

        if (source != default && BindSource(descriptor, source, transparent, out keptPort) is < 0 and var refused)
        {
            return CloseWith(descriptor, refused);
        }

        var address = new SocketAddress(remote);
        if (Libc.connect(descriptor, (byte*)&address, address.Length) == 0)
        {
            return descriptor;
        }

        int error = Marshal.GetLastSystemError();
        if (error == Libc.EADDRNOTAVAIL && keptPort)
        {
            // The port is free in general but not towards this destination: the same client port is still in TIME_WAIT there.
            _ = Libc.close(descriptor);
            return Connect(remote, source with { Port = 0 }, transparent, type, out keptPort);
        }

        return error == Libc.EINPROGRESS ? descriptor : CloseWith(descriptor, -error);
    }

    private static int BindSource(int descriptor, MeshEndpoint source, bool transparent, out bool keptPort)
    {
        if (transparent && !Set(descriptor, source.IsIPv4 ? Libc.SOL_IP : Libc.SOL_IPV6, source.IsIPv4 ? Libc.IP_TRANSPARENT : Libc.IPV6_TRANSPARENT, 1))
        {
            keptPort = false;
            return -Marshal.GetLastSystemError();
        }

        AllowAnyAddress(descriptor, source);
        if (source.Port != 0)
        {
            // Connections of one client port to several applications share the local port; only the whole four-tuple must be free.
            Set(descriptor, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
            keptPort = Bind(descriptor, source) == 0;
            if (keptPort)
            {
                return 0;
            }

            Set(descriptor, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 0);
        }

        keptPort = false;
        Set(descriptor, Libc.SOL_IP, Libc.IP_BIND_ADDRESS_NO_PORT, 1);
        return Bind(descriptor, source with { Port = 0 });
    }

    private static int Create(MeshEndpoint family, int type)
    {
        int descriptor = Libc.socket(family.IsIPv4 ? Libc.AF_INET : Libc.AF_INET6, type | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        if (descriptor < 0)
        {
            return -Marshal.GetLastSystemError();
        }

        if (!family.IsIPv4)
        {
            Set(descriptor, Libc.SOL_IPV6, Libc.IPV6_V6ONLY, 1);
        }

        return descriptor;
    }

    // IPv6 has one loopback address; others of a pool are bound although no device has them.
    private static void AllowAnyAddress(int descriptor, MeshEndpoint local)
    {
        if (!local.IsIPv4)
        {
            Set(descriptor, Libc.SOL_IPV6, Libc.IPV6_FREEBIND, 1);
        }
    }

    private static int Bind(int descriptor, MeshEndpoint local)
    {
        var address = new SocketAddress(local);
        return Libc.bind(descriptor, (byte*)&address, address.Length) < 0 ? -Marshal.GetLastSystemError() : 0;
    }

    private static bool Set(int descriptor, int level, int option, int value) => Libc.setsockopt(descriptor, level, option, &value, sizeof(int)) == 0;

    private static int CloseWith(int descriptor, int error)
    {
        _ = Libc.close(descriptor);
        return error;
    }
}
