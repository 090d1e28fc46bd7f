using System.Globalization;
using Weft.Cluster;
using Weft.Conformance.Support;

namespace Weft.Conformance.ClusterTests;

/// <summary>Members that die, freeze or are replaced.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class EtcdFaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task While_the_leader_dies_or_freezes_no_acknowledged_write_is_lost_and_no_watcher_misses_one(string signal)
    {
        LiveRequirements.NeedPrograms("etcd", "etcdctl");
        using var members = new EtcdMembers(3);
        await using EtcdStore store = Open(members);
        int leader = members.Leader();
        // The watcher begins at the member that will be lost.
        await using var watching = new EtcdStore(new EtcdOptions { Endpoints = [.. members.Endpoints.Skip(leader), .. members.Endpoints.Take(leader)], AttemptTimeout = TimeSpan.FromSeconds(1) });
        var mirror = new StoreMirror(watching, "/w/");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var seen = new List<int>();
        Task following = FollowAsync(mirror, seen, stop.Token);
        var acknowledged = new List<int>();
        int unknown = 0;
        for (int i = 0; i < 60; i++)
        {
            if (i == 20)
            {
                members.Signal(leader, signal);
            }

            try
            {
                if ((await store.CommitAsync(new StoreTransaction().IfAbsent($"/w/{i:D4}").Put($"/w/{i:D4}", "x"), Cancellation)).Succeeded)
                {
                    acknowledged.Add(i);
                }
            }
            catch (StoreUnavailableException)
            {
                unknown++;
                await Task.Delay(100, Cancellation);
            }
        }

        Assert.True(acknowledged.Count > 20 && acknowledged[^1] == 59, $"{acknowledged.Count} acknowledged, {unknown} not");
        Assert.True(Wait.Until(() => mirror.Current["/w/0059"] is not null, Patience));
        Assert.Empty(acknowledged.Select(i => $"/w/{i:D4}").Except(mirror.Current.Entries.Keys));
        lock (seen)
        {
            Assert.Equal(seen.Distinct().Order(), seen);
        }

        if (signal == "STOP")
        {
            members.Signal(leader, "CONT");
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
    }

    [Fact]
    public async Task Without_a_majority_nothing_is_acknowledged_the_keeper_stops_by_itself_and_afterwards_the_watch_goes_on()
    {
        LiveRequirements.NeedPrograms("etcd", "etcdctl");
        using var members = new EtcdMembers(3);
        // All questions go to the member that stays, which goes on answering its clients.
        await using var store = new EtcdStore(new EtcdOptions { Endpoints = [members.Endpoints[0]], AttemptTimeout = TimeSpan.FromSeconds(1) });
        var mirror = new StoreMirror(store, "/w/");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task following = FollowAsync(mirror, [], stop.Token);
        LeaseKeeper keeper = await LeaseKeeper.StartAsync(store, new LeaseKeeperOptions { TimeToLive = TimeSpan.FromSeconds(2) }, Cancellation);
        Assert.True((await store.CommitAsync(new StoreTransaction().IfAbsent("/w/1").Put("/w/1", "x"), Cancellation)).Succeeded);
        Assert.True(Wait.Until(() => mirror.Current["/w/1"] is not null, Patience));
        members.Signal(1, "STOP");
        members.Signal(2, "STOP");
        long resumed = store.Status.WatchesResumed;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(new StoreTransaction().IfAbsent("/w/2").Put("/w/2", "x"), Cancellation));
        await keeper.Lost.WaitAsync(Patience, Cancellation);
        Assert.Equal(Weft.Packets.Timestamp.Zero, keeper.Deadline);
        Assert.NotNull(mirror.Current["/w/1"]);
        // A member without a leader ends the watch instead of being silent on it.
        Assert.True(Wait.Until(() => store.Status.WatchesResumed > resumed, Patience));
        members.Signal(1, "CONT");
        members.Signal(2, "CONT");
        bool written = false;
        for (int i = 0; i < 100 && !written; i++)
        {
            try
            {
                written = (await store.CommitAsync(new StoreTransaction().IfAbsent("/w/3").Put("/w/3", "x"), Cancellation)).Succeeded || (await store.ReadAsync("/w/3", Cancellation)).Entries.Count == 1;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(200, Cancellation);
            }
        }

        Assert.True(written);
        Assert.True(Wait.Until(() => mirror.Current["/w/3"] is not null, Patience));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        await keeper.DisposeAsync();
    }

    [Fact]
    public async Task Another_cluster_at_the_same_addresses_is_not_taken_for_the_first()
    {
        LiveRequirements.NeedPrograms("etcd", "etcdctl");
        var members = new EtcdMembers(1);
        await using EtcdStore store = Open(members);
        int[] ports = members.Ports;
        try
        {
            await store.CommitAsync(new StoreTransaction().IfAbsent("/w/1").Put("/w/1", "x"), Cancellation);
        }
        finally
        {
            members.Dispose();
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync("/w/", Cancellation));
        using var others = new EtcdMembers(1, ports);
        await Assert.ThrowsAsync<StoreReplacedException>(() => store.ReadAsync("/w/", Cancellation));
    }

    [Fact]
    public async Task What_is_no_etcd_is_an_error_that_names_it()
    {
        using var server = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        server.Start();
        _ = server.AcceptSocketAsync(Cancellation).AsTask().ContinueWith(
            accepted => { accepted.Result.Send("HTTP/1.1 400 Bad Request\r\n\r\n"u8); accepted.Result.Dispose(); }, Cancellation, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        var endpoint = new Uri($"http://{server.LocalEndpoint}");
        await using var store = new EtcdStore(new EtcdOptions { Endpoints = [endpoint] });
        StoreUnavailableException said = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync("/w/", Cancellation));
        Assert.False(said.OutcomeUnknown);
        Assert.Equal(1, store.Status.Failures);
    }

    private static EtcdStore Open(EtcdMembers members) => new(new EtcdOptions { Endpoints = members.Endpoints, AttemptTimeout = TimeSpan.FromSeconds(1) });

    private static async Task FollowAsync(StoreMirror mirror, List<int> seen, CancellationToken cancellation)
    {
        await foreach (MirrorUpdate update in mirror.FollowAsync(cancellation))
        {
            lock (seen)
            {
                seen.AddRange(update.Changes.Select(change => int.Parse(change.Key.Split('/')[^1], CultureInfo.InvariantCulture)));
            }
        }
    }
}
