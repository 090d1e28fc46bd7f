using System.Buffers.Binary;
using Weft.Bench.Flows;
using Weft.Bench.Ratios;
using Weft.Bridge;
using Weft.Flows;
using Weft.Host.Datapath.Routing;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Host;

/// <summary>
/// Four stages over our own engines (find headers, look the destination up, count the flow, count the hop), once as the graph calls them, a vector at a time, and once with a
/// call a packet and stage.
/// </summary>
public sealed class VectorRatio : IRatio
{
    private const int Flows = 64_000;
    private const int Buffers = 8192;
    private const int Vector = 64;
    private const ushort Vlan = 10;
    private readonly Context[] _contexts = new Context[Vector];
    private readonly Packet[] _packets = new Packet[Buffers];
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = Buffers });
    private readonly FlowTable<FlowKey4, Session> _flows = new(new FlowTableOptions { Capacity = Flows, Seed = new HashSeed(1, 2) });
    private readonly FilteringDatabase _macs = new(new FilteringDatabaseOptions { Capacity = 2 * Flows, PortCount = 64, Seed = new HashSeed(1, 2) });
    private FlowKey4[] _keys = [];
    private Stage[] _stages = [];
    private int _next;

    /// <inheritdoc/>
    public string Package => "Host";

    /// <inheritdoc/>
    public string Name => "G11: four stages, 64 k flows and addresses, a call a vector of 64";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "a virtual call a packet and stage";

    /// <inheritdoc/>
    public double Goal => 0.6;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        (FlowKey4[] inOrder, _keys) = FlowKeys.Make(Flows);
        for (int i = 0; i < Flows; i++)
        {
            FlowKey4 key = inOrder[i];
            // What a packet shows has no scope.
            _ = _flows.Add(new FlowKey4(key.Source, key.Destination, key.Protocol, key.SourcePort, key.DestinationPort), out _);
            _ = _macs.Learn(Vlan, Mac(i), BridgeLocation.Port(i & 63), Timestamp.Zero);
        }

        for (int i = 0; i < Buffers; i++)
        {
            _ = _pool.TryRent(out _packets[i]);
            _ = _pool.TrySetLength(ref _packets[i], 60);
        }

        _stages = [new Headers(this), new Lookup(this), new Count(this), new Hop(this)];
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours() => Measure(contexts =>
    {
        foreach (Stage stage in _stages)
        {
            stage.Process(contexts);
        }
    });

    /// <inheritdoc/>
    public Sample Peer() => Measure(contexts =>
    {
        foreach (ref Context context in contexts)
        {
            foreach (Stage stage in _stages)
            {
                stage.Process(ref context);
            }
        }
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        _flows.Dispose();
        _macs.Dispose();
    }

    private static MacAddress Mac(int flow) => new(0x0200_0000_0000UL + (ulong)flow);

    private static FlowKey4 KeyOf(ReadOnlySpan<byte> frame, in PacketLayout layout) => new(
        IPv4Address.Read(frame[(layout.L3Offset + 12)..]), IPv4Address.Read(frame[(layout.L3Offset + 16)..]), layout.Protocol,
        BinaryPrimitives.ReadUInt16BigEndian(frame[layout.L4Offset..]), BinaryPrimitives.ReadUInt16BigEndian(frame[(layout.L4Offset + 2)..]));

    /// <summary>Writing the packets is not measured; both sides get the same ones in the same order.</summary>
    private Sample Measure(Action<Span<Context>> graph)
    {
        ulong sum = 0;
        long nanoseconds = 0;
        _next = 0;
        for (int at = 0; at + Buffers <= Flows; at += Buffers)
        {
            foreach (ref readonly Packet packet in _packets.AsSpan())
            {
                Write(_pool.Bytes(packet), _next++);
            }

            long start = ThreadClock.Nanoseconds;
            for (int i = 0; i < Buffers; i += Vector)
            {
                for (int j = 0; j < Vector; j++)
                {
                    _contexts[j] = new Context { Packet = _packets[i + j] };
                }

                graph(_contexts);
                foreach (ref readonly Context context in _contexts.AsSpan())
                {
                    sum += (ulong)context.Output + 1;
                }
            }

            nanoseconds += ThreadClock.Nanoseconds - start;
        }

        return new Sample((double)nanoseconds / _next, sum);
    }

    private void Write(Span<byte> frame, int number)
    {
        FlowKey4 key = _keys[number % Flows];
        int at = new EthernetHeader { Destination = Mac((int)(key.Destination.Value % Flows)), Source = Mac(1), EtherType = EtherType.IPv4 }.Write(frame);
        at += new IPv4Header { Source = key.Source, Destination = key.Destination, Protocol = IpProtocol.Tcp, TimeToLive = 64, PayloadLength = frame.Length - at - 20 }.Write(frame[at..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[at..], key.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(frame[(at + 2)..], key.DestinationPort);
        frame[at + 12] = 0x50;
    }

    private struct Context
    {
        public Packet Packet;
        public PacketLayout Layout;
        public int Output;
    }

    private abstract class Stage(VectorRatio bed)
    {
        protected VectorRatio Bed => bed;

        public abstract void Process(ref Context context);

        public virtual void Process(Span<Context> contexts)
        {
            foreach (ref Context context in contexts)
            {
                Process(ref context);
            }
        }

        protected Span<byte> Bytes(in Context context) => bed._pool.Bytes(context.Packet);
    }

    private sealed class Headers(VectorRatio bed) : Stage(bed)
    {
        public override void Process(ref Context context) => _ = PacketLayout.TryParse(Bytes(context), out context.Layout);

        public override void Process(Span<Context> contexts)
        {
            foreach (ref Context context in contexts)
            {
                _ = PacketLayout.TryParse(Bytes(context), out context.Layout);
            }
        }
    }

    private sealed class Lookup(VectorRatio bed) : Stage(bed)
    {
        private readonly ulong[] _keys = new ulong[Vector];
        private readonly BridgeLocation[] _where = new BridgeLocation[Vector];
        private readonly bool[] _known = new bool[Vector];

        public override void Process(ref Context context) =>
            context.Output = Bed._macs.TryLookup(Vlan, MacAddress.Read(Bytes(context)), Timestamp.Zero, out BridgeLocation where) ? where.Index : -1;

        public override void Process(Span<Context> contexts)
        {
            for (int i = 0; i < contexts.Length; i++)
            {
                _keys[i] = FilteringDatabase.KeyOf(Vlan, MacAddress.Read(Bytes(contexts[i])));
            }

            Bed._macs.Lookup(_keys, Timestamp.Zero, _where, _known);
            for (int i = 0; i < contexts.Length; i++)
            {
                contexts[i].Output = _known[i] ? _where[i].Index : -1;
            }
        }
    }

    private sealed class Count(VectorRatio bed) : Stage(bed)
    {
        private readonly FlowKey4[] _keys = new FlowKey4[Vector];
        private readonly FlowHandle[] _handles = new FlowHandle[Vector];

        public override void Process(ref Context context)
        {
            FlowHandle handle = Bed._flows.Find(KeyOf(Bytes(context), context.Layout));
            if (!handle.IsNone)
            {
                Bed._flows[handle].Packets++;
            }
        }

        public override void Process(Span<Context> contexts)
        {
            for (int i = 0; i < contexts.Length; i++)
            {
                _keys[i] = KeyOf(Bytes(contexts[i]), contexts[i].Layout);
            }

            Bed._flows.Find(_keys, _handles);
            foreach (FlowHandle handle in _handles)
            {
                if (!handle.IsNone)
                {
                    Bed._flows[handle].Packets++;
                }
            }
        }
    }

    private sealed class Hop(VectorRatio bed) : Stage(bed)
    {
        public override void Process(ref Context context) => HopLimits.CountIPv4(Bytes(context)[context.Layout.L3Offset..]);

        public override void Process(Span<Context> contexts)
        {
            foreach (ref Context context in contexts)
            {
                HopLimits.CountIPv4(Bytes(context)[context.Layout.L3Offset..]);
            }
        }
    }
}
