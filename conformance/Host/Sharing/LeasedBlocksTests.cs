using Weft.Cluster;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>A NAT whose ports are leased, through the whole switch, on a clock that the test drives.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class LeasedBlocksTests : IAsyncDisposable
{
    private const string Machine = "10.1.0.2";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();
    private readonly EmbeddedStore _store;
    private readonly FaultyStore _line;
    private readonly SwitchPlan _plan;
    private readonly LeasedBlocks _leases;
    private readonly SwitchRig _rig;

    public LeasedBlocksTests()
    {
        _store = new EmbeddedStore(new EmbeddedStoreOptions { TimeProvider = _time });
        _line = new FaultyStore(_store, seed: 1, _time) { Trouble = 0 };
        var shared = new NatSharedPlan([IPv4Address.Parse(NatPlans.Shared)], Log2BlockPorts: 8, FirstBlock: 4, SparePorts: 100, MaxBlocks: 4, TimeSpan.FromSeconds(240));
        _plan = NatPlans.Nat(change: nat => nat with { Blocks = [], Shared = shared });
        _leases = new LeasedBlocks(_line, new ClusterPlan { Host = "one", File = "none", Lease = TimeSpan.FromSeconds(10) }, _plan.Nats[0], _time);
        _rig = new SwitchRig(_plan, leases: _leases, start: new Timestamp(_time.GetTimestamp() * 100).Nanoseconds / 1e9);
        Assert.True(Wait.Until(() => _leases.Picture.Ready > 0, Patience));
        Go(2);
    }

    public async ValueTask DisposeAsync()
    {
        _rig.Dispose();
        await _leases.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public void A_machines_packet_leaves_from_a_port_that_was_leased()
    {
        ushort port = Send(4000);
        NatBlockSnapshot block = Assert.Single(_rig.Switch.Snapshot().Nats[0].Blocks);
        Assert.InRange(port, block.First, block.Last);
        Assert.Equal((256, true), (block.Last - block.First + 1, block.First >= 1024));
        Assert.NotEqual(0u, block.Lease);
    }

    [Fact]
    public void A_new_configuration_goes_on_with_the_blocks_and_the_flows()
    {
        ushort port = Send(4000);
        NatBlockSnapshot before = Assert.Single(_rig.Switch.Snapshot().Nats[0].Blocks);
        _rig.Switch.Apply(_plan with { Name = "again" }, _rig.Switch.Ports);
        NatBlockSnapshot after = Assert.Single(_rig.Switch.Snapshot().Nats[0].Blocks);
        Assert.Equal((before.First, before.Lease), (after.First, after.Lease));
        _rig.Pass(Db, NatHostTests.Answer(port));
        Assert.Equal(Machine, IPv4Address.Read(Assert.Single(_rig.Out(Web1)).AsSpan(30)).ToString());
        Assert.Equal(port, Send(4000));
    }

    [Fact]
    public void A_trace_knows_the_blocks_of_the_switch_that_it_stands_for()
    {
        ushort port = Send(4000);
        PacketTrace trace = PacketTracer.Trace(_plan, _plan.Ports[Db].Name, NatHostTests.Answer(port), _rig.Switch.Snapshot());
        Assert.Contains(trace.Lines, line => line.ToString().Contains($"to {Machine} now", StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_store_does_not_renew_is_given_up_in_time_and_leased_anew_when_it_is_back()
    {
        Send(4000);
        _line.IsCut = true;
        Go(4);
        Send(4001);
        Go(8);
        _rig.Pass(Web1, NatHostTests.Request(4002));
        Assert.Empty(_rig.Out(Db));
        Assert.Equal(1, _rig.Drops()["nat-ports-exhausted"]);
        Assert.Equal(0, _rig.Switch.Snapshot().Nats[0].Entries);

        _line.IsCut = false;
        Assert.True(Wait.Until(
            () =>
            {
                Go(1);
                return _rig.Switch.Snapshot().Nats[0].Blocks.Count > 0;
            },
            Patience));
        Assert.Equal(1, _leases.Picture.Lost);
        Send(4003);
    }

    /// <summary>A machine sends; the port that the world sees.</summary>
    private ushort Send(int from)
    {
        _rig.Pass(Web1, NatHostTests.Request(from));
        byte[] outside = Assert.Single(_rig.Out(Db));
        Assert.Equal(NatPlans.Shared, IPv4Address.Read(outside.AsSpan(26)).ToString());
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(outside.AsSpan(34));
    }

    /// <summary>Time passes for the switch and for the store; what works beside it gets its chance after every second.</summary>
    private void Go(int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            _time.Advance(Second);
            Thread.Sleep(20);
            _rig.Wait(Second);
        }
    }
}
