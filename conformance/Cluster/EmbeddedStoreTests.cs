using Weft.Cluster;
using Weft.Conformance.Support;

namespace Weft.Conformance.ClusterTests;

/// <summary>The contract, kept in memory.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class MemoryStoreTests : ClusterStoreContract, IAsyncDisposable
{
    private readonly EmbeddedStore _store = new(new EmbeddedStoreOptions { History = 2_000 });

    protected override IClusterStore Store => _store;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    protected override Task CompactAsync() => Forgetting.AllOf(_store, 2_000);
}

/// <summary>What is only the embedded store's: it counts the time itself.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class EmbeddedStoreTimeTests
{
    [Fact]
    public async Task A_lease_ends_though_its_timer_came_early_and_nobody_asks()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var time = new ManualTime { Early = TimeSpan.FromMilliseconds(1) };
        await using var store = new EmbeddedStore(new EmbeddedStoreOptions { TimeProvider = time });
        StoreLease lease = await store.GrantLeaseAsync(TimeSpan.FromSeconds(1), cancellation);
        await store.CommitAsync(new StoreTransaction().IfAbsent("/a").Put("/a", "x"u8.ToArray(), lease.Id), cancellation);
        await using IAsyncEnumerator<StoreChanges> watch = store.WatchAsync("/", 2, cancellation).GetAsyncEnumerator(cancellation);
        Task<bool> end = watch.MoveNextAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(2));
        // Not a request but the timer itself must have ended it.
        Assert.True(await end.WaitAsync(TimeSpan.FromSeconds(30), cancellation));
        Assert.Null(Assert.Single(watch.Current.Changes).Entry);
    }
}

/// <summary>The contract, kept in a file.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class FileStoreTests : ClusterStoreContract, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-cluster-").FullName;
    private readonly EmbeddedStore _store;

    public FileStoreTests() => _store = new EmbeddedStore(new EmbeddedStoreOptions { Path = Path.Combine(_folder, "store"), History = 300 });

    protected override IClusterStore Store => _store;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    protected override Task CompactAsync() => Forgetting.AllOf(_store, 300);
}

internal static class Forgetting
{
    /// <summary>Pushes everything out of a store's history.</summary>
    public static async Task AllOf(EmbeddedStore store, int history)
    {
        for (int i = 0; i < history; i++)
        {
            string key = $"/filler/{i}";
            StoreTransaction transaction = new StoreTransaction().Put(key, "x");
            StoreEntry? old = (await store.ReadAsync(key))[key];
            await store.CommitAsync(old is null ? transaction.IfAbsent(key) : transaction.IfUnchanged(old));
        }
    }
}
