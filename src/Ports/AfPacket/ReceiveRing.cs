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
        nint mapped = Libc.mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_POPULATE, socket, 0);
        if (mapped == -1)
        {
            throw LinuxError.Create($"cannot map a receive ring of {length} bytes");
        }

        Memory = (byte*)mapped;
    }

    protected byte* Memory { get; }

    /// <summary>The oldest frame that was not released; false if the kernel has delivered none.</summary>
    public abstract bool TryPeek(out RingFrame frame);

    /// <summary>Gives the frame that <see cref="TryPeek"/> showed back to the kernel.</summary>
    public abstract void Release();

    public void Dispose() => _ = Libc.munmap((nint)Memory, _length);
}
