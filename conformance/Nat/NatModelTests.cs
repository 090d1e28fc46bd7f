using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>The engine beside dictionaries, driven by the same packets at the same times; and what no bytes may do to it.</summary>
public sealed class NatModelTests
{
    private static readonly PortBlock Small = new(Shared, 2048, 3);

    private static readonly Arbitrary<Step[]> Steps = Arb.From(
        (from verb in Gen.Choose(0, 9)
         from machine in Gen.Choose(0, 1)
         from port in Gen.Choose(0, 5)
         from remote in Gen.Choose(0, 1)
         from remotePort in Gen.Choose(0, 1)
         from seconds in Gen.Choose(1, 150)
         select new Step(verb, machine == 0 ? Web : Database, (ushort)(5000 + port), remote == 0 ? Remote : OtherRemote, (ushort)(53 + remotePort), seconds)).ArrayOf(),
        steps => Enumerable.Range(0, steps.Length).Select(skip => steps.Where((_, at) => at != skip).ToArray()));

    [Theory]
    [Trait(Kind.Key, Kind.Model)]
    [InlineData(FilteringBehavior.EndpointIndependent)]
    [InlineData(FilteringBehavior.AddressDependent)]
    [InlineData(FilteringBehavior.AddressAndPortDependent)]
    public void Udp_behaves_like_a_dictionary_of_mappings_with_sets_of_remotes(FilteringBehavior filtering)
    {
        Prop.ForAll(Steps, steps =>
        {
            using NatEngine engine = Make(Options with { Udp = new NatBehavior(MappingBehavior.EndpointIndependent, filtering) }, Small);
            var model = new Model(filtering);
            Timestamp now = Start;
            foreach (Step step in steps)
            {
                now += TimeSpan.FromSeconds(step.Verb == 0 ? step.Seconds : 0);
                if (step.Verb == 1 || filtering != FilteringBehavior.EndpointIndependent)
                {
                    // A mapping with sessions ends when the last of them does, and that is when somebody looks.
                    _ = engine.Advance(now, 1000);
                }

                bool agrees = step.Verb switch
                {
                    >= 2 and <= 6 => Outbound(engine, model, step, now),
                    >= 7 => Inbound(engine, model, step, now),
                    _ => true,
                };
                if (!agrees)
                {
                    return false;
                }
            }

            return true;
        }).Check(Chance.Of(400).WithEndSize(150));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Whatever_happens_mappings_are_unique_survive_a_restart_and_refusals_are_answered_and_counted()
    {
        Prop.ForAll(Steps, steps =>
        {
            // UDP, TCP, ICMP and blocks of eight ports: full most of the time.
            using NatEngine engine = Make(Options with { Logging = NatLogging.Mappings, Events = 1 << 16, ErrorsPerSecond = 1_000_000 }, Small);
            var live = new Dictionary<(IpProtocol, ushort Shared), (IPv4Address, ushort)>();
            var events = new NatEvent[1024];
            Timestamp now = Start;
            long refused = 0;
            long told = 0;
            foreach (Step step in steps)
            {
                now += TimeSpan.FromSeconds(step.Verb == 0 ? step.Seconds : 0);
                _ = engine.Advance(now, 10_000);
                byte[] packet = step.Verb switch
                {
                    <= 4 => Udp(step.Machine, step.Port, step.Remote, step.RemotePort),
                    <= 7 => Tcp(step.Machine, step.Port, step.Remote, step.RemotePort, TcpFlags.Syn),
                    _ => Echo(step.Machine, step.Remote, step.Port),
                };
                NatVerdict verdict = engine.TranslateOutbound(packet, Network, now);
                refused += verdict.Action == NatAction.Drop ? 1 : 0;
                told += verdict.ErrorDue ? 1 : 0;
                foreach (NatEvent happened in events[..engine.DrainEvents(events)])
                {
                    bool consistent = happened.Kind switch
                    {
                        NatEventKind.MappingCreated => live.TryAdd((happened.Protocol, happened.OutsidePort), (happened.Inside, happened.InsidePort)),
                        NatEventKind.MappingDeleted => live.Remove((happened.Protocol, happened.OutsidePort)),
                        _ => true,
                    };
                    if (!consistent || live.Keys.Any(key => !Small.Contains(Shared, key.Shared)))
                    {
                        return false;
                    }
                }
            }

            byte[] snapshot = new byte[engine.MaxExportLength];
            int length = engine.Export(snapshot, now);
            using NatEngine restarted = Make(Options, Small);
            bool same = restarted.Import(snapshot.AsSpan(0, length), now) == NatImportResult.Complete && restarted.EntryCount == engine.EntryCount;
            foreach (((IpProtocol protocol, ushort shared), (IPv4Address machine, ushort port)) in live)
            {
                if (protocol == IpProtocol.Udp)
                {
                    byte[] answer = Udp(Remote, 53, Shared, shared);
                    same &= restarted.TranslateInbound(answer, redirected: false, now).Action == NatAction.Translated
                        && (Flow(answer).Destination, Flow(answer).DestinationPort) == (machine, port);
                }
            }

            return same && refused == told && refused == engine.Counters.PortsExhausted && refused == engine.Counters.ErrorsSent;
        }).Check(Chance.Of(150).WithEndSize(120));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_batch_gives_the_same_as_its_packets_one_by_one()
    {
        Prop.ForAll(Steps, steps =>
        {
            using NatEngine single = Make(Options, Small);
            using NatEngine batched = Make(Options, Small);
            byte[][] packets = [.. steps.Select(step => step.Verb % 3 == 0
                ? Tcp(step.Machine, step.Port, step.Remote, step.RemotePort, TcpFlags.Syn)
                : Udp(step.Machine, step.Port, step.Remote, step.RemotePort))];
            byte[] buffer = new byte[packets.Length * 64];
            var segments = new NatSegment[packets.Length];
            for (int i = 0; i < packets.Length; i++)
            {
                packets[i].CopyTo(buffer, i * 64);
                segments[i] = new NatSegment(i * 64, packets[i].Length, Network);
            }

            var verdicts = new NatVerdict[packets.Length];
            batched.TranslateOutbound(buffer, segments, verdicts, Start);
            for (int i = 0; i < packets.Length; i++)
            {
                if (single.TranslateOutbound(packets[i], Network, Start) != verdicts[i] || !packets[i].AsSpan().SequenceEqual(buffer.AsSpan(i * 64, packets[i].Length)))
                {
                    return false;
                }
            }

            return true;
        }).Check(Chance.Of(200).WithEndSize(120));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void No_bytes_throw_and_no_bytes_touch_another_machines_mapping()
    {
        var random = new Random(20);
        using NatEngine engine = Make();
        ushort kept = Open(engine, Database, 6000, Remote, 53, Start);
        byte[] sent = Udp(Web, 5000, Remote, 53, payload: 60);
        byte[] translated = [.. sent];
        _ = engine.TranslateOutbound(translated, Network, Start);
        ushort port = Flow(translated).SourcePort;
        byte[][] seeds =
        [
            sent,
            Tcp(Web, 5000, Remote, 80, TcpFlags.Syn),
            Echo(Web, Remote, 5),
            Udp(Remote, 53, Shared, port),
            Tcp(Remote, 80, Shared, port, TcpFlags.Syn),
            Error(Remote, Shared, translated, octets: 30),
            Error(Web, Remote, Udp(Remote, 53, Web, 5000)),
            .. Fragments(sent, 24, 3),
            .. Fragments(Udp(Remote, 53, Shared, port, payload: 60), 24, 3),
        ];
        NatTunnel tunnel = new(new NatTunnelOptions { Plan = new DsnatAddressPlan(IPv6Prefix.Parse("fd00::/64")), Source = default, Hosts = default });
        byte[] fragment = new byte[1600];
        for (int i = 0; i < 100_000; i++)
        {
            byte[] packet = [.. seeds[random.Next(seeds.Length)]];
            for (int change = random.Next(4); change > 0; change--)
            {
                packet[random.Next(packet.Length)] = (byte)random.Next(256);
            }

            Span<byte> bytes = packet.AsSpan(0, random.Next(8) == 0 ? random.Next(packet.Length + 1) : packet.Length);
            _ = i % 2 == 0 ? engine.TranslateOutbound(bytes, Network, Start) : engine.TranslateInbound(bytes, redirected: i % 4 == 1, Start);
            while (engine.TryTakeFragment(fragment, out _, out _))
            {
            }

            _ = tunnel.Decapsulate(bytes);
            _ = DsnatGateway.TryGetPortKey(bytes, out _, out _);
        }

        Assert.True(Reaches(engine, Remote, 53, kept, Start));
        Assert.Equal(kept, Open(engine, Database, 6000, OtherRemote, 1, Start));
        Assert.True(engine.Counters.MalformedIPv4 > 100 && engine.Counters.BadIcmpError > 100);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData("0.1.2.3", "198.51.100.7")]
    [InlineData("224.0.0.1", "198.51.100.7")]
    [InlineData("240.0.0.1", "198.51.100.7")]
    [InlineData("127.0.0.1", "198.51.100.7")]
    [InlineData("10.0.0.1", "224.0.0.251")]
    [InlineData("10.0.0.1", "255.255.255.255")]
    public void Addresses_that_no_forwarded_packet_has_are_refused(string from, string to)
    {
        using NatEngine engine = Make();
        byte[] packet = Udp(IPv4Address.Parse(from), 1, IPv4Address.Parse(to), 2);
        Assert.Equal(NatDropReason.BadAddress, engine.TranslateOutbound(packet, Network, Start).Reason);
        Assert.Equal(0, engine.EntryCount);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Tiny_and_impossible_fragments_are_refused()
    {
        using NatEngine engine = Make();
        byte[] tiny = Fragments(Tcp(Web, 5000, Remote, 80, TcpFlags.Syn), 8, 1)[0];
        Assert.Equal(NatDropReason.MalformedFragment, engine.TranslateOutbound(tiny, Network, Start).Reason);
        byte[] beyond = Fragments(Udp(Web, 5000, Remote, 80, payload: 60), 24, 1)[1];
        Put(beyond, 6, 0x1FFF);
        Assert.Equal(NatDropReason.MalformedFragment, engine.TranslateOutbound(beyond, Network, Start).Reason);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_Syns_fills_the_table_and_ends_nobody()
    {
        using NatEngine engine = Make(Options with { Entries = 100 });
        ushort port = Open(engine, Database, 1, Remote, 53, Start);
        for (int i = 0; i < 1000; i++)
        {
            _ = engine.TranslateOutbound(Tcp(Web, (ushort)(i + 1), Remote, 80, TcpFlags.Syn), Network, Start);
        }

        Assert.InRange(engine.EntryCount, 99, 100);
        Assert.True(engine.Counters.TableFull > 900 && engine.Counters.ErrorsSent <= 10);
        Assert.True(Reaches(engine, Remote, 53, port, Start));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Nothing_is_allocated_for_packets_mappings_expiry_and_refusal()
    {
        using NatEngine engine = Make();
        byte[] udp = Udp(Web, 5000, Remote, 53);
        byte[] syn = Tcp(Web, 5000, Remote, 80, TcpFlags.Syn);
        byte[] back = Udp(Remote, 53, Shared, 2048);
        byte[][] fragments = Fragments(Udp(Web, 5000, Remote, 53, payload: 60), 24, 3);
        byte[] packet = new byte[128];
        byte[] taken = new byte[1600];
        var events = new NatEvent[16];
        Timestamp now = Start;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                now += TimeSpan.FromMilliseconds(100);
                byte[] original = (i % 4) switch { 0 => udp, 1 => syn, 2 => back, _ => fragments[i / 4 % 3] };
                original.CopyTo(packet, 0);
                Put(packet, 20, (ushort)(1024 + i % 5000));
                _ = i % 4 == 2
                    ? engine.TranslateInbound(packet.AsSpan(0, original.Length), redirected: false, now)
                    : engine.TranslateOutbound(packet.AsSpan(0, original.Length), Network, now);
                while (engine.TryTakeFragment(taken, out _, out _))
                {
                }

                _ = engine.Advance(now, 64);
                _ = engine.DrainEvents(events);
            }
        }));
        Assert.True(engine.Counters.PortsExhausted > 0 && engine.Counters.MappingsDeleted > 0);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_session_takes_at_most_112_bytes_with_everything_that_is_made_for_it()
    {
        using NatEngine large = Make(Options with { Entries = 1 << 19 });
        using NatEngine small = Make(Options with { Entries = 1 << 18 });
        Assert.InRange((large.MemoryBytes - small.MemoryBytes) / (double)(1 << 18), 64, 112);
    }

    private static bool Outbound(NatEngine engine, Model model, Step step, Timestamp now)
    {
        byte[] packet = Udp(step.Machine, step.Port, step.Remote, step.RemotePort);
        NatVerdict verdict = engine.TranslateOutbound(packet, Network, now);
        if (verdict.Action == NatAction.Translated)
        {
            return model.Sent(step, Flow(packet).SourcePort, now);
        }

        return verdict.Reason == NatDropReason.PortsExhausted && model.MayRefuse(step, now);
    }

    private static bool Inbound(NatEngine engine, Model model, Step step, Timestamp now)
    {
        ushort port = (ushort)(Small.First + step.Seconds % Small.Size);
        byte[] packet = Udp(step.Remote, step.RemotePort, Shared, port);
        bool arrived = engine.TranslateInbound(packet, redirected: false, now).Action == NatAction.Translated;
        return model.Receives(step, port, now, out (IPv4Address, ushort) inside) == arrived
            && (!arrived || (Flow(packet).Destination, Flow(packet).DestinationPort) == inside);
    }

    private sealed record Step(int Verb, IPv4Address Machine, ushort Port, IPv4Address Remote, ushort RemotePort, int Seconds);

    /// <summary>What RFC 4787 says, with dictionaries.</summary>
    private sealed class Model(FilteringBehavior filtering)
    {
        private readonly Dictionary<(IPv4Address, ushort), (ushort Port, Dictionary<(IPv4Address, ushort), Timestamp> Remotes)> _mappings = [];
        private readonly Dictionary<ushort, Timestamp> _released = [];

        public bool Sent(Step step, ushort port, Timestamp now)
        {
            Expire(now);
            if (!_mappings.TryGetValue((step.Machine, step.Port), out (ushort Port, Dictionary<(IPv4Address, ushort), Timestamp> Remotes) mapping))
            {
                bool free = Small.Contains(Shared, port)
                    && _mappings.Values.All(other => other.Port != port)
                    && (!_released.TryGetValue(port, out Timestamp at) || now - at >= TimeSpan.FromSeconds(120));
                mapping = (port, []);
                _mappings.Add((step.Machine, step.Port), mapping);
                if (!free)
                {
                    return false;
                }
            }

            mapping.Remotes[Who(step)] = now;
            return mapping.Port == port;
        }

        public bool MayRefuse(Step step, Timestamp now)
        {
            Expire(now);

            // The engine notices an end when the flow is used or its timer is looked at, so ports may be free a little later than here.
            return !_mappings.ContainsKey((step.Machine, step.Port));
        }

        public bool Receives(Step step, ushort port, Timestamp now, out (IPv4Address, ushort) inside)
        {
            Expire(now);
            foreach (((IPv4Address, ushort) endpoint, (ushort mapped, Dictionary<(IPv4Address, ushort), Timestamp> remotes)) in _mappings)
            {
                if (mapped == port)
                {
                    inside = endpoint;
                    return remotes.ContainsKey(Who(step));
                }
            }

            inside = default;
            return false;
        }

        private (IPv4Address, ushort) Who(Step step) => filtering switch
        {
            FilteringBehavior.EndpointIndependent => default,
            FilteringBehavior.AddressDependent => (step.Remote, 0),
            _ => (step.Remote, step.RemotePort),
        };

        private void Expire(Timestamp now)
        {
            foreach (((IPv4Address, ushort) endpoint, (ushort port, Dictionary<(IPv4Address, ushort), Timestamp> remotes)) in _mappings.ToArray())
            {
                Timestamp last = remotes.Values.Max();
                foreach (((IPv4Address, ushort) remote, Timestamp seen) in remotes.ToArray())
                {
                    _ = now - seen >= TimeSpan.FromMinutes(5) && remotes.Remove(remote);
                }

                if (remotes.Count == 0)
                {
                    _ = _mappings.Remove(endpoint);
                    _released[port] = last + TimeSpan.FromMinutes(5);
                }
            }
        }
    }
}
