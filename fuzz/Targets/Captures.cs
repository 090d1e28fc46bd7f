using Weft.Fuzz.Mutation;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Fuzz.Targets;

/// <summary>Beginnings from the corpus: packets of implementations that are not ours.</summary>
internal static class Captures
{
    private const int StepsOfConversation = 12;

    /// <summary>Headers are what is attacked; long payloads make kept inputs long.</summary>
    private const int LongestStep = 300;

    private static readonly Lazy<List<List<byte[]>>> Loaded = new(Load);

    /// <summary>Frames that differ in where their headers are.</summary>
    public static IEnumerable<byte[]> Frames() => Loaded.Value.SelectMany(Kinds).Where(frame => frame.Length <= 1_000);

    /// <summary>The first frames of each capture that differ from one another, as a script: those of each sender from a port of its own.</summary>
    public static IEnumerable<byte[]> Conversations() => Loaded.Value.Select(capture =>
    {
        var senders = new List<string>();
        return Kinds(capture).Where(frame => frame.Length is >= 14 and <= LongestStep).Take(StepsOfConversation).SelectMany(frame =>
        {
            string sender = Convert.ToHexString(frame.AsSpan(6, 6));
            if (!senders.Contains(sender))
            {
                senders.Add(sender);
            }

            return Script.Step((byte)senders.IndexOf(sender), 80, frame);
        }).ToArray();
    });

    /// <summary>The files themselves, if they are short.</summary>
    public static IEnumerable<byte[]> Files() => Paths().Select(File.ReadAllBytes).Select(bytes => bytes.AsSpan(0, Math.Min(bytes.Length, 3_000)).ToArray());

    private static IEnumerable<byte[]> Kinds(List<byte[]> capture) => capture.DistinctBy(frame =>
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        return (layout.L3Offset, layout.L4Offset, layout.PayloadOffset, layout.EtherType, layout.Protocol, layout.Flags);
    });

    private static IEnumerable<string> Paths()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "pcaps");
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal) : [];
    }

    private static List<List<byte[]>> Load()
    {
        var captures = new List<List<byte[]>>();
        foreach (string path in Paths())
        {
            using PcapReader reader = PcapReader.Open(path);
            var frames = new List<byte[]>();
            while (frames.Count < 400 && reader.TryRead(out PcapPacket packet))
            {
                frames.Add(packet.Data.ToArray());
            }

            captures.Add(frames);
        }

        return captures;
    }
}
