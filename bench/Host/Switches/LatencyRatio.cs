using System.Diagnostics;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Host.Switches;

/// <summary>How long a lone frame takes from one end to the other: the next leaves when it has come.</summary>
/// <param name="pair">The two.</param>
/// <param name="percent">Of the frames that were not slower.</param>
internal sealed class LatencyRatio(SwitchPair pair, int percent) : SwitchRatio(pair, "us")
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    protected override double Cost(SwitchUnderTest of)
    {
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64 });
        using AfPacketPort sink = of.Path.OpenSink();
        var burst = new Packet[32];
        double[] times = new double[IsShort ? 500 : 5000];
        for (int i = 0; i < times.Length; i++)
        {
            long started = Stopwatch.GetTimestamp();
            of.Path.SendStamped(at: 14, i + 1);
            int received = 0;
            while (received == 0 && Stopwatch.GetElapsedTime(started) < Patience)
            {
                received = sink.Receive(pool, burst, Timestamp.Zero);
            }

            times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            pool.Return(burst.AsSpan(0, received));
        }

        Array.Sort(times);
        return times[times.Length * percent / 100];
    }
}
