using Weft.Cluster;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.ClusterTests;

/// <summary>Candidates whose questions and answers get lost or come late, leases that an operator revokes, on a clock that the test drives.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class ElectionSimulationTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Two_leaders_are_never_active_at_a_time_and_tokens_only_grow(int seed)
    {
        var time = new ManualTime();
        await using var store = new EmbeddedStore(new EmbeddedStoreOptions { TimeProvider = time });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var candidates = Enumerable.Range(0, 3).Select(i => new Candidate(new FaultyStore(store, (seed * 10) + i, time), $"c{i}", time, seed + i, stop.Token)).ToArray();
        var chance = new Random(seed);
        long highest = 0;
        var leaders = new HashSet<long>();
        // On a busy machine candidates get little done between two steps; the law needs some leaders to say anything.
        for (int step = 0; step < 1_000 || (leaders.Count <= 3 && step < 60_000); step++)
        {
            time.Advance(Step);
            await Task.Delay(1, TestContext.Current.CancellationToken);
            // A leadership that was just won is not known to the test at once, so both are asked before the clock goes on.
            Timestamp now = new(time.GetTimestamp() * 100);
            Leadership[] active = [.. candidates.Select(candidate => candidate.Now).OfType<Leadership>().Where(leadership => leadership.IsActive(now))];
            Assert.True(active.Length <= 1, $"seed {seed}, step {step}: {active.Length} leaders");
            foreach (Leadership leadership in active)
            {
                Assert.True(leadership.Token >= highest, $"seed {seed}, step {step}: token {leadership.Token} after {highest}");
                highest = leadership.Token;
                leaders.Add(leadership.Token);
            }

            if (chance.Next(12) == 0 && (await store.ReadAsync("/e/", TestContext.Current.CancellationToken))["/e/leader"] is { } leader)
            {
                await store.RevokeLeaseAsync(leader.LeaseId, TestContext.Current.CancellationToken);
            }
        }

        // Else the law above says nothing.
        Assert.True(leaders.Count > 3, $"seed {seed}: only {leaders.Count} leaders were seen");
        await stop.CancelAsync();
        Assert.True(time.AdvanceUntil(() => candidates.All(candidate => candidate.Work.IsCompleted), Step, TimeSpan.FromMinutes(5)));
        await Task.WhenAll(candidates.Select(candidate => candidate.Work));
    }

    private sealed class Candidate
    {
        private volatile Leadership? _now;

        public Candidate(FaultyStore store, string name, ManualTime time, int seed, CancellationToken stop)
        {
            var election = new Election(store, new ElectionOptions
            {
                Key = "/e",
                Candidate = name,
                Lease = new LeaseKeeperOptions { TimeToLive = TimeSpan.FromSeconds(3), TimeProvider = time },
            });
            Work = Task.Run(() => RunAsync(election, time, new Random(seed), stop), CancellationToken.None);
        }

        public Leadership? Now => _now;

        public Task Work { get; }

        private async Task RunAsync(Election election, ManualTime time, Random chance, CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    Leadership won = await election.CampaignAsync(stop);
                    _now = won;
                    Task done = await Task.WhenAny(won.Lost, Task.Delay(TimeSpan.FromSeconds(chance.Next(1, 8)), time, stop));
                    // It stops acting before it says that it did.
                    _now = done == won.Lost ? won : null;
                    await won.DisposeAsync();
                    _now = null;
                }
                catch (StoreUnavailableException)
                {
                    await Task.Delay(100, CancellationToken.None);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}
