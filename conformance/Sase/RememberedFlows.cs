using System.Buffers.Binary;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>Services that count the packets of each flow from a site, by its port, and can tell of it.</summary>
internal sealed class RememberedFlows : IServiceChain, IServiceMemory
{
    private const int RecordLength = 6;
    private readonly Dictionary<(uint Vni, ushort Port), uint> _packets = [];
    private readonly HashSet<(uint Vni, ushort Port)> _changed = [];

    public bool Knows(uint vni, ushort port) => _packets.ContainsKey((vni, port));

    public uint PacketsOf(uint vni, ushort port) => _packets.GetValueOrDefault((vni, port));

    public bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool inward, Timestamp now)
    {
        if (!inward)
        {
            ushort port = BinaryPrimitives.ReadUInt16BigEndian(frame[layout.L4Offset..]);
            _packets[(vni, port)] = PacketsOf(vni, port) + 1;
            _ = _changed.Add((vni, port));
        }

        return true;
    }

    public int Begin(uint vni, Span<byte> into)
    {
        _changed.UnionWith(_packets.Keys.Where(flow => flow.Vni == vni));
        into[0] = 1;
        return 1;
    }

    public int Tell(uint vni, Span<byte> into, Timestamp now)
    {
        // Little at a time, so that it takes several messages.
        int length = 0;
        foreach ((uint Vni, ushort Port) flow in _changed.Where(flow => flow.Vni == vni).Take(5).ToArray())
        {
            length += Write(flow, into[length..]);
            _ = _changed.Remove(flow);
        }

        return length;
    }

    public int Tell(uint vni, in FlowKey4 flow, Span<byte> into, Timestamp now) => _packets.ContainsKey((vni, flow.SourcePort)) ? Write((vni, flow.SourcePort), into) : 0;

    public bool TryTake(uint vni, bool isFirst, ReadOnlySpan<byte> said, Timestamp now)
    {
        if (isFirst)
        {
            foreach ((uint Vni, ushort Port) flow in _packets.Keys.Where(flow => flow.Vni == vni).ToArray())
            {
                _ = _packets.Remove(flow);
            }

            return said.SequenceEqual((ReadOnlySpan<byte>)[1]);
        }

        for (; !said.IsEmpty; said = said[RecordLength..])
        {
            _packets[(vni, BinaryPrimitives.ReadUInt16BigEndian(said))] = BinaryPrimitives.ReadUInt32BigEndian(said[2..]);
        }

        return true;
    }

    private int Write((uint Vni, ushort Port) flow, Span<byte> into)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into, flow.Port);
        BinaryPrimitives.WriteUInt32BigEndian(into[2..], _packets[flow]);
        return RecordLength;
    }
}
