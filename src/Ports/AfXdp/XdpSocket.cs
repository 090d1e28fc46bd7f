using System.Runtime.InteropServices;
using Weft.Ports.Linux;

namespace Weft.Ports.AfXdp;

/// <summary>One queue of a device: shared memory for frames, half for each direction, and four rings. One that only sends has memory and rings for that alone.</summary>
internal sealed unsafe class XdpSocket : IDisposable
{
    private const int Directional = 2048;

    /// <summary>The kernel wants a ring of places to receive into, even where nothing is received.</summary>
    private const int UnusedRing = 1;
    private const int TransmitBudget = 256;

    /// <summary>Calls in a row for one burst; each lets the kernel send a budget of frames.</summary>
    private const int MaxKicks = 8;

    private readonly int _frameBytes;
    private readonly bool _sendsOnly;
    private readonly byte* _memory;
    private readonly ulong[] _idle = new ulong[Directional];
    private XdpRing _receive;
    private XdpRing _transmit;
    private XdpRing _fill;
    private XdpRing _completion;
    private int _idleCount;

    /// <summary>Opens a queue of a device.</summary>
    /// <param name="device">The device's number.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="queue">Which queue.</param>
    /// <param name="frameBytes">Bytes of the place of a frame, 2048 or 4096.</param>
    /// <param name="sendsOnly">True for a socket that receives nothing; then the kernel copies, and leaves the device's own queue as it is.</param>
    /// <exception cref="IOException">The system refused; another socket has the queue, for example.</exception>
    public XdpSocket(int device, string name, int queue, int frameBytes, bool sendsOnly = false)
    {
        (_frameBytes, _sendsOnly) = (frameBytes, sendsOnly);
        Descriptor = LinuxError.Check(Libc.socket(XdpConstants.Family, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, 0), "cannot open an AF_XDP socket (root or CAP_NET_RAW is needed)");
        try
        {
            nint memory = Libc.mmap(0, MemoryBytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_POPULATE, -1, 0);
            _memory = memory == -1 ? throw LinuxError.Create("no memory for the frames of an AF_XDP socket") : (byte*)memory;
            Register();
            MapRings();
            IsZeroCopy = Bind(device, name, queue);
        }
        catch
        {
            Dispose();
            throw;
        }

        Prepare();
    }

    public int Descriptor { get; }

    /// <summary>True if the device writes into the shared memory itself.</summary>
    public bool IsZeroCopy { get; }

    /// <summary>Bytes of the place of a frame.</summary>
    public int FrameBytes => _frameBytes;

    /// <summary>Frames that have arrived.</summary>
    public uint Ready() => _receive.Ready();

    /// <summary>The next frame that has arrived. It must be given back, before the one after it is taken.</summary>
    public ReadOnlySpan<byte> Take(out ulong address)
    {
        ref XdpFrame frame = ref _receive.NextFrame();
        address = frame.Address;
        return new ReadOnlySpan<byte>(_memory + frame.Address, (int)frame.Length);
    }

    /// <summary>Lets the kernel receive into the place of a frame again.</summary>
    public void GiveBack(ulong address) => _fill.NextAddress() = address & ~(ulong)(_frameBytes - 1);

    /// <summary>Publishes what was taken and given back.</summary>
    public void EndReceive()
    {
        _receive.Consume();
        _fill.Produce();
        if (_fill.NeedsWakeup)
        {
            _ = Libc.recv(Descriptor, null, 0, Libc.MSG_DONTWAIT);
        }
    }

    /// <summary>Copies a frame to be sent.</summary>
    /// <returns>False if there is no room now.</returns>
    public bool TryPut(ReadOnlySpan<byte> bytes)
    {
        if (_idleCount == 0)
        {
            return false;
        }

        ulong address = _idle[--_idleCount];
        bytes.CopyTo(new Span<byte>(_memory + address, _frameBytes));
        _transmit.NextFrame() = new XdpFrame { Address = address, Length = (uint)bytes.Length };
        return true;
    }

    /// <summary>Takes back the places of frames that were sent.</summary>
    public void Reap()
    {
        uint done = _completion.Ready();
        for (uint i = 0; i < done; i++)
        {
            _idle[_idleCount++] = _completion.NextAddress() & ~(ulong)(_frameBytes - 1);
        }

        if (done > 0)
        {
            _completion.Consume();
        }
    }

    /// <summary>True if frames wait that the kernel would not send when it was called: its queue was full.</summary>
    public bool HasUnsent => _transmit.Free() < Directional;

    /// <summary>Has the kernel send what was put.</summary>
    /// <returns>0, or why it does not.</returns>
    public int Kick() => Kick(out _);

    /// <summary>Has the kernel send what was put after all before was sent.</summary>
    /// <returns>
    /// False if the device was down before the kernel looked at anything: then all of it is taken back. Once it has looked, nothing can be: it remembers how far the ring was
    /// filled, and would send what stood there.
    /// </returns>
    public bool TryKick()
    {
        if (Kick(out int calls) == 0 || calls > 1)
        {
            return true;
        }

        for (uint unsent = Directional - _transmit.Free(); unsent > 0; unsent--)
        {
            _idle[_idleCount++] = _transmit.PreviousFrame().Address;
        }

        _transmit.Produce();
        return false;
    }

    /// <summary>Frames that the kernel lost since the socket was opened.</summary>
    public ulong Lost()
    {
        // struct xdp_statistics: rx_dropped, rx_invalid_descs, tx_invalid_descs, rx_ring_full, rx_fill_ring_empty_descs, tx_ring_empty_descs.
        const int counters = 6;
        ulong* statistics = stackalloc ulong[counters];
        int length = counters * sizeof(ulong);
        return Libc.getsockopt(Descriptor, XdpConstants.Level, XdpConstants.Statistics, statistics, &length) == 0 ? statistics[0] + statistics[3] : 0;
    }

    public void Dispose()
    {
        _receive.Dispose();
        _transmit.Dispose();
        _fill.Dispose();
        _completion.Dispose();
        _ = Libc.close(Descriptor);
        if (_memory != null)
        {
            _ = Libc.munmap((nint)_memory, MemoryBytes);
        }
    }

    /// <param name="calls">How often the kernel was called.</param>
    private int Kick(out int calls)
    {
        _transmit.Produce();
        for (calls = 0; calls < MaxKicks && HasUnsent && (calls > 0 || _transmit.NeedsWakeup);)
        {
            calls++;
            nint sent = Libc.sendto(Descriptor, null, 0, Libc.MSG_DONTWAIT, null, 0);
            int errno = sent < 0 ? Marshal.GetLastSystemError() : 0;
            Reap();
            // Otherwise the budget of a call is used up and there is more, or a queue is full for the moment.
            if (errno is Libc.ENETDOWN or Libc.ENXIO or Libc.ENODEV)
            {
                return errno;
            }
        }

        return 0;
    }

    private nint MemoryBytes => (nint)(_sendsOnly ? Directional : 2 * Directional) * _frameBytes;

    private void Register()
    {
        // struct xdp_umem_reg: address, length, frame size, headroom, flags.
        const int requestBytes = 32;
        byte* request = stackalloc byte[requestBytes];
        new Span<byte>(request, requestBytes).Clear();
        *(ulong*)request = (ulong)_memory;
        *(ulong*)(request + 8) = (ulong)MemoryBytes;
        *(int*)(request + 16) = _frameBytes;
        LinuxError.Check(Libc.setsockopt(Descriptor, XdpConstants.Level, XdpConstants.MemoryRegistration, request, requestBytes), "cannot share memory with an AF_XDP socket");
        int budget = TransmitBudget;
        // Kernels before 6.5 have no such option and send 32 at a time.
        _ = Libc.setsockopt(Descriptor, XdpConstants.Level, XdpConstants.TransmitBudget, &budget, sizeof(int));
    }

    private void MapRings()
    {
        foreach (int ring in (ReadOnlySpan<int>)[XdpConstants.ReceiveRing, XdpConstants.TransmitRing, XdpConstants.FillRing, XdpConstants.CompletionRing])
        {
            if (_sendsOnly && ring == XdpConstants.ReceiveRing)
            {
                continue;
            }

            int entries = _sendsOnly && ring == XdpConstants.FillRing ? UnusedRing : Directional;
            LinuxError.Check(Libc.setsockopt(Descriptor, XdpConstants.Level, ring, &entries, sizeof(int)), "cannot make a ring of an AF_XDP socket");
        }

        // struct xdp_mmap_offsets: for each of the four, producer, consumer, entries, flags.
        const int offsetsCount = 16;
        ulong* offsets = stackalloc ulong[offsetsCount];
        int length = offsetsCount * sizeof(ulong);
        LinuxError.Check(Libc.getsockopt(Descriptor, XdpConstants.Level, XdpConstants.MemoryMapOffsets, offsets, &length), "cannot ask where the rings of an AF_XDP socket are");
        _transmit = new XdpRing(Descriptor, XdpConstants.TransmitOffset, offsets + 4, Directional, sizeof(XdpFrame));
        if (!_sendsOnly)
        {
            _receive = new XdpRing(Descriptor, XdpConstants.ReceiveOffset, offsets, Directional, sizeof(XdpFrame));
            _fill = new XdpRing(Descriptor, XdpConstants.FillOffset, offsets + 8, Directional, sizeof(ulong));
        }

        _completion = new XdpRing(Descriptor, XdpConstants.CompletionOffset, offsets + 12, Directional, sizeof(ulong));
    }

    private bool Bind(int device, string name, int queue)
    {
        if (!_sendsOnly && TryBind(device, queue, XdpConstants.BindZeroCopy | XdpConstants.BindNeedsWakeup))
        {
            return true;
        }

        if (!TryBind(device, queue, XdpConstants.BindCopy | XdpConstants.BindNeedsWakeup))
        {
            throw LinuxError.Create($"cannot tie an AF_XDP socket to queue {queue} of {name}");
        }

        return false;
    }

    private bool TryBind(int device, int queue, int flags)
    {
        // struct sockaddr_xdp: family, flags, device, queue, descriptor of shared memory.
        const int addressBytes = 16;
        byte* address = stackalloc byte[addressBytes];
        new Span<byte>(address, addressBytes).Clear();
        *(ushort*)address = XdpConstants.Family;
        *(ushort*)(address + 2) = (ushort)flags;
        *(int*)(address + 4) = device;
        *(int*)(address + 8) = queue;
        return Libc.bind(Descriptor, address, addressBytes) == 0;
    }

    private void Prepare()
    {
        for (int i = 0; i < Directional; i++)
        {
            _idle[_idleCount++] = (ulong)i * (ulong)_frameBytes;
            if (!_sendsOnly)
            {
                _fill.NextAddress() = (ulong)(Directional + i) * (ulong)_frameBytes;
            }
        }

        if (!_sendsOnly)
        {
            _fill.Produce();
        }
    }
}
