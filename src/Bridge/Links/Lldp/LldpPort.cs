using System.Buffers.Binary;
using System.Text;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>One port of an <see cref="LldpAgent"/>: the frame that it sends, written once, and whom it heard.</summary>
internal sealed class LldpPort
{
    /// <summary>Frames that may be sent at once (txCreditMax), one more each second.</summary>
    private const int MaxCredit = 5;

    private readonly byte[] _frame;
    private readonly int _timeToLiveAt;
    private TokenBucket _credit;

    public LldpPort(LldpAgentOptions agent, LldpPortOptions options)
    {
        Options = options;
        Neighbors = new LldpNeighbor[options.Receives ? agent.MaxNeighborsPerPort : 0];
        for (int i = 0; i < Neighbors.Length; i++)
        {
            Neighbors[i] = new LldpNeighbor();
        }

        _credit = new TokenBucket(1, MaxCredit, agent.Start);
        NextTransmission = options.Transmits ? agent.Start : Timestamp.MaxValue;
        byte[] room = new byte[LldpAgent.MaxFrameBytes];
        var writer = new LldpWriter(room);
        _timeToLiveAt = Write(ref writer, agent, options);
        _frame = room[..writer.Length];
    }

    public LldpPortOptions Options { get; }

    public LldpNeighbor[] Neighbors { get; }

    public LldpCounters Counters;

    public Timestamp NextTransmission { get; set; }

    /// <summary>Fast transmissions that are left (txFast).</summary>
    public int Fast { get; set; }

    /// <summary>The frame with a time to live.</summary>
    public ReadOnlySpan<byte> FrameWith(int timeToLive)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_frame.AsSpan(_timeToLiveAt), (ushort)timeToLive);
        return _frame;
    }

    public bool MaySend(Timestamp now) => _credit.TryTake(now, 1);

    private static int Write(ref LldpWriter writer, LldpAgentOptions agent, LldpPortOptions port)
    {
        Span<byte> chassis = stackalloc byte[MacAddress.Length];
        agent.Chassis.Write(chassis);
        writer.Ethernet(LldpAgent.NearestBridge, port.Mac);
        writer.Identifier(LldpTlv.ChassisId, LldpTlv.ChassisMac, chassis);
        writer.Identifier(LldpTlv.PortId, LldpTlv.PortInterfaceName, Encoding.UTF8.GetBytes(port.Name));
        int timeToLiveAt = writer.TimeToLive();
        writer.Text(LldpTlv.PortDescription, port.Description);
        writer.Text(LldpTlv.SystemName, agent.SystemName);
        writer.Text(LldpTlv.SystemDescription, agent.SystemDescription);
        ushort capabilities = (ushort)(LldpTlv.CapabilityBridge | (agent.IsRouter ? LldpTlv.CapabilityRouter : 0));
        writer.Capabilities(capabilities, capabilities);
        Span<byte> address = stackalloc byte[16];
        if (agent.ManagementAddress4 is IPv4Address v4)
        {
            v4.Write(address);
            writer.Management(LldpTlv.FamilyIPv4, address[..4]);
        }

        if (agent.ManagementAddress6 is IPv6Address v6)
        {
            v6.Write(address);
            writer.Management(LldpTlv.FamilyIPv6, address);
        }

        WriteOrganizations(ref writer, port);
        writer.End();
        return timeToLiveAt;
    }

    private static void WriteOrganizations(ref LldpWriter writer, LldpPortOptions port)
    {
        Span<byte> value = stackalloc byte[5];
        if (port.Pvid != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value, port.Pvid);
            writer.Organization(LldpTlv.Ieee8021, LldpTlv.PortVlan, value[..2]);
        }

        if (port.AggregatedPort != 0)
        {
            // Capable of aggregation, and aggregated.
            value[0] = 3;
            BinaryPrimitives.WriteUInt32BigEndian(value[1..], port.AggregatedPort);
            writer.Organization(LldpTlv.Ieee8021, LldpTlv.LinkAggregation, value);
        }

        if (port.MaxFrameBytes != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(value, port.MaxFrameBytes);
            writer.Organization(LldpTlv.Ieee8023, LldpTlv.MaxFrameSize, value[..2]);
        }
    }
}
