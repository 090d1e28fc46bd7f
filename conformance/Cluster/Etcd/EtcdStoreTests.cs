using Weft.Cluster;
using Weft.Conformance.Support;

namespace Weft.Conformance.ClusterTests;

/// <summary>Three members of etcd that all tests of the contract share.</summary>
public sealed class EtcdFixture : IDisposable
{
    internal EtcdMembers? Members { get; } = Command.Exists("etcd") && Command.Exists("etcdctl") ? new EtcdMembers(3) : null;

    /// <inheritdoc/>
    public void Dispose() => Members?.Dispose();
}

/// <summary>The contract, kept by three members of etcd.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class EtcdStoreTests : ClusterStoreContract, IClassFixture<EtcdFixture>, IAsyncDisposable
{
    private readonly EtcdMembers _members;
    private readonly EtcdStore _store;

    public EtcdStoreTests(EtcdFixture fixture)
    {
        LiveRequirements.NeedPrograms("etcd", "etcdctl");
        _members = fixture.Members!;
        _store = new EtcdStore(new EtcdOptions { Endpoints = _members.Endpoints, AttemptTimeout = TimeSpan.FromSeconds(20) });
    }

    protected override IClusterStore Store => _store;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task What_we_write_etcdctl_reads_and_the_other_way_round()
    {
        await Put("ours", "a value");
        _members.Control(1, "put", Prefix + "theirs", "another").Required();
        Assert.Equal("a value", _members.Control(2, "get", "--print-value-only", Prefix + "ours").Required().Output.Trim());
        StoreEntry theirs = (await _store.ReadAsync(Prefix, TestContext.Current.CancellationToken))[Prefix + "theirs"]!;
        Assert.Equal("another", theirs.Text);
        string fields = _members.Control(0, "get", "--write-out=fields", theirs.Key).Required().Output;
        Assert.Contains($"\"CreateRevision\" : {theirs.CreateRevision}", fields);
        Assert.Contains($"\"ModRevision\" : {theirs.ModRevision}", fields);
    }

    [Fact]
    public async Task A_time_below_one_and_a_half_elections_is_raised_and_the_keeper_goes_by_what_was_granted()
    {
        LeaseKeeper keeper = await LeaseKeeper.StartAsync(_store, new LeaseKeeperOptions { TimeToLive = TimeSpan.FromSeconds(1) }, TestContext.Current.CancellationToken);
        Assert.Equal(TimeSpan.FromSeconds(2), keeper.Lease.TimeToLive);
        string said = _members.Control(0, "lease", "timetolive", keeper.Lease.Id.ToString("x", null)).Required().Output;
        Assert.Contains("granted with TTL(2s)", said);
        await keeper.DisposeAsync();
    }

    protected override async Task CompactAsync()
    {
        // The revision that is named stays known, so it is one after all that is to be forgotten.
        CommitResult last = await _store.CommitAsync(new StoreTransaction().IfAbsent($"/filler/{Prefix}").Put($"/filler/{Prefix}", "x"));
        _members.Control(0, "compact", $"{last.Revision}").Required();
    }
}
