using Weft.Packets;
using Weft.Ports;

namespace Weft.Samples.Ports;

/// <summary>Ten frames over a bad cable, the same way every time.</summary>
internal static class Simulation
{
    public static void Print()
    {
        var options = new MemoryLinkOptions { Delay = TimeSpan.FromMilliseconds(2), Loss = 0.2, BitsPerSecond = 10_000_000 };
        using var link = new MemoryLink("left", "right", options, new Random(7));
        byte[] frame = new byte[1250];
        for (byte number = 0; number < 10; number++)
        {
            frame[0] = number;
            link.Left.TrySend(frame, Timestamp.Zero);
        }

        // The clock jumps from arrival to arrival; nobody waits.
        while (link.NextArrival != Timestamp.MaxValue)
        {
            Timestamp now = link.NextArrival;
            link.Right.TryReceive(frame, now, out int length);
            Console.WriteLine($"{now}: frame {frame[0]}, {length} bytes");
        }

        Console.WriteLine($"{link.Counters.Lost} lost");
    }
}
