using Weft.Cluster;
using Weft.Conformance.Support;

namespace Weft.Conformance.ClusterTests;

/// <summary>What a store's server would refuse, or do in silence, is refused before it is sent.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class StoreTransactionTests
{
    [Fact]
    public async Task A_write_that_looks_at_nothing_is_refused()
    {
        await using var store = new EmbeddedStore(new EmbeddedStoreOptions());
        await Assert.ThrowsAsync<ArgumentException>(() => store.CommitAsync(new StoreTransaction().Put("/a", "1"), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => store.CommitAsync(new StoreTransaction().IfAbsent("/a"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_key_is_written_once() =>
        Assert.Throws<ArgumentException>(() => new StoreTransaction().IfAbsent("/a").Put("/a", "1").Delete("/a"));

    [Fact]
    public void It_has_128_writes_128_conditions_and_a_mebibyte_at_most()
    {
        var transaction = new StoreTransaction();
        for (int i = 0; i < 128; i++)
        {
            transaction.IfAbsent($"/{i}").Put($"/{i}", "x");
        }

        Assert.Throws<ArgumentException>(() => transaction.Put("/more", "x"));
        Assert.Throws<ArgumentException>(() => transaction.IfAbsent("/more"));
        Assert.Throws<ArgumentException>(() => new StoreTransaction().Put("/big", new byte[StoreTransaction.MaxBytes]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a\n")]
    [InlineData("/\uD83D\uDE00")]
    public void A_key_is_plain_text(string key) => Assert.ThrowsAny<ArgumentException>(() => new StoreTransaction().IfAbsent(key));

    [Fact]
    public void A_revision_that_nothing_has_is_a_mistake() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StoreTransaction().IfUnchanged("/a", 0));
}
