using System.Buffers.Binary;
using Weft.Bridge;
using Weft.Fuzz.Mutation;
using Weft.Packets;
using Weft.Ports;
using Weft.Ports.Offload;

namespace Weft.Fuzz.Targets;

internal sealed class LoopGuardTarget : EngineTarget<LoopGuardTarget.Guard>
{
    public override string Name => "loop-guard";

    public override string What => "loop probes that come back, late, changed, or made by somebody else";

    public override IReadOnlyList<string> Assemblies => ["Bridge"];

    /// <summary>Frames as they are, and probes sent back: the first two whole, others changed by what the step says.</summary>
    public override IEnumerable<byte[]> Beginnings() =>
    [
        [.. Script.Step(0x80, 160, []), .. Script.Step(0x81, 80, [])],
        [.. Script.Step(0x80, 0, [14, 1]), .. Script.Step(0x82, 200, []), .. Script.Step(0x83, 0, [60, 0xFF])],
        .. base.Beginnings(),
    ];

    protected override Guard Make(Timestamp start) => new(start);

    protected override void Step(Guard engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    internal sealed class Guard(Timestamp start) : IDisposable
    {
        private const int Remembered = 64;

        /// <summary>Of an untagged probe, what the signature covers.</summary>
        private static readonly Range Signed = 14..54;

        private readonly LoopGuard _guard = new(new LoopGuardOptions
        {
            Ports = [new LoopGuardPortOptions { Vlans = [0] }, new LoopGuardPortOptions { Vlans = [20, 30], Interval = TimeSpan.FromMilliseconds(100) }, new LoopGuardPortOptions()],
            Mac = new MacAddress(0x0200_0000_0001UL),
            Seed = new HashSeed(1, 2),
            Start = start,
        });

        private Sent _sent = new();

        public void Take(byte where, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            _guard.Advance(now, ref _sent);
            byte[] frame = bytes.ToArray();
            if ((where & 0x80) != 0 && _sent.Probes.Count > 0)
            {
                frame = [.. _sent.Probes[(where >> 2 & 31) % _sent.Probes.Count]];
                for (; bytes.Length >= 2; bytes = bytes[2..])
                {
                    frame[bytes[0] % frame.Length] ^= bytes[1];
                }
            }

            LoopVerdict verdict = _guard.Receive(where & 3, frame, out LoopSighting seen);
            if (verdict == LoopVerdict.Loop)
            {
                Require(seen.SentBy is 0 or 1 && seen.ReceivedAt == (where & 3), $"a loop that cannot be: {seen}");
                Require(_sent.Probes.Exists(probe => BodyOf(probe).SequenceEqual(BodyOf(frame))), "a probe that nobody sent is believed");
            }
        }

        public void Dispose() => _guard.Dispose();

        private static ReadOnlySpan<byte> BodyOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == 0x8100 ? frame[4..][Signed] : frame[Signed];

        private sealed class Sent : ILinkSink
        {
            public List<byte[]> Probes { get; } = [];

            public void Send(int port, scoped ReadOnlySpan<byte> frame)
            {
                Require(port is 0 or 1 && PacketLayout.TryParse(frame, out _), "a probe of a port that has no VLANs, or one that is no frame");
                if (Probes.Count == Remembered)
                {
                    Probes.RemoveAt(0);
                }

                Probes.Add(frame.ToArray());
            }
        }
    }
}

internal sealed class EgressQueuesTarget : BytesTarget
{
    private const int Queues = EgressSchedulerOptions.Queues;

    public override string Name => "egress-queues";

    public override string What => "frames that wait in the queues of a port: strict, weighted, shaped, full, given up";

    public override IReadOnlyList<string> Assemblies => ["Bridge"];

    public override int MaxBytes => 512;

    /// <summary>Four bytes a step: what and which queue, octets, and time for some.</summary>
    public override IEnumerable<byte[]> Beginnings() =>
    [
        [.. Enumerable.Range(0, 32).SelectMany(step => new byte[] { (byte)step, 5, 0xEE, 0 }), .. Enumerable.Repeat((byte[])[0x40, 0, 0, 100], 32).SelectMany(step => step)],
        [0, 0, 60, 0, 0x40, 0, 0, 0, 7, 0, 60, 0, 0x80, 0, 0, 0],
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        var scheduler = new EgressScheduler(new EgressSchedulerOptions
        {
            QueueOptions = [.. Enumerable.Range(0, Queues).Select(queue => new EgressQueueOptions { Weight = queue < 4 ? queue * 7 : 0, Frames = 1 + queue * 3, Bytes = queue == 2 ? 4_000 : long.MaxValue })],
            BytesPerSecond = input.Length % 2 == 0 ? 0 : 125_000,
            BurstBytes = 3_000,
        });
        Queue<(int Frame, int Bytes)>[] waiting = [.. Enumerable.Range(0, Queues).Select(_ => new Queue<(int, int)>())];
        long[] octets = new long[Queues];
        int count = 0;
        Timestamp now = Timestamp.Zero;
        for (int number = 1; input.Length >= 4; input = input[4..], number++)
        {
            int queue = input[0] & 7, bytes = 1 + ((input[1] << 8 | input[2]) % 9_000);
            now += TimeSpan.FromMicroseconds(input[3] * 50);
            if ((input[0] & 0xC0) is 0x40 or 0x80)
            {
                bool isTaken = (input[0] & 0x40) != 0 ? scheduler.TryTake(now, out int frame, out int from) : scheduler.TryAbandon(out frame, out from);
                (int Frame, int Bytes) first = default;
                Require(!isTaken || (waiting[from].TryDequeue(out first) && first.Frame == frame), "a frame that is not the first of its queue");
                octets[from] -= first.Bytes;
                count -= isTaken ? 1 : 0;
                Require(isTaken || (input[0] & 0x40) != 0 || scheduler.Count == 0, "frames that cannot be given up");
            }
            else if (scheduler.TryAdd(queue, number, bytes))
            {
                waiting[queue].Enqueue((number, bytes));
                octets[queue] += bytes;
                count++;
            }

            for (int each = 0; each < Queues; each++)
            {
                Require(scheduler.CountOf(each) == waiting[each].Count && scheduler.BytesOf(each) == octets[each], "a queue that is longer or shorter than what waits in it");
            }

            Require(scheduler.Count == count, "queues that do not add up");
            Require(scheduler.NextDue(now) >= now && (scheduler.Count == 0) == (scheduler.NextDue(now) == Timestamp.MaxValue), "frames that never leave");
        }

        for (; count > 0; count--)
        {
            now = scheduler.NextDue(now);
            Require(scheduler.TryTake(now, out _, out _), "a frame that does not leave when it is due");
        }
    }
}

internal sealed class SuperframesTarget : FuzzTarget
{
    private static readonly byte[] Room = new byte[70_000];

    /// <summary>Ethernet, IPv4, UDP and VXLAN.</summary>
    private static readonly byte[] TunnelHeaders = Convert.FromHexString("0200000000fe0200000000fd08004500000000004000401100" + "00" + "c0000201c0000202" + "c35012b500000000" + "0800000000006400");

    public override string Name => "superframes";

    public override string What => "frames longer than a wire's, with what a kernel says of them, cut into those of a wire, and taken together out of a tunnel";

    public override IReadOnlyList<string> Assemblies => ["Ports"];

    public override int MaxBytes => FrameBytes;

    public override IMutator Mutator { get; } = new DescribedMutator();

    /// <summary>Every TCP and UDP frame of the captures as if it were to be cut, by 16 octets and by 500.</summary>
    public override IEnumerable<byte[]> Beginnings()
    {
        foreach (byte[] frame in Captures.Frames())
        {
            if (PacketLayout.TryParse(frame, out PacketLayout layout) && layout.Protocol is IpProtocol.Tcp or IpProtocol.Udp)
            {
                bool isTcp = layout.Protocol == IpProtocol.Tcp;
                byte type = !isTcp ? (byte)GsoType.UdpL4 : layout.EtherType == EtherType.IPv6 ? (byte)GsoType.TcpV6 : (byte)GsoType.TcpV4;
                foreach (byte size in (byte[])[16, 250])
                {
                    byte[] described = [1, type, 0, 0, size, (byte)(size >> 7), (byte)layout.L4Offset, 0, (byte)(isTcp ? 16 : 6), 0, .. frame];
                    yield return described;
                    if (isTcp)
                    {
                        yield return InTunnel(described);
                    }
                }
            }
        }
    }

    /// <summary>The same as datagrams of a tunnel.</summary>
    private static byte[] InTunnel(ReadOnlySpan<byte> described)
    {
        VirtioNetHeader header = VirtioNetHeader.Read(described);
        ReadOnlySpan<byte> frame = described[VirtioNetHeader.Length..];
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 1, SuperframeBuffers = 2 });
        _ = pool.TryRentSuperframe(out Packet whole);
        _ = pool.TrySetLength(ref whole, frame.Length);
        frame.CopyTo(pool.Bytes(whole));
        pool.Describe(whole, header);
        var made = new Packet[1];
        if (pool.Encapsulate(whole, TunnelHeaders, VxlanHeader.Length, made) == 0)
        {
            return [];
        }

        byte[] told = new byte[VirtioNetHeader.Length];
        System.Runtime.InteropServices.MemoryMarshal.Write(told, pool.Description(made[0]));
        return [.. told, .. pool.Bytes(made[0])];
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < VirtioNetHeader.Length)
        {
            return;
        }

        VirtioNetHeader header = VirtioNetHeader.Read(input);
        ReadOnlySpan<byte> frame = input[VirtioNetHeader.Length..];
        _ = PartialChecksum.TryComplete(frame.ToArray(), header);
        if (!SuperframeLayout.TryParse(frame, header, out SuperframeLayout layout))
        {
            return;
        }

        List<byte[]> segments = Cut(frame, layout);
        byte[] together = frame.ToArray();
        if (!TunnelCoalescer.TryCoalesce(together, layout, out int bytes, out VirtioNetHeader told))
        {
            Require(frame.SequenceEqual(together), "what is not taken together is changed");
            return;
        }

        Require(SuperframeLayout.TryParse(together.AsSpan(0, bytes), told, out SuperframeLayout one) && one.IsTunnelled, "what is taken together is not what is said of it");
        Require(Cut(together.AsSpan(0, bytes), one).Zip(segments).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)), "what was taken together is not what came");
        Require(one.SegmentsOf(bytes) == segments.Count, "one was lost, or added");
    }

    private static List<byte[]> Cut(ReadOnlySpan<byte> frame, in SuperframeLayout layout)
    {
        var segments = new List<byte[]>();
        var segmenter = new SuperframeSegmenter();
        segmenter.Begin(frame, layout);
        int done = layout.HeaderBytes, count = 0;
        while (segmenter.IsActive)
        {
            int length = segmenter.Next(frame, Room);
            ReadOnlySpan<byte> segment = Room.AsSpan(0, length);
            segments.Add(segment.ToArray());
            Require(length <= segmenter.MaxSegmentBytes && ++count <= layout.SegmentsOf(frame.Length), "a segment that is too long, or too many");
            Require(segment[layout.HeaderBytes..].SequenceEqual(frame.Slice(done, length - layout.HeaderBytes)), "a segment that is not the next part");
            done += length - layout.HeaderBytes;
        }

        Require(done == frame.Length && count == layout.SegmentsOf(frame.Length), "a rest that was forgotten");
        return segments;
    }

    /// <summary>Changes the frame header by header, and now and then what is said of it.</summary>
    private sealed class DescribedMutator : IMutator
    {
        private readonly FrameMutator _frames = new([]);
        private readonly ByteMutator _bytes = new([[1, 0], [4, 0], [5, 0], [34, 0], [54, 0], [84, 0]]);

        public int Mutate(Span<byte> buffer, int length, ReadOnlySpan<byte> other, Dice dice)
        {
            const int head = VirtioNetHeader.Length;
            if (length <= head || dice.OneIn(3))
            {
                return _bytes.Change(buffer, length, other, dice);
            }

            return head + _frames.Mutate(buffer[head..], length - head, other.Length > head ? other[head..] : default, dice);
        }
    }
}
