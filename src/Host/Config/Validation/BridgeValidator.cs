using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Bridge nodes: port, segments, the other node, the secret.</summary>
internal static class BridgeValidator
{
    private const int MinKeyBytes = 16;
    private const int MaxKeyBytes = 4096;

    public static void Validate(ValidationContext context)
    {
        foreach (BridgeSection bridge in context.Document.Bridges)
        {
            PortSection? port = context.FindPort(bridge.Port);
            if (port is { Role: { IsKnown: true, Value: not PortRole.Access } })
            {
                context.Problems.Error(bridge.Port.At, $"port {Quoted.Of(bridge.Port.Value)} has role underlay", "the access-role port that leads to the VLANs");
            }

            VtepSection? vtep = context.FindVtep(bridge.Vtep);
            if (!bridge.Peer.IsWritten && !HasSharedStore(context))
            {
                context.Problems.Error(bridge.At, "nobody says where the other node is", "'peer', or 'cluster' with 'etcd'");
            }

            if (vtep is { Address.IsKnown: true } && bridge.Peer.IsKnown && bridge.Peer.Value == vtep.Address.Value.Address)
            {
                context.Problems.Error(bridge.Peer.At, $"{bridge.Peer.Value} is this node's own endpoint", "the endpoint of the other node");
            }

            if (bridge.Segments.Count == 0)
            {
                context.Problems.Error(bridge.At, "the bridge has no segments", "'segments' with the name of one at least");
            }

            foreach (Setting<string> name in bridge.Segments.Where(name => name.IsKnown))
            {
                ValidateSegment(name, bridge, port, context);
            }

            ValidatePath(bridge, port, context.Problems);
            ValidateManagementVni(bridge, context);
            _ = Key(bridge.KeyFile, context);
            _ = Key(bridge.HostKeyFile, context);
            if (bridge.HostFlush.Value != 0 && bridge.HostFlush.IsKnown && !bridge.HostKeyFile.IsWritten)
            {
                context.Problems.Warning(bridge.HostFlush.At, "requests to hosts are not authenticated without 'hostKeyFile'");
            }

            if (bridge.HostKeyFile.IsKnown && bridge.KeyFile.IsKnown && context.Resolve(bridge.HostKeyFile.Value) == context.Resolve(bridge.KeyFile.Value))
            {
                context.Problems.Error(bridge.HostKeyFile.At, "with the secret of the pair every host could speak for a node", "another file than 'keyFile'");
            }

            if (bridge.FenceLeaseSeconds.IsWritten && !HasSharedStore(context))
            {
                context.Problems.Error(bridge.FenceLeaseSeconds.At, "there is no store that both nodes could ask", "'cluster' with 'etcd', or no 'fenceLeaseSeconds'");
            }

            if (!bridge.KeyFile.IsWritten)
            {
                context.Problems.Warning(bridge.At, $"bridge {Quoted.Of(bridge.Name.Value ?? "")} has no 'keyFile': whoever reaches its endpoint can take it down");
            }
        }

        ValidateTogether(context);
        context.Document.BridgePairs.ForEach(pair => ValidatePair(pair, context));
    }

    /// <summary>Several pairs in a switch: everything that tells their messages apart must differ.</summary>
    private static void ValidateTogether(ValidationContext context)
    {
        List<BridgeSection> bridges = context.Document.Bridges;
        for (int later = 1; later < bridges.Count; later++)
        {
            BridgeSection bridge = bridges[later];
            foreach (BridgeSection other in bridges.Take(later))
            {
                string name = Quoted.Of(other.Name.Value ?? "");
                if (IsSame(bridge.Name, other.Name))
                {
                    context.Problems.Error(bridge.Name.At, $"another bridge is called {name}", "a name of its own");
                }

                if (IsSame(bridge.Id, other.Id))
                {
                    context.Problems.Error(bridge.Id.At, $"bridge {name} is of pair {other.Id.Value}, too", "a number for each pair");
                }

                if (IsSame(bridge.Vtep, other.Vtep) && IsSame(bridge.Peer, other.Peer))
                {
                    context.Problems.Error(bridge.Peer.At, $"bridge {name} watches {other.Peer.Value} from the same endpoint", "another endpoint here or there for each pair (RFC 5881)");
                }

                if (IsSame(bridge.Vtep, other.Vtep) && IsTunnelled(bridge) && IsTunnelled(other) && !IsSame(bridge.ManagementVni, other.ManagementVni))
                {
                    context.Problems.Error(bridge.ManagementVni.At, $"bridge {name} has {other.ManagementVni.Value} on the same endpoint", "one management VNI for each endpoint");
                }

                foreach (Setting<string> segment in bridge.Segments.Where(segment => other.Segments.Exists(taken => IsSame(segment, taken))))
                {
                    context.Problems.Error(segment.At, $"segment {Quoted.Of(segment.Value)} is bridged by {name}", "one bridge for each segment");
                }

                if (IsSame(bridge.Port, other.Port))
                {
                    ValidateSharedPort(bridge, other, context);
                }
            }
        }
    }

    /// <summary>Listeners to groups are known by the port, which must not be half open.</summary>
    private static void ValidateSharedPort(BridgeSection bridge, BridgeSection other, ValidationContext context)
    {
        foreach (Setting<string> name in bridge.Segments.Concat(other.Segments))
        {
            if (context.Document.Segments.Find(segment => segment.Name.IsKnown && IsSame(segment.Name, name)) is { Multicast.Snooping: { IsKnown: true, Value: true } } snooping)
            {
                context.Problems.Error(bridge.Port.At, $"port {Quoted.Of(bridge.Port.Value)} is that of two bridges, and segment {Quoted.Of(snooping.Name.Value)} snoops", "a port for each bridge where a segment snoops");
                return;
            }
        }
    }

    private static bool HasSharedStore(ValidationContext context) => context.Document.Cluster.Etcd.Endpoints.Count > 0;

    private static bool IsTunnelled(BridgeSection bridge) => bridge.BfdEncapsulation is { IsKnown: true, Value: BfdEncapsulation.Tunnel };

    private static bool IsSame<T>(Setting<T> left, Setting<T> right) => left.IsKnown && right.IsKnown && EqualityComparer<T>.Default.Equals(left.Value, right.Value);

    /// <summary>What a host listens to.</summary>
    private static void ValidatePair(BridgePairSection pair, ValidationContext context)
    {
        VtepSection? vtep = context.FindVtep(pair.Vtep);
        if (pair.Nodes.Count != 2 && !(pair.Nodes.Count == 0 && HasSharedStore(context)))
        {
            context.Problems.Error(pair.At, $"the pair has {pair.Nodes.Count} nodes", "'nodes' with the endpoints of both, or none and 'cluster' with 'etcd'");
        }

        foreach (Setting<TunnelAddress> node in pair.Nodes.Where(node => node.IsKnown && vtep is { Address.IsKnown: true }))
        {
            bool isPeer = context.Document.Segments.Any(segment => segment.Vtep.IsKnown && segment.Vtep.Value == pair.Vtep.Value && segment.Peers.Any(peer => peer.IsKnown && peer.Value == node.Value));
            if (!isPeer)
            {
                context.Problems.Error(node.At, $"{node.Value} is no peer of any segment on tunnel endpoint {Quoted.Of(pair.Vtep.Value)}", "the endpoints of both nodes among the peers of the segments that they bridge");
            }
        }

        if (context.Document.BridgePairs.Find(other => other.Id.IsKnown && pair.Id.IsKnown && other.Id.Value == pair.Id.Value && other.Vtep.Value == pair.Vtep.Value) is { } first && !ReferenceEquals(first, pair))
        {
            context.Problems.Error(pair.Id.At, $"pair {pair.Id.Value} stands here twice", "one entry for each pair");
        }

        _ = Key(pair.KeyFile, context);
        if (!pair.KeyFile.IsWritten)
        {
            context.Problems.Warning(pair.At, $"pair {pair.Id.Value} has no 'keyFile': whoever can send from a node's address can make this switch forget addresses");
        }
    }

    private static void ValidateManagementVni(BridgeSection bridge, ValidationContext context)
    {
        VtepSection? vtep = context.Document.Vteps.Find(v => v.Name.IsKnown && v.Name.Value == bridge.Vtep.Value);
        if (bridge.BfdEncapsulation is { IsKnown: true, Value: BfdEncapsulation.Tunnel } && vtep is { Encapsulation: { IsKnown: true, Value: TunnelKind.VxlanGpe } })
        {
            context.Problems.Error(bridge.BfdEncapsulation.At, "BFD inside vxlan-gpe is not specified", "encapsulation vxlan or geneve, or bfdEncapsulation underlay");
        }

        if (bridge.BfdEncapsulation is { IsKnown: true, Value: BfdEncapsulation.Tunnel } && bridge.ManagementVni.IsKnown
            && context.Document.Segments.Find(s => s.Vni.IsWrittenAndKnown && s.Vni.Value == bridge.ManagementVni.Value && s.Vtep.IsKnown && s.Vtep.Value == bridge.Vtep.Value) is { } taken)
        {
            context.Problems.Error(bridge.ManagementVni.At, $"segment {Quoted.Of(taken.Name.Value)} has VNI {bridge.ManagementVni.Value} on the bridge's endpoint", "a VNI that no segment has (RFC 8971)");
        }
    }

    /// <summary>The secret; empty, and a problem if one was meant, if there is none.</summary>
    public static byte[] Key(Setting<string> keyFile, ValidationContext context)
    {
        if (!keyFile.IsKnown)
        {
            return [];
        }

        try
        {
            var file = new FileInfo(context.Resolve(keyFile.Value));
            if (file.Length is >= MinKeyBytes and <= MaxKeyBytes)
            {
                return File.ReadAllBytes(file.FullName);
            }

            context.Problems.Error(keyFile.At, $"the secret has {file.Length} bytes", $"{MinKeyBytes} to {MaxKeyBytes} bytes");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            context.Problems.Error(keyFile.At, $"the file {Quoted.Of(keyFile.Value)} cannot be read");
        }

        return [];
    }

    private static void ValidateSegment(Setting<string> name, BridgeSection bridge, PortSection? port, ValidationContext context)
    {
        SegmentSection? segment = context.Document.Segments.FirstOrDefault(s => s.Name.IsKnown && s.Name.Value == name.Value);
        if (segment is null)
        {
            string[] known = context.Document.Segments.Where(s => s.Name.IsKnown).Select(s => s.Name.Value).ToArray();
            context.Problems.Error(name.At, $"no segment has the name {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, known)}");
            return;
        }

        if (bridge.Vtep.IsKnown && (!segment.Vtep.IsWritten || (segment.Vtep.IsKnown && segment.Vtep.Value != bridge.Vtep.Value)))
        {
            context.Problems.Error(name.At, $"segment {Quoted.Of(name.Value)} is not on tunnel endpoint {Quoted.Of(bridge.Vtep.Value)}", "segments of the bridge's endpoint");
        }

        if (port is { Role: { IsKnown: true, Value: PortRole.Access }, Vlan.Mode.IsKnown: true } && segment.Vlan.IsKnown && !SegmentValidator.Carries(port, segment.Vlan.Value))
        {
            context.Problems.Error(name.At, $"port {Quoted.Of(bridge.Port.Value)} does not carry VLAN {segment.Vlan.Value} of segment {Quoted.Of(name.Value)}", "a segment whose VLAN the port carries");
        }

        if (bridge.Peer.IsKnown && segment.Peers.All(peer => peer.IsKnown && peer.Value != bridge.Peer.Value))
        {
            context.Problems.Error(name.At, $"{bridge.Peer.Value} is no peer of segment {Quoted.Of(name.Value)}", "the other node among the segment's peers");
        }
    }

    private static void ValidatePath(BridgeSection bridge, PortSection? port, ProblemList problems)
    {
        if (bridge.PathVlan.IsKnown && port is { Role: { IsKnown: true, Value: PortRole.Access }, Vlan.Mode.IsKnown: true } && !SegmentValidator.Carries(port, bridge.PathVlan.Value))
        {
            problems.Error(bridge.PathVlan.At, $"port {Quoted.Of(bridge.Port.Value)} does not carry VLAN {bridge.PathVlan.Value}", "a VLAN that the port carries");
        }
    }
}
