using Weft.Conformance.Support;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>No frame allocates.</summary>
[Trait(Kind.Key, Kind.Alloc)]
public sealed class DatapathAllocationTests
{
    private const int Frames = 100_000;

    [Fact]
    public void A_hundred_thousand_frames_with_flooding_learning_ageing_and_drops_allocate_nothing()
    {
        using var rig = new SwitchRig(Resolved().With(0, blue => blue with { Ageing = TimeSpan.FromSeconds(10), SuppressArp = true }));
        byte[][] frames = [Plain(B, A), Plain(A, B), FromPeer(Plain(A, C)), Tagged(Plain(C, A), 10), Plain(C, A)[..9], Arp(1, Broadcast, A, IPv4Address.Parse("10.0.0.1"), default, IPv4Address.Parse("10.0.0.2"))];
        int[] ports = [Web1, Web2, Up0, Trunk, Web1, Web1];
        byte[] buffer = new byte[9000];
        Timestamp now = rig.Now;
        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < Frames; i++)
            {
                byte[] frame = frames[i % frames.Length];
                if (frame.Length > 12 && ports[i % ports.Length] != Up0)
                {
                    // Ever new sources fill the tables and are forgotten again.
                    new MacAddress(0x0200_0000_1000UL + (ulong)(i % 5000)).Write(frame.AsSpan(6));
                }

                rig.Link(ports[i % ports.Length]).Right.TrySend(frame, now);
                now += TimeSpan.FromMilliseconds(1);
                rig.Switch.RunOnce(now);
                for (int port = 0; port <= Up0; port++)
                {
                    while (rig.Link(port).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(rig.Switch.Totals.Balanced);
        Assert.True(rig.Switch.Totals.Received >= 2 * Frames);
    }

    [Fact]
    public void Waiting_for_next_hops_and_giving_them_up_allocates_nothing()
    {
        using var rig = new SwitchRig(Unresolved());
        byte[] frame = Plain(B, A), answer = Arp(2, VtepMac, PeerMac, PeerAddress, VtepMac, VtepAddress);
        byte[] buffer = new byte[9000];
        Timestamp now = rig.Now;
        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                rig.Link(Web1).Right.TrySend(frame, now);
                now += TimeSpan.FromMilliseconds(100);
                rig.Switch.RunOnce(now);
                if (i % 50 == 0)
                {
                    rig.Link(Up0).Right.TrySend(answer, now);
                }

                for (int port = 0; port <= Up0; port++)
                {
                    while (rig.Link(port).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(rig.Switch.Totals.Balanced);
    }
}
