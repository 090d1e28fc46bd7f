using System.Collections.Concurrent;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.HostTests.WorkerFrames;

namespace Weft.Conformance.HostTests;

/// <summary>Reload after reload while frames go on: none is lost, none comes twice, and nothing that was learned is flooded again.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class ReloadUnderLoadTests
{
    private const int Flows = 4;
    private const int MostUnderWay = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Three_thousand_reloads_between_the_frames_of_a_conversation_lose_none_and_flood_none()
    {
        const int Reloads = 3000;
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Web2, Plain(Broadcast, B)).Pass(Up0, FromPeer(Plain(Broadcast, C)));
        rig.AllOut();
        for (int reload = 0; reload < Reloads; reload++)
        {
            // Frames wait at the ports while the configuration changes.
            rig.Send(Web1, Plain(B, A)).Send(Web1, Plain(C, A));
            rig.Switch.Apply(Variant(reload), rig.Switch.Ports);
            rig.Run();
            Assert.Equal([Web2, Up0], Enumerable.Range(0, 5).SelectMany(port => rig.Out(port).Select(_ => port)));
        }

        Assert.Empty(rig.Drops());
        Assert.Equal((2 * Reloads) + 2, rig.Switch.Totals.Received);
    }

    [Fact]
    public void Peers_that_come_and_go_by_the_hundred_leave_the_tables_where_they_are()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Up0, FromPeer(Plain(Broadcast, C)));
        rig.AllOut();
        Bridge.FilteringDatabase table = rig.Switch.Workers[0].Bridge.Macs;
        SwitchPlan plan = Resolved();
        for (int peers = 0; peers < 200; peers += 20)
        {
            // In front of those that are there, so that numbers by place would all change.
            TunnelAddress[] others = [.. Enumerable.Range(0, peers).Select(peer => new TunnelAddress(IPv4Address.Parse($"192.0.2.{peer + 10}")))];
            rig.Switch.Apply(plan with { Segments = [plan.Segments[0] with { Peers = [.. others, .. plan.Segments[0].Peers] }, .. plan.Segments.Skip(1)] }, rig.Switch.Ports);
            rig.Pass(Web1, Plain(C, A));
            Assert.Equal(Up0, Assert.Single(Enumerable.Range(0, 5).SelectMany(port => rig.Out(port).Select(_ => port))));
        }

        rig.Switch.Apply(plan, rig.Switch.Ports);
        Assert.Same(table, rig.Switch.Workers[0].Bridge.Macs);
        rig.Switch.Apply(plan with { Segments = [plan.Segments[0] with { Peers = [new TunnelAddress(Peer3Address)] }, .. plan.Segments.Skip(1)] }, rig.Switch.Ports);
        Assert.DoesNotContain(rig.Switch.Snapshot().Fdb, entry => entry.Mac == C);
    }

    [Fact]
    public void A_change_that_is_built_and_given_up_again_changes_nothing()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Web2, Plain(A, B)).Pass(Up0, FromPeer(Plain(B, C)));
        rig.AllOut();
        string before = SnapshotJson.Serialize(rig.Switch.Snapshot());
        for (int reload = 0; reload < 5; reload++)
        {
            rig.Switch.Prepare(Variant(reload), rig.Switch.Ports).Dispose();
        }

        Assert.Equal(before, SnapshotJson.Serialize(rig.Switch.Snapshot()));
        rig.Pass(Web1, Plain(B, A));
        Assert.StartsWith("web2 ", Assert.Single(rig.AllOut()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Reloads_beside_workers_that_run_lose_no_frame_and_say_how_long_they_stood_still(int workers)
    {
        const int Reloads = 60;
        ConcurrentQueue<byte[]>[] arriving = [.. Enumerable.Range(0, 5).Select(_ => new ConcurrentQueue<byte[]>())];
        ConcurrentQueue<byte[]>[] leaving = [.. Enumerable.Range(0, 5).Select(_ => new ConcurrentQueue<byte[]>())];
        SwitchPlan Of(int reload) => Variant(reload) with { Workers = workers, Poll = PollMode.Spin };
        int Place(PortPlan port) => Position.Of(Resolved().Ports, known => known.Name == port.Name);
        await using SwitchHost host = SwitchHost.Start(Of(0), new SwitchHostOptions { OpenPort = port => new QueueLivePort(port.Name, arriving[Place(port)], leaving[Place(port)]) });
        arriving[Web2].Enqueue(Plain(Broadcast, B));
        Assert.True(await Until(() => !leaving[Web1].IsEmpty));

        uint number = 0;
        Task reloading = ReloadAsync(host, Of, Reloads);
        while (!reloading.IsCompleted)
        {
            // Closed loop: what is under way is bounded by what came out.
            Assert.True(await Until(() => (number * Flows) - leaving[Web2].Count < MostUnderWay), $"{leaving[Web2].Count} of {number * Flows}");
            for (ushort flow = 0; flow < Flows; flow++)
            {
                arriving[Web1].Enqueue(Udp(B, A, flow, number));
            }

            number++;
        }

        await reloading;
        Assert.True(await Until(() => leaving[Web2].Count >= number * Flows), $"{leaving[Web2].Count} of {number * Flows}");
        SwitchSnapshot snapshot = await host.SnapshotAsync();
        Assert.Empty(snapshot.Drops);
        Assert.Equal(number * Flows, (uint)leaving[Web2].Count);
        Assert.True(snapshot.Totals.Balanced, $"{snapshot.Totals}");
        ReloadSnapshot last = Assert.IsType<ReloadSnapshot>(snapshot.LastReload);
        Assert.Equal((Reloads, ReloadCause.Configuration), ((int)last.Number, last.Cause));
        Assert.InRange(last.StopMilliseconds, double.Epsilon, last.LongestStopMilliseconds);
        Assert.True(last.BuildMilliseconds > 0);
    }

    private static async Task ReloadAsync(SwitchHost host, Func<int, SwitchPlan> of, int reloads)
    {
        for (int reload = 1; reload <= reloads; reload++)
        {
            await host.ReloadAsync(of(reload));
        }
    }

    private static async Task<bool> Until(Func<bool> condition)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (System.Diagnostics.Stopwatch.GetElapsedTime(start) > Patience)
            {
                return false;
            }

            await Task.Yield();
        }

        return true;
    }

    /// <summary>The same network in five forms: as it was, with a peer more, with other limits, with tables of another size, with another segment.</summary>
    private static SwitchPlan Variant(int reload)
    {
        SwitchPlan plan = Resolved();
        SegmentPlan blue = plan.Segments[0];
        return (reload % 5) switch
        {
            1 => plan with { Segments = [blue with { Peers = [new TunnelAddress(IPv4Address.Parse("192.0.2.77")), .. blue.Peers] }, .. plan.Segments.Skip(1)] },
            2 => plan with { Segments = [blue with { Ageing = TimeSpan.FromSeconds(4000) }, .. plan.Segments.Skip(1)] },
            3 => plan with { Segments = [blue with { MaxMacs = blue.MaxMacs * 2 }, .. plan.Segments.Skip(1)] },
            4 => plan with { Segments = [.. plan.Segments, blue with { Name = "more", Vlan = 300, Vni = 300 }] },
            _ => plan,
        };
    }
}
