using System.Net.Sockets;
using Weft.Fuzz.Mutation;
using Weft.Packets;
using Weft.Ports;
using Weft.Ports.Linux;
using Weft.Ports.Memif;

namespace Weft.Fuzz.Targets;

/// <summary>
/// Both ends of a memif, each with a peer that sends what messages and descriptors it likes and writes into the memory that both share while frames go through it.
/// </summary>
internal sealed class MemifTarget : ScriptTarget
{
    private const int SharedBytes = 1 << 16;

    private static readonly string SocketPath = Path.Combine(ScratchFolder.Create("memif"), "s");
    private static readonly MemifOptions Options = new() { SocketPath = SocketPath, Queues = 2, RingSlots = 64, MaxFrameBytes = 256 };
    private static readonly Lazy<Socket> Listener = new(() => MemifSocket.Listen(SocketPath));

    public override string Name => "memif";

    public override string What => "messages, descriptors and rings of a memif's peer, as its server and as its client";

    public override IReadOnlyList<string> Assemblies => ["Ports"];

    public override IMutator Mutator => new ScriptMutator(new ByteMutator(Words));

    protected override IReadOnlyList<byte[]> Words => [[1, 0], [2, 0], [3, 0, 0, 2], [4, 0, 0, 0], [5, 0, 1, 0], [5, 0, 0, 0], [6, 0], [7, 0], [8, 0], [0x20, 0x1F, 0xE3, 0x03], [0, 1, 0, 0], [0xFF, 0xFF], [64, 0], [6]];

    /// <summary>A client that connects with two rings and puts frames into them; a server that takes what it is offered.</summary>
    public override IEnumerable<byte[]> Beginnings()
    {
        byte[] ring = [0x20, 0x1F, 0xE3, 0x03, 0, 0, 4, 0];
        byte[] frames = [0, 0, 0, 0, 60, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 40, 0, 0, 0, 0, 0x41, 0, 0, 0, 0, 0, 0];
        yield return
        [
            .. Control(false, 0, message => message.Init("peer", 0)), .. Control(false, 1, message => message.AddRegion(0, SharedBytes)),
            .. Poke(0, ring), .. Poke(0x1000, ring), .. Poke(128, frames), .. Poke(0x1000 + 128, frames),
            .. Control(false, 2, message => message.AddRing(true, 0, 0, 6)), .. Control(false, 2, message => message.AddRing(false, 0, 0x1000, 6)),
            .. Control(false, 0, message => message.Connect("peer", isAnswer: false)), .. Script.Step(6, 0, []), .. Poke(6, [6, 0]), .. Script.Step(7, 0, []),
        ];
        yield return
        [
            .. Control(true, 0, message => message.Hello("peer", 2)), .. Enumerable.Range(0, 6).SelectMany(_ => Control(true, 0, message => message.Begin(MemifMessageType.Ack))),
            .. Control(true, 0, message => message.Connect("peer", isAnswer: true)), .. Script.Step(0x86, 0, []), .. Script.Step(0x87, 0, []),
        ];
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        using var server = new Side(isClient: false);
        using var client = new Side(isClient: true);
        var script = new ScriptReader(input);
        while (script.TryRead(out ScriptStep step))
        {
            Side side = (step.Where & 0x80) != 0 ? client : server;
            side.Take(step.Where & 7, step.Bytes);
        }
    }

    private delegate void Fill(MemifMessage message);

    private static byte[] Control(bool toClient, byte kind, Fill fill)
    {
        byte[] bytes = new byte[MemifMessage.Bytes];
        fill(new MemifMessage(bytes));
        return Script.Step((byte)(kind | (toClient ? 0x80 : 0)), 0, bytes);
    }

    private static byte[] Poke(ushort at, byte[] bytes) => Script.Step(4, 0, [(byte)at, (byte)(at >> 8), .. bytes]);

    /// <summary>One link, its peer, and the memory that the peer offers.</summary>
    private sealed unsafe class Side : IDisposable
    {
        private readonly MemifSocket _peer;
        private readonly MemifLink _link;
        private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 8, BufferBytes = 512, HeadroomBytes = 64 });
        private readonly MemifMemory _shared = MemifMemory.Create(SharedBytes);
        private readonly Packet[] _burst = new Packet[4];
        private PortCounters _counters;
        private bool _isOver;

        public Side(bool isClient)
        {
            _ = Listener.Value;
            MemifSocket connected = MemifSocket.TryConnect(SocketPath)!;
            MemifSocket accepted = MemifSocket.TryAccept(Listener.Value)!;
            (_peer, MemifSocket own) = isClient ? (accepted, connected) : (connected, accepted);
            _link = isClient ? new MemifClient(own, Options, "link") : new MemifServer(own, Options, "link");
        }

        public void Take(int kind, ReadOnlySpan<byte> bytes)
        {
            if (_isOver)
            {
                return;
            }

            switch (kind)
            {
                case <= 3:
                    Say(kind, bytes);
                    break;
                case 4 or 5 when bytes.Length > 2:
                    int at = bytes[0] | (bytes[1] << 8);
                    bytes = bytes[2..];
                    bytes[..Math.Min(bytes.Length, SharedBytes - at)].CopyTo(new Span<byte>(_shared.Start + at, SharedBytes - at));
                    break;
                case 6:
                    Receive();
                    break;
                default:
                    Send();
                    break;
            }
        }

        public void Dispose()
        {
            _link.Dispose();
            _peer.Dispose();
            _shared.Dispose();
            Require(_pool.Available == 8, "a buffer that nobody gave back");
            _pool.Dispose();
        }

        private void Say(int kind, ReadOnlySpan<byte> bytes)
        {
            Span<byte> message = stackalloc byte[MemifMessage.Bytes];
            message.Clear();
            bytes[..Math.Min(bytes.Length, message.Length)].CopyTo(message);
            int interrupt = kind == 2 ? Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC) : -1;
            try
            {
                _peer.Send(message, kind switch { 1 => _shared.Descriptor, 2 => interrupt, 3 => 0, _ => -1 });
                _link.Advance();
                while (_peer.TryReceive(message, out int descriptor))
                {
                    _ = descriptor >= 0 ? Libc.close(descriptor) : 0;
                }
            }
            catch (IOException)
            {
                // The link is over, as either side has said.
                _isOver = true;
            }
            finally
            {
                _ = interrupt >= 0 ? Libc.close(interrupt) : 0;
            }
        }

        private void Receive()
        {
            foreach (MemifReceiver receiver in _link.IsConnected ? _link.Receivers : [])
            {
                receiver.Arm();
                int count = receiver.Receive(_pool, _burst, ref _counters);
                Require(count >= -1 && count <= _burst.Length, "more frames than there is room for");
                foreach (Packet packet in _burst.AsSpan(0, Math.Max(0, count)))
                {
                    Require(packet.Length is > 0 and <= 512, "a frame that is longer than a buffer");
                    _pool.Return(packet);
                }
            }
        }

        private void Send()
        {
            foreach (MemifSender sender in _link.IsConnected ? _link.Senders : [])
            {
                _ = _pool.TryRent(out Packet packet);
                _ = _pool.TrySetLength(ref packet, 100);
                int done = sender.Send(_pool, [packet], 256, ref _counters);
                Require(done is >= -1 and <= 1, "more frames sent than there were");
                _pool.Return(packet);
            }
        }
    }
}
