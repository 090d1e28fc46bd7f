using Weft.Packets;
using Weft.Pcap;

namespace Weft.Samples.Pcap;

/// <summary>Writes one pcapng file with two interfaces.</summary>
internal static class Example
{
    public static void Write(string path)
    {
        using var writer = PcapngWriter.Create(path);
        int web = writer.AddInterface(new PcapngInterfaceOptions { Name = "web1", Description = "port of the web server" });
        int uplink = writer.AddInterface(new PcapngInterfaceOptions { Name = "uplink" });

        byte[] frame = new byte[60];
        var noon = new Timestamp(1_700_000_000_000_000_000);
        writer.WritePacket(web, noon, frame, new PcapPacketOptions { Flags = PcapPacketFlags.Of(PcapDirection.Inbound) });
        writer.WritePacket(uplink, noon + TimeSpan.FromMicroseconds(3), frame, new PcapPacketOptions
        {
            Flags = PcapPacketFlags.Of(PcapDirection.Outbound),
            Comment = "flooded: unknown destination",
        });
    }
}
