using Weft.Cluster;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Packets;
using PortBlock = Weft.Nat.PortBlock;

namespace Weft.Conformance.HostTests;

/// <summary>Hosts that share a store, on a clock that the test drives: what each does is decided by what happened before and by nothing else.</summary>
internal sealed class SimulatedCluster : IAsyncDisposable
{
    private const int BlockPorts = 512, BlocksOfAddress = 126, HostsOfSegment = 20;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();
    private readonly int _blocks;

    /// <param name="hosts">Hosts.</param>
    /// <param name="segments">Segments that each host has; each is at twenty hosts.</param>
    /// <param name="flows">Flows of each host through ports that are leased.</param>
    public SimulatedCluster(int hosts, int segments, int flows)
    {
        Store = new EmbeddedStore(new EmbeddedStoreOptions { TimeProvider = _time, History = 100_000 });
        _blocks = (flows + BlockPorts - 1) / BlockPorts;
        int all = Math.Max(segments, hosts * segments / HostsOfSegment);
        // A third is left free, so that blocks that rest are not missed.
        int addresses = (hosts * (_blocks + 2) * 3 / 2 / BlocksOfAddress) + 1;
        IPv4Address[] shared = [.. Enumerable.Range(0, addresses).Select(i => IPv4Address.Parse($"203.0.{113 + (i >> 8)}.{i & 0xFF}"))];
        NatPlan nat = NatPlans.Nat().Nats[0] with { Shared = new NatSharedPlan(shared, 9, 2, SparePorts: 100, MaxBlocks: 64, TimeSpan.FromSeconds(60)) };
        Hosts = [.. Enumerable.Range(1, hosts).Select(number => new SimulatedHost(this, number, [.. Enumerable.Range(0, segments).Select(k => (uint)(1000 + (((number * segments) + k) % all)))], nat, _time))];
    }

    public EmbeddedStore Store { get; }

    public StoreLoad Load { get; } = new();

    public SimulatedHost[] Hosts { get; }

    /// <summary>Ends of what crashed; they come when the clock has gone on.</summary>
    public List<Task> Ended { get; } = [];

    /// <summary>True when every host that can be reached knows exactly what those have, and each has the blocks that it needs.</summary>
    public bool IsConverged
    {
        get
        {
            SimulatedHost[] there = [.. Hosts.Where(host => host is { IsRunning: true, Line.IsCut: false })];
            HashSet<(uint, TunnelAddress, string)> expected = [.. there.SelectMany(host => host.Announces.Select(own => (own.Vni, own.Address, host.Name)))];
            return there.All(host => host.Held.Count == _blocks && host.Ready == 2 && expected.SetEquals(host.Known));
        }
    }

    /// <summary>Lets time pass until all is as it should be; the law about blocks is looked at all the time.</summary>
    /// <returns>How long it took, in simulated seconds.</returns>
    public async Task<double> ConvergeAsync(TimeSpan limit)
    {
        TimeSpan gone = TimeSpan.Zero;
        for (; !IsConverged; gone += Step)
        {
            Assert.True(gone < limit, $"after {limit}: {string.Join("; ", Hosts.Where(host => host.IsRunning).Take(5).Select(host => $"{host.Name} knows {host.Known.Count()}, holds {host.Held.Count}, has {host.Ready} ready"))}");
            await PassAsync(Step);
        }

        return gone.TotalSeconds;
    }

    /// <summary>Lets time pass.</summary>
    public async Task PassAsync(TimeSpan span)
    {
        for (TimeSpan gone = TimeSpan.Zero; gone < span; gone += Step)
        {
            _time.Advance(Step);
            await SettleAsync();
            var now = new Timestamp(_time.GetTimestamp() * 100);
            foreach (SimulatedHost host in Hosts)
            {
                host.Work(_blocks, now);
            }

            await SettleAsync();
            PortBlock[] used = [.. Hosts.Where(host => host.Deadline > now).SelectMany(host => host.Held)];
            Assert.Equal(used.Length, used.DistinctBy(block => (block.Address, block.First)).Count());
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedHost host in Hosts.Where(host => host.IsRunning))
        {
            host.Crash();
        }

        for (int i = 0; i < 120 && !Ended.TrueForAll(task => task.IsCompleted); i++)
        {
            _time.Advance(Step);
            await SettleAsync();
        }

        await Task.WhenAll(Ended);
        await Store.DisposeAsync();
    }

    /// <summary>Waits until nobody asks the store anything and nobody is told anything.</summary>
    private async Task SettleAsync()
    {
        long before;
        do
        {
            before = Load.Activity;
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
        while (Load.Activity != before);
    }
}
