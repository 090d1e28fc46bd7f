using System.Text;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>What must fit: packet buffers into memory, tunnels into the underlay's MTU, the socket's path into its address.</summary>
internal static class CapacityValidator
{
    private const long MaxPoolBytes = 4L << 30;

    /// <summary>Addresses of all segments together, a quarter below what the filtering database holds (2^24): hashing needs slack.</summary>
    private const int MaxAddresses = 13_000_000;

    /// <summary>Addresses that segments which say nothing share.</summary>
    private const int SharedAddresses = 1 << 20;
    private const int DefaultMaxMacs = 1 << 16;

    /// <summary>Remote endpoints of all segments together; each has a prebuilt outer header and a place in the neighbour table.</summary>
    private const int MaxPeers = 16_384;

    /// <summary>sockaddr_un holds 108 bytes, the closing zero included (unix(7)).</summary>
    private const int MaxSocketPathBytes = 107;

    /// <summary>What a tunnel adds to an inner layer-3 packet before the outer layer 2: inner Ethernet 14, VXLAN or Geneve 8, UDP 8, IP 20 or 40.</summary>
    private const int OverheadIPv4 = 50;
    private const int OverheadIPv6 = 70;
    private const int OverheadEsp = Encap.EspSealer.MaxTransportHeadroom + Encap.EspSealer.MaxTailroom;

    public static void Validate(ValidationContext context)
    {
        ValidatePool(context);
        ValidateSocket(context);
        ValidateAddresses(context);
        ValidatePeers(context);
        foreach (SegmentSection segment in context.Document.Segments.Where(segment => segment.Vtep.IsKnown && segment.Vlan.IsKnown))
        {
            WarnOfMtu(segment, context);
        }
    }

    /// <summary>Bytes of a packet buffer: the largest frame with two VLAN tags, room for outer headers in front, whole cache lines; at least 2,048.</summary>
    public static int BufferBytes(SwitchDocument document)
    {
        const int EthernetAndTags = 14 + 2 * 4;
        const int Headroom = 256;
        const int CacheLine = 64;
        int mtu = document.Ports.Where(port => port.Mtu.IsKnown).Select(port => port.Mtu.Value).DefaultIfEmpty(0).Max();
        return Math.Max(2048, (mtu + EthernetAndTags + Headroom + CacheLine - 1) / CacheLine * CacheLine);
    }

    /// <summary>Most learned addresses of a segment, as written or its share.</summary>
    public static int MaxMacs(SegmentSection segment, SwitchDocument document) =>
        segment.MaxMacs.IsKnown ? segment.MaxMacs.Value : Math.Min(DefaultMaxMacs, SharedAddresses / Math.Max(1, document.Segments.Count));

    private static void ValidateAddresses(ValidationContext context)
    {
        long total = 0;
        foreach (SegmentSection segment in context.Document.Segments)
        {
            long before = total;
            total += MaxMacs(segment, context.Document) + segment.Static.Count;
            if (before <= MaxAddresses && total > MaxAddresses)
            {
                context.Problems.Error(segment.MaxMacs.IsWritten ? segment.MaxMacs.At : segment.At, $"with this segment there are {total} addresses in all, learned and static", $"at most {MaxAddresses} for all segments together");
            }
        }
    }

    private static void ValidatePeers(ValidationContext context)
    {
        var known = new HashSet<(string, TunnelAddress)>();
        foreach (SegmentSection segment in context.Document.Segments.Where(segment => segment.Vtep.IsKnown))
        {
            int before = known.Count;
            foreach (Setting<TunnelAddress> peer in segment.Peers.Concat(segment.Static.Select(entry => entry.Peer)).Where(peer => peer.IsKnown))
            {
                _ = known.Add((segment.Vtep.Value, peer.Value));
            }

            if (before <= MaxPeers && known.Count > MaxPeers)
            {
                context.Problems.Error(segment.At, $"with this segment there are {known.Count} remote endpoints in all", $"at most {MaxPeers} for all segments together");
            }
        }
    }

    private static void ValidatePool(ValidationContext context)
    {
        Setting<int> buffers = context.Document.General.PoolBuffers;
        int bytes = BufferBytes(context.Document);
        int workers = context.Document.General.Workers is { IsKnown: true } setting ? setting.Value : 1;
        if (buffers.IsKnown && (long)buffers.Value * workers * bytes > MaxPoolBytes)
        {
            string all = workers == 1 ? $"{buffers.Value} packet buffers" : $"{buffers.Value} packet buffers for each of {workers} workers";
            context.Problems.Error(buffers.At, $"{all} of {bytes} bytes (for the largest MTU of a port) are more than 4 GiB", $"at most {MaxPoolBytes / bytes / workers}");
        }
    }

    private static void ValidateSocket(ValidationContext context)
    {
        Setting<string> socket = context.Document.General.ControlSocket;
        if (socket.IsKnown && Encoding.UTF8.GetByteCount(context.Resolve(socket.Value)) > MaxSocketPathBytes)
        {
            context.Problems.Error(socket.At, $"the path {Quoted.Of(context.Resolve(socket.Value))} is too long for a Unix socket", $"at most {MaxSocketPathBytes} bytes");
        }
    }

    private static void WarnOfMtu(SegmentSection segment, ValidationContext context)
    {
        VtepSection? vtep = context.Document.Vteps.Find(v => v.Name.IsKnown && v.Name.Value == segment.Vtep.Value);
        PortSection? underlay = context.Document.Ports.Find(p => p.Name.IsKnown && p.Name.Value == vtep?.Port.Value);
        PortSection? widest = context.Document.Ports.Where(p => p.Mtu.IsKnown && SegmentValidator.Carries(p, segment.Vlan.Value)).MaxBy(p => p.Mtu.Value);
        if (vtep is not { Address.IsKnown: true } || underlay is not { Mtu.IsKnown: true } || widest is null)
        {
            return;
        }

        int needed = widest.Mtu.Value + (vtep.Address.Value.Address.IsIPv6 ? OverheadIPv6 : OverheadIPv4) + (vtep.Security.Count > 0 ? OverheadEsp : 0);
        if (needed > FragmentationValidator.Mtu(vtep, underlay) && vtep.Fragmentation.Policy is { IsKnown: true, Value: FragmentationPolicy.Drop })
        {
            context.Problems.Warning(
                segment.Vtep.At,
                $"packets of {widest.Mtu.Value} bytes from port {Quoted.Of(widest.Name.Value ?? "")} become {needed} in the tunnel, more than the mtu {FragmentationValidator.Mtu(vtep, underlay)} of port {Quoted.Of(underlay.Name.Value)}: the longest will be dropped");
        }
    }
}
