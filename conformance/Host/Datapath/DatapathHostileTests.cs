using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Pcap;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Whatever arrives, the switch goes on and its books balance.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class DatapathHostileTests
{
    private const int FramesOfEach = 12;

    public static TheoryData<string> Captures =>
        [.. Directory.EnumerateFiles(Repository.File("pcaps")).Where(file => Path.GetExtension(file) is ".pcap" or ".pcapng").Select(file => Path.GetFileName(file)!).Order()];

    [Theory]
    [MemberData(nameof(Captures))]
    public void Every_capture_cut_at_every_length_and_with_flipped_bits_is_survived_on_every_port(string capture)
    {
        using var rig = new SwitchRig(Unresolved() with { VectorSize = 256, PoolBufferBytes = 10_240 });
        var random = new Random(20260101);
        long sent = 0;
        foreach (byte[] frame in Some(capture))
        {
            for (int length = 0; length <= frame.Length; length += length < 120 ? 1 : 97)
            {
                byte[] hurt = frame[..length];
                if (length > 0)
                {
                    hurt[random.Next(length)] ^= (byte)(1 << random.Next(8));
                }

                foreach (int port in (int[])[Web1, Trunk, Up0])
                {
                    rig.Send(port, hurt);
                    sent++;
                }
            }

            rig.Run();
            rig.AllOut();
        }

        Assert.Equal(sent, rig.Switch.Totals.Received);
    }

    [Fact]
    public void Random_bytes_addressed_to_the_endpoint_are_survived()
    {
        using var rig = new SwitchRig(Unresolved());
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] frame = TestFrames.FromPeer(new byte[random.Next(0, 200)]);
            // Leave the addresses, so that the frame gets deep.
            random.NextBytes(frame.AsSpan(random.Next(14, frame.Length)));
            rig.Send(i % 3 == 0 ? Web1 : Up0, frame);
            if (i % 100 == 0)
            {
                rig.Run();
                rig.AllOut();
            }
        }

        rig.Run();
        Assert.True(rig.Switch.Totals.Dropped > 0);
    }

    [Fact]
    public void A_plan_and_ports_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Switch(Resolved(), []));
        Assert.Throws<ArgumentException>(() => new SwitchRig(Resolved() with { VectorSize = 257 }));
    }

    private static IEnumerable<byte[]> Some(string capture)
    {
        var frames = new List<byte[]>();
        using PcapReader reader = PcapReader.Open(Repository.File("pcaps/" + capture));
        while (reader.TryRead(out PcapPacket packet))
        {
            frames.Add(packet.Data.ToArray());
        }

        return frames.Where((_, i) => i % Math.Max(1, frames.Count / FramesOfEach) == 0);
    }
}
