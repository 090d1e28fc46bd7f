using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Tunnels;

namespace Weft.Sase;

/// <summary>Packets by the burst: looked at first, then found at once in the table of flows, then judged in order.</summary>
public sealed partial class ManagedServiceNode
{
    /// <summary>Packets whose flows are looked up at once: as many as a table overlaps the cache misses of.</summary>
    private const int LookUpTogether = 32;

    private readonly PacketLane[] _lanes = new PacketLane[LookUpTogether];
    private readonly FlowKey4[] _keys = new FlowKey4[LookUpTogether];
    private readonly FlowHandle[] _known = new FlowHandle[LookUpTogether];

    /// <summary>Takes a burst of packets of gateways and of other nodes, with the same verdicts, in the same order, as <see cref="FromTunnel(Span{byte}, int, int, Timestamp)"/> on each.</summary>
    /// <typeparam name="TPackets">Where they are.</typeparam>
    /// <param name="packets">The packets; from their outer IP header on.</param>
    /// <param name="now">The time.</param>
    public void FromTunnel<TPackets>(ref TPackets packets, Timestamp now)
        where TPackets : struct, ISasePackets, allows ref struct
    {
        for (int first = 0; first < packets.Count; first += LookUpTogether)
        {
            int count = Math.Min(packets.Count - first, LookUpTogether);
            for (int i = 0; i < count; i++)
            {
                Span<byte> buffer = packets.Buffer(first + i, out int offset, out int length);
                LookIntoTunnel(buffer.Slice(offset, length), out _lanes[i], out _keys[i]);
            }

            _flows.Find(_keys.AsSpan(0, count), _known);
            for (int i = 0; i < count; i++)
            {
                Span<byte> buffer = packets.Buffer(first + i, out int offset, out _);
                ref readonly PacketLane lane = ref _lanes[i];
                if (!TryPassFromTunnel(buffer, offset, lane, _known[i], now, out SaseVerdict verdict))
                {
                    verdict = JudgeFromTunnel(buffer, offset, lane, _keys[i], _known[i], now);
                }

                packets.Settle(first + i, verdict);
            }
        }
    }

    /// <summary>Takes a burst of packets for public addresses, with the same verdicts, in the same order, as <see cref="FromUplink(Span{byte}, int, int, Timestamp)"/> on each.</summary>
    /// <typeparam name="TPackets">Where they are.</typeparam>
    /// <param name="packets">The packets; from their IP header on, with room for <see cref="PopOptions.Overhead"/> bytes in front of each.</param>
    /// <param name="now">The time.</param>
    public void FromUplink<TPackets>(ref TPackets packets, Timestamp now)
        where TPackets : struct, ISasePackets, allows ref struct
    {
        for (int first = 0; first < packets.Count; first += LookUpTogether)
        {
            int count = Math.Min(packets.Count - first, LookUpTogether);
            for (int i = 0; i < count; i++)
            {
                Span<byte> buffer = packets.Buffer(first + i, out int offset, out int length);
                LookAtUplink(buffer.Slice(offset, length), out _lanes[i], out _keys[i]);
            }

            _flows.Find(_keys.AsSpan(0, count), _known);
            for (int i = 0; i < count; i++)
            {
                Span<byte> buffer = packets.Buffer(first + i, out int offset, out int length);
                ref readonly PacketLane lane = ref _lanes[i];
                if (!TryPassFromUplink(buffer, offset, lane, _known[i], now, out SaseVerdict verdict))
                {
                    verdict = JudgeFromUplink(buffer, offset, length, lane, _keys[i], _known[i], isRedirected: false, now);
                }

                packets.Settle(first + i, verdict);
            }
        }
    }
}
