using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>Flows that are mapped per remote may share a port as long as their remotes differ (RFC 7857 section 3).</summary>
public sealed class PortOverlapTests
{
    private static readonly PortBlock Small = new(Shared, 2048, 3);
    private static readonly NatBehavior PerRemote = new(MappingBehavior.AddressAndPortDependent, FilteringBehavior.AddressAndPortDependent);
    private static readonly NatOptions Overlapping = Options with { Udp = PerRemote, Tcp = PerRemote, PortOverlap = true };

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7857_Section3_A_full_block_serves_as_many_flows_to_every_further_remote_and_answers_find_their_machines()
    {
        using NatEngine engine = Make(Overlapping, Small);
        var flows = new List<(ushort Port, IPv4Address Remote, ushort Shared)>();
        for (int i = 0; i < 8 * 5; i++)
        {
            IPv4Address remote = new(Remote.Value + (uint)(i / 8));
            flows.Add(((ushort)(i + 1), remote, Open(engine, Web, (ushort)(i + 1), remote, 53, Start)));
        }

        Assert.Equal(8, flows.Select(flow => flow.Shared).Distinct().Count());
        Assert.Equal(40, flows.Select(flow => (flow.Remote, flow.Shared)).Distinct().Count());
        foreach ((ushort port, IPv4Address remote, ushort shared) in flows)
        {
            byte[] answer = Udp(remote, 53, Shared, shared);
            Assert.Equal(NatAction.Translated, engine.TranslateInbound(answer, redirected: false, Start).Action);
            Assert.Equal(port, Flow(answer).DestinationPort);
        }

        Assert.Equal(NatDropReason.PortsExhausted, engine.TranslateOutbound(Udp(Web, 99, Remote, 53), Network, Start).Reason);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7857_Section3_Without_being_asked_for_no_port_has_two_flows()
    {
        using NatEngine engine = Make(Overlapping with { PortOverlap = false }, Small);
        for (int i = 0; i < 8; i++)
        {
            _ = Open(engine, Web, (ushort)(i + 1), new IPv4Address(Remote.Value + (uint)i), 53, Start);
        }

        Assert.Equal(NatDropReason.PortsExhausted, engine.TranslateOutbound(Udp(Web, 99, OtherRemote, 99), Network, Start).Reason);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_port_rests_only_when_its_last_flow_has_ended()
    {
        using NatEngine engine = Make(Overlapping, Small);
        for (int i = 0; i < 16; i++)
        {
            _ = Open(engine, Web, (ushort)(i + 1), i < 8 ? Remote : OtherRemote, 53, Start);
        }

        Timestamp later = Start + TimeSpan.FromMinutes(4);
        for (int i = 8; i < 16; i++)
        {
            _ = Open(engine, Web, (ushort)(i + 1), OtherRemote, 53, later);
        }

        _ = engine.Advance(Start + TimeSpan.FromMinutes(5), 1000);
        Assert.True(engine.TryGetBlock(Small, later, out PortBlockState half));
        Assert.Equal((8, 8, 0), (engine.EntryCount, half.Used, half.Resting));
        _ = engine.Advance(later + TimeSpan.FromMinutes(5), 1000);
        Assert.True(engine.TryGetBlock(Small, later + TimeSpan.FromMinutes(5), out PortBlockState end));
        Assert.Equal((0, 0, 8), (engine.EntryCount, end.Used, end.Resting));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_static_mapping_is_reached_and_used_although_others_are_per_remote()
    {
        using NatEngine engine = Make(Overlapping, Small);
        Assert.True(engine.TryAddStatic(Network, IpProtocol.Udp, Web, 5000, Shared, 2050, Start));
        Assert.True(engine.TryAddStatic(Network, IpProtocol.Tcp, Web, 80, Shared, 2051, Start));
        Assert.True(Reaches(engine, Remote, 7, 2050, Start));
        Assert.Equal(2050, Open(engine, Web, 5000, Remote, 53, Start));
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 9, 2051, TcpFlags.Syn, Start).Action);
        Assert.Equal(NatAction.Translated, SendTcp(engine, 80, 9, TcpFlags.Syn | TcpFlags.Ack, Start, out ushort port).Action);
        Assert.Equal(2051, port);
        Assert.True(engine.TryRemoveStatic(Network, IpProtocol.Udp, Web, 5000, Start));
        Assert.False(engine.TryRemoveStatic(Network, IpProtocol.Udp, Web, 5000, Start));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Model)]
    [InlineData(false)]
    [InlineData(true)]
    public void No_two_live_flows_have_the_same_external_tuple_and_every_answer_finds_its_flow(bool overlap)
    {
        Arbitrary<(int Verb, int Port, int Remote, int Seconds)[]> steps = Arb.From(
            (from verb in Gen.Choose(0, 5) from port in Gen.Choose(1, 30) from remote in Gen.Choose(0, 3) from seconds in Gen.Choose(1, 200) select (verb, port, remote, seconds)).ArrayOf(),
            list => Enumerable.Range(0, list.Length).Select(skip => list.Where((_, at) => at != skip).ToArray()));
        Prop.ForAll(steps, list =>
        {
            using NatEngine engine = Make(Overlapping with { PortOverlap = overlap }, Small);
            var live = new Dictionary<(int Port, int Remote), (ushort Shared, Timestamp Seen)>();
            Timestamp now = Start;
            foreach ((int verb, int port, int remote, int seconds) in list)
            {
                if (verb == 0)
                {
                    now += TimeSpan.FromSeconds(seconds);
                    foreach ((int, int) idle in live.Where(flow => now - flow.Value.Seen >= TimeSpan.FromMinutes(5)).Select(flow => flow.Key).ToArray())
                    {
                        _ = live.Remove(idle);
                    }

                    _ = engine.Advance(now, 1000);
                    continue;
                }

                byte[] packet = Udp(Web, (ushort)port, new IPv4Address(Remote.Value + (uint)remote), 53);
                if (engine.TranslateOutbound(packet, Network, now).Action == NatAction.Translated)
                {
                    ushort shared = Flow(packet).SourcePort;
                    if (live.TryGetValue((port, remote), out (ushort Shared, Timestamp) known) && known.Shared != shared)
                    {
                        return false;
                    }

                    live[(port, remote)] = (shared, now);
                }
                else if (live.ContainsKey((port, remote)))
                {
                    return false;
                }

                var tuples = live.Select(flow => overlap ? (flow.Value.Shared, flow.Key.Remote) : (flow.Value.Shared, 0)).ToList();
                if (tuples.Distinct().Count() != tuples.Count)
                {
                    return false;
                }

                foreach (((int own, int from), (ushort shared, Timestamp _)) in live)
                {
                    byte[] answer = Udp(new IPv4Address(Remote.Value + (uint)from), 53, Shared, shared);
                    if (engine.TranslateInbound(answer, redirected: false, now).Action != NatAction.Translated || Flow(answer).DestinationPort != own)
                    {
                        return false;
                    }
                }
            }

            return true;
        }).Check(Chance.Of(150).WithEndSize(80));
    }
}
