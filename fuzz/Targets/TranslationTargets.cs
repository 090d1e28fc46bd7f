using Weft.Flows;
using Weft.Fuzz.Mutation;
using Weft.Lb;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Fuzz.Targets;

/// <summary>Frames of captures without their Ethernet header: engines below it.</summary>
internal static class Datagrams
{
    public static IEnumerable<byte[]> Conversations() => Captures.Conversations().Select(script =>
    {
        var bytes = new List<byte>();
        var reader = new ScriptReader(script);
        while (reader.TryRead(out ScriptStep step))
        {
            if (PacketLayout.TryParse(step.Bytes, out PacketLayout layout) && layout.L3Offset > 0)
            {
                bytes.AddRange(Script.Step(step.Where, 80, step.Bytes[layout.L3Offset..]));
            }
        }

        return bytes.ToArray();
    });
}

internal sealed class NatTarget : EngineTarget<NatTarget.Host>
{
    private static readonly IPv4Address Shared = IPv4Address.Parse("192.0.2.1");

    public override string Name => "nat";

    public override string What => "both directions of a host, its tunnel, a gateway, and state that is handed over";

    public override IReadOnlyList<string> Assemblies => ["Nat", "Flows"];

    public override IEnumerable<byte[]> Beginnings() => Datagrams.Conversations();

    public override IMutator Mutator => new ScriptMutator(new ByteMutator(Words));

    protected override IReadOnlyList<byte[]> Words => [[192, 0, 2, 1], [10, 0, 0, 1], [4, 0], [4, 1], [0x45, 0]];

    protected override Host Make(Timestamp start) => new(start);

    protected override void Step(Host engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    internal sealed class Host : IDisposable
    {
        private static readonly DsnatAddressPlan Plan = new(IPv6Prefix.Parse("fd5a:1b2c:3d4e:1::/64"));
        private static readonly NatTunnelOptions Tunnel = new() { Plan = Plan, Source = IPv6Address.Parse("fd5a:1b2c:3d4e:2::a"), Hosts = IPv6Prefix.Parse("fd5a:1b2c:3d4e:2::/64") };

        private readonly NatEngine _engine;
        private readonly NatTunnel _tunnel = new(Tunnel);
        private readonly DsnatGateway _gateway = new(Tunnel with { Source = IPv6Address.Parse("fd5a:1b2c:3d4e:9::1") }, new FragmentTrackerOptions { Seed = new HashSeed(5, 6) });
        private readonly byte[] _packet = new byte[FrameBytes];
        private readonly byte[] _answer = new byte[FrameBytes];
        private readonly byte[] _state = new byte[1 << 16];

        public Host(Timestamp start)
        {
            _engine = new NatEngine(new NatOptions { Seed = new HashSeed(1, 2), Entries = 256, Machines = 32, Start = start, Fragments = new FragmentTrackerOptions { Seed = new HashSeed(7, 8) } });
            Require(_engine.TryAddBlock(new PortBlock(Shared, 1024, Log2Size: 10), start), "a block that was refused");
        }

        public void Take(byte where, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            Span<byte> packet = _packet.AsSpan(0, Math.Min(bytes.Length, _packet.Length));
            bytes[..packet.Length].CopyTo(packet);
            var wire = new Wire();
            bool addedUp = AddsUp(packet);
            switch (where & 7)
            {
                case 0 or 1:
                    Judge(_engine.TranslateOutbound(packet, where, now), packet, addedUp);
                    break;
                case 2 or 3:
                    Judge(_engine.TranslateInbound(packet, (where & 1) != 0, now), packet, addedUp);
                    break;
                case 4:
                    {
                        NatDecapsulation inner = _tunnel.Decapsulate(packet);
                        Require(inner.Offset >= 0 && inner.Offset + inner.Length <= packet.Length, "an inner packet beyond the outer");
                        break;
                    }

                case 5:
                    _ = _gateway.Forward(packet, now, ref wire);
                    break;
                case 6:
                    _ = _engine.Import(packet, now);
                    break;
                default:
                    {
                        // State that was just written is taken, whatever came before.
                        int length = _engine.Export(_state, now);
                        Require(length >= 0 && length <= _state.Length, "more state than room");
                        break;
                    }
            }

            while (_engine.TryTakeFragment(_answer, out int piece, out _))
            {
                Require(piece <= _answer.Length, "a fragment longer than its room");
            }

            while (_engine.TryTakeError(_answer, out int error, now))
            {
                Require(IPv4View.TryParse(_answer.AsSpan(0, error), out IPv4View view) && view.IsChecksumValid, "an ICMP error that is no packet");
            }

            _ = _engine.Advance(now, 16);
        }

        public void Dispose()
        {
            _engine.Dispose();
            _gateway.Dispose();
        }

        /// <summary>RFC 1624: a sum that was wrong stays wrong, so that the receiver sees it; one that was right stays right.</summary>
        private static void Judge(in NatVerdict verdict, ReadOnlySpan<byte> packet, bool addedUp) =>
            Require(verdict.Action != NatAction.Translated || AddsUp(packet) == addedUp, "a translation that changed whether the header adds up");

        private static bool AddsUp(ReadOnlySpan<byte> packet) => IPv4View.TryParse(packet, out IPv4View view) && view.IsChecksumValid;

        private readonly struct Wire : INatTunnelSink
        {
            public void Send(ReadOnlySpan<byte> packet) => Require(IPv6View.TryParse(packet, out _), "a tunnel packet that is none");
        }
    }
}

internal sealed class LbTarget : EngineTarget<LbTarget.Table>
{
    public override string Name => "lb";

    public override string What => "flows through load balancers, replies, fragments, state that is handed over";

    public override IReadOnlyList<string> Assemblies => ["Lb", "Flows"];

    protected override Table Make(Timestamp start) => new(start);

    protected override void Step(Table engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    internal sealed class Table : IDisposable
    {
        private static readonly MacAddress Own = MacAddress.Parse("02:aa:00:00:00:01");

        private readonly ReturnPathTable _table;
        private readonly LbId[] _balancers = new LbId[2];
        private readonly byte[] _frame = new byte[FrameBytes];
        private readonly byte[] _state = new byte[1 << 16];

        public Table(Timestamp start)
        {
            _table = new ReturnPathTable(new ReturnPathOptions { Seed = new HashSeed(1, 2), Start = start, IPv4Flows = 256, IPv6Flows = 256 });
            Require(_table.TryAddLb(new LbIdentity { Mac = MacAddress.Parse("02:00:00:00:01:01"), Port = 1 }, out _balancers[0]), "a load balancer that was refused");
            Require(_table.TryAddLb(new LbIdentity { Mac = MacAddress.Parse("02:00:00:00:02:01"), Port = 2 }, out _balancers[1]), "a load balancer that was refused");
        }

        public void Take(byte where, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            Span<byte> frame = _frame.AsSpan(0, Math.Min(bytes.Length, _frame.Length));
            bytes[..frame.Length].CopyTo(frame);
            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            switch (where & 7)
            {
                case < 3:
                    _ = _table.ObserveForward(frame, in layout, 0, _balancers[where & 1], now);
                    break;
                case < 6:
                    {
                        ReplyVerdict verdict = _table.ResolveReply(frame, in layout, 0, where, now);
                        if (verdict.Action == ReplyAction.Redirect && _table.TryGetIdentity(verdict.Lb, out LbIdentity to))
                        {
                            _ = L2Redirect.TryApply(frame, in layout, in to, Own, routed: (where & 8) != 0);
                        }

                        break;
                    }

                case 6:
                    _ = _table.Import(frame, now);
                    break;
                default:
                    _ = _table.Import(_state.AsSpan(0, _table.Export(_state, now)), now);
                    break;
            }

            while (_table.TryTakeFragment(_frame, out int length, out _, out _))
            {
                Require(length <= _frame.Length, "a fragment longer than its room");
            }

            _ = _table.Advance(now, 16);
        }

        public void Dispose() => _table.Dispose();
    }
}
