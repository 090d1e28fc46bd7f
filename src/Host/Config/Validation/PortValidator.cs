using Weft.Host.Config.Document;
using Weft.Host.Config.Shapes;
using Weft.Host.Config.Yaml;
using Weft.Ports;

namespace Weft.Host.Config.Validation;

/// <summary>Which keys a kind of port needs and which have no meaning for it.</summary>
internal static class PortValidator
{
    public static void Validate(ValidationContext context)
    {
        HashSet<string> written = context.Document.Ports.Where(p => p.Write.IsKnown).Select(p => context.Resolve(p.Write.Value)).ToHashSet(StringComparer.Ordinal);
        foreach (PortSection port in context.Document.Ports.Where(port => port.Type.IsKnown))
        {
            ValidateOffload(port, context.Problems);
            if (port.Type.Value == PortKind.Pcap)
            {
                ValidateCapture(port, written, context);
            }
            else if (port.Type.Value is not (PortKind.Bond or PortKind.Memif))
            {
                ValidateDevice(port, context.Problems);
            }

            if (port.Guard is { Source.Value: true, Dhcp.Value: false, Addresses.Count: 0 })
            {
                context.Problems.Error(port.Guard.Source.At, "without 'addresses' and without clients of DHCP no address is anybody's, so every IP packet would be dropped", "'dhcp: clients', or 'addresses'");
            }

            if (port.Learning is { RecoverySeconds.IsWrittenAndKnown: true, Refused: { IsKnown: true, Value: not RefusedSourceAction.Shutdown } })
            {
                context.Problems.Error(port.Learning.RecoverySeconds.At, "without 'refused: shutdown' the port is never shut", "'refused: shutdown' beside it");
            }

            if (port.LoopGuard is { RecoverySeconds.IsWrittenAndKnown: true, Action: { IsKnown: true, Value: LoopAction.Log } })
            {
                context.Problems.Error(port.LoopGuard.RecoverySeconds.At, "with 'action: log' the port is never shut", "'action: shutdown'");
            }

            if (port.Role is { IsKnown: true, Value: PortRole.Underlay })
            {
                ValidateUnderlay(port, context);
            }
        }
    }

    /// <summary>A section of any type: only a TAP device has such a key, and not every list makes sense.</summary>
    private static void ValidateOffload(PortSection port, ProblemList problems)
    {
        if (port.Offload.Count == 0 || !port.Offload.TrueForAll(offload => offload.IsKnown))
        {
            return;
        }

        Setting<TapOffloads> first = port.Offload[0];
        TapOffloads all = TapShape.Offloads(port);
        if (port.Type.IsKnown && port.Type.Value != PortKind.Tap)
        {
            problems.Error(first.At, "only tap ports have offloads to agree on; those of a network device are set with ethtool", "no 'offload'");
        }
        else if (port.Offload.Count > 1 && port.Offload.Exists(offload => offload.Value == TapOffloads.None))
        {
            problems.Error(first.At, "'none' stands beside others", "[none], or some of csum, tso, uso");
        }
        else if (all != TapOffloads.None && (all & TapOffloads.Checksum) == 0)
        {
            problems.Error(first.At, "segmentation needs checksums", "[csum, tso, uso] or a part of it with csum");
        }
    }

    private static void ValidateDevice(PortSection port, ProblemList problems)
    {
        string kind = port.Type.Value switch { PortKind.Tap => "tap", PortKind.AfXdp => "af_xdp", _ => "af_packet" };
        if (!port.Device.IsWritten)
        {
            problems.Error(port.At, $"the key 'device' is missing, which a port of type {kind} needs", "the name of a network device");
        }

        Refuse(port.Read.IsWritten, port.Read.At, kind, "only pcap ports read a capture", problems);
        Refuse(port.Write.IsWritten, port.Write.At, kind, "only pcap ports write a capture", problems);
        Refuse(port.Driver.IsWritten && port.Type.Value != PortKind.AfPacket, port.Driver.At, kind, "only af_packet ports have a driver", problems);
        if (port.Type.Value == PortKind.AfXdp && port.Mtu.IsKnown && port.Mtu.Value > AfXdpPort.MaxMtu)
        {
            problems.Error(port.Mtu.At, $"an MTU of {port.Mtu.Value} is more than a page takes, and AF_XDP keeps a frame in one", $"{AfXdpPort.MaxMtu} at most, or type af_packet");
        }
    }

    private static void ValidateCapture(PortSection port, HashSet<string> written, ValidationContext context)
    {
        ProblemList problems = context.Problems;
        if (!port.Read.IsWritten && !port.Write.IsWritten)
        {
            problems.Error(port.At, "a port of type pcap with neither 'read' nor 'write' does nothing", "at least one of them");
        }

        Refuse(port.Device.IsWritten, port.Device.At, "pcap", "only tap, af_packet and af_xdp ports have a device", problems);
        Refuse(port.NetworkNamespace.IsWritten, port.NetworkNamespace.At, "pcap", "files have no network namespace", problems);
        Refuse(port.Driver.IsWritten, port.Driver.At, "pcap", "only af_packet ports have a driver", problems);

        if (!port.Read.IsKnown)
        {
            return;
        }

        string read = context.Resolve(port.Read.Value);
        if (written.Contains(read))
        {
            problems.Error(port.Read.At, $"the file {Quoted.Of(port.Read.Value)} is written by this switch, so it cannot be read too");
        }
        else if (context.Document.Ports.Any(other => other.Type is { IsKnown: true, Value: not (PortKind.Pcap or PortKind.Bond) }))
        {
            problems.Error(port.Read.At, "a capture is played in its own time and cannot stand beside tap or af_packet ports", "only pcap ports in this configuration, or no 'read'");
        }
        else if (!File.Exists(read))
        {
            problems.Error(port.Read.At, $"the file {Quoted.Of(port.Read.Value)} does not exist", "a capture, its path relative to the configuration's folder");
        }
    }

    private static void ValidateUnderlay(PortSection port, ValidationContext context)
    {
        if (port.Vlan.IsWritten)
        {
            context.Problems.Error(port.Vlan.At, "a port of role underlay has no VLANs; tunnels reach VLANs through segments");
        }

        foreach (Section section in new Section[] { port.Learning, port.LoopGuard, port.Storm, port.Guard }.Where(section => section.IsWritten))
        {
            context.Problems.Error(section.At, "a port of role underlay bridges nothing, so there is nothing to learn or to flood", "this key at ports of role access");
        }

        if (port.Name.IsKnown && !context.Document.Vteps.Any(vtep => MayUse(vtep, port, context)))
        {
            context.Problems.Error(port.Role.At, $"no tunnel endpoint uses port {Quoted.Of(port.Name.Value)}, so every frame on it would be dropped", "an entry of 'vteps' with this port, or role access");
        }
    }

    /// <summary>An endpoint whose own reference is wrong has an error already, and may well have meant this port.</summary>
    private static bool MayUse(VtepSection vtep, PortSection port, ValidationContext context) =>
        !vtep.Port.IsKnown
        || vtep.Port.Value == port.Name.Value
        || !context.Document.Ports.Any(other => other.Name.IsKnown && other.Name.Value == vtep.Port.Value && other.Role is { IsKnown: true, Value: PortRole.Underlay });

    private static void Refuse(bool isWritten, Location at, string kind, string why, ProblemList problems)
    {
        if (isWritten)
        {
            problems.Error(at, $"this key has no meaning for a port of type {kind}: {why}");
        }
    }
}
