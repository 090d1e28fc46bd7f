using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.Checks;

/// <summary>Frames that are hurt in every way: whatever the bytes are, reading them ends, and ends inside them.</summary>
internal static class HostileCheck
{
    private const int Seed = 20261121;
    private const int FlipsPerFrame = 200;

    /// <summary>Cuts at every length and flips bits of each kind of frame.</summary>
    /// <param name="capture">Where the frames come from.</param>
    /// <param name="cases">How many frames were tried.</param>
    /// <returns>What went wrong; empty if nothing.</returns>
    public static IReadOnlyList<Difference> Run(CorpusCapture capture, out int cases)
    {
        var faults = new List<Difference>();
        var random = new Random(Seed);
        cases = 0;
        foreach (CorpusFrame frame in capture.Frames.DistinctBy(Shape))
        {
            for (int length = 0; length <= frame.Data.Length; length++, cases++)
            {
                Offer(frame.Number, frame.Data.AsSpan(0, length), $"cut at {length}", faults);
            }

            for (int round = 0; round < FlipsPerFrame && frame.Data.Length > 0; round++, cases++)
            {
                byte[] hurt = [.. frame.Data];
                hurt[random.Next(random.Next(2) == 0 ? Math.Min(hurt.Length, 128) : hurt.Length)] ^= (byte)(1 << random.Next(8));
                Offer(frame.Number, hurt, $"flip {round} of seed {Seed}", faults);
            }
        }

        return faults;
    }

    private static void Offer(int frame, ReadOnlySpan<byte> bytes, string what, List<Difference> faults)
    {
        try
        {
            _ = PacketLayout.TryParse(bytes, out PacketLayout layout);
            if (layout.PayloadOffset > bytes.Length || layout.EndOffset > bytes.Length)
            {
                faults.Add(new Difference(frame, what, "offsets inside the frame", $"payload {layout.PayloadOffset}, end {layout.EndOffset} of {bytes.Length}"));
            }

            _ = FlowKey4.TryRead(bytes, in layout, out _);
            _ = FlowKey6.TryRead(bytes, in layout, out _);
        }
        catch (Exception fault)
        {
            faults.Add(new Difference(frame, what, "no exception", $"{fault.GetType().Name}: {fault.Message}"));
        }
    }

    private static (int, int, int, EtherType, IpProtocol, LayoutFlags, int) Shape(CorpusFrame frame)
    {
        _ = PacketLayout.TryParse(frame.Data, out PacketLayout layout);
        return (layout.L3Offset, layout.L4Offset, layout.PayloadOffset, layout.EtherType, layout.Protocol, layout.Flags, frame.Data.Length);
    }
}
