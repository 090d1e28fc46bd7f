using Weft.Pcap;

namespace Weft.Samples.Pcap;

/// <summary>Counts packets per interface, in one pass and without allocating for a packet.</summary>
internal static class PacketCount
{
    public static int Print(string path)
    {
        using var reader = PcapReader.Open(path);
        var counts = new Dictionary<PcapInterface, (long Packets, long Bytes)>();
        while (reader.TryRead(out PcapPacket packet))
        {
            counts.TryGetValue(packet.Interface, out (long Packets, long Bytes) count);
            counts[packet.Interface] = (count.Packets + 1, count.Bytes + packet.Data.Length);
        }

        foreach ((PcapInterface source, (long packets, long bytes)) in counts)
        {
            Console.WriteLine($"{source.Name ?? $"interface {source.Id}"}: {packets} packets, {bytes} bytes, {source.LinkType}");
        }

        if (reader.Error != PcapError.None)
        {
            Console.Error.WriteLine($"{path}: {reader.Error.Describe()} at byte {reader.Offset}");
            return 1;
        }

        return 0;
    }
}
