using System.Numerics;
using Weft.Bridge;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath;

/// <summary>Decides which frames are copied, and makes the copies; one a worker. A copy is never copied again.</summary>
internal sealed class MirrorTaps
{
    private readonly SwitchTopology _topology;
    private readonly uint[] _portsIn, _portsOut, _segmentsIn, _segmentsOut;

    public MirrorTaps(SwitchTopology topology)
    {
        _topology = topology;
        SwitchPlan plan = topology.Plan;
        (_portsIn, _portsOut) = (new uint[plan.Ports.Count], new uint[plan.Ports.Count]);
        (_segmentsIn, _segmentsOut) = (new uint[plan.Segments.Count], new uint[plan.Segments.Count]);
        (Copied, Missed) = (new long[plan.Mirrors.Count], new long[plan.Mirrors.Count]);
        for (int mirror = 0; mirror < plan.Mirrors.Count; mirror++)
        {
            Mark(plan.Mirrors[mirror], 1u << mirror);
        }

        // A frame of a segment may come in and leave by any of its ports.
        OutPorts = [.. plan.Ports.Select((port, index) => (port, index)).Where(item => item.port.Role == PortRole.Access && (_portsOut[item.index] != 0 || Shares(item.port, _segmentsOut))).Select(item => item.index)];
        InPorts = [.. plan.Ports.Select((port, index) => port.Role == PortRole.Access && (_portsIn[index] != 0 || Shares(port, _segmentsIn)))];
        InSegments = [.. _segmentsIn.Select(mirrors => mirrors != 0)];
    }

    /// <summary>Ports whose frames may be copied as they leave.</summary>
    public int[] OutPorts { get; }

    /// <summary>Whether frames of each port may be copied as they come.</summary>
    public bool[] InPorts { get; }

    /// <summary>Whether frames of each segment are copied as they come out of tunnels.</summary>
    public bool[] InSegments { get; }

    /// <summary>Copies made, by mirror.</summary>
    public long[] Copied { get; }

    /// <summary>Frames that were not copied for want of buffers, by mirror.</summary>
    public long[] Missed { get; }

    /// <summary>Copies a frame that came in.</summary>
    public void TapIn(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        uint mirrors = context.Segment >= 0 ? _segmentsIn[context.Segment] : _portsIn[context.Ingress] | OfSegment(_segmentsIn, context.Ingress, vector.Bytes(slot), context.Layout);
        Copy(vector, slot, context.Layout, mirrors, isEgress: false);
    }

    /// <summary>Copies what waits for ports.</summary>
    public void TapOut(PacketVector vector)
    {
        foreach (int port in OutPorts)
        {
            foreach (ushort slot in vector.TakeSends(port))
            {
                // What another worker hands over was copied there; what the switch says of its own accord is nobody's.
                if (!vector[slot].IsJudged && vector[slot].Decision.Vlan != 0)
                {
                    Span<byte> frame = vector.Bytes(slot);
                    _ = PacketLayout.TryParse(frame, out PacketLayout layout);
                    Copy(vector, slot, layout, _portsOut[port] | OfSegment(_segmentsOut, port, frame, layout), isEgress: true);
                }

                vector.Send(slot, port);
                vector.SendDone(slot);
            }
        }
    }

    /// <summary>Adds what mirrors of the same name counted under another configuration.</summary>
    public void CarryOver(MirrorTaps old)
    {
        for (int mirror = 0; mirror < Copied.Length; mirror++)
        {
            int before = Position.Of(old._topology.Plan.Mirrors, known => known.Name == _topology.Plan.Mirrors[mirror].Name);
            Copied[mirror] += before < 0 ? 0 : old.Copied[before];
            Missed[mirror] += before < 0 ? 0 : old.Missed[before];
        }
    }

    private void Mark(MirrorPlan mirror, uint bit)
    {
        foreach (int port in mirror.Ports)
        {
            _portsIn[port] |= mirror.Direction.HasFlag(MirrorDirection.In) ? bit : 0;
            _portsOut[port] |= mirror.Direction.HasFlag(MirrorDirection.Out) ? bit : 0;
        }

        foreach (int segment in mirror.Segments)
        {
            _segmentsIn[segment] |= mirror.Direction.HasFlag(MirrorDirection.In) ? bit : 0;
            _segmentsOut[segment] |= mirror.Direction.HasFlag(MirrorDirection.Out) ? bit : 0;
        }
    }

    private bool Shares(PortPlan port, uint[] segments) =>
        segments.Index().Any(segment => segment.Item != 0 && Observe.SwitchState.IsMember(port, _topology.Plan.Segments[segment.Index].Vlan));

    private uint OfSegment(uint[] mirrors, int port, ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        ushort vlan = FrameVlan.Of(frame, layout, _topology.Plan.Ports[port].NativeVlan);
        int segment = vlan == 0 ? -1 : _topology.SegmentOfVlan(vlan);
        return segment < 0 ? 0 : mirrors[segment];
    }

    private void Copy(PacketVector vector, ushort slot, in PacketLayout layout, uint mirrors, bool isEgress)
    {
        if (mirrors == 0 || vector[slot].Mirror != 0 || ErspanWriter.IsErspan(vector.Bytes(slot), layout))
        {
            return;
        }

        for (uint rest = mirrors; rest != 0; rest &= rest - 1)
        {
            int mirror = BitOperations.TrailingZeroCount(rest);
            MirrorPlan plan = _topology.Plan.Mirrors[mirror];
            if (plan.Filter >= 0 && !Permits(_topology.Plan.AccessLists[plan.Filter], new PacketFields(vector.Bytes(slot), layout)))
            {
                continue;
            }

            if (!vector.TryClone(slot, out ushort copy))
            {
                Missed[mirror]++;
                continue;
            }

            Copied[mirror]++;
            vector.Ledger.Generated++;
            ref PacketContext made = ref vector[copy];
            made.Layout = layout;
            (made.Mirror, made.MirrorLeaves, made.Segment, made.Interface, made.IsJudged, made.IsForListeners, made.FloodProgress) = ((byte)(mirror + 1), isEgress, -1, -1, false, false, 0);
            made.MirrorCut = made.Packet.Length > plan.SnapBytes;
            _ = made.MirrorCut && vector.Pool.TrySetLength(ref made.Packet, plan.SnapBytes);
            vector.Forward(copy, StageId.Mirror);
        }
    }

    private static bool Permits(AccessList list, in PacketFields fields)
    {
        int rule = list.Match(fields);
        return (rule < list.Rules.Count ? list.Rules[rule].Action : list.Default) == AclAction.Permit;
    }
}
