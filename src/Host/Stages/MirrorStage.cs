using System.Buffers.Binary;
using Weft.Bridge;
using Weft.Encap;
using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Routing;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Stages;

/// <summary>Sends copies of mirrors to their port or, with ERSPAN, to their collector. Sequence numbers and rates are in one place, at the first worker.</summary>
internal sealed class MirrorStage : IGraphStage
{
    private const int EthernetBytes = 14;
    private const int EtherTypeOffset = 12;

    private readonly SwitchTopology _topology;
    private readonly Routers _routers;
    private readonly RouterOutput _output;
    private readonly ErspanWriter?[] _writers;
    private readonly TokenBucket[] _rates;

    public MirrorStage(SwitchTopology topology, Routers routers, RouterOutput output, Timestamp start)
    {
        (_topology, _routers, _output) = (topology, routers, output);
        IReadOnlyList<MirrorPlan> mirrors = topology.Plan.Mirrors;
        _writers = [.. mirrors.Select(mirror => mirror.Erspan is null ? null : new ErspanWriter(mirror.Erspan))];
        _rates = [.. mirrors.Select(mirror => mirror.PacketsPerSecond is int rate ? new TokenBucket(rate, Math.Max(1, rate / 10), start) : default)];
        Limited = new long[mirrors.Count];
    }

    public StageId Id => StageId.Mirror;

    /// <summary>Copies above the rate, by mirror.</summary>
    public long[] Limited { get; }

    /// <summary>Goes on with sequence numbers and counts of mirrors of the same name.</summary>
    public void CarryOver(MirrorStage old, bool keepsSequence)
    {
        for (int mirror = 0; mirror < Limited.Length; mirror++)
        {
            int before = Position.Of(old._topology.Plan.Mirrors, known => known.Name == _topology.Plan.Mirrors[mirror].Name);
            if (before < 0)
            {
                continue;
            }

            Limited[mirror] += old.Limited[before];
            if (keepsSequence && old._writers[before] is ErspanWriter writer)
            {
                _writers[mirror]?.CarryOver(writer);
            }
        }
    }

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            int mirror = vector[slot].Mirror - 1;
            MirrorPlan plan = _topology.Plan.Mirrors[mirror];
            if (plan.PacketsPerSecond is not null && !_rates[mirror].TryTake(vector.Now, 1))
            {
                Limited[mirror]++;
                vector.Trace?.Note(Id, $"mirror {plan.Name} has copied as much as it may");
                vector.Drop(slot, DropReason.MirrorLimited);
            }
            else if (_writers[mirror] is ErspanWriter writer)
            {
                Encapsulate(vector, slot, plan, writer);
            }
            else
            {
                vector.Trace?.Note(Id, $"a copy for mirror {plan.Name}");
                vector.Send(slot, plan.To);
                vector.Release(slot);
            }
        }
    }

    private void Encapsulate(PacketVector vector, ushort slot, MirrorPlan plan, ErspanWriter writer)
    {
        ref PacketContext context = ref vector[slot];
        int number = Array.FindIndex(_routers.Interfaces, at => at.Router == plan.Router);
        ErspanOptions to = plan.Erspan!;
        VtepAddress collector = to.IsIPv4 ? new VtepAddress(new IPv4Address((uint)to.Destination.Low)) : new VtepAddress(to.Destination);
        if (_routers.WayTo(collector, number) is not RouteTarget way)
        {
            vector.Trace?.Note(Id, $"mirror {plan.Name}: no route to {collector}");
            vector.Drop(slot, DropReason.RouteNone);
            return;
        }

        // A mirror is not worth fragments: what does not fit is cut, and the header says so.
        int most = _routers.Interfaces[way.Interface].Plan.MtuBytes - writer.HeaderBytes;
        bool isCut = context.MirrorCut;
        if (context.Packet.Length > most)
        {
            isCut = vector.Pool.TrySetLength(ref context.Packet, most);
        }

        int frameBytes = context.Packet.Length;
        ushort vlan = context.Layout.VlanTags > 0 ? context.Layout.VlanId : context.MirrorLeaves ? context.Decision.Vlan : _topology.Plan.Ports[context.Ingress].NativeVlan;
        byte priority = (byte)(context.Layout.OuterTci >> 13);
        // The worker's pool keeps more headroom than these headers need.
        _ = PacketPool.TryPrepend(ref context.Packet, EthernetBytes + writer.HeaderBytes);
        Span<byte> frame = vector.Bytes(slot);
        frame[..EtherTypeOffset].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame[EtherTypeOffset..], (ushort)(to.IsIPv4 ? EtherType.IPv4 : EtherType.IPv6));
        writer.Write(frame[EthernetBytes..(EthernetBytes + writer.HeaderBytes)], frameBytes, vlan, priority, context.Layout.VlanTags > 0, isCut, context.MirrorLeaves, vector.Now);
        _ = PacketLayout.TryParse(frame, out context.Layout);
        vector.Trace?.Note(Id, $"a copy for mirror {plan.Name}, ERSPAN session {to.Session} to {collector}");
        context.Interface = number;
        _output.Send(vector, slot, way, collector);
    }
}
