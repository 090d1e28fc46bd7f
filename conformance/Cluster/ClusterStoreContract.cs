using System.Globalization;
using System.Text;
using Weft.Cluster;
using Weft.Conformance.Support;

namespace Weft.Conformance.ClusterTests;

/// <summary>What every store does, whatever keeps it. Each implementation runs all of it.</summary>
public abstract class ClusterStoreContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static int _tests;

    /// <summary>Keys of this test alone, since members of a live cluster serve many.</summary>
    protected string Prefix { get; } = $"/test/{Environment.ProcessId}/{Interlocked.Increment(ref _tests)}/";

    /// <summary>The store that is asked.</summary>
    protected abstract IClusterStore Store { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_committed_is_read_with_its_revisions()
    {
        StoreSnapshot before = await Store.ReadAsync(Prefix, Cancellation);
        CommitResult first = await Put("a", "1");
        CommitResult second = await Store.CommitAsync(new StoreTransaction().IfUnchanged(Prefix + "a", first.Revision).Put(Prefix + "a", "2").Put(Prefix + "b", "3"), Cancellation);
        StoreSnapshot after = await Store.ReadAsync(Prefix, Cancellation);
        Assert.Empty(before.Entries);
        Assert.True(first.Revision > before.Revision && second.Revision > first.Revision && after.Revision >= second.Revision);
        Assert.Equal(["a=2", "b=3"], Show(after));
        Assert.Equal((first.Revision, second.Revision), (after[Prefix + "a"]!.CreateRevision, after[Prefix + "a"]!.ModRevision));
    }

    [Fact]
    public async Task A_prefix_has_its_own_keys_and_no_neighbours()
    {
        foreach (string key in new[] { "a", "a/", "a/1", "a/2", "a0", "b", "ä", "a/\uFFFD" })
        {
            await Put(key, "x");
        }

        Assert.Equal(["a/=x", "a/1=x", "a/2=x", "a/\uFFFD=x"], Show(await Store.ReadAsync(Prefix + "a/", Cancellation)));
        Assert.Empty((await Store.ReadAsync(Prefix + "zz", Cancellation)).Entries);
    }

    [Fact]
    public async Task A_transaction_whose_condition_does_not_hold_changes_nothing_and_says_what_there_is()
    {
        CommitResult made = await Put("a", "1");
        StoreTransaction[] wrong =
        [
            new StoreTransaction().IfAbsent(Prefix + "a"),
            new StoreTransaction().IfUnchanged(Prefix + "a", made.Revision + 1),
            new StoreTransaction().IfStillThere(Prefix + "a", made.Revision + 1),
            new StoreTransaction().IfUnchanged(Prefix + "none", made.Revision).IfUnchanged(Prefix + "a", made.Revision),
        ];
        foreach (StoreTransaction transaction in wrong)
        {
            CommitResult result = await Store.CommitAsync(transaction.Put(Prefix + "a", "2").Put(Prefix + "c", "3").Delete(Prefix + "b"), Cancellation);
            Assert.False(result.Succeeded);
            Assert.Equal("1", result[Prefix + "a"]?.Text);
            Assert.Null(result[Prefix + "none"]);
        }

        Assert.Equal(["a=1"], Show(await Store.ReadAsync(Prefix, Cancellation)));
    }

    [Fact]
    public async Task A_key_that_was_removed_and_made_again_is_not_the_same()
    {
        CommitResult first = await Put("a", "1");
        await Store.CommitAsync(new StoreTransaction().IfUnchanged(Prefix + "a", first.Revision).Delete(Prefix + "a"), Cancellation);
        CommitResult again = await Put("a", "1");
        Assert.False((await Store.CommitAsync(new StoreTransaction().IfStillThere(Prefix + "a", first.Revision).Delete(Prefix + "a"), Cancellation)).Succeeded);
        Assert.True((await Store.CommitAsync(new StoreTransaction().IfStillThere(Prefix + "a", again.Revision).Delete(Prefix + "a"), Cancellation)).Succeeded);
    }

    [Fact]
    public async Task Counting_hosts_lose_no_count()
    {
        await Put("n", "0");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int done = 0; done < 10;)
            {
                StoreEntry entry = (await Store.ReadAsync(Prefix + "n", Cancellation))[Prefix + "n"]!;
                string next = (int.Parse(entry.Text, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
                done += (await Store.CommitAsync(new StoreTransaction().IfUnchanged(entry).Put(entry.Key, next), Cancellation)).Succeeded ? 1 : 0;
            }
        })));
        Assert.Equal(["n=80"], Show(await Store.ReadAsync(Prefix, Cancellation)));
    }

    [Fact]
    public async Task A_watch_has_every_commit_once_whole_and_in_order()
    {
        StoreSnapshot start = await Store.ReadAsync(Prefix, Cancellation);
        Task writing = Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
            {
                Assert.True((await Store.CommitAsync(
                    new StoreTransaction().IfAbsent($"{Prefix}{writer}/{i}").Put($"{Prefix}{writer}/{i}", "x").Put($"{Prefix}{writer}/{i}+", "y").Put($"{Prefix[..^1]}-else{writer}{i}", "z"), Cancellation)).Succeeded);
            }
        })));
        var seen = new List<StoreChange>();
        long last = start.Revision;
        await foreach (StoreChanges changes in Watch(start.Revision + 1))
        {
            Assert.True(changes.Revision > last);
            Assert.All(changes.Changes, change => Assert.InRange(change.Entry!.ModRevision, last + 1, changes.Revision));
            Assert.All(changes.Changes.GroupBy(change => change.Entry!.ModRevision), commit => Assert.Equal(2, commit.Count()));
            seen.AddRange(changes.Changes);
            last = changes.Revision;
            if (seen.Count == 200)
            {
                break;
            }
        }

        await writing;
        Assert.Equal(200, seen.Select(change => change.Key).Distinct().Count());
        Assert.All(Enumerable.Range(0, 4), writer => Assert.Equal(
            Enumerable.Range(0, 25), seen.Where(change => change.Key.StartsWith($"{Prefix}{writer}/", StringComparison.Ordinal) && !change.Key.EndsWith('+')).Select(change => int.Parse(change.Key.Split('/')[^1], CultureInfo.InvariantCulture))));
    }

    [Fact]
    public async Task A_watch_from_the_past_brings_what_happened_since_removals_too()
    {
        CommitResult first = await Put("a", "1");
        await Store.CommitAsync(new StoreTransaction().IfUnchanged(Prefix + "a", first.Revision).Delete(Prefix + "a").Put(Prefix + "b", "2"), Cancellation);
        var seen = new List<string>();
        await foreach (StoreChanges changes in Watch(first.Revision))
        {
            seen.AddRange(changes.Changes.Select(change => $"{change.Key[Prefix.Length..]}={change.Entry?.Text}"));
            if (seen.Count == 3)
            {
                break;
            }
        }

        Assert.Equal(["a=1", "a=", "b=2"], seen.Order(StringComparer.Ordinal).OrderBy(text => text == "a=1" ? 0 : 1));
    }

    [Fact]
    public async Task A_watch_of_forgotten_revisions_says_so()
    {
        CommitResult first = await Put("a", "1");
        await CompactAsync();
        RevisionCompactedException said = await Assert.ThrowsAsync<RevisionCompactedException>(async () =>
        {
            await foreach (StoreChanges _ in Watch(first.Revision))
            {
            }
        });
        Assert.True(said.CompactedRevision >= first.Revision);
    }

    [Fact]
    public async Task A_mirror_goes_on_after_what_was_forgotten()
    {
        var mirror = new StoreMirror(Store, Prefix);
        await Put("a", "1");
        await Put("gone", "1");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await Until(mirror, update => update.Snapshot.Entries.Count == 2, stop.Token);
        StoreEntry gone = mirror.Current[Prefix + "gone"]!;
        await Store.CommitAsync(new StoreTransaction().IfUnchanged(gone).Delete(gone.Key).Put(Prefix + "b", "2"), Cancellation);
        await CompactAsync();
        MirrorUpdate update = await Until(mirror, update => update.Snapshot[Prefix + "b"] is not null, stop.Token);
        Assert.True(update.Reloaded);
        Assert.Contains(update.Changes, change => change.Key == gone.Key && change.Entry is null);
        Assert.DoesNotContain(update.Changes, change => change.Key == Prefix + "a");
    }

    [Fact]
    public async Task Keys_of_a_lease_that_is_not_kept_vanish_and_a_watch_sees_it()
    {
        StoreLease lease = await Store.GrantLeaseAsync(TimeSpan.FromSeconds(1), Cancellation);
        Assert.NotEqual(0, lease.Id);
        Assert.InRange(lease.TimeToLive, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        CommitResult put = await Put("mortal", "x", lease.Id);
        await Put("immortal", "x");
        Assert.Equal(lease.Id, (await Store.ReadAsync(Prefix, Cancellation))[Prefix + "mortal"]!.LeaseId);
        await foreach (StoreChanges changes in Watch(put.Revision + 1))
        {
            if (changes.Changes.Any(change => change.Key == Prefix + "mortal" && change.Entry is null))
            {
                break;
            }
        }

        Assert.Equal(["immortal=x"], Show(await Store.ReadAsync(Prefix, Cancellation)));
        Assert.Null(await Store.KeepAliveAsync(lease.Id, Cancellation));
        await Store.RevokeLeaseAsync(lease.Id, Cancellation);
    }

    [Fact]
    public async Task Revoking_a_lease_ends_its_keys_and_no_others()
    {
        StoreLease lease = await Store.GrantLeaseAsync(TimeSpan.FromSeconds(60), Cancellation);
        await Put("a", "1", lease.Id);
        CommitResult freed = await Put("b", "1", lease.Id);
        // A key that is written again without the lease is not bound to it any more.
        await Store.CommitAsync(new StoreTransaction().IfUnchanged(Prefix + "b", freed.Revision).Put(Prefix + "b", "2"), Cancellation);
        Assert.Equal(lease.TimeToLive, await Store.KeepAliveAsync(lease.Id, Cancellation));
        await Store.RevokeLeaseAsync(lease.Id, Cancellation);
        Assert.Equal(["b=2"], Show(await Store.ReadAsync(Prefix, Cancellation)));
        await Assert.ThrowsAsync<StoreRefusedException>(() => Put("c", "1", lease.Id));
    }

    [Fact]
    public async Task A_keeper_keeps_its_lease_and_its_deadline_ahead()
    {
        LeaseKeeper keeper = await LeaseKeeper.StartAsync(Store, new LeaseKeeperOptions { TimeToLive = TimeSpan.FromSeconds(1) }, Cancellation);
        await using (keeper)
        {
            await Put("a", "1", keeper.Lease.Id);
            await Task.Delay(keeper.Lease.TimeToLive * 2, Cancellation);
            // A machine that stood still for a lease time may lose it; then the keeper must have said so.
            Assert.Equal(keeper.Lost.IsCompleted, (await Store.ReadAsync(Prefix, Cancellation)).Entries.Count == 0);
        }

        Assert.False(keeper.IsHeld(Weft.Packets.Timestamp.FromMonotonicClock()));
        Assert.Empty((await Store.ReadAsync(Prefix, Cancellation)).Entries);
    }

    [Fact]
    public async Task A_leader_that_resigns_is_followed_at_once_and_one_that_dies_is_waited_for()
    {
        LeaseKeeperOptions lease = new() { TimeToLive = TimeSpan.FromSeconds(2) };
        Leadership first = await Candidate("one", lease).CampaignAsync(Cancellation);
        Assert.True(first.ActiveFrom <= Weft.Packets.Timestamp.FromMonotonicClock());
        Task<Leadership> campaign = Candidate("two", lease).CampaignAsync(Cancellation);
        Assert.Equal(("one", true), await Leader());
        Assert.False(campaign.IsCompleted);
        Weft.Packets.Timestamp resigned = Weft.Packets.Timestamp.FromMonotonicClock();
        await first.DisposeAsync();
        Leadership second = await campaign.WaitAsync(Patience, Cancellation);
        Assert.True(second.Token > first.Token && second.Term == first.Term + 1);
        Assert.True(second.ActiveFrom - resigned < Patience);
        Assert.False((await Store.CommitAsync(first.Guard(new StoreTransaction()).Put(Prefix + "x", "late"), Cancellation)).Succeeded);
        Assert.True((await Store.CommitAsync(second.Guard(new StoreTransaction()).Put(Prefix + "x", "fine"), Cancellation)).Succeeded);

        // An operator takes the lease away: the leader does not know it before it asks, so its successor waits for its deadline.
        StoreEntry leader = (await Store.ReadAsync(Prefix + "e/leader", Cancellation))[Prefix + "e/leader"]!;
        Weft.Packets.Timestamp deadline = second.Deadline;
        await Store.RevokeLeaseAsync(leader.LeaseId, Cancellation);
        Leadership third = await Candidate("three", lease).CampaignAsync(Cancellation).WaitAsync(Patience, Cancellation);
        Assert.True(third.ActiveFrom >= deadline);
        Assert.False(third.IsActive(deadline - TimeSpan.FromTicks(1)));
        await second.Lost.WaitAsync(Patience, Cancellation);
        await second.DisposeAsync();
        // What it left behind is not touched by the one that went late.
        Assert.Equal(("three", true), await Leader());
        await third.DisposeAsync();

        async Task<(string?, bool?)> Leader() => await Candidate("observer", lease).ReadAsync(Cancellation) is { } term ? (term.Leader, term.IsHeld) : (null, null);
    }

    [Fact]
    public async Task Of_many_claimants_one_owns_and_the_epoch_counts()
    {
        var table = new OwnershipTable(Store, Prefix);
        OwnershipEntry?[] claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(node => Task.Run(() => table.TryChangeAsync("seg7", null, $"node{node}", null, Cancellation))));
        OwnershipEntry owner = Assert.Single(claims, claim => claim is not null)!;
        Assert.Equal(1, owner.Ownership.Epoch);
        Assert.Equal(owner, await table.ReadAsync("seg7", Cancellation));
        Assert.Null(await table.ReadAsync("seg", Cancellation));
        OwnershipEntry taken = (await table.TryChangeAsync("seg7", owner, "standby", "other", Cancellation))!;
        Assert.Equal((2L, "standby", "other"), (taken.Ownership.Epoch, taken.Ownership.Owner, taken.Ownership.Backup));
        Assert.Null(await table.TryChangeAsync("seg7", owner, "node9", null, Cancellation));
    }

    [Fact]
    public async Task Blocks_of_ports_belong_to_one_host_and_rest_before_the_next()
    {
        PortBlockPool one = await PortBlockPool.StartAsync(Store, Blocks("one"), Cancellation);
        PortBlockPool two = await PortBlockPool.StartAsync(Store, Blocks("two"), Cancellation);
        // Eight blocks, of which each host keeps two ready: together all are taken in the end, none of them twice.
        List<PortBlock> ofOne = [], ofTwo = [];
        Assert.True(await Eventually(() => Take(one, ofOne) + Take(two, ofTwo) == 8 && one.Exhausted + two.Exhausted > 0), $"{ofOne.Count} {ofTwo.Count}");
        Assert.Equal(8, ofOne.Concat(ofTwo).Select(block => (block.Address, block.Index)).Distinct().Count());
        Assert.All(ofOne.Concat(ofTwo), block => Assert.True(block.Token > 0));
        PortBlock back = ofOne[0];
        one.Return(back);
        string key = $"{Prefix}{back.Address}/{back.Index:D4}/";
        Assert.True(await Eventually(async () => (await Store.ReadAsync(key, Cancellation)).Entries.Keys.SequenceEqual([key + "hold"])));
        PortBlock again = default;
        Assert.True(await Eventually(() => one.TryTake(out again) || two.TryTake(out again)));
        Assert.Equal((back.Address, back.Index), (again.Address, again.Index));
        Assert.True(again.Token > back.Token);

        await one.DisposeAsync();
        Assert.True(one.Deadline < Weft.Packets.Timestamp.FromMonotonicClock());
        PortBlockPool successor = await PortBlockPool.StartAsync(Store, Blocks("one"), Cancellation);
        PortBlock kept = ofOne.First(block => block != back);
        PortBlock? reclaimed = await successor.TryReclaimAsync(kept.Address, kept.Index, Cancellation);
        Assert.True(reclaimed is null || reclaimed.Value.Token > kept.Token); // null if the machine was slower than the quarantine
        Assert.Null(await successor.TryReclaimAsync(ofTwo[0].Address, ofTwo[0].Index, Cancellation));
        await successor.DisposeAsync();
        await two.DisposeAsync();

        static int Take(PortBlockPool pool, List<PortBlock> into)
        {
            if (pool.TryTake(out PortBlock block))
            {
                into.Add(block);
            }

            return into.Count;
        }
    }

    [Fact]
    public async Task A_directory_of_blocks_says_who_holds_which_and_where_to_send_as_long_as_they_are_held()
    {
        var directory = new PortBlockDirectory(Store, Prefix);
        IReadOnlyList<HeldPortBlock> seen = [];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task following = Task.Run(
            async () =>
            {
                await foreach (IReadOnlyList<HeldPortBlock> held in directory.FollowAsync(end.Token))
                {
                    Volatile.Write(ref seen, held);
                }
            },
            Cancellation);
        PortBlockPool one = await PortBlockPool.StartAsync(Store, Blocks("one") with { Via = "fd01::1" }, Cancellation);
        await using PortBlockPool silent = await PortBlockPool.StartAsync(Store, Blocks("two"), Cancellation);
        Assert.True(await Eventually(() => Volatile.Read(ref seen).Count >= 2));
        // Who does not say where is not there.
        Assert.All(Volatile.Read(ref seen), block => Assert.Equal(("one", "fd01::1", 4), (block.Host, block.Via, block.BlocksPerAddress)));
        PortBlock taken = default;
        Assert.True(await Eventually(() => one.TryTake(out taken)));
        Assert.Contains(Volatile.Read(ref seen), block => (block.Address, block.Index, block.Token) == (taken.Address, taken.Index, taken.Token));
        await one.DisposeAsync();
        Assert.True(await Eventually(() => Volatile.Read(ref seen).Count == 0));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
    }

    [Fact]
    public async Task A_pool_goes_on_in_another_process_with_its_leases_its_blocks_and_what_it_gives_back()
    {
        PortBlockPool one = await PortBlockPool.StartAsync(Store, Blocks("one"), Cancellation);
        PortBlock held = default, back = default;
        Assert.True(await Eventually(() => one.TryTake(out held)) && await Eventually(() => one.TryTake(out back)) && await Eventually(() => one.Ready == 2));
        await one.PauseAsync();
        one.Return(back);
        PortBlockPoolState state = one.State;
        Assert.Equal(2, state.Ready.Count);
        Assert.Equal(back, Assert.Single(state.Returned));
        string[] keys = await KeysOf();
        PortBlockPool next = PortBlockPool.Resume(Store, Blocks("one"), state, [held]);
        await one.AbandonAsync();
        Assert.True(one.Deadline == Weft.Packets.Timestamp.Zero && next.Deadline > Weft.Packets.Timestamp.FromMonotonicClock());

        // What was given back rests, and nothing else has changed: not what is held, which nobody gets again.
        string rests = $"{Prefix}{back.Address}/{back.Index:D4}/";
        Assert.True(await Eventually(async () => (await Store.ReadAsync(rests, Cancellation)).Entries.Keys.SequenceEqual([rests + "hold"])));
        Assert.Equal(keys.Where(key => !key.StartsWith(rests, StringComparison.Ordinal)), (await KeysOf()).Where(key => !key.StartsWith(rests, StringComparison.Ordinal)));
        List<PortBlock> got = [];
        Assert.True(await Eventually(() => Take(got) >= 4));
        Assert.DoesNotContain(got, block => (block.Address, block.Index) == (held.Address, held.Index));
        Assert.Equal(got.Count, got.Distinct().Count());
        await next.DisposeAsync();
        Assert.True(await Eventually(async () => !(await KeysOf()).Any(key => key.Contains("/owner ", StringComparison.Ordinal))));

        async Task<string[]> KeysOf() => [.. (await Store.ReadAsync(Prefix, Cancellation)).Entries.Values.Select(entry => $"{entry.Key} {entry.LeaseId} {entry.ModRevision}")];

        int Take(List<PortBlock> into)
        {
            if (next.TryTake(out PortBlock block))
            {
                into.Add(block);
            }

            return into.Count;
        }
    }

    [Fact]
    public async Task A_lease_that_is_handed_over_is_kept_by_the_next_and_one_that_is_gone_is_lost()
    {
        var options = new LeaseKeeperOptions { TimeToLive = TimeSpan.FromSeconds(2) };
        LeaseKeeper first = await LeaseKeeper.StartAsync(Store, options, Cancellation);
        Assert.True((await Put("kept", "v", first.Lease.Id)).Succeeded);
        LeaseKeeper second = LeaseKeeper.Resume(Store, options, first.Lease, first.Deadline);
        await first.AbandonAsync();
        Weft.Packets.Timestamp end = Weft.Packets.Timestamp.FromMonotonicClock() + first.Lease.TimeToLive + TimeSpan.FromSeconds(1);
        Assert.True(await Eventually(() => Weft.Packets.Timestamp.FromMonotonicClock() > end));
        Assert.NotNull((await Store.ReadAsync(Prefix + "kept", Cancellation))[Prefix + "kept"]);
        Assert.True(second.IsHeld(Weft.Packets.Timestamp.FromMonotonicClock()));
        await second.DisposeAsync();
        Assert.True(await Eventually(async () => (await Store.ReadAsync(Prefix + "kept", Cancellation))[Prefix + "kept"] is null));

        await using LeaseKeeper late = LeaseKeeper.Resume(Store, options, first.Lease, Weft.Packets.Timestamp.FromMonotonicClock() + TimeSpan.FromMinutes(1));
        Assert.True(await Eventually(() => late.Lost.IsCompleted && !late.IsHeld(Weft.Packets.Timestamp.FromMonotonicClock())));
    }

    [Fact]
    public async Task Ten_thousand_keys_come_together()
    {
        for (int batch = 0; batch < 100; batch++)
        {
            var transaction = new StoreTransaction().IfAbsent($"{Prefix}{batch:D3}/000");
            for (int i = 0; i < 100; i++)
            {
                transaction.Put($"{Prefix}{batch:D3}/{i:D3}", "v");
            }

            Assert.True((await Store.CommitAsync(transaction, Cancellation)).Succeeded);
        }

        Assert.Equal(10_000, (await Store.ReadAsync(Prefix, Cancellation)).Entries.Count);
    }

    /// <summary>Makes the store forget what happened so far.</summary>
    protected abstract Task CompactAsync();

    protected Task<CommitResult> Put(string key, string value, long lease = 0) =>
        Store.CommitAsync(new StoreTransaction().IfAbsent(Prefix + key).Put(Prefix + key, Encoding.UTF8.GetBytes(value), lease), Cancellation);

    private static string[] Show(StoreSnapshot snapshot) => [.. snapshot.Entries.Values.Select(entry => $"{entry.Key[(entry.Key.IndexOf('/', entry.Key.IndexOf('/', 6) + 1) + 1)..]}={entry.Text}")];

    private static async Task<MirrorUpdate> Until(StoreMirror mirror, Func<MirrorUpdate, bool> condition, CancellationToken cancellation)
    {
        await foreach (MirrorUpdate update in mirror.FollowAsync(cancellation))
        {
            if (condition(update))
            {
                return update;
            }
        }

        throw new InvalidOperationException("the mirror ended");
    }

    private static Task<bool> Eventually(Func<bool> condition) => Eventually(() => Task.FromResult(condition()));

    private static async Task<bool> Eventually(Func<Task<bool>> condition)
    {
        for (int i = 0; i < 600; i++)
        {
            if (await condition())
            {
                return true;
            }

            await Task.Delay(100, Cancellation);
        }

        return false;
    }

    private async IAsyncEnumerable<StoreChanges> Watch(long from)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Patience);
        await foreach (StoreChanges changes in Store.WatchAsync(Prefix, from, limit.Token))
        {
            yield return changes;
        }
    }

    private Election Candidate(string name, LeaseKeeperOptions lease) => new(Store, new ElectionOptions { Key = Prefix + "e", Candidate = name, Lease = lease });

    private PortBlockPoolOptions Blocks(string host) => new()
    {
        Prefix = Prefix,
        Addresses = ["192.0.2.1", "192.0.2.2"],
        BlocksPerAddress = 4,
        Host = host,
        Ready = 2,
        Lease = new LeaseKeeperOptions { TimeToLive = TimeSpan.FromSeconds(10) },
        Quarantine = TimeSpan.FromSeconds(4),
    };
}
