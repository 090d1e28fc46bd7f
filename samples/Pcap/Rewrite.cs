using Weft.Pcap;

namespace Weft.Samples.Pcap;

/// <summary>Copies a capture: pcapng block by block as it is, anything else packet by packet.</summary>
internal static class Rewrite
{
    public static int Run(string input, string output)
    {
        using var reader = PcapReader.Open(input);
        if (reader.TryReadHeader())
        {
            long packets = reader.Format == PcapFormat.Pcapng && output.EndsWith(".pcapng", StringComparison.Ordinal)
                ? CopyBlocks(reader, output)
                : CopyPackets(reader, output);
            Console.WriteLine($"{packets} packets");
        }

        if (reader.Error != PcapError.None)
        {
            Console.Error.WriteLine($"{input}: {reader.Error.Describe()} at byte {reader.Offset}");
            return 1;
        }

        return 0;
    }

    private static long CopyBlocks(PcapReader reader, string output)
    {
        using var writer = PcapngWriter.Create(output);
        while (reader.TryReadBlock(out PcapngBlock block))
        {
            writer.WriteBlock(block);
        }

        return writer.Packets;
    }

    private static long CopyPackets(PcapReader reader, string output)
    {
        bool more = reader.TryRead(out PcapPacket packet);
        using var writer = PcapWriter.Create(output, more ? Like(packet.Interface) : new PcapWriterOptions());
        while (more)
        {
            writer.WritePacket(packet.Timestamp, packet.Data, packet.OriginalLength);
            more = reader.TryRead(out packet);
        }

        return writer.Packets;
    }

    /// <summary>pcap has one interface: the link type and the unit of the first packet's are taken for all.</summary>
    private static PcapWriterOptions Like(PcapInterface source) => new()
    {
        LinkType = source.LinkType,
        SnapLength = source.SnapLength is > 0 and < int.MaxValue ? (int)source.SnapLength : PcapReaderOptions.DefaultMaxPacketBytes,
        Format = source.TimestampResolution == PcapTimestampResolution.Microseconds ? PcapFormat.PcapMicroseconds : PcapFormat.PcapNanoseconds,
    };
}
