using System.Buffers.Binary;
using Weft.Bridge;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>Frames of LACP and Marker as scapy 2.5 writes them, and changes of them.</summary>
internal static class LacpFrames
{
    public static readonly MacAddress Partner = MacAddress.Parse("02:00:00:00:00:99");

    /// <summary>Everything but the two ends' states of a link that both use: the least that a partner in step says.</summary>
    public const LacpState InStep = LacpState.Activity | LacpState.Aggregation | LacpState.Synchronization | LacpState.Collecting | LacpState.Distributing;

    private const string Scapy =
        "0180c20000020200000000998809010101140064020000000099000700c800033d000000021480000657000000010001800000013d0000000310000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>SlowProtocol()/MarkerProtocol(marker_type=1, requester_port=3, requester_system=…99, requester_transaction_id=0x11223344).</summary>
    public static readonly byte[] Marker = [.. Convert.FromHexString("0180c200000202000000009988090201011000030200000000991122334400000000"), .. new byte[90]];

    /// <summary>Of a partner of system priority 100, key 7, port priority 200.</summary>
    /// <param name="aboutYou">What it says about the receiver; null for nothing known.</param>
    /// <param name="state">State of the partner's end.</param>
    /// <param name="port">The partner's number of the port.</param>
    /// <param name="key">The partner's key.</param>
    /// <param name="system">The partner's system.</param>
    public static byte[] Message(LacpEnd? aboutYou, LacpState state, ushort port = 3, ushort key = 7, MacAddress? system = null)
    {
        byte[] frame = Convert.FromHexString(Scapy);
        (system ?? Partner).Write(frame.AsSpan(20));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(26), key);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(30), port);
        frame[32] = (byte)state;
        LacpEnd you = aboutYou ?? default;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), you.SystemPriority);
        you.System.Write(frame.AsSpan(40));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(46), you.Key);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(48), you.PortPriority);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(50), you.Port);
        frame[52] = (byte)you.State;
        return frame;
    }
}
