using System.Collections.Concurrent;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.HostTests.WorkerFrames;

namespace Weft.Conformance.HostTests;

/// <summary>Workers on threads of their own: nothing is lost or reordered between them, whatever is asked of the switch meanwhile.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class WorkerThreadTests
{
    private const int Flows = 32;
    private const int MostUnderWay = 256;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<byte[]>[] _arriving = [.. Enumerable.Range(0, 5).Select(_ => new ConcurrentQueue<byte[]>())];
    private readonly ConcurrentQueue<byte[]>[] _leaving = [.. Enumerable.Range(0, 5).Select(_ => new ConcurrentQueue<byte[]>())];
    private bool _hasMachines;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Every_frame_of_every_flow_comes_out_once_and_in_order(int workers)
    {
        await using SwitchHost host = Start(workers);
        const uint Numbers = 400;
        Feed(0, Numbers);
        Expect(Numbers);
        SwitchSnapshot snapshot = await host.SnapshotAsync();
        Assert.True(snapshot.Totals.Balanced, $"{snapshot.Totals}");
        Assert.Equal(0, snapshot.Totals.Held);
        Assert.All(snapshot.Workers, worker => Assert.True(workers == 1 || worker.HandedIn + worker.HandedOut > 0, $"{worker}"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pictures_and_reloads_with_other_numbers_of_workers_lose_nothing(bool hasMachines)
    {
        _hasMachines = hasMachines;
        await using SwitchHost host = Start(workers: 2);
        uint number = 0;
        foreach (int workers in (int[])[4, 1, 3, 2, 8])
        {
            Feed(number, number += 100);
            await host.ReloadAsync(Plan(workers));
            Feed(number, number += 100);
            SwitchSnapshot snapshot = await host.SnapshotAsync();
            Assert.True(snapshot.Totals.Balanced, $"{snapshot.Totals}");
            Assert.Equal(workers, snapshot.Workers.Count);
            Assert.Equal(snapshot.Totals.Received, snapshot.Workers.Sum(worker => worker.Received));
        }

        Expect(number);
        SwitchSnapshot last = await host.SnapshotAsync();
        Assert.Empty(last.Drops);
        // Each flow was met by both, all the time.
        Assert.All(last.Machines, machine => Assert.Equal((Flows * number, Flows), (machine.Packets - machine.NoFlow, machine.Flows)));
    }

    [Fact]
    public async Task What_one_worker_learns_the_others_know()
    {
        await using SwitchHost host = Start(workers: 4);
        // B is where its frames come from, and then elsewhere: all flows follow, though only the first worker heard it.
        _arriving[Trunk].Enqueue(Tagged(Plain(Broadcast, B), 10));
        Assert.True(Wait.Until(() => !_leaving[Web1].IsEmpty, Patience));
        _leaving[Web1].Clear();
        bool known = Wait.Until(
            () =>
            {
                Array.ForEach(_leaving, queue => queue.Clear());
                Feed(0, 1);
                return Wait.Until(() => _leaving[Trunk].Count == Flows, TimeSpan.FromSeconds(1)) && _leaving[Web2].IsEmpty;
            },
            Patience);
        Assert.True(known, $"{_leaving[Trunk].Count} of {Flows}, {_leaving[Web2].Count} to where it was");
    }

    [Fact]
    public async Task A_processor_that_is_not_there_is_refused_at_the_start_and_at_a_reload()
    {
        SwitchPlan wrong = Plan(workers: 1) with { Cores = [ProcessorAffinity.MaxProcessor] };
        SwitchStartException refused = Assert.Throws<SwitchStartException>(() => SwitchHost.Start(wrong, Options()));
        Assert.Contains($"{ProcessorAffinity.MaxProcessor}", refused.Message);
        await using SwitchHost host = Start(workers: 1);
        _ = await Assert.ThrowsAsync<SwitchStartException>(() => host.ReloadAsync(wrong));
        int last = ProcessorAffinity.Available[^1];
        await host.ReloadAsync(Plan(workers: 1) with { Cores = [last] });
        Assert.Equal(last, Assert.Single((await host.SnapshotAsync()).Workers).Core);
    }

    // These ports cannot wake anybody who sleeps.
    private SwitchPlan Plan(int workers)
    {
        SwitchPlan plan = Resolved() with { Workers = workers, Poll = PollMode.Spin, PoolBuffers = 8192 };
        // Sender and receiver, of workers of their own as soon as there are several.
        return !_hasMachines ? plan : plan with
        {
            Services = [MachinePlans.Connections],
            Machines = [.. new[] { Web1, Web2 }.Select(port => new MachinePlan { Name = $"vm{port}", Id = 1 + (uint)port, Port = port, Services = [0], IPv4Flows = 256, IPv6Flows = 64 })],
        };
    }

    private SwitchHostOptions Options() => new()
    {
        OpenPort = port => new QueueLivePort(port.Name, _arriving[Place(port)], _leaving[Place(port)]),
    };

    private static int Place(PortPlan port) => Position.Of(Resolved().Ports, known => known.Name == port.Name);

    private SwitchHost Start(int workers)
    {
        SwitchHost host = SwitchHost.Start(Plan(workers), Options());
        _arriving[Web2].Enqueue(Plain(Broadcast, B));
        Assert.True(Wait.Until(() => !_leaving[Web1].IsEmpty, Patience));
        return host;
    }

    private void Feed(uint from, uint to)
    {
        for (uint number = from; number < to; number++)
        {
            // A worker may wait long for its processor while another fills its ring, and what a full ring drops is no fault: so
            // never more is under way than the smallest ring holds.
            Assert.True(Wait.Until(() => (number * Flows) - _leaving[Web2].Count < MostUnderWay, Patience), $"{_leaving[Web2].Count} of {number * Flows}");
            for (ushort flow = 0; flow < Flows; flow++)
            {
                _arriving[Web1].Enqueue(Udp(B, A, flow, number));
            }
        }
    }

    private void Expect(uint numbers)
    {
        Assert.True(Wait.Until(() => _leaving[Web2].Count >= Flows * numbers, Patience), $"{_leaving[Web2].Count} of {Flows * numbers}");
        var got = _leaving[Web2].Select(frame => Read(frame)).ToLookup(frame => frame.Flow, frame => frame.Number);
        Assert.Equal(Flows, got.Count);
        Assert.All(got, flow => Assert.Equal(Enumerable.Range(0, (int)numbers).Select(number => (uint)number), flow));
    }
}
