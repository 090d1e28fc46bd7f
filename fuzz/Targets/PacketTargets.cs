using Weft.Packets;
using Weft.Pcap;

namespace Weft.Fuzz.Targets;

internal sealed class PacketsTarget : FrameTarget
{
    public override string Name => "packets";

    public override string What => "every view, the layout and the flow keys";

    public override IReadOnlyList<string> Assemblies => ["Packets"];

    public override void Run(ReadOnlySpan<byte> input)
    {
        bool parsed = PacketLayout.TryParse(input, out PacketLayout layout);
        Require(layout.L2Offset <= layout.L3Offset && layout.L3Offset <= layout.L4Offset && layout.L4Offset <= layout.PayloadOffset, "offsets out of order");
        Require(layout.PayloadOffset <= input.Length && layout.EndOffset <= input.Length, "an offset beyond the frame");
        _ = FlowKey4.TryRead(input, in layout, out _);
        _ = FlowKey6.TryRead(input, in layout, out _);
        Touch.EveryView(input);
        if (parsed)
        {
            Touch.EveryView(input[layout.L3Offset..]);
            Touch.EveryView(input[layout.L4Offset..]);
            Touch.EveryView(input[layout.PayloadOffset..]);
        }
    }
}

internal sealed class CaptureFileTarget : BytesTarget
{
    public override string Name => "captures";

    public override string What => "pcap and pcapng files";

    public override IReadOnlyList<string> Assemblies => ["Pcap"];

    public override IEnumerable<byte[]> Beginnings() => Captures.Files();

    public override void Run(ReadOnlySpan<byte> input)
    {
        using var reader = new PcapReader(new MemoryStream(input.ToArray()));
        long bytes = 0;
        while (reader.TryRead(out PcapPacket packet))
        {
            bytes += packet.Data.Length;
            _ = packet.GetComment();
            _ = packet.Timestamp;
        }

        Require(bytes <= input.Length, "more bytes than the file has");
        Require(reader.Offset <= input.Length, "an offset beyond the file");
    }
}
