using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Ownership;
using Weft.Sase.Segments;
using Weft.Sase.Tunnels;

namespace Weft.Sase;

/// <summary>
/// A gateway of a point of presence: puts tenants' packets into tunnels to the nodes that own them, and takes back what those nodes, and no
/// others, send.
/// </summary>
/// <remarks>
/// <para>
/// It keeps nothing of flows. When a node is gone, one bit is cleared, and packets go to the nodes that were chosen before; that costs the same
/// whatever there is of tenants and flows. What comes from a node that was the owner once is refused as soon as a later owner was heard, and
/// the epochs that are accepted never go back.
/// </para>
/// One thread uses a gateway. Nothing is allocated after construction. Work for a packet: a hash, two lookups, and the headers.
/// </remarks>
public sealed partial class CloudGateway : IDisposable
{
    private const int EventCapacity = 1024;

    private readonly CloudGatewayOptions _options;
    private readonly PopOptions _pop;
    private readonly ServiceTunnel _tunnel;
    private readonly NumberTable _members;
    private readonly FlowTable<ulong, int> _byVni;
    private readonly GatewaySegment[] _segments;
    private readonly GatewayBundle[] _bundles;
    private readonly Placement _order;
    private readonly KeyedHash _entropy;
    private ulong _alive;
    private CloudGatewayCounters _counters;

    /// <summary>Allocates a gateway that knows of no node's life yet.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public CloudGateway(CloudGatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_options, _pop) = (options, options.Pop);
        _tunnel = new ServiceTunnel(_pop, _pop.Gateways[options.Gateway], isNode: false);
        _members = ManagedServiceNode.MemberTable(_pop);
        _entropy = new KeyedHash(new HashSeed(~_pop.Seed.High, _pop.Seed.Low));
        _order = new Placement(_pop.Nodes, _pop.Bundles, _pop.Pinned);
        _segments = [.. options.Segments];
        _byVni = new FlowTable<ulong, int>(new FlowTableOptions { Capacity = Math.Max(1, _segments.Length), Seed = _pop.Seed, HugePages = false });
        _bundles = new GatewayBundle[_pop.Bundles];
        _bundles.AsSpan().Fill(new GatewayBundle { Told = -1, Backup = -1 });
        for (int i = 0; i < _segments.Length; i++)
        {
            _ = _byVni.Add(_segments[i].Vni, out FlowHandle handle);
            _byVni[handle] = i;
            _bundles[_segments[i].Bundle].IsUsed = true;
        }

        (_answers, _answered, _lives) = (new uint[_pop.Nodes.Count], new int[_pop.Nodes.Count], new MemberLife[_pop.Nodes.Count]);
        _nextAnnounce = options.Start;
    }

    /// <summary>What it is made of.</summary>
    public CloudGatewayOptions Options => _options;

    /// <summary>What it did.</summary>
    public ref readonly CloudGatewayCounters Counters => ref _counters;

    /// <summary>Octets of the longest packet of a tenant that fits in a tunnel.</summary>
    public int InnerMtu => _pop.MtuBytes - _pop.Overhead;

    /// <summary>The latest epoch that an owner of a bundle spoke in.</summary>
    public Epoch EpochOf(int bundle) => _bundles[bundle].Accepted;

    /// <summary>The node that packets of a bundle go to now; -1 if there is none.</summary>
    public int TargetOf(int bundle) => Target(ref _bundles[bundle], out _);

    /// <summary>Puts a packet of a tenant into the tunnel to the node that owns its bundle.</summary>
    /// <param name="buffer">The packet's buffer, with room for <see cref="PopOptions.Overhead"/> bytes in front of it.</param>
    /// <param name="offset">Where its IPv4 header begins.</param>
    /// <param name="length">Bytes from there to its end.</param>
    /// <param name="vni">The tenant's virtual network.</param>
    public SaseVerdict ToNode(Span<byte> buffer, int offset, int length, uint vni)
    {
        FlowHandle known = _byVni.Find(vni);
        if (known.IsNone)
        {
            return Drop(SaseDrop.UnknownVni);
        }

        Span<byte> packet = buffer.Slice(offset, length);
        if (!PacketLayout.TryParseNetwork(packet, EtherType.IPv4, out PacketLayout layout) || !layout.IsIPv4 || layout.EndOffset > length || layout.Error == LayoutError.IPv4LengthPastEnd)
        {
            return Drop(SaseDrop.InnerMalformed, vni);
        }

        length = layout.EndOffset;
        if (length > InnerMtu)
        {
            return Drop(SaseDrop.Mtu, vni);
        }

        GatewaySegment segment = _segments[_byVni[known]];
        int node = Target(ref _bundles[segment.Bundle], out Epoch epoch);
        if (node < 0)
        {
            return NoNode(offset, length, vni);
        }

        if (offset < _pop.Overhead)
        {
            return Drop(SaseDrop.NoHeadroom, vni);
        }

        // All fragments of a datagram take one way: their key has no ports.
        ulong hash = _entropy.Hash(!layout.IsFragment && FlowKey4.TryRead(packet, layout, out FlowKey4 key, vni)
            ? key
            : new FlowKey4(IPv4Address.Read(packet[12..]), PacketChecks.Destination(packet), layout.Protocol, 0, 0, vni));
        int frame = offset - ServiceTunnel.EthernetLength;
        _pop.RouterMac.Write(buffer[frame..]);
        _pop.GatewayMac.Write(buffer[(frame + MacAddress.Length)..]);
        buffer[offset - 2] = (byte)((ushort)EtherType.IPv4 >> 8);
        buffer[offset - 1] = unchecked((byte)EtherType.IPv4);
        var context = new ServiceContext(epoch, (ushort)_options.Gateway, segment.Policy, (uint)(hash >> 32));
        int start = _tunnel.Write(buffer, frame, length + ServiceTunnel.EthernetLength, _pop.Nodes[node], vni, context, packet[1], (ushort)(0xC000 | (hash & 0x3FFF)));
        _counters.ToNode++;
        return new SaseVerdict(SaseAction.ToTunnel, SaseDrop.None, start, offset + length - start, vni);
    }

    /// <summary>Takes a packet of a node.</summary>
    /// <param name="buffer">The packet's buffer.</param>
    /// <param name="offset">Where the outer IP header begins.</param>
    /// <param name="length">Bytes from there to the end of the packet.</param>
    public SaseVerdict FromNode(Span<byte> buffer, int offset, int length)
    {
        Span<byte> packet = buffer.Slice(offset, length);
        SaseDrop drop = _tunnel.Open(packet, out OpenedTunnel tunnel);
        if (drop != SaseDrop.None)
        {
            return Drop(drop);
        }

        int member = _members.Find(tunnel.Source.Value);
        if (member < PopOptions.MaxGateways)
        {
            return Drop(SaseDrop.UnknownVtep);
        }

        FlowHandle known = _byVni.Find(tunnel.Vni);
        if (known.IsNone)
        {
            return Drop(SaseDrop.UnknownVni);
        }

        int bundle = _segments[_byVni[known]].Bundle;
        if (!IsOwners(bundle, member - PopOptions.MaxGateways, tunnel))
        {
            return Drop(SaseDrop.StaleOwner, tunnel.Vni);
        }

        Span<byte> frame = packet[tunnel.FrameOffset..tunnel.End];
        if (!PacketLayout.TryParse(frame, out PacketLayout layout) || !layout.IsIPv4 || layout.VlanTags > 0)
        {
            return Drop(SaseDrop.InnerMalformed, tunnel.Vni);
        }

        if (MacAddress.Read(frame) != _pop.GatewayMac)
        {
            return Drop(SaseDrop.NotRouterMac, tunnel.Vni);
        }

        Span<byte> ip = frame[layout.L3Offset..];
        drop = PacketChecks.Check(frame, layout);
        int ecn = drop == SaseDrop.None ? EcnTunnelRules.Decapsulate(ip[1] & 3, tunnel.Tos & 3) : 0;
        if (drop != SaseDrop.None || ecn == EcnTunnelRules.Drop)
        {
            return Drop(drop == SaseDrop.None ? SaseDrop.Congestion : drop, tunnel.Vni);
        }

        // Only a packet that passes is heard: a damaged one moves no bundle.
        if (tunnel.EpochOffset != 0 && tunnel.Context.Epoch > _bundles[bundle].Accepted)
        {
            Adopt(bundle, tunnel.Context.Epoch);
        }

        PacketChecks.SetEcn(ip, ecn);
        _counters.ToTenant++;
        return new SaseVerdict(SaseAction.ToTenant, SaseDrop.None, offset + tunnel.FrameOffset + layout.L3Offset, layout.EndOffset - layout.L3Offset, tunnel.Vni);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _byVni.Dispose();

    /// <summary>The node to send to. What it takes when the owner is gone was computed before.</summary>
    private int Target(ref GatewayBundle bundle, out Epoch epoch)
    {
        epoch = bundle.Accepted;
        if (!epoch.IsNone && !bundle.IsForgotten && (_alive >> epoch.Node & 1) != 0)
        {
            return epoch.Node;
        }

        epoch = bundle.BackupEpoch;
        return bundle.Backup >= 0 && (_alive >> bundle.Backup & 1) != 0 ? bundle.Backup : -1;
    }

    private SaseVerdict NoNode(int offset, int length, uint vni)
    {
        if (!_options.Bypass || _lostAt == Timestamp.MaxValue)
        {
            return Drop(SaseDrop.NoNode, vni);
        }

        _counters.Bypassed++;
        return new SaseVerdict(SaseAction.Bypass, SaseDrop.None, offset, length, vni);
    }

    /// <summary>True if a packet is the owner's.</summary>
    private bool IsOwners(int number, int node, in OpenedTunnel tunnel)
    {
        ref GatewayBundle bundle = ref _bundles[number];
        if (tunnel.EpochOffset == 0)
        {
            // Nothing but the address tells who it is.
            return node == (bundle.Accepted.IsNone ? Target(ref bundle, out _) : bundle.Accepted.Node);
        }

        Epoch epoch = tunnel.Context.Epoch;
        return !epoch.IsNone && epoch.Node == node && epoch >= bundle.Accepted;
    }

    private SaseVerdict Drop(SaseDrop reason, uint vni = 0)
    {
        _counters.Drops.Count(reason);
        return SaseVerdict.Dropped(reason, vni);
    }
}
