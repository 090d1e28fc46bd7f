using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;
using static Weft.Conformance.BridgeTests.LacpFrames;

namespace Weft.Conformance.BridgeTests;

/// <summary>Whatever a partner sends: no exception, no memory, bounded talk; and both directions of a flow on one link.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class LacpHostileTests
{
    [Fact]
    public void Every_cut_is_malformed_or_not_meant_and_a_hundred_thousand_changes_are_survived()
    {
        LacpBed bed = new LacpBed().Up();
        byte[] whole = Message(bed.Link(0).Actor, InStep);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.True(bed.Hear(0, whole[..length]) is LacpVerdict.Malformed or LacpVerdict.NotMine);
        }

        var random = new Random(4711);
        int sent = 0;
        for (int round = 0; round < 100_000; round++)
        {
            byte[] frame = random.Next(4) == 0 ? [.. Marker] : Message(bed.Link(0).Actor, (LacpState)random.Next(256));
            for (int change = random.Next(0, 6); change > 0; change--)
            {
                frame[random.Next(14, frame.Length)] = (byte)random.Next(256);
            }

            _ = bed.Hear(random.Next(3), frame);
            sent += bed.Sent(0).Count;
        }

        // No time passed: three messages and ten markers.
        Assert.InRange(sent, 1, 16);
        Assert.True(bed.Link(0).Counters.Malformed > 0);
    }

    [Fact]
    public void Hearing_speaking_joining_and_leaving_allocate_nothing()
    {
        LacpBed bed = new LacpBed().Up();
        byte[][] frames = [Message(bed.Link(0).Actor, InStep, port: 1), Message(bed.Link(0).Actor, InStep & ~LacpState.Collecting, port: 1), Marker, Message(null, InStep, port: 9)];
        Timestamp now = bed.Now;
        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                var sink = default(Nowhere);
                _ = bed.Engine.Receive(0, frames[i % 101 == 0 ? 3 : i % 3], now, ref sink);
                now += TimeSpan.FromMilliseconds(50);
                bed.Engine.Advance(now, ref sink);
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(bed.Link(0).Counters.Left > 100);
    }

    [Fact]
    public void Both_directions_of_a_flow_have_one_hash_and_flows_differ()
    {
        var hash = new KeyedHash(new HashSeed(3, 4));
        var seen = new HashSet<uint>();
        for (byte i = 1; i < 200; i++)
        {
            byte[] there = Udp(1, i), back = Udp(i, 1);
            Assert.Equal(Of(there), Of(back));
            _ = seen.Add(Of(there));
        }

        Assert.True(seen.Count > 190);
        byte[] plain = new byte[60];
        MacAddress.Parse("02:00:00:00:00:01").Write(plain);
        MacAddress.Parse("02:00:00:00:00:02").Write(plain.AsSpan(6));
        byte[] reversed = [.. plain[6..12], .. plain[..6], .. plain[12..]];
        Assert.Equal(Of(plain), Of(reversed));
        Assert.Equal(0u, Of([]) & 0);

        uint Of(byte[] frame)
        {
            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            return LinkHash.Of(frame, layout, hash);
        }

        static byte[] Udp(byte from, byte to) =>
            [2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, from, 10, 0, 0, to, 1, from, 1, to, 0, 8, 0, 0];
    }

    private struct Nowhere : ILinkSink
    {
        public readonly void Send(int port, scoped ReadOnlySpan<byte> frame)
        {
        }
    }
}
