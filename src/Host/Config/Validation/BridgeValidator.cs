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
            if (port is { Role: { IsKnown: true, Value: PortRole.Underlay } })
            {
                context.Problems.Error(bridge.Port.At, $"port {Quoted.Of(bridge.Port.Value)} has role underlay", "the access-role port that leads to the VLANs");
            }

            VtepSection? vtep = context.FindVtep(bridge.Vtep);
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
            _ = Key(bridge, context);
            if (!bridge.KeyFile.IsWritten)
            {
                context.Problems.Warning(bridge.At, $"bridge {Quoted.Of(bridge.Name.Value ?? "")} has no 'keyFile': whoever reaches its endpoint can take it down");
            }
        }
    }

    /// <summary>The secret; empty, and a problem if one was meant, if there is none.</summary>
    public static byte[] Key(BridgeSection bridge, ValidationContext context)
    {
        if (!bridge.KeyFile.IsKnown)
        {
            return [];
        }

        try
        {
            var file = new FileInfo(context.Resolve(bridge.KeyFile.Value));
            if (file.Length is >= MinKeyBytes and <= MaxKeyBytes)
            {
                return File.ReadAllBytes(file.FullName);
            }

            context.Problems.Error(bridge.KeyFile.At, $"the secret has {file.Length} bytes", $"{MinKeyBytes} to {MaxKeyBytes} bytes");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            context.Problems.Error(bridge.KeyFile.At, $"the file {Quoted.Of(bridge.KeyFile.Value)} cannot be read");
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
