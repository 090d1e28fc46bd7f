using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>
/// A burst is judged as its packets are one by one. The one node takes bursts, with flows looked up together and known ones passed on the short way; its twin takes the same packets singly, and they
/// have to agree in every verdict, every octet, every counter, everything they tell others and every session.
/// </summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class BurstTests
{
    private const uint Acme = 1001;
    private const uint Globex = 1002;

    /// <summary>Packets of a turn, what they are drawn from, which way they go, and how many seconds pass behind them.</summary>
    private sealed record Turn(int Seed, int Packets, bool FromUplink, int Seconds);

    private static readonly Arbitrary<Turn[]> Turns = Arb.From(
        (from seed in Gen.Choose(0, int.MaxValue)
         from packets in Gen.Frequency((3, Gen.Choose(1, 12)), (1, Gen.Choose(30, 70)))
         from uplink in Gen.Elements(false, false, true)
         from seconds in Gen.Frequency((6, Gen.Constant(0)), (2, Gen.Choose(1, 40)), (1, Gen.Choose(60, 400)))
         select new Turn(seed, packets, uplink, seconds)).NonEmptyListOf().Select(turns => turns.ToArray()),
        turns => Enumerable.Range(0, turns.Length).Select(skip => turns.Where((_, at) => at != skip).ToArray()).Where(fewer => fewer.Length > 0)
            .Concat(turns.Select((turn, at) => turns.Select((other, place) => place == at ? turn with { Packets = turn.Packets / 2 } : other).ToArray()).Where((_, at) => turns[at].Packets > 1)));

    [Theory]
    [InlineData(ServiceEncapsulation.Geneve, false)]
    [InlineData(ServiceEncapsulation.Geneve, true)]
    [InlineData(ServiceEncapsulation.Vxlan, false)]
    [InlineData(ServiceEncapsulation.Nsh, true)]
    public void A_burst_of_whatever_packets_is_judged_as_they_are_one_by_one(ServiceEncapsulation encapsulation, bool hasServices)
    {
        var seen = new HashSet<(SaseAction, SaseDrop)>();
        Prop.ForAll(Turns, turns =>
        {
            using var one = new Twin(encapsulation, hasServices);
            using var many = new Twin(encapsulation, hasServices);
            foreach (Turn turn in turns)
            {
                byte[][] packets = [.. one.Draw(turn)];
                SaseVerdict[] expected = one.TakeOneByOne(packets, turn.FromUplink, out byte[][] left);
                SaseVerdict[] actual = many.TakeAtOnce(packets, turn.FromUplink, out byte[][] leftAtOnce);
                Assert.True(expected.AsSpan().SequenceEqual(actual), "the verdicts differ");
                Assert.All(left.Zip(leftAtOnce), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second), "the packets differ"));
                seen.UnionWith(expected.Select(verdict => (verdict.Action, verdict.Drop)));
                one.Remember(expected, left);
                one.Pass(turn.Seconds);
                many.Pass(turn.Seconds);
                Assert.True(one.CountersAre(many), "they count differently");
                Assert.Equal(one.Said(), many.Said());
            }
        }).Check(Chance.Of(60));

        // What was never drawn was not compared.
        Assert.Contains((SaseAction.ToUplink, SaseDrop.None), seen);
        Assert.Contains((SaseAction.ToTunnel, SaseDrop.None), seen);
        Assert.Contains((SaseAction.Held, SaseDrop.None), seen);
        Assert.All((SaseDrop[])[SaseDrop.UnknownVni, SaseDrop.InnerMalformed, SaseDrop.NoFlow, SaseDrop.Quota, hasServices ? SaseDrop.Service : SaseDrop.TtlExpired], drop => Assert.Contains(seen, met => met.Item2 == drop));
    }

    [Fact]
    public void The_first_packets_of_a_flow_in_one_burst_are_of_one_flow()
    {
        using var twin = new Twin(ServiceEncapsulation.Geneve, hasServices: false);
        byte[] packet = twin.Tunnelled(0, Acme, Udp(Site, 1, Remote, 53));
        SaseVerdict[] verdicts = twin.TakeAtOnce([.. Enumerable.Repeat(packet, 70)], fromUplink: false, out byte[][] left);
        Assert.All(verdicts, verdict => Assert.Equal(SaseAction.ToUplink, verdict.Action));
        Assert.Equal(1, twin.Node.FlowCount);
        Assert.Single(verdicts.Zip(left, (verdict, buffer) => Flow(buffer.AsSpan(verdict.Offset, verdict.Length).ToArray())).Distinct());
    }

    [Fact]
    public void A_flow_that_the_first_packet_of_a_burst_ends_is_not_the_one_of_the_second()
    {
        // A service refuses the packet that begins a flow, which ends with it; the next packet begins another.
        using var twin = new Twin(ServiceEncapsulation.Geneve, hasServices: true);
        byte[] refused = twin.Tunnelled(0, Acme, Udp(Site, Refuser.Port, Remote, 53));
        byte[] fine = twin.Tunnelled(0, Acme, Udp(Site, 1, Remote, 53));
        Assert.Equal([SaseDrop.Service, SaseDrop.None, SaseDrop.Service, SaseDrop.None], twin.TakeAtOnce([refused, fine, refused, fine], fromUplink: false, out _).Select(verdict => verdict.Drop));
        Assert.Equal(1, twin.Node.FlowCount);
    }

    [Fact]
    public void What_is_configured_amid_a_burst_holds_from_the_next_packet_on()
    {
        using var twin = new Twin(ServiceEncapsulation.Geneve, hasServices: false);
        byte[] packet = twin.Tunnelled(0, Acme, Udp(Site, 1, Remote, 53));
        Assert.Equal(SaseAction.ToUplink, Assert.Single(twin.TakeAtOnce([packet], fromUplink: false, out _)).Action);
        SaseVerdict[] verdicts = twin.TakeAtOnce([.. Enumerable.Repeat(packet, 5)], fromUplink: false, out _, index =>
        {
            if (index == 1)
            {
                twin.Node.Configure([Make(Globex)]);
            }
        });
        Assert.Equal([SaseDrop.None, SaseDrop.None, SaseDrop.UnknownVni, SaseDrop.UnknownVni, SaseDrop.UnknownVni], verdicts.Select(verdict => verdict.Drop));
    }

    [Fact]
    public void A_flow_that_expires_amid_a_burst_begins_anew_with_the_next_packet()
    {
        using var twin = new Twin(ServiceEncapsulation.Geneve, hasServices: false);
        byte[] packet = twin.Tunnelled(0, Acme, Udp(Site, 1, Remote, 53));
        _ = twin.TakeAtOnce([packet], fromUplink: false, out _);
        SaseVerdict[] verdicts = twin.TakeAtOnce([packet, packet, packet], fromUplink: false, out _, index => twin.Pass(index == 0 ? 400 : 0));
        Assert.All(verdicts, verdict => Assert.Equal(SaseAction.ToUplink, verdict.Action));
        Assert.Equal((2L, 1L, 1), (twin.Node.Counters.FlowsBegun, twin.Node.Counters.FlowsEnded, twin.Node.FlowCount));
    }

    /// <summary>Refuses what a port says, answers some of it, and changes a byte of the rest: as any service may.</summary>
    private sealed class Refuser : IServiceChain
    {
        public const ushort Port = 3;

        private byte[] _answer = [];

        public bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool inward, Timestamp now)
        {
            if (layout.HasL4 && frame.Length > layout.L4Offset + 3 && (frame[layout.L4Offset + 1] == Port || frame[layout.L4Offset + 3] == Port))
            {
                _answer = [.. frame[..layout.EndOffset]];
                return false;
            }

            frame[layout.L3Offset + 1] |= (byte)(layout.HasL4 ? frame[layout.L4Offset + 1] & 1 : 0);
            return true;
        }

        public int TakeAnswer(Span<byte> answer)
        {
            int length = _answer.Length % 2 == 0 && _answer.AsSpan().TryCopyTo(answer) ? _answer.Length : 0;
            _answer = [];
            return length;
        }
    }

    private sealed class Twin : IDisposable
    {
        private const int Room = 128;

        private readonly PopOptions _pop;
        private readonly List<byte[]> _sent = [];
        private Timestamp _now = Pop.Start;

        public Twin(ServiceEncapsulation encapsulation, bool hasServices)
        {
            _pop = Pop.Base(2, 2) with { Encapsulation = encapsulation };
            Node = new ManagedServiceNode(new ServiceNodeOptions
            {
                Pop = _pop,
                Node = 0,
                Incarnation = 1,
                Flows = 96,
                Segments = 4,
                StallLimit = TimeSpan.FromSeconds(2),
                Chain = hasServices ? new Refuser() : null,
                Sessions = new SessionLogOptions { Series = 1, Records = 64 },
                Start = Pop.Start,
            });
            Node.Configure([Make(Acme) with { FlowQuota = 40 }, Make(Globex) with { FlowQuota = 10 }]);
            Assert.True(Node.TryActivate(0, Epoch.None.Next(0)));
            Pass(1);
        }

        public ManagedServiceNode Node { get; }

        public byte[] Tunnelled(int gateway, uint vni, byte[] inner, byte tos = 0, uint cookie = 1) => _pop.Encapsulation switch
        {
            ServiceEncapsulation.Vxlan => TunnelPackets.Vxlan(_pop, gateway, vni, inner),
            ServiceEncapsulation.Nsh => TunnelPackets.Nsh(_pop, gateway, vni, inner),
            _ => TunnelPackets.Geneve(_pop, gateway, vni, inner, TunnelPackets.Options(_pop, new Epoch(0x100), gateway, cookie: cookie), tos),
        };

        public IEnumerable<byte[]> Draw(Turn turn)
        {
            var random = new Random(turn.Seed);
            for (int i = 0; i < turn.Packets; i++)
            {
                byte[] packet = turn.FromUplink ? Answer(random) : Question(random);
                if (random.Next(8) == 0)
                {
                    packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
                    packet = random.Next(2) == 0 ? TunnelPackets.Mended(packet) : packet;
                }

                yield return random.Next(40) == 0 ? packet[..random.Next(packet.Length)] : packet;
            }
        }

        public SaseVerdict[] TakeOneByOne(byte[][] packets, bool fromUplink, out byte[][] left)
        {
            byte[][] buffers = [.. packets.Select(WithRoom)];
            left = buffers;
            return [.. packets.Select((packet, at) => fromUplink ? Node.FromUplink(buffers[at], Room, packet.Length, _now) : Node.FromTunnel(buffers[at], Room, packet.Length, _now))];
        }

        public SaseVerdict[] TakeAtOnce(byte[][] packets, bool fromUplink, out byte[][] left, Action<int>? then = null)
        {
            left = [.. packets.Select(WithRoom)];
            var burst = new PacketBurst(left, Room, [.. packets.Select(packet => packet.Length)], then);
            if (fromUplink)
            {
                Node.FromUplink(ref burst, _now);
            }
            else
            {
                Node.FromTunnel(ref burst, _now);
            }

            return burst.Verdicts;
        }

        /// <summary>Keeps what left for the Internet, to be answered.</summary>
        public void Remember(SaseVerdict[] verdicts, byte[][] left) =>
            _sent.AddRange(verdicts.Zip(left).Where(pair => pair.First is { Action: SaseAction.ToUplink, Drop: SaseDrop.None }).Select(pair => pair.Second.AsSpan(pair.First.Offset, pair.First.Length).ToArray()));

        public void Pass(int seconds)
        {
            for (int i = 0; i < seconds; i++)
            {
                _now += TimeSpan.FromSeconds(1);
                Node.Advance(_now);
            }
        }

        public bool CountersAre(Twin other) =>
            MemoryMarshal.AsBytes(new ReadOnlySpan<ServiceNodeCounters>(in Node.Counters)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<ServiceNodeCounters>(in other.Node.Counters)))
            && (Node.FlowCount, Node.BindingCount) == (other.Node.FlowCount, other.Node.BindingCount);

        /// <summary>What it tells other nodes, notes of sessions, and lets go of fragments.</summary>
        public List<object> Said()
        {
            var said = new List<object>();
            byte[] message = new byte[2048];
            while (Node.TryTakeMessage(message, out int length, out IPv4Address to, _now))
            {
                said.Add((to, Convert.ToHexString(message.AsSpan(0, length))));
            }

            while (Node.TryTakeSession(out SessionRecord record))
            {
                said.Add(record);
            }

            while (Node.TryTakeHeld(message, out int length, out bool fromUplink))
            {
                said.Add((fromUplink, Convert.ToHexString(message.AsSpan(0, length))));
            }

            return said;
        }

        public void Dispose() => Node.Dispose();

        private static byte[] WithRoom(byte[] packet) => [.. new byte[Room], .. packet];

        /// <summary>Few hosts and ports, so that bursts have packets of the same flows, known and new.</summary>
        private byte[] Question(Random random)
        {
            var from = new IPv4Address(Site.Value + (uint)random.Next(3));
            ushort port = (ushort)random.Next(1, 5);
            IPv4Address to = random.Next(4) switch { 0 => OtherSite, 1 => IPv4Address.Parse("10.2.0.9"), _ => Remote };
            byte[] inner = random.Next(12) switch
            {
                0 => Echo(from, to, port),
                1 or 2 => Tcp(from, port, to, 80, TcpFlags.Syn),
                3 or 4 => Tcp(from, port, to, 80, TcpFlags.Ack, random.Next(40)),
                5 => Tcp(from, port, to, 80, random.Next(2) == 0 ? TcpFlags.Rst : TcpFlags.Fin | TcpFlags.Ack),
                6 => Fragment(Udp(from, port, to, 53, payload: 32, id: port), random.Next(2) == 0),
                7 => _sent.Count == 0 ? Udp(from, port, to, 53) : Error(from, Remote, Udp(Remote, 53, from, port)),
                _ => Udp(from, (ushort)(random.Next(10) == 0 ? random.Next(1, 200) : port), to, 53, random.Next(40), checksum: random.Next(4) != 0),
            };
            inner[1] = (byte)random.Next(256);
            inner[8] = (byte)(random.Next(20) == 0 ? 1 : 64);
            return Tunnelled(random.Next(2), random.Next(30) == 0 ? 4711u : random.Next(4) == 0 ? Globex : Acme, TunnelPackets.Mended(inner), (byte)random.Next(4), (uint)(random.Next(9) == 0 ? 2 : 1));
        }

        private byte[] Answer(Random random)
        {
            byte[] packet = _sent.Count == 0 || random.Next(10) == 0 ? Udp(Remote, 53, PublicOf(Acme), (ushort)random.Next(65_536)) : [.. _sent[random.Next(_sent.Count)]];
            if (_sent.Count > 0)
            {
                ulong addresses = BinaryPrimitives.ReadUInt64BigEndian(packet.AsSpan(12));
                BinaryPrimitives.WriteUInt64BigEndian(packet.AsSpan(12), (addresses << 32) | (addresses >> 32));
                uint ports = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(20));
                BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(20), (ports << 16) | (ports >> 16));
            }

            packet[8] = (byte)(random.Next(20) == 0 ? 1 : 64);
            return TunnelPackets.Mended(packet);
        }

        private static byte[] Fragment(byte[] whole, bool first)
        {
            byte[] part = first ? whole[..(20 + 24)] : [.. whole.AsSpan(0, 20), .. whole.AsSpan(20 + 24)];
            BinaryPrimitives.WriteUInt16BigEndian(part.AsSpan(2), (ushort)part.Length);
            BinaryPrimitives.WriteUInt16BigEndian(part.AsSpan(6), (ushort)(first ? 0x2000 : 3));
            return part;
        }
    }
}
