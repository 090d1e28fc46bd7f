using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>Frames of UDP flows that carry their number, so that their order can be seen behind the switch.</summary>
internal static class WorkerFrames
{
    private const int FlowOffset = 14 + 20;
    private const int NumberOffset = FlowOffset + 8;

    /// <summary>A datagram of a flow: the source port tells flows apart.</summary>
    public static byte[] Udp(MacAddress to, MacAddress from, ushort flow, uint number, int length = 64)
    {
        byte[] frame = new byte[length];
        to.Write(frame);
        from.Write(frame.AsSpan(6));
        byte[] head = [0x08, 0x00, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0];
        head.CopyTo(frame, 12);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(length - 14));
        IPv4Address.Parse("10.0.0.1").Write(frame.AsSpan(26));
        IPv4Address.Parse("10.0.0.2").Write(frame.AsSpan(30));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(FlowOffset), flow);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(FlowOffset + 2), 9);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(FlowOffset + 4), (ushort)(length - FlowOffset));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(NumberOffset), number);
        TestFrames.FixHeaderChecksum(frame);
        return frame;
    }

    /// <summary>The flow and the number of such a datagram.</summary>
    public static (ushort Flow, uint Number) Read(ReadOnlySpan<byte> frame) =>
        (BinaryPrimitives.ReadUInt16BigEndian(frame[FlowOffset..]), BinaryPrimitives.ReadUInt32BigEndian(frame[NumberOffset..]));
}
