using Weft.Packets;

namespace Weft.Multicast;

/// <content>The slow path: every call is carried out and recorded.</content>
public sealed partial class MulticastSwitch
{
    private enum EmitKind
    {
        Data,
        Report,
        Routed,
    }

    /// <summary>The slow path: all replicas of a frame of data.</summary>
    private void Replicate<TSink>(ref ActionRecorder<TSink> recorder, int segment, int port, bool marked, IPv6Address group, IPv6Address source)
        where TSink : struct, IReplicaSink
    {
        recorder.DependsOn(StateVersions.Topology);
        Listeners(ref recorder, segment, group, source);
        EmitSegment(ref recorder, segment, port, FromTunnel(segment, port), marked, EmitKind.Data);
        Route(ref recorder, segment, port, group, source);
        if (!recorder.HasOutput)
        {
            recorder.Do(OperationKind.NoListener);
        }
    }

    private void Route<TSink>(ref ActionRecorder<TSink> recorder, int segment, int port, IPv6Address group, IPv6Address source)
        where TSink : struct, IReplicaSink
    {
        if (MulticastAddress.IsLinkScope(group) || FromTunnel(segment, port))
        {
            return; // Whoever sent it into the tunnel has routed it.
        }

        MulticastRoute? route = _routes.Find(group, source, out bool readSource);
        recorder.DependsOnSource(readSource);
        if (route is null)
        {
            return;
        }

        if (route.Incoming != segment)
        {
            recorder.Do(OperationKind.RpfFailure);
            return;
        }

        for (int at = 0; at < route.Outgoing.Count; at++)
        {
            int outgoing = route.Outgoing[at];
            if (outgoing == segment)
            {
                continue;
            }

            Listeners(ref recorder, outgoing, group, source);
            recorder.Do(OperationKind.SetSource, _segments[outgoing].Options.RouterMac.Value);
            recorder.Do(OperationKind.DecrementTtl, route.TtlThreshold);
            recorder.Do(OperationKind.Enter);
            EmitSegment(ref recorder, outgoing, port, fromTunnel: false, marked: false, EmitKind.Routed);
            recorder.Do(OperationKind.Leave);
        }
    }

    /// <summary>Sets the bits of the ports that get a group's data in a segment (RFC 4541 section 2.1.2).</summary>
    private void Listeners<TSink>(ref ActionRecorder<TSink> recorder, int segment, IPv6Address group, IPv6Address source)
        where TSink : struct, IReplicaSink
    {
        if (MulticastAddress.IsLinkScope(group))
        {
            _ports.AsSpan().Fill(ulong.MaxValue);
            return;
        }

        bool isIPv6 = !MulticastAddress.IsIPv4(group);
        _ports.AsSpan().Clear();
        recorder.DependsOn(StateVersions.OfSegment(segment));
        recorder.DependsOn(Snooper.Versions.OfGroup(segment, group));
        bool registered = Snooper.CollectMembers(segment, group, source, _ports, out bool readSource);
        recorder.DependsOnSource(readSource);
        if (!registered && Snooper.FloodsUnregistered(segment, isIPv6))
        {
            _ports.AsSpan().Fill(ulong.MaxValue);
            return;
        }

        Snooper.CollectRouters(segment, isIPv6, _ports);
    }

    private MulticastOutcome ForwardControl<TSink>(int segment, int port, bool marked, SnoopResult control, bool isIPv6, ReplicaEditor<TSink> editor)
        where TSink : struct, IReplicaSink
    {
        if (control == SnoopResult.Drop)
        {
            LastDrop = Snooper.LastDrop;
            return MulticastOutcome.Dropped;
        }

        var recorder = new ActionRecorder<TSink>(null, Snooper.Versions, editor);
        _ports.AsSpan().Fill(control == SnoopResult.Flood ? ulong.MaxValue : 0);
        if (control == SnoopResult.ToRouterPorts)
        {
            foreach (SegmentTable.Member member in _segments[segment].Members)
            {
                _ports[member.Port >> 6] |= Snooper.TakesReports(segment, member.Port, isIPv6) ? 1UL << member.Port : 0;
            }
        }

        EmitKind kind = control == SnoopResult.ToRouterPorts ? EmitKind.Report : EmitKind.Data;
        EmitSegment(ref recorder, segment, port, FromTunnel(segment, port), marked, kind);
        return MulticastOutcome.Control;
    }

    /// <summary>One output for each wanted member, tunnels by the segment's way of replication.</summary>
    private void EmitSegment<TSink>(ref ActionRecorder<TSink> recorder, int segment, int ingress, bool fromTunnel, bool marked, EmitKind kind)
        where TSink : struct, IReplicaSink
    {
        SegmentTable.Segment options = _segments[segment];
        SegmentTable.Member[] members = options.Members;
        bool groupSent = false;
        _subnets.AsSpan().Clear();
        for (int at = 0; at < members.Length; at++)
        {
            SegmentTable.Member member = members[at];
            bool isIngress = member.Port == ingress && kind != EmitKind.Routed;
            if (isIngress || _down[member.Port] || at == options.UnderlayGroup)
            {
                continue;
            }

            bool wanted = (_ports[member.Port >> 6] >> member.Port & 1) != 0;
            if (!member.IsVtep)
            {
                if (wanted)
                {
                    if (member.Vlan != 0)
                    {
                        recorder.Do(OperationKind.SetVlan, member.Vlan);
                    }

                    recorder.Do(Operation.Output(member.Port, at, segment));
                }

                continue;
            }

            // Split horizon, but for what the sender asked to be replicated in this subnet.
            wanted |= !options.Options.SelectiveVteps && kind != EmitKind.Report;
            if (!wanted || (fromTunnel && !(marked && member.Subnet == 0)))
            {
                continue;
            }

            bool isFar = member.Subnet != 0;
            int output = at;
            if (options.Options.Replication != ReplicationMode.HeadEnd && isFar)
            {
                if (_subnets[member.Subnet])
                {
                    continue;
                }

                _subnets[member.Subnet] = true;
                recorder.Do(OperationKind.ReplicateLocally);
            }
            else if (options.Options.Replication == ReplicationMode.Hybrid)
            {
                if (groupSent)
                {
                    continue;
                }

                groupSent = true;
                output = options.UnderlayGroup;
            }

            recorder.Do(Operation.Output(members[output].Port, output, segment));
        }
    }

    private bool FromTunnel(int segment, int port)
    {
        foreach (SegmentTable.Member member in _segments[segment].Members)
        {
            if (member.Port == port)
            {
                return member.IsVtep;
            }
        }

        return false;
    }
}
