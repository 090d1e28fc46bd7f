using System.Diagnostics;
using Weft.Cluster;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.SaseTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.HostTests;

/// <summary>Owners of bundles in a store of the cluster.</summary>
public sealed class BundleOwnersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public async Task Who_asks_first_owns_a_bundle_and_everybody_hears_of_it()
    {
        await using var store = new EmbeddedStore(new EmbeddedStoreOptions());
        await TakeTurns(store, store);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public async Task Etcd_decides_alike()
    {
        LiveRequirements.Need("etcd", "etcdctl");
        using var members = new EtcdMembers(1);
        await using var one = new EtcdStore(new EtcdOptions { Endpoints = members.Endpoints });
        await using var other = new EtcdStore(new EtcdOptions { Endpoints = members.Endpoints });
        await TakeTurns(one, other);
        string seen = members.Control(0, "get", "/sase/v1/pop/bundle/0", "--print-value-only").Output;
        Assert.Contains("\"owner\":\"10.99.20.2\"", seen, StringComparison.Ordinal);
        Assert.Contains("\"epoch\":7", seen, StringComparison.Ordinal);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public async Task A_store_that_cannot_be_reached_answers_nothing_and_answers_when_it_can_be()
    {
        await using var store = new EmbeddedStore(new EmbeddedStoreOptions());
        var line = new FaultyStore(store, seed: 1, TimeProvider.System) { Trouble = 0, IsCut = true };
        await using var owners = new BundleOwners(line, Plan);
        owners.Request(0, Epoch.None, Epoch.None.Next(0), default);
        await Task.Delay(50, Stop);
        Assert.False(owners.TryTake(out _));
        line.IsCut = false;
        OwnershipGrant grant = default;
        await Until(() =>
        {
            owners.Request(0, Epoch.None, Epoch.None.Next(0), default);
            return owners.TryTake(out grant);
        });
        Assert.Equal(new OwnershipGrant(0, Epoch.None.Next(0)), grant);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public async Task What_somebody_else_wrote_there_is_nobodys_word()
    {
        await using var store = new EmbeddedStore(new EmbeddedStoreOptions());
        foreach ((string name, string value) in ((string, string)[])
        [
            ("0", "rubbish"), ("x", "{}"), ("4", Entry("10.99.20.1", 1)), ("1", Entry("192.0.2.99", 1)), ("2", Entry("10.99.20.1", 0)), ("3", Entry("10.99.20.1", 1L << 24)),
        ])
        {
            string key = $"/sase/v1/pop/bundle/{name}";
            _ = await store.CommitAsync(new StoreTransaction().IfAbsent(key).Put(key, value), Stop);
        }

        await using var owners = new BundleOwners(store, Plan);
        owners.Request(3, Epoch.None, Epoch.None.Next(1), default);
        await Task.Delay(100, Stop);
        Assert.False(owners.TryTake(out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public async Task A_point_of_presence_goes_by_it()
    {
        await using var store = new EmbeddedStore(new EmbeddedStoreOptions());
        BundleOwners[] owners = [new BundleOwners(store, Plan), new BundleOwners(store, Plan), new BundleOwners(store, Plan)];
        using var pop = new Pop(2, 3, [Tenants.Make(1001)], adjust: (node, options) => options with { Store = owners[node] });
        await Run(() => pop.ActiveOf(0) >= 0);
        int first = pop.ActiveOf(0);
        pop.Kill(first);
        await Run(() => pop.ActiveOf(0) >= 0);
        Epoch epoch = pop.Nodes[pop.ActiveOf(0)].EpochOf(0);
        Assert.Equal(pop.ActiveOf(0), epoch.Node);
        OwnershipEntry written = (await new Cluster.OwnershipTable(store, "/sase/v1/pop/bundle/").ReadAsync("0", Stop))!;
        Assert.Equal(($"{pop.Options.Nodes[epoch.Node]}", (long)epoch.Term), (written.Ownership.Owner, written.Ownership.Epoch));
        foreach (BundleOwners some in owners)
        {
            await some.DisposeAsync();
        }

        // Time in there and time out here have nothing to do with each other, and answers come in the latter.
        async Task Run(Func<bool> holds) => await Until(() =>
        {
            _ = pop.FromSite(0, 1001, NatTests.NatTestBed.Udp(Tenants.Site, 1, NatTests.NatTestBed.Remote, 53));
            pop.Run(2);
            return holds();
        });
    }

    private static SasePlan Plan => new()
    {
        Name = "pop",
        Router = 0,
        Address = Pop.Addresses(20, 1)[0],
        Gateways = Pop.Addresses(10, 2),
        Nodes = Pop.Addresses(20, 3),
        Bundles = 4,
        Tenants = [],
    };

    private static string Entry(string owner, long epoch) => $$"""{"owner":"{{owner}}","backup":null,"epoch":{{epoch}},"claim":"x"}""";

    private static async Task TakeTurns(IClusterStore first, IClusterStore second)
    {
        await using var one = new BundleOwners(first, Plan);
        await using var other = new BundleOwners(second, Plan);
        Epoch mine = Epoch.None.Next(0);
        one.Request(0, Epoch.None, mine, default);
        await Hear(one, mine);
        await Hear(other, mine);

        // Who has not heard of it gets nothing but the news.
        other.Request(0, Epoch.None, Epoch.None.Next(1), default);
        await Hear(other, mine);

        // Who has gets what it asks for, if gateways count further than the store, too.
        var later = new Epoch((7 << 8) | 1);
        other.Request(0, mine, later, default);
        await Hear(other, later);
        await Hear(one, later);
    }

    /// <summary>Waits for the word that an epoch has come; earlier ones may come before it, again.</summary>
    private static async Task Hear(BundleOwners owners, Epoch epoch) => await Until(() =>
    {
        bool heard = false;
        while (owners.TryTake(out OwnershipGrant grant))
        {
            Assert.True(grant.Bundle == 0 && grant.Epoch <= epoch, $"{grant} before {epoch}");
            heard |= grant.Epoch == epoch;
        }

        return heard;
    });

    private static async Task Until(Func<bool> holds)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(watch.Elapsed < Patience, "nothing comes of it");
            await Task.Delay(2, Stop);
        }
    }
}
