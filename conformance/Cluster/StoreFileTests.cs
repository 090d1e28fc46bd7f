using System.Text;
using Weft.Cluster;
using Weft.Conformance.Support;

namespace Weft.Conformance.ClusterTests;

/// <summary>Whatever a crash leaves of the file, what was acknowledged is there, and nothing is half there.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class StoreFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-cluster-").FullName;

    private string File0 => Path.Combine(_folder, "store");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_file_is_its_owners_alone_also_after_it_was_written_anew()
    {
        await using (var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = File0 }))
        {
            for (int i = 0; i < 40; i++)
            {
                StoreEntry? old = (await store.ReadAsync("/big", TestContext.Current.CancellationToken))["/big"];
                StoreTransaction transaction = new StoreTransaction().Put("/big", new byte[60_000]);
                await store.CommitAsync(old is null ? transaction.IfAbsent("/big") : transaction.IfUnchanged(old), TestContext.Current.CancellationToken);
            }
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File0));
        }
        Assert.True(new FileInfo(File0).Length < 40 * 60_000, "it was not written anew");
    }

    [Fact]
    public async Task A_file_that_is_cut_anywhere_has_every_commit_that_is_whole_and_no_other()
    {
        var acknowledged = new List<(long Bytes, string Content)>();
        await using (var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = File0 }))
        {
            acknowledged.Add((new FileInfo(File0).Length, await Content(store)));
            for (int i = 0; i < 12; i++)
            {
                StoreEntry? old = (await store.ReadAsync("/k", TestContext.Current.CancellationToken))[$"/k{i % 3}"];
                StoreTransaction transaction = new StoreTransaction().Put($"/k{i % 3}", new string('v', i * 7)).Delete($"/k{(i + 1) % 3}");
                Assert.True((await store.CommitAsync(old is null ? transaction.IfAbsent($"/k{i % 3}") : transaction.IfUnchanged(old), TestContext.Current.CancellationToken)).Succeeded);
                acknowledged.Add((new FileInfo(File0).Length, await Content(store)));
            }
        }

        byte[] whole = await File.ReadAllBytesAsync(File0, TestContext.Current.CancellationToken);
        string cut = Path.Combine(_folder, "cut");
        for (int length = 0; length <= whole.Length; length++)
        {
            await File.WriteAllBytesAsync(cut, whole[..length], TestContext.Current.CancellationToken);
            string expected = acknowledged.LastOrDefault(commit => commit.Bytes <= length, acknowledged[0]).Content;
            await using (var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = cut }))
            {
                Assert.Equal(expected, await Content(store));
                Assert.True((await store.CommitAsync(new StoreTransaction().IfAbsent("/after").Put("/after", "x"), TestContext.Current.CancellationToken)).Succeeded);
            }

            await using var again = new EmbeddedStore(new EmbeddedStoreOptions { Path = cut });
            Assert.NotNull((await again.ReadAsync("/after", TestContext.Current.CancellationToken))["/after"]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(4096)]
    public async Task Zeroes_behind_the_end_are_what_a_file_system_leaves_and_are_dropped(int count)
    {
        string path = Path.Combine(_folder, $"z{count}");
        string expected;
        await using (var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = path }))
        {
            await store.CommitAsync(new StoreTransaction().IfAbsent("/a").Put("/a", "1"), TestContext.Current.CancellationToken);
            expected = await Content(store);
        }

        await using (FileStream file = File.Open(path, FileMode.Append))
        {
            await file.WriteAsync(new byte[count], TestContext.Current.CancellationToken);
        }

        await using (var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = path }))
        {
            Assert.Equal(expected, await Content(store));
        }

    }

    [Fact]
    public async Task A_bit_that_flips_before_the_last_record_is_never_taken_for_a_crash()
    {
        long lastStart;
        await using (var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = File0 }))
        {
            await store.CommitAsync(new StoreTransaction().IfAbsent("/a").Put("/a", "first"), TestContext.Current.CancellationToken);
            lastStart = new FileInfo(File0).Length;
            await store.CommitAsync(new StoreTransaction().IfAbsent("/b").Put("/b", "second"), TestContext.Current.CancellationToken);
        }

        byte[] whole = await File.ReadAllBytesAsync(File0, TestContext.Current.CancellationToken);
        string damaged = Path.Combine(_folder, "damaged");
        // The six bytes behind the format's number are kept for later and mean nothing yet.
        foreach (int at in Enumerable.Range(0, (int)lastStart).Where(at => at is < 10 or >= 16))
        {
            byte[] copy = [.. whole];
            copy[at] ^= 0x10;
            await File.WriteAllBytesAsync(damaged, copy, TestContext.Current.CancellationToken);
            InvalidDataException said = Assert.Throws<InvalidDataException>(() => new EmbeddedStore(new EmbeddedStoreOptions { Path = damaged }));
            Assert.Contains(damaged, said.Message);
            Assert.Equal(copy, await File.ReadAllBytesAsync(damaged, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void Another_format_or_another_file_is_refused_by_name()
    {
        File.WriteAllBytes(File0, [.. "weftstor"u8, 9, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Contains("format 9", Assert.Throws<InvalidDataException>(() => new EmbeddedStore(new EmbeddedStoreOptions { Path = File0 })).Message);
        File.WriteAllText(File0, "root:x:0:0:root:/root:/bin/sh");
        Assert.Contains("not the file of a store", Assert.Throws<InvalidDataException>(() => new EmbeddedStore(new EmbeddedStoreOptions { Path = File0 })).Message);
    }

    [Fact]
    public async Task Two_processes_do_not_share_a_file()
    {
        await using var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = File0 });
        Assert.ThrowsAny<IOException>(() => new EmbeddedStore(new EmbeddedStoreOptions { Path = File0 }));
    }

    [Fact]
    public async Task A_file_does_not_grow_for_ever_and_what_rewriting_left_half_done_is_ignored()
    {
        byte[] value = new byte[20_000];
        await using (var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = File0 }))
        {
            await store.CommitAsync(new StoreTransaction().IfAbsent("/k").Put("/k", value), TestContext.Current.CancellationToken);
            for (int i = 0; i < 300; i++)
            {
                StoreEntry old = (await store.ReadAsync("/k", TestContext.Current.CancellationToken))["/k"]!;
                Assert.True((await store.CommitAsync(new StoreTransaction().IfUnchanged(old).Put("/k", value), TestContext.Current.CancellationToken)).Succeeded);
            }

            Assert.InRange(new FileInfo(File0).Length, 1, 2 << 20);
        }

        await File.WriteAllTextAsync(File0 + ".new", "half", TestContext.Current.CancellationToken);
        await using var again = new EmbeddedStore(new EmbeddedStoreOptions { Path = File0 });
        Assert.Equal(301, again.Status.Revision);
        Assert.Equal(value, (await again.ReadAsync("/k", TestContext.Current.CancellationToken))["/k"]!.Value.ToArray());
        Assert.False(File.Exists(File0 + ".new"));
    }

    [Fact]
    public async Task A_lease_has_its_whole_time_again_after_a_restart_and_its_number_is_never_given_twice()
    {
        var time = new ManualTime();
        StoreLease lease;
        await using (var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = File0, TimeProvider = time }))
        {
            lease = await store.GrantLeaseAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            await store.CommitAsync(new StoreTransaction().IfAbsent("/a").Put("/a", "1"u8, lease.Id), TestContext.Current.CancellationToken);
            time.Advance(TimeSpan.FromSeconds(9));
        }

        time.Advance(TimeSpan.FromSeconds(9));
        await using var again = new EmbeddedStore(new EmbeddedStoreOptions { Path = File0, TimeProvider = time });
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Single((await again.ReadAsync("/a", TestContext.Current.CancellationToken)).Entries);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty((await again.ReadAsync("/a", TestContext.Current.CancellationToken)).Entries);
        Assert.True((await again.GrantLeaseAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).Id > lease.Id);
    }

    private static async Task<string> Content(EmbeddedStore store)
    {
        StoreSnapshot all = await store.ReadAsync("/", TestContext.Current.CancellationToken);
        var text = new StringBuilder($"{store.Status.Revision}");
        foreach (StoreEntry entry in all.Entries.Values)
        {
            text.Append($" {entry.Key}={entry.Text}@{entry.CreateRevision}/{entry.ModRevision}");
        }

        return text.ToString();
    }
}
