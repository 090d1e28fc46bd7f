using Weft.Ports.Linux;

namespace Weft.Ports.Memif;

/// <summary>The end that listens. All that it uses belongs to the peer: memory, rings, descriptors, and each is judged before it is used.</summary>
internal sealed unsafe class MemifServer : MemifLink
{
    private readonly SortedDictionary<int, MemifRing> _fromClient = [];
    private readonly SortedDictionary<int, MemifRing> _toClient = [];
    private bool _hasIntroducedItself;

    /// <summary>Greets who has connected.</summary>
    /// <exception cref="IOException">It is gone again.</exception>
    public MemifServer(MemifSocket socket, MemifOptions options, string name)
        : base(socket, options, name)
    {
        Span<byte> bytes = stackalloc byte[MemifMessage.Bytes];
        new MemifMessage(bytes).Hello(name, options.Queues);
        Send(bytes);
    }

    public override void Dispose()
    {
        foreach (MemifRing ring in _fromClient.Values.Concat(_toClient.Values))
        {
            ring.Dispose();
        }

        base.Dispose();
    }

    protected override void Handle(MemifMessage message, ref int descriptor)
    {
        switch (message.Type)
        {
            case MemifMessageType.Init when !_hasIntroducedItself:
                Introduce(message);
                break;
            case MemifMessageType.AddRegion when _hasIntroducedItself && !IsConnected:
                AddRegion(message, Take(ref descriptor));
                break;
            case MemifMessageType.AddRing when _hasIntroducedItself && !IsConnected:
                AddRing(message, Take(ref descriptor));
                break;
            case MemifMessageType.Connect when _hasIntroducedItself && !IsConnected:
                Connect();
                return;
            default:
                throw new IOException("a message that does not belong here");
        }

        Span<byte> bytes = stackalloc byte[MemifMessage.Bytes];
        new MemifMessage(bytes).Begin(MemifMessageType.Ack);
        Send(bytes);
    }

    private static int Take(ref int descriptor)
    {
        int taken = descriptor;
        descriptor = -1;
        return taken;
    }

    private void Introduce(MemifMessage init)
    {
        _hasIntroducedItself = init.InitVersion != MemifMessage.Version ? throw new IOException("another version of the protocol")
            : init.InitInterface != Options.InterfaceId ? throw new IOException("no such interface")
            : !init.IsEthernet ? throw new IOException("only Ethernet mode")
            : true;
    }

    private void AddRegion(MemifMessage message, int descriptor)
    {
        if (descriptor < 0)
        {
            throw new IOException("a region without a descriptor");
        }

        if (message.RegionIndex != Regions.Count || Regions.Count == MemifMessage.MaxRegions)
        {
            _ = Libc.close(descriptor);
            throw new IOException("regions must come in order, 16 at most");
        }

        Regions.Add(MemifMemory.Map(descriptor, message.RegionBytes));
    }

    private void AddRing(MemifMessage message, int descriptor)
    {
        if (descriptor < 0)
        {
            throw new IOException("a ring without a descriptor");
        }

        SortedDictionary<int, MemifRing> rings = message.RingIsToServer ? _fromClient : _toClient;
        string? problem = message.RingIndex >= Options.Queues || rings.ContainsKey(message.RingIndex) ? "no such ring"
            : message.RingLog2Slots is < 1 or > MemifMessage.MaxLog2RingSlots ? "a ring of such a size"
            : message.RingRegion >= Regions.Count || message.RingOffset % 8 != 0 || !Regions[message.RingRegion].Contains(message.RingOffset, MemifRing.BytesOf(message.RingLog2Slots)) ? "a ring outside its region"
            : !IsEvent(descriptor) ? "what is no event descriptor"
            : null;
        if (problem is not null)
        {
            _ = Libc.close(descriptor);
            throw new IOException(problem);
        }

        rings.Add(message.RingIndex, new MemifRing(Regions[message.RingRegion].Start + message.RingOffset, message.RingLog2Slots, descriptor));
    }

    /// <summary>Whatever else a peer could pass here, such as a pipe that nobody reads, would let it hold the thread that writes to it.</summary>
    private static bool IsEvent(int descriptor)
    {
        const int setFlags = 4, nonBlocking = Libc.O_RDWR | Libc.O_NONBLOCK;
        return File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", returnFinalTarget: false)?.Name == "anon_inode:[eventfd]" && Libc.fcntl(descriptor, setFlags, nonBlocking) >= 0;
    }

    private void Connect()
    {
        bool areRings = _fromClient.Count > 0 && _toClient.Count > 0 && _fromClient.Values.Concat(_toClient.Values).All(ring => ring.IsRing);
        if (!areRings)
        {
            throw new IOException("no rings");
        }

        var buffers = new MemifBuffers(Regions);
        foreach (MemifRing ring in _fromClient.Values)
        {
            Add(new MemifReceiver(ring, buffers));
        }

        foreach (MemifRing ring in _toClient.Values)
        {
            Add(new MemifSender(ring, buffers));
        }

        // Senders and receivers own them now.
        _fromClient.Clear();
        _toClient.Clear();
        Connected();
        Span<byte> bytes = stackalloc byte[MemifMessage.Bytes];
        new MemifMessage(bytes).Connect(Name, isAnswer: true);
        Send(bytes);
    }
}
