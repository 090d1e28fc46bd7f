using System.Buffers.Binary;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Marks and meters what comes in by ports: code points with the header checksum repaired by difference, priorities in the tag, rates by two-rate
/// three-colour meters, one for each rule at each port.
/// </summary>
/// <remarks>One instance a switch, no locks. Nothing is allocated after construction.</remarks>
public sealed class QosMarker
{
    private const int TciOffset = 2 * MacAddress.Length + 2;
    private const ushort PriorityMask = 0xE000;
    private const int PriorityShift = 13;
    private const int MaxAssuredClass = 4;

    private readonly QosPolicy?[] _policies;
    private readonly ThreeColorMeter[][] _meters;
    private readonly QosCount[][] _counts;

    /// <summary>Creates a marker.</summary>
    /// <param name="policies">The policy of each port; null for none.</param>
    /// <param name="start">The time from which on meters run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate or burst is out of the range of <see cref="ThreeColorMeter"/>.</exception>
    public QosMarker(IReadOnlyList<QosPolicy?> policies, Timestamp start)
    {
        ArgumentNullException.ThrowIfNull(policies);
        _policies = [.. policies];
        _meters = [.. _policies.Select(policy => policy is null ? [] : policy.Rules.Select(rule => MeterOf(rule.Meter, start)).ToArray())];
        _counts = [.. _policies.Select(policy => policy is null ? [] : new QosCount[policy.Rules.Count + 1])];
    }

    /// <summary>What each rule at a port did; the last entry is of packets that no rule matched. Empty without a policy.</summary>
    public ReadOnlySpan<QosCount> CountsOf(int port) => _counts[port];

    /// <summary>The policy of a port; null for none.</summary>
    public QosPolicy? PolicyOf(int port) => _policies[port];

    /// <summary>Marks and meters a frame that a port received.</summary>
    /// <param name="port">Number of the port; it has a policy.</param>
    /// <param name="frame">The frame from its Ethernet header on; changed in place.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="now">The time.</param>
    public QosVerdict Mark(int port, Span<byte> frame, in PacketLayout layout, Timestamp now)
    {
        QosPolicy policy = _policies[port]!;
        var fields = new PacketFields(frame, layout);
        int place = policy.Match(fields);
        QosRule? rule = place < policy.Rules.Count ? policy.Rules[place] : null;
        MeterColor color = MeterColor.Green;
        byte? dscp = rule?.Dscp ?? (policy.IsTrusted ? null : (byte)0);
        byte? priority = rule?.Priority ?? (policy.IsTrusted ? null : (byte)0);
        if (rule?.Meter is QosMeterOptions meter)
        {
            int bytes = fields.IsIp ? layout.EndOffset - layout.L3Offset : frame.Length;
            color = _meters[port][place].Meter(now, bytes, meter.IsColorAware ? ColorOf(fields.Dscp) : MeterColor.Green);
            dscp = color switch { MeterColor.Yellow => meter.YellowDscp ?? dscp, MeterColor.Red => meter.RedDscp ?? dscp, _ => dscp };
        }

        Count(ref _counts[port][place], color, frame.Length);
        if (color == MeterColor.Red && rule!.Meter!.RedDscp is null)
        {
            return new QosVerdict(place, color, IsDropped: true, Priority: null);
        }

        if (dscp is byte point && fields.IsIp && point != fields.Dscp)
        {
            TrafficClass.SetDscp(frame, layout, point);
        }

        return new QosVerdict(place, color, IsDropped: false, priority is byte wanted ? Prioritize(frame, layout, wanted) : null);
    }

    /// <summary>Adds what a port and rule of the same names counted in another marker.</summary>
    /// <param name="earlier">The other marker.</param>
    /// <param name="before">For each port its number there; -1 if it was not there.</param>
    /// <param name="keepsMeters">Whether its meters go on here, where they are the same.</param>
    public void CarryOver(QosMarker earlier, ReadOnlySpan<int> before, bool keepsMeters)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        for (int port = 0; port < _policies.Length; port++)
        {
            if (before[port] < 0 || _policies[port] is not QosPolicy policy || earlier._policies[before[port]] is not QosPolicy old || old.Name != policy.Name)
            {
                continue;
            }

            for (int rule = 0; rule < policy.Rules.Count; rule++)
            {
                int known = old.Rules.ToList().FindIndex(other => other.Name == policy.Rules[rule].Name);
                if (known >= 0)
                {
                    Add(ref _counts[port][rule], earlier._counts[before[port]][known]);
                    // A meter that is the same goes on: a reload is no new burst.
                    _meters[port][rule] = keepsMeters && old.Rules[known].Meter == policy.Rules[rule].Meter ? earlier._meters[before[port]][known] : _meters[port][rule];
                }
            }

            Add(ref _counts[port][^1], earlier._counts[before[port]][^1]);
        }
    }

    private static ThreeColorMeter MeterOf(QosMeterOptions? meter, Timestamp start) =>
        meter is null ? default : new ThreeColorMeter(meter.Kind, meter.CommittedRate, meter.CommittedBurst, meter.SecondRate, meter.SecondBurst, start);

    private static void Add(ref QosCount to, in QosCount from) =>
        (to.Green, to.Yellow, to.Red, to.Bytes) = (to.Green + from.Green, to.Yellow + from.Yellow, to.Red + from.Red, to.Bytes + from.Bytes);

    private static void Count(ref QosCount count, MeterColor color, int bytes)
    {
        count.Green += color == MeterColor.Green ? 1 : 0;
        count.Yellow += color == MeterColor.Yellow ? 1 : 0;
        count.Red += color == MeterColor.Red ? 1 : 0;
        count.Bytes += bytes;
    }

    /// <summary>Assured forwarding is class × 8 + precedence × 2 (RFC 2597 section 6).</summary>
    private static MeterColor ColorOf(byte dscp)
    {
        bool isAssured = dscp >> 3 is >= 1 and <= MaxAssuredClass && (dscp & 1) == 0 && (dscp & 6) != 0;
        return !isAssured ? MeterColor.Green : (MeterColor)(((dscp & 6) >> 1) - 1);
    }

    /// <summary>Writes the priority into the tag; says it if there is none and one is needed.</summary>
    private static byte? Prioritize(Span<byte> frame, in PacketLayout layout, byte priority)
    {
        if (!FrameClassifier.IsCustomerTagged(frame, layout))
        {
            return priority == 0 ? null : priority;
        }

        Span<byte> tci = frame[TciOffset..];
        BinaryPrimitives.WriteUInt16BigEndian(tci, (ushort)((BinaryPrimitives.ReadUInt16BigEndian(tci) & ~PriorityMask) | (priority << PriorityShift)));
        return null;
    }
}
