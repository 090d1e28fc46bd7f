using FsCheck;
using FsCheck.Fluent;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>Probes that leave by ports and come back, and what somebody could make of them.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class LoopGuardTests
{
    private const int Access = 0, Trunk = 1, Silent = 2;

    /// <summary>Octets of the Ethernet header that the signature does not cover, and the end of the body that it does.</summary>
    private const int BodyStart = 14, BodyEnd = 54;

    private static readonly MacAddress Mac = BridgeTestBed.Mac(9);

    [Fact]
    public void Every_guarded_port_probes_each_of_its_VLANs_at_its_interval()
    {
        using LoopGuard guard = Guard();
        List<(int Port, byte[] Frame)> first = Advance(guard, 10);
        Assert.Equal([(Access, -1), (Trunk, 20), (Trunk, 30)], first.Select(sent => (sent.Port, VlanOf(sent.Frame))));
        Assert.All(first, sent => Assert.Equal(Mac, MacAddress.Read(sent.Frame.AsSpan(6))));
        Assert.Empty(Advance(guard, 10.9));
        Assert.Equal([Access], Advance(guard, 11).Select(sent => sent.Port));
        Assert.Equal(Timestamp.FromSeconds(12), guard.NextDue);
        Assert.Equal([Access, Trunk, Trunk], Advance(guard, 12).Select(sent => sent.Port));
        Assert.Equal(7, guard.Counters.Sent);
    }

    [Fact]
    public void A_port_with_many_VLANs_asks_some_at_a_time_and_all_in_turn()
    {
        using var guard = new LoopGuard(Options(new LoopGuardPortOptions { Vlans = [.. Enumerable.Range(1, 150).Select(vlan => (ushort)vlan)] }));
        int[][] rounds = [.. Enumerable.Range(10, 3).Select(second => Advance(guard, second).Select(sent => VlanOf(sent.Frame)).ToArray())];
        Assert.Equal([LoopGuard.VlansAtOnce, LoopGuard.VlansAtOnce, LoopGuard.VlansAtOnce], rounds.Select(round => round.Length));
        Assert.Equal(Enumerable.Range(1, 150), rounds.SelectMany(round => round).Distinct());
    }

    [Fact]
    public void What_comes_back_says_where_it_left_and_where_it_came_back()
    {
        using LoopGuard guard = Guard();
        (int _, byte[] probe) = Advance(guard, 10)[2];
        Assert.True(LoopGuard.MayBeProbe(probe));
        Assert.Equal(LoopVerdict.Loop, guard.Receive(Silent, probe, out LoopSighting seen));
        Assert.Equal(new LoopSighting(Trunk, Silent, 30), seen);
        // A bridge on the way took the tag out.
        Assert.Equal(LoopVerdict.Loop, guard.Receive(Access, [.. probe.AsSpan(0, 12), .. probe.AsSpan(16)], out seen));
        Assert.Equal(new LoopSighting(Trunk, Access, 30), seen);
        Assert.Equal(2, guard.Counters.Returned);
    }

    [Fact]
    public void Probes_of_other_switches_are_left_alone_so_that_they_find_their_loops()
    {
        using LoopGuard guard = Guard(), other = new(Options(new LoopGuardPortOptions { Vlans = [0] }) with { Seed = new HashSeed(7, 7) });
        Assert.Equal(LoopVerdict.NotMine, guard.Receive(Access, Advance(other, 10)[0].Frame, out _));
        Assert.Equal(LoopVerdict.NotMine, guard.Receive(Access, BridgeTestBed.Frame(Mac, Mac), out _));
        Assert.False(LoopGuard.MayBeProbe(BridgeTestBed.Frame(Mac, Mac)));
        Assert.False(LoopGuard.MayBeProbe([3, 0x57]));
    }

    [Fact]
    public void A_probe_that_was_kept_says_nothing_of_now()
    {
        using LoopGuard guard = Guard();
        byte[] kept = Advance(guard, 10)[0].Frame;
        _ = Advance(guard, 11);
        _ = Advance(guard, 12);
        Assert.Equal(LoopVerdict.Loop, guard.Receive(Access, kept, out _));
        _ = Advance(guard, 13);
        Assert.Equal(LoopVerdict.Late, guard.Receive(Access, kept, out _));
        Assert.Equal(1, guard.Counters.Late);
    }

    [Fact]
    public void Nobody_makes_a_probe_by_changing_one()
    {
        using LoopGuard guard = Guard();
        byte[] probe = Advance(guard, 10)[0].Frame;
        Prop.ForAll((from at in Gen.Choose(BodyStart, BodyEnd - 1) from value in Gen.Choose(1, 255) select (at, value)).ToArbitrary(), change =>
        {
            byte[] forged = [.. probe];
            forged[change.at] ^= (byte)change.value;
            return guard.Receive(Access, forged, out _) is LoopVerdict.NotMine or LoopVerdict.Forged;
        }).QuickCheckThrowOnFailure();
        for (int length = 0; length < BodyEnd; length++)
        {
            Assert.Equal(LoopVerdict.NotMine, guard.Receive(Access, probe.AsSpan(0, length), out _));
        }

        // The sequence number lies between identity and signature.
        byte[] later = [.. probe];
        later[37] ^= 1;
        long before = guard.Counters.Forged;
        Assert.Equal(LoopVerdict.Forged, guard.Receive(Access, later, out _));
        Assert.Equal(before + 1, guard.Counters.Forged);
    }

    [Fact]
    public void Probing_and_judging_allocate_nothing()
    {
        using LoopGuard guard = Guard();
        byte[] probe = Advance(guard, 10)[0].Frame;
        var sink = new NoSink();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                guard.Advance(Timestamp.FromSeconds(20 + i), ref sink);
                _ = guard.Receive(Access, probe, out _);
            }
        }));
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Assert.Contains("Interval of port 0 is 0.05 s; the allowed range is 0.1 to 300 s", Refused(new LoopGuardPortOptions { Interval = TimeSpan.FromMilliseconds(50) }), StringComparison.Ordinal);
        Assert.Contains("Vlans of port 0 has 4095; the allowed range is 0 to 4094", Refused(new LoopGuardPortOptions { Vlans = [4095] }), StringComparison.Ordinal);
    }

    private static string Refused(LoopGuardPortOptions port) => Assert.Throws<ArgumentException>(() => new LoopGuard(Options(port))).Message;

    private static LoopGuard Guard() => new(Options(
        new LoopGuardPortOptions { Vlans = [0] },
        new LoopGuardPortOptions { Vlans = [20, 30], Interval = TimeSpan.FromSeconds(2) },
        new LoopGuardPortOptions()));

    private static LoopGuardOptions Options(params LoopGuardPortOptions[] ports) => new() { Ports = ports, Mac = Mac, Seed = BridgeTestBed.Seed, Start = Timestamp.FromSeconds(10) };

    private static List<(int Port, byte[] Frame)> Advance(LoopGuard guard, double seconds)
    {
        var sink = new SentFrames();
        guard.Advance(Timestamp.FromSeconds(seconds), ref sink);
        return sink.Take();
    }

    private static int VlanOf(byte[] frame) => frame[12] == 0x81 ? (frame[14] << 8) | frame[15] : -1;

    private readonly struct NoSink : ILinkSink
    {
        public void Send(int port, scoped ReadOnlySpan<byte> frame)
        {
        }
    }
}
