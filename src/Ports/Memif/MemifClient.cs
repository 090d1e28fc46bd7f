using Weft.Ports.Linux;

namespace Weft.Ports.Memif;

/// <summary>The end that connects: it makes the memory, names its rings to the server and waits for each to be acknowledged.</summary>
internal sealed unsafe class MemifClient(MemifSocket socket, MemifOptions options, string name) : MemifLink(socket, options, name)
{
    private const int PageBytes = 4096;
    private readonly List<(bool ToServer, int Index, uint Offset, int Interrupt)> _rings = [];
    private int _queues;
    private int _log2Slots;
    private int _acknowledged;
    private bool _hasGreeted;

    private uint RingBytes => (uint)(MemifRing.BytesOf(_log2Slots) + 63) & ~63u;

    /// <summary>Where buffers begin: behind all rings, on a page of their own.</summary>
    private uint BuffersAt => (uint)(_queues * 2 * RingBytes + PageBytes - 1) & ~(uint)(PageBytes - 1);

    /// <summary>An odd number of cache lines: at a power of two the first lines of all buffers, which every frame touches, would evict each other from a few sets.</summary>
    private int BufferBytes => ((Options.MaxFrameBytes + 63) / 64 | 1) * 64;

    protected override void Handle(MemifMessage message, ref int descriptor)
    {
        switch (message.Type)
        {
            case MemifMessageType.Hello when !_hasGreeted:
                Greet(message);
                break;
            case MemifMessageType.Ack when _hasGreeted && _acknowledged < 2 + _queues * 2:
                _acknowledged++;
                Continue();
                break;
            case MemifMessageType.Connected when _acknowledged == 2 + _queues * 2 && !IsConnected:
                // A server may clear the rings when it connects, so buffers are lent from here on and not before.
                Connected();
                break;
            default:
                throw new IOException("a message that does not belong here");
        }
    }

    private void Greet(MemifMessage hello)
    {
        if (hello.Versions.Lowest > MemifMessage.Version || hello.Versions.Highest < MemifMessage.Version)
        {
            throw new IOException("no version of the protocol in common");
        }

        _hasGreeted = true;
        _queues = Math.Min(Options.Queues, hello.HelloQueues);
        _log2Slots = Math.Min(int.Log2(Options.RingSlots), hello.HelloLog2RingSlots);
        if (_log2Slots < 1)
        {
            throw new IOException("rings without slots");
        }

        Regions.Add(MemifMemory.Create(BuffersAt + (ulong)(_queues * 2) * (ulong)(1 << _log2Slots) * (ulong)BufferBytes));
        for (int ring = 0; ring < _queues * 2; ring++)
        {
            MakeRing(ring);
        }

        Span<byte> bytes = stackalloc byte[MemifMessage.Bytes];
        new MemifMessage(bytes).Init(Name, Options.InterfaceId);
        Send(bytes);
    }

    private void MakeRing(int number)
    {
        int slots = 1 << _log2Slots;
        uint offset = (uint)number * RingBytes;
        int interrupt = LinuxError.Check(Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC), "cannot make an event descriptor");
        var ring = new MemifRing(Regions[0].Start + offset, _log2Slots, interrupt);
        ring.Format();
        var buffers = new MemifBuffers(Regions[0], BuffersAt + (uint)(number * slots * BufferBytes), slots, BufferBytes);
        bool toServer = number < _queues;
        _rings.Add((toServer, number % _queues, offset, interrupt));
        if (toServer)
        {
            Add(new MemifSender(ring, buffers));
        }
        else
        {
            Add(new MemifReceiver(ring, buffers));
        }
    }

    /// <summary>After an acknowledgement: names the memory, then each ring, then asks to be connected.</summary>
    private void Continue()
    {
        Span<byte> bytes = stackalloc byte[MemifMessage.Bytes];
        var message = new MemifMessage(bytes);
        int ring = _acknowledged - 2;
        if (ring < 0)
        {
            message.AddRegion(0, Regions[0].Bytes);
            Send(bytes, Regions[0].Descriptor);
        }
        else if (ring < _rings.Count)
        {
            message.AddRing(_rings[ring].ToServer, _rings[ring].Index, _rings[ring].Offset, _log2Slots);
            Send(bytes, _rings[ring].Interrupt);
        }
        else
        {
            message.Connect(Name, isAnswer: false);
            Send(bytes);
        }
    }
}
