using Weft.Bfd;
using Weft.Bridge;
using Weft.Fuzz.Mutation;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Fuzz.Targets;

internal sealed class BridgeTarget : EngineTarget<LearningBridge>
{
    public override string Name => "bridge";

    public override string What => "learning, flooding, VLANs, ARP and ND suppression";

    public override IReadOnlyList<string> Assemblies => ["Bridge"];

    protected override LearningBridge Make(Timestamp start) => new(new LearningBridgeOptions
    {
        Ports = [new BridgePortOptions { Pvid = 10 }, new BridgePortOptions { Pvid = 10, MaxLearned = 2 }, new BridgePortOptions { Pvid = 20, TaggedVlans = [10, 30] }, new BridgePortOptions { TaggedVlans = [20, 30, 40] }],
        Segments = [new BridgeSegmentOptions { Vlan = 10, Vteps = [0, 1], SuppressArp = true }, new BridgeSegmentOptions { Vlan = 20, Vteps = [1], MaxLearned = 3 }, new BridgeSegmentOptions { Vlan = 30, FloodUnknown = false }],
        VtepCount = 2,
        MacCapacity = 64,
        BindingCapacity = 64,
        Seed = new HashSeed(3, 4),
    });

    protected override void Step(LearningBridge engine, in ScriptStep step, Timestamp now)
    {
        _ = PacketLayout.TryParse(step.Bytes, out PacketLayout layout);
        BridgeDecision decision = step.Where < 128
            ? engine.Decide(step.Bytes, in layout, step.Where & 3, now)
            : engine.DecideFromTunnel(step.Bytes, in layout, step.Where & 1, 10, now);
        if (decision.Action == BridgeAction.Answer)
        {
            Span<byte> reply = stackalloc byte[LearningBridge.MaxAnswerBytes];
            int length = LearningBridge.WriteAnswer(in decision, step.Bytes, in layout, reply);
            Require(length > 0 && PacketLayout.TryParse(reply[..length], out _), "an answer that is no frame");
        }

        engine.Advance(now);
    }
}

internal sealed class BridgeNodeTarget : EngineTarget<BridgeNodeTarget.Node>
{
    public override string Name => "bridge-node";

    public override string What => "MAC-SYNC messages, loop probes and host flushes, with and without the right key";

    public override IReadOnlyList<string> Assemblies => ["Bridge"];

    public override IEnumerable<byte[]> Beginnings()
    {
        // What the other node of the pair says for two seconds.
        var other = new Node(Timestamp.FromSeconds(1_000), number: 2);
        for (int round = 0; round < 8; round++)
        {
            other.Advance(Timestamp.FromSeconds(1_000) + TimeSpan.FromMilliseconds(250 * round));
            yield return [.. other.Said.SelectMany(message => Script.Step(message.Kind, 100, message.Bytes))];
            other.Said.Clear();
        }

        other.Dispose();
    }

    protected override Node Make(Timestamp start) => new(start, number: 1);

    protected override void Step(Node engine, in ScriptStep step, Timestamp now)
    {
        engine.Take(step.Where, step.Bytes, now);
        engine.Said.Clear();
    }

    internal sealed class Node : IDisposable
    {
        private readonly FilteringDatabase _macs = new(new FilteringDatabaseOptions { PortCount = 1, Capacity = 64, JournalCapacity = 64, Seed = new HashSeed(1, 2) });
        private readonly HostFlushReceiver _flushes = new(7, default);
        private readonly BridgeNode _node;

        public Node(Timestamp start, ushort number)
        {
            _node = new BridgeNode(
                new BridgeNodeOptions { Bridge = 7, Node = number, Incarnation = 1, Port = 0, Vlans = [10], Mac = new MacAddress(0x0200_0000_0000UL + number), Seed = new HashSeed(1, 2) },
                _macs,
                start);
            _node.Enable(start);
        }

        public List<(byte Kind, byte[] Bytes)> Said { get; } = [];

        public void Take(byte kind, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            switch (kind & 3)
            {
                case 0:
                    _ = _node.Receive(bytes, now);
                    break;
                case 1:
                    _ = _node.ReceiveProbe(bytes, now);
                    break;
                default:
                    _ = _flushes.Receive(bytes, out _);
                    break;
            }

            Advance(now);
        }

        public void Advance(Timestamp now)
        {
            var sink = new Listener(Said);
            _node.Poll(now, ref sink);
            while (_node.TryTakeEvent(out _))
            {
            }
        }

        public void Dispose()
        {
            _node.Dispose();
            _flushes.Dispose();
            _macs.Dispose();
        }
    }

    private readonly struct Listener(List<(byte Kind, byte[] Bytes)> said) : IBridgeNodeSink
    {
        public void ToPeer(ReadOnlySpan<byte> message) => said.Add((0, message.ToArray()));

        public void ToHosts(ReadOnlySpan<byte> message) => said.Add((2, message.ToArray()));

        public void ToVlan(ushort vlan, ReadOnlySpan<byte> frame) => said.Add((1, frame.ToArray()));

        public void ToOverlay(ushort vlan, ReadOnlySpan<byte> frame) => said.Add((1, frame.ToArray()));
    }
}

internal sealed class MulticastTarget : EngineTarget<MulticastSwitch>
{
    public override string Name => "multicast";

    public override string What => "IGMP and MLD, recording and replaying";

    public override IReadOnlyList<string> Assemblies => ["Multicast", "Packets"];

    protected override MulticastSwitch Make(Timestamp start) => new(new MulticastSwitchOptions
    {
        Snooping = new SnoopingOptions { Ports = [new SnoopingPortOptions(), new SnoopingPortOptions { MaxSources = 2 }, new SnoopingPortOptions()], Segments = [new SnoopingSegmentOptions { Unregistered = UnregisteredPolicy.RouterPortsOnly }], Seed = new HashSeed(1, 2), Start = start },
        Segments = [new MulticastSegmentOptions { Members = [new SegmentMember { Port = 0 }, new SegmentMember { Port = 1, Vlan = 10 }, new SegmentMember { Port = 2 }] }],
        FlowCapacity = 64,
        ActionBlocks = 256,
    });

    protected override void Step(MulticastSwitch engine, in ScriptStep step, Timestamp now)
    {
        _ = PacketLayout.TryParse(step.Bytes, out PacketLayout layout);
        var sink = new Replicas(step.Bytes.Length);
        _ = engine.Process(0, step.Where % 3, step.Bytes, in layout, (step.Where & 8) != 0, now, ref sink);
    }

    private struct Replicas(int length) : IReplicaSink
    {
        private readonly int _length = length;
        private byte[]? _head;

        public bool TryBegin(in ReplicaTarget target, int headBytes, int payloadBytes, out Span<byte> room)
        {
            Require(headBytes >= 0 && headBytes + payloadBytes <= _length + 256, "a replica much longer than the frame");
            _head ??= new byte[FrameBytes];
            room = _head.AsSpan(0, headBytes);
            return true;
        }

        public readonly void Commit(in ReplicaTarget target, int written, ReadOnlySpan<byte> payload) => Require(written >= 0 && written + payload.Length <= _length + 256, "a replica much longer than the frame");
    }
}

internal sealed class BfdTarget : EngineTarget<BfdTarget.Session>
{
    public override string Name => "bfd";

    public override string What => "BFD control packets in every state";

    public override IReadOnlyList<string> Assemblies => ["Bfd"];

    public override IEnumerable<byte[]> Beginnings()
    {
        // Down, init and up, as a peer with discriminator 2 says them to ours, which is 1.
        byte[] control = [0x20, 0x40, 3, 24, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10, 0, 0, 0, 0];
        byte[] init = [.. control];
        (init[1], init[11]) = (0x80, 1);
        byte[] up = [.. init];
        up[1] = 0xC0;
        yield return [.. Script.Step(255, 0, control), .. Script.Step(255, 100, init), .. Script.Step(255, 100, up), .. Script.Step(255, 120, up)];
    }

    protected override Session Make(Timestamp start) => new(start);

    protected override void Step(Session engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    internal sealed class Session(Timestamp start) : IDisposable
    {
        private readonly BfdSession _session = new(new BfdSessionOptions { Discriminator = 1 }, start);

        public void Take(byte timeToLive, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            _ = _session.Receive(bytes, timeToLive, now);
            _ = _session.TryPoll(now, out _);
            while (_session.TryTakeEvent(out _))
            {
            }
        }

        public void Dispose()
        {
        }
    }
}
