using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>Blocks are leased: no port is ever two hosts', old leases count for nothing, and nobody runs dry while there are blocks.</summary>
public sealed class LeaseTests
{
    private static readonly PortBlock[] Four = [.. Enumerable.Range(1, 4).Select(i => new PortBlock(Shared, (ushort)(1024 * i), 6))];

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void An_older_or_repeated_lease_of_a_block_is_refused_and_commands_name_the_lease()
    {
        using var engine = new NatEngine(Options);
        PortBlock lease = Block with { LeaseEpoch = 5 };
        Assert.True(engine.TryAddBlock(lease, Start));
        Assert.False(engine.TryDrainBlock(Block with { LeaseEpoch = 4 }));
        Assert.False(engine.TryRemoveBlock(Block with { LeaseEpoch = 6 }, Start));
        Assert.True(engine.TryRemoveBlock(lease, Start));
        Assert.False(engine.TryAddBlock(lease, Start));
        Assert.False(engine.TryAddBlock(Block with { LeaseEpoch = 4 }, Start));
        Assert.True(engine.TryAddBlock(Block with { LeaseEpoch = 6 }, Start));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_lease_that_ran_out_makes_no_new_mapping_and_a_renewed_one_does()
    {
        using var engine = new NatEngine(Options);
        PortBlock lease = Block with { LeaseEpoch = 5 };
        Assert.True(engine.TryAddBlock(lease, Start, expires: Start + TimeSpan.FromSeconds(30)));
        ushort port = Open(engine, Web, 1, Remote, 53, Start);
        Timestamp late = Start + TimeSpan.FromSeconds(30);
        Assert.Equal(NatDropReason.PortsExhausted, engine.TranslateOutbound(Udp(Web, 2, Remote, 53), Network, late).Reason);
        Assert.Equal(port, Open(engine, Web, 1, Remote, 53, late));
        Assert.True(engine.TryRenewBlock(lease, late + TimeSpan.FromSeconds(30)));
        _ = Open(engine, Web, 2, Remote, 53, late);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData(3u, 3u, true)] // exported by the host before, under its lease
    [InlineData(4u, 3u, true)] // by this host, before it restarted
    [InlineData(2u, 3u, false)] // under a lease before that: somebody else had the port since
    [InlineData(5u, 3u, false)] // under a newer lease: it is this host's that is old
    public void Flows_are_taken_over_only_from_the_lease_before_or_this_one(uint exported, uint predecessor, bool taken)
    {
        using var old = new NatEngine(Options);
        Assert.True(old.TryAddBlock(Block with { LeaseEpoch = exported }, Start));
        ushort port = Open(old, Web, 1, Remote, 53, Start);
        byte[] export = new byte[old.MaxExportLength];
        Assert.Equal(export.Length, old.Export(export, Start));

        using var next = new NatEngine(Options);
        Assert.True(next.TryAddBlock(Block with { LeaseEpoch = 4 }, Start, holdDown: true, predecessor: predecessor));
        Assert.Equal(taken ? NatImportResult.Complete : NatImportResult.Partial, next.Import(export, Start));
        Assert.Equal(taken, Reaches(next, Remote, 53, port, Start));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_block_that_is_lost_takes_its_flows_with_it_and_no_others()
    {
        using NatEngine engine = Make(Options with { Pooling = PoolingBehavior.Arbitrary }, Four[0], Four[1]);
        Assert.True(engine.TryAddStatic(Network, IpProtocol.Tcp, Web, 80, Shared, Four[0].First, Start));
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 5, Four[0].First, TcpFlags.Syn, Start).Action);
        ushort[] ports = [.. Enumerable.Range(0, 60).Select(i => Open(engine, Web, (ushort)(i + 1), Remote, 53, Start))];
        for (int i = 0; i < 20; i++)
        {
            _ = SendTcp(engine, (ushort)(7000 + i), 80, TcpFlags.Syn, Start, out _);
        }

        Assert.True(engine.TryRevokeBlock(Four[0], Start));
        Assert.False(engine.TryGetBlock(Four[0], Start, out _));
        Assert.All(ports, port => Assert.Equal(Four[1].Contains(Shared, port), Reaches(engine, Remote, 53, port, Start)));
        Assert.True(engine.TryGetBlock(Four[1], Start, out PortBlockState left));
        Assert.Equal(left.Used + (engine.Counters.SessionsCreated - engine.Counters.SessionsDeleted), engine.EntryCount);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_keeper_asks_for_blocks_before_ports_run_out_and_gives_back_what_it_does_not_need()
    {
        var pool = new PortBlockPool(new PortBlockPoolOptions { Blocks = Four });
        using var engine = new NatEngine(Options);
        var keeper = new BlockKeeper(engine, pool.Join(), new BlockKeeperOptions { SparePorts = 40 });
        Timestamp now = Start;
        int port = 0;
        for (; port < 4 * 64; port++)
        {
            keeper.Advance(now);
            keeper.Advance(now);
            _ = Open(engine, Web, (ushort)(1 + port), Remote, 53, now);
            now += TimeSpan.FromSeconds(1);
        }

        Assert.Equal(4, keeper.Blocks.Count());
        Assert.Equal(0, engine.Counters.PortsExhausted);
        for (int second = 0; second < 1000; second++)
        {
            now += TimeSpan.FromSeconds(1);
            _ = engine.Advance(now, 1000);
            keeper.Advance(now);
        }

        Assert.Equal(2, keeper.Blocks.Count()); // one would leave 64 spare ports, less than twice 40
        Assert.Equal(2, pool.FreeAt(now));
        Assert.Equal(0, keeper.Lost);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_keeper_renews_and_a_host_that_was_asleep_loses_its_blocks_before_another_can_have_them()
    {
        var options = new PortBlockPoolOptions { Blocks = [Four[0]], Lease = TimeSpan.FromSeconds(60) };
        var pool = new PortBlockPool(options);
        using var sleeper = new NatEngine(Options);
        using var other = new NatEngine(Options);
        var first = new BlockKeeper(sleeper, pool.Join(), new BlockKeeperOptions { SparePorts = 8 });
        var second = new BlockKeeper(other, pool.Join(), new BlockKeeperOptions { SparePorts = 8 });
        Timestamp now = Start;
        for (int i = 0; i < 300; i++, now += TimeSpan.FromSeconds(1))
        {
            first.Advance(now);
            second.Advance(now);
        }

        PortBlock lease = Assert.Single(first.Blocks);
        Assert.Empty(second.Blocks);
        ushort port = Open(sleeper, Web, 1, Remote, 53, now);

        for (int i = 0; i < 300 && !second.Blocks.Any(); i++, now += TimeSpan.FromSeconds(1))
        {
            second.Advance(now); // the first one says nothing any more
        }

        Assert.Equal(lease.LeaseEpoch + 1, Assert.Single(second.Blocks).LeaseEpoch);
        Assert.True(now - Start >= TimeSpan.FromSeconds(300 + 40 + 120));
        first.Advance(now);
        Assert.Empty(first.Blocks);
        Assert.Equal((1, 0), (first.Lost, sleeper.EntryCount));
        Assert.False(Reaches(sleeper, Remote, 53, port, now));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Whatever_hosts_do_no_port_is_two_hosts_at_a_time_nor_in_quarantine()
    {
        Arbitrary<(int Verb, int Host, int Seconds)[]> steps = Arb.From(
            (from verb in Gen.Choose(0, 3) from host in Gen.Choose(0, 2) from seconds in Gen.Choose(1, 90) select (verb, host, seconds)).ArrayOf(),
            list => Enumerable.Range(0, list.Length).Select(skip => list.Where((_, at) => at != skip).ToArray()));
        Prop.ForAll(steps, list =>
        {
            var pool = new PortBlockPool(new PortBlockPoolOptions { Blocks = Four, Lease = TimeSpan.FromSeconds(60) });
            IPortBlockLeases[] hosts = [pool.Join(), pool.Join(), pool.Join()];
            var held = new Dictionary<ushort, (int Host, PortBlock Block, Timestamp Until)>();
            var epochs = new Dictionary<ushort, uint>();
            Timestamp now = Start;
            foreach ((int verb, int host, int seconds) in list)
            {
                (int Host, PortBlock Block, Timestamp Until)[] own = [.. held.Values.Where(lease => lease.Host == host && lease.Until > now)];
                switch (verb)
                {
                    case 0:
                        now += TimeSpan.FromSeconds(seconds);
                        break;
                    case 1:
                        hosts[host].Request(default, now);
                        break;
                    case 2 when own.Length > 0:
                        hosts[host].Renew(own[0].Block, now);
                        break;
                    case 3 when own.Length > 0:
                        hosts[host].Release(own[0].Block, now);
                        held[own[0].Block.First] = own[0] with { Until = now };
                        break;
                    default:
                        break;
                }

                while (hosts[host].TryTakeAnswer(now, out LeaseAnswer answer))
                {
                    ushort first = answer.Block.First;
                    bool wasHeld = held.TryGetValue(first, out (int Host, PortBlock Block, Timestamp Until) before);
                    bool right = answer.Kind switch
                    {
                        LeaseAnswerKind.Granted => (!wasHeld || now >= before.Until + TimeSpan.FromSeconds(120)) && answer.Block.LeaseEpoch > epochs.GetValueOrDefault(first),
                        LeaseAnswerKind.Renewed => wasHeld && before.Host == host && before.Until > now,
                        LeaseAnswerKind.Denied => Four.All(block => held.TryGetValue(block.First, out (int, PortBlock, Timestamp Until) lease) && now < lease.Until + TimeSpan.FromSeconds(120)),
                        _ => false,
                    };
                    if (!right)
                    {
                        return false;
                    }

                    if (answer.Kind != LeaseAnswerKind.Denied)
                    {
                        held[first] = (host, answer.Block, answer.Expires);
                        epochs[first] = answer.Block.LeaseEpoch;
                    }
                }
            }

            return true;
        }).Check(Chance.Of(300).WithEndSize(100));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_pool_refuses_blocks_that_overlap_or_are_none()
    {
        Assert.Throws<ArgumentException>(() => new PortBlockPool(new PortBlockPoolOptions { Blocks = [Block, new PortBlock(Shared, 2048, 4)] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PortBlockPool(new PortBlockPoolOptions { Blocks = [new PortBlock(Shared, 100, 10)] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PortBlockPool(new PortBlockPoolOptions { Blocks = Four, Lease = TimeSpan.Zero }));
    }
}
