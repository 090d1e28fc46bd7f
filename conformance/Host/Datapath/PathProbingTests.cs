using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>A switch that probes the path to its peer, a path that drops what is too long and says nothing, and the peer that answers.</summary>
public sealed class PathProbingTests
{
    private static readonly MemoryLinkOptions Jumbo = new() { QueueFrames = 4096, MaxFrameBytes = 9100 };

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(1)]
    [InlineData(2)]
    public void Rfc8899_Section5_2_The_switch_finds_what_the_path_carries_and_cuts_frames_to_it(int workers)
    {
        using var here = new SwitchRig(Probing() with { Workers = workers }, link: Jumbo);
        using var there = new SwitchRig(Mirrored(), link: Jumbo);
        Assert.Equal(1200, Path(here).MtuBytes);
        for (int second = 0; second < 120; second++)
        {
            Exchange(here, there, carries: 1411);
        }

        Assert.InRange(Path(here).MtuBytes, 1404, 1411);
        Assert.True(Path(here).Probed);
        Assert.All(here.Pass(Web1, Plain(B, A, 3014)).Out(Up0), packet => Assert.True(packet.Length <= Path(here).MtuBytes + 14));

        // A trace cuts to it as well; a rekey or reload does not start anew.
        Assert.Contains("are cut into 3 fragments", PacketTracer.Trace(here.Switch.Plan, "web1", Plain(B, A, 3014), here.Switch.Snapshot()).ToText());
        here.Switch.Apply(here.Switch.Plan with { Name = "again" }, here.Switch.Ports);
        Assert.InRange(Path(here).MtuBytes, 1404, 1411);

        // The path narrows, and nobody says so.
        for (int second = 0; second < 240; second++)
        {
            Exchange(here, there, carries: 1300);
        }

        Assert.InRange(Path(here).MtuBytes, 1293, 1300);
        Assert.Equal(0, here.Drops().GetValueOrDefault("endpoint-service-missing"));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Who_answers_no_probe_gets_packets_of_the_least_length()
    {
        using var rig = new SwitchRig(Probing(), link: Jumbo);
        for (int second = 0; second < 60; second++)
        {
            rig.Wait(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(576, Path(rig).MtuBytes);
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Nobody_is_probed_who_is_not_known_or_without_being_asked_to()
    {
        SwitchPlan unknown = Probing();
        unknown = unknown with { Vteps = [unknown.Vteps[0] with { StaticNeighbors = new Dictionary<TunnelAddress, MacAddress>() }] };
        using var asking = new SwitchRig(unknown, link: Jumbo);
        asking.Wait(TimeSpan.FromSeconds(30));
        Assert.All(asking.Out(Up0), frame => Assert.Equal(0x0806, (frame[12] << 8) | frame[13])); // ARP alone
        Assert.Equal(1200, Path(asking).MtuBytes);

        using var silent = new SwitchRig(Fragmenting(), link: Jumbo);
        silent.Wait(TimeSpan.FromSeconds(30));
        Assert.Empty(silent.Out(Up0));
        Assert.False(Path(silent).Probed);
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Probes_and_their_answers_allocate_nothing()
    {
        using var here = new SwitchRig(Probing(), link: Jumbo);
        using var there = new SwitchRig(Mirrored(), link: Jumbo);
        byte[] buffer = new byte[9200];
        Timestamp now = here.Now;
        void Rounds(int count)
        {
            for (int i = 0; i < count; i++)
            {
                now += TimeSpan.FromSeconds(1);
                _ = here.Switch.RunOnce(now);
                while (here.Link(Up0).Right.TryReceive(buffer, now, out int length))
                {
                    _ = there.Link(Up0).Right.TrySend(buffer.AsSpan(0, length), now);
                }

                _ = there.Switch.RunOnce(now);
                while (there.Link(Up0).Right.TryReceive(buffer, now, out int length))
                {
                    _ = here.Link(Up0).Right.TrySend(buffer.AsSpan(0, length), now);
                }
            }
        }

        Rounds(500);
        Assert.Equal(0, Allocations.Of(() => Rounds(500)));
    }

    /// <summary>One second in which probes cross, if they fit, and answers come back.</summary>
    private static void Exchange(SwitchRig here, SwitchRig there, int carries)
    {
        here.Wait(TimeSpan.FromSeconds(1));
        there.Wait(TimeSpan.FromSeconds(1));
        foreach (byte[] probe in here.Out(Up0).Where(frame => frame.Length <= carries + 14))
        {
            there.Pass(Up0, probe);
        }

        foreach (byte[] answer in there.Out(Up0))
        {
            here.Pass(Up0, answer);
        }
    }

    private static PathSnapshot Path(SwitchRig rig) => rig.Switch.Snapshot().Tunnels[0].Paths.First(path => path.Peer == new TunnelAddress(PeerAddress));

    private static SwitchPlan Probing()
    {
        SwitchPlan plan = Fragmenting().With(0, blue => blue with { Peers = [new TunnelAddress(PeerAddress)] });
        return plan with
        {
            Ports = [.. plan.Ports.Select(port => port.Role == PortRole.Access ? port with { MtuBytes = 3500 } : port)],
            Vteps = [plan.Vteps[0] with { PathMtu = new PathMtuPlan { Probe = true, ProbeTimeout = TimeSpan.FromSeconds(2), MaxProbes = 2, ConfirmAfter = TimeSpan.FromSeconds(10) } }],
        };
    }

    private static SwitchPlan Mirrored()
    {
        SwitchPlan plan = Probing();
        VtepPlan vtep = plan.Vteps[0] with
        {
            PathMtu = new PathMtuPlan(),
            Address = new TunnelAddress(PeerAddress),
            Mac = PeerMac,
            StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [new TunnelAddress(TestPlans.VtepAddress)] = VtepMac },
        };
        return (plan with { Vteps = [vtep] }).With(0, blue => blue with { Peers = [new TunnelAddress(TestPlans.VtepAddress)] });
    }
}
