using Weft.Cluster;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>An edge that learns from the cluster's store which host leased which ports, on a clock that the test drives.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class LearnedOwnersTests : IAsyncLifetime
{
    private const string Host = "fd01::a";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ManualTime _time = new();
    private readonly EmbeddedStore _store;
    private readonly FaultyStore _line;
    private readonly BlockOwners _owners;
    private readonly SwitchPlan _plan = NatGatewayTests.Edge() with { NatGateways = [NatGatewayTests.Edge().NatGateways[0] with { Owners = null, Learns = true }] };
    private readonly SwitchRig _rig;

    public LearnedOwnersTests()
    {
        _store = new EmbeddedStore(new EmbeddedStoreOptions { TimeProvider = _time });
        _line = new FaultyStore(_store, seed: 1, _time) { Trouble = 0 };
        _owners = new BlockOwners(_line, _time);
        _rig = new SwitchRig(_plan, blockOwners: _owners);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _rig.Dispose();
        await _owners.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task What_a_host_leases_reaches_it_and_what_it_gives_up_or_dies_with_reaches_nobody()
    {
        LeasedBlocks host = Lease("one", Host);
        PortOwner first = await OwnedAsync();
        Assert.Equal(IPv6Address.Parse(Host), first.Host);
        Assert.Equal((256, IPv4Address.Parse(NatPlans.Shared)), (first.Block.Size, first.Block.Address));
        _rig.Pass(Web1, NatGatewayTests.Answer(first.Block.Last));
        Assert.Equal(Host, NatGatewayTests.DestinationOf(Assert.Single(_rig.Out(Db))));
        PortOwnerSnapshot shown = _rig.Switch.Snapshot().NatGateways[0].Owners[0];
        Assert.Equal(("one/nat1", first.Block.LeaseEpoch), (shown.Name, shown.Lease));
        PacketTrace trace = PacketTracer.Trace(_plan, "web1", NatGatewayTests.Answer(first.Block.First), _rig.Switch.Snapshot());
        Assert.Contains("db", trace.SentTo);

        // A reload does not forget; and no store, no change.
        _line.IsCut = true;
        _rig.Switch.Apply(_plan with { Name = "again" }, _rig.Switch.Ports);
        _rig.Pass(Web1, NatGatewayTests.Answer(first.Block.First));
        Assert.Single(_rig.Out(Db));
        _line.IsCut = false;

        await host.DisposeAsync();
        Assert.True(_time.AdvanceUntil(() => _owners.Current.Blocks.Count == 0, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60)));
        _rig.Pass(Web1, NatGatewayTests.Answer(first.Block.First));
        Assert.Empty(_rig.Out(Db));
        Assert.Equal(1, _rig.Drops()["nat-gateway-no-owner"]);

        // The next process of that host has another address.
        await using LeasedBlocks again = Lease("one", "fd01::b");
        Assert.Equal(IPv6Address.Parse("fd01::b"), (await OwnedAsync()).Host);
    }

    [Fact]
    public async Task Keys_that_somebody_else_wrote_change_nothing()
    {
        string[] strange = ["/snat/v1/192.0.2.1/0007/owner", "/snat/v1/not-an-address/0005/owner", "/snat/v1/192.0.2.1/x/owner", "/snat/v1/owner", "/snat/v1/192.0.2.1/0000/owner"];
        string[] values = ["{", """{"host":"x","via":"fd01::c","blocks":256}""", """{"host":"x","via":"fd01::c","blocks":256}""", "", """{"host":"x","via":"fd01::c","blocks":256}"""];
        foreach ((string key, string value) in strange.Zip(values))
        {
            Assert.True((await _store.CommitAsync(new StoreTransaction().IfAbsent(key).Put(key, value), TestContext.Current.CancellationToken)).Succeeded);
        }

        foreach ((int index, int blocks, string via) in new[] { (9, 3, "fd01::c"), (9, 256, "10.0.0.1"), (300, 256, "fd01::c"), (5, 1 << 20, "fd01::c") })
        {
            string key = $"/snat/v1/192.0.2.9/{index}-{blocks}/owner".Replace("-", "", StringComparison.Ordinal);
            _ = await _store.CommitAsync(new StoreTransaction().IfAbsent(key).Put(key, $$"""{"host":"x","via":"{{via}}","blocks":{{blocks}}}"""), TestContext.Current.CancellationToken);
        }

        await using LeasedBlocks host = Lease("one", Host);
        PortOwner only = await OwnedAsync();
        Assert.All(_owners.Current.Blocks, known => Assert.Equal(only.Host, known.Owner.Host));
    }

    private LeasedBlocks Lease(string host, string tunnel)
    {
        var shared = new NatSharedPlan([IPv4Address.Parse(NatPlans.Shared)], Log2BlockPorts: 8, FirstBlock: 4, SparePorts: 100, MaxBlocks: 4, TimeSpan.FromSeconds(2));
        NatPlan nat = NatPlans.Nat(change: plan => plan with { Blocks = [], Shared = shared, Tunnel = plan.Tunnel! with { Source = IPv6Address.Parse(tunnel) } }).Nats[0];
        return new LeasedBlocks(_store, new ClusterPlan { Host = host, File = "none", Lease = TimeSpan.FromSeconds(10) }, nat, _time);
    }

    private async Task<PortOwner> OwnedAsync()
    {
        Assert.True(await Task.Run(() => _time.AdvanceUntil(() => _owners.Current.Blocks.Count > 0, TimeSpan.FromMilliseconds(100), Patience), TestContext.Current.CancellationToken));
        return _owners.Current.Blocks[0].Owner;
    }
}
