using Weft.Ports.Linux;

namespace Weft.Ports.AfPacket;

/// <summary>Memory that the kernel fills with frames and that is read without system calls.</summary>
internal abstract unsafe class ReceiveRing : IDisposable
{
    private readonly nint _length;

    /// <summary>Asks the kernel for a ring and maps it.</summary>
    protected ReceiveRing(int socket, int version, ReadOnlySpan<int> request, nint length)
    {
        LinuxError.Check(Libc.setsockopt(socket, PacketSocket.SolPacket, PacketSocket.Version, &version, sizeof(int)), $"cannot choose TPACKET version {version}");
        // The header of each frame is laid out when the ring is made, so the offload description must be asked for before.
        int on = 1;
        LinuxError.Check(Libc.setsockopt(socket, PacketSocket.SolPacket, PacketSocket.VnetHeader, &on, sizeof(int)), "cannot ask for offload descriptions (PACKET_VNET_HDR)");
        fixed (int* values = request)
        {
            LinuxError.Check(Libc.setsockopt(socket, PacketSocket.SolPacket, PacketSocket.ReceiveRing, values, request.Length * sizeof(int)), $"cannot make a receive ring of {length} bytes");
        }

        _length = length;
        Memory = Map(socket, length);
    }

    /// <summary>Maps the ring that a socket has already.</summary>
    protected ReceiveRing(int socket, nint length)
    {
        _length = length;
        Memory = Map(socket, length);
    }

    protected byte* Memory { get; }

    /// <summary>What <see cref="Open"/> needs to make the same of the same socket.</summary>
    public abstract long[] Shape { get; }

    /// <summary>Where reading goes on.</summary>
    public abstract long[] Position { get; }

    /// <summary>Maps the ring of a socket that another process has made.</summary>
    /// <exception cref="IOException">The shape is none, or not this socket's.</exception>
    public static ReceiveRing Open(int socket, ReadOnlySpan<long> shape) => shape switch
    {
        [PacketSocket.VersionFrames, > 0 and <= 1 << 20 and long slot, > 0 and <= 1 << 24 and long slots] => FrameRing.Map(socket, (int)slot, (int)slots),
        [PacketSocket.VersionBlocks, > 0 and <= 1 << 16 and long blocks] => BlockRing.Map(socket, (int)blocks),
        _ => throw new IOException("a receive ring of a shape that this program does not know was handed over"),
    };

    /// <summary>Goes on where another process stopped.</summary>
    /// <returns>False if there is no such place.</returns>
    public abstract bool MoveTo(ReadOnlySpan<long> position);

    private static byte* Map(int socket, nint length)
    {
        // The kernel refuses any length but the ring's own.
        nint mapped = Libc.mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_POPULATE, socket, 0);
        if (mapped == -1)
        {
            throw LinuxError.Create($"cannot map a receive ring of {length} bytes");
        }

        return (byte*)mapped;
    }

    /// <summary>The oldest frame that was not released; false if the kernel has delivered none.</summary>
    public abstract bool TryPeek(out RingFrame frame);

    /// <summary>Gives the frame that <see cref="TryPeek"/> showed back to the kernel.</summary>
    public abstract void Release();

    public void Dispose() => _ = Libc.munmap((nint)Memory, _length);
}
