using System.Buffers.Binary;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath.Security;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>
/// Encryption as a service of a machine: what goes to configured machines is sealed with ESP (RFC 4303), and what comes from them is taken with ESP
/// alone (RFC 4301 section 5). Everybody else's packets pass.
/// </summary>
internal struct Encryption : IService<EncryptionState>
{
    private const int AddressesOffset4 = 12;
    private const int AddressesOffset6 = 8;
    private const int MaxAddresses = 2 * IPv6Address.Length;

    /// <summary>Octets of a key's digest that tell it from others' with the same SPI.</summary>
    private const int DigestBytes = 8;
    private const int EntryHead = sizeof(uint) + DigestBytes;

    private MachineSecurity _security;

    public Encryption(MachineSecurity security) => (_security, Counters) = (security, new EncryptionCounters());

    /// <summary>Keys and numbers of a host never leave it; the counts of a flow are not worth the way.</summary>
    public static ServiceInfo Info { get; } = new() { Kind = "encryption", StateVersion = 1, State = StateKind.Rebuildable };

    public static bool ChangesFlow => true;

    /// <summary>What it has done.</summary>
    public EncryptionCounters Counters { get; }

    /// <summary>Takes the associations of a new configuration.</summary>
    public void Take(MachineSecurity security) => _security = security;

    public readonly ServiceVerdict Process(ref ServiceCall call, ref EncryptionState state) => call switch
    {
        { Direction: ServiceDirection.FromMachine, IsResized: false } => Prepare(ref call, ref state),
        { Direction: ServiceDirection.FromMachine } => Seal(ref call, ref state),
        { IsResized: true } => ServiceVerdict.ChangeFlow,
        _ => Open(ref call, ref state),
    };

    public readonly void End(ref EncryptionState state)
    {
        // Associations are the machine's, not the flow's.
    }

    public readonly string? Explain(in EncryptionState state) => state switch
    {
        { Status: not EspStatus.Ok } => $"SPI 0x{state.Spi:x8}: {state.Status}",
        { Packets: > 0 } => $"SPI 0x{state.Spi:x8}, {state.Packets} packets",
        _ => "in clear",
    };

    /// <summary>Anti-replay windows: without them another host would take again what this one took, from whoever kept it.</summary>
    public readonly int MachineEntries => _security.Inbound.Count;

    public readonly int ExportMachine(int entry, Span<byte> into)
    {
        InboundAssociation association = _security.Inbound[entry];
        BinaryPrimitives.WriteUInt32LittleEndian(into, association.Sa.Spi);
        Convert.FromHexString(association.Identity.KeyDigest.AsSpan(0, 2 * DigestBytes), into.Slice(sizeof(uint), DigestBytes), out _, out _);
        return EntryHead + association.Sa.ExportWindow(into[EntryHead..]);
    }

    /// <summary>False if this host cannot open what the other one could: peers that seal with that association would not be heard any more.</summary>
    public readonly bool TryImportMachine(ReadOnlySpan<byte> entry)
    {
        if (entry.Length < EntryHead)
        {
            return false;
        }

        uint spi = BinaryPrimitives.ReadUInt32LittleEndian(entry);
        string digest = Convert.ToHexString(entry.Slice(sizeof(uint), DigestBytes));
        InboundAssociation? association = _security.Inbound.FirstOrDefault(known => known.Sa.Spi == spi && known.Identity.KeyDigest.StartsWith(digest, StringComparison.Ordinal));
        return association?.Sa.TryMergeWindow(entry[EntryHead..]) == true;
    }

    /// <summary>Asks for the room that ESP needs.</summary>
    private readonly ServiceVerdict Prepare(ref ServiceCall call, ref EncryptionState state)
    {
        ref readonly PacketLayout layout = ref call.Layout;
        if (!_security.TryFind(call.Frame[layout.L3Offset..layout.EndOffset], isSource: false, out MachinePeer? peer))
        {
            return ServiceVerdict.Pass;
        }

        EspOutboundSa sa = peer.Outbound;
        state.Spi = sa.Spi;
        bool isWhole = !layout.IsFragment && (layout.IsIPv4 || layout.L4Offset - layout.L3Offset == IPv6Header.Length);
        if (!isWhole && sa.Mode == EspMode.Transport)
        {
            return Refuse(ref call, ref state, EspStatus.Unsuitable);
        }

        if (sa.IsFinished)
        {
            return Refuse(ref call, ref state, EspStatus.LifetimeExpired);
        }

        // Exactly as long as fits, because padding depends on the length: a connection that adapts loses no octet of each packet for ever.
        int fitting = FittingIn(sa, layout, Math.Min(call.Mtu, _security.Paths.MtuTo(peer, call.Now)));
        if (layout.EndOffset - layout.L3Offset > fitting)
        {
            Counters.TooLong++;
            return call.RefuseTooLong(fitting);
        }

        state.Peer = (ushort)(peer.Index + 1);
        int payload = layout.EndOffset - (sa.Mode == EspMode.Transport ? layout.L4Offset : layout.L3Offset);
        // What pads the frame behind the packet is cut off.
        call.Resize(FrontOf(sa, layout), EspOutboundSa.TrailerLength(payload) - (call.Frame.Length - layout.EndOffset));
        return ServiceVerdict.Pass;
    }

    private readonly ServiceVerdict Seal(ref ServiceCall call, ref EncryptionState state)
    {
        MachinePeer peer = _security.Peers[state.Peer - 1];
        EspOutboundSa sa = peer.Outbound;
        EspStatus status = TrySeal(sa, peer, ref call);
        if (status == EspStatus.SequenceExhausted && peer.Security.TryRenew(sa))
        {
            status = TrySeal(sa, peer, ref call);
        }

        if (status != EspStatus.Ok)
        {
            return Refuse(ref call, ref state, status);
        }

        Counters.Sealed++;
        Note(ref state, sa.Spi);
        return ServiceVerdict.ChangeFlow;
    }

    private static EspStatus TrySeal(EspOutboundSa sa, MachinePeer peer, ref ServiceCall call)
    {
        int offset = FrontOf(sa, call.Layout);
        int length = call.Layout.EndOffset;
        return sa.Mode == EspMode.Transport
            ? EspSealer.SealTransport(sa, call.Frame, ref offset, ref length, call.Layout)
            : EspSealer.SealTunnel(sa, EndsOf(peer, call.Frame[(offset + call.Layout.L3Offset)..]), call.Frame, ref offset, ref length, call.Layout);
    }

    /// <summary>The longest packet that has at most so many octets when it is sealed.</summary>
    private static int FittingIn(EspOutboundSa sa, in PacketLayout layout, int most)
    {
        int kept = sa.Mode == EspMode.Transport ? layout.L4Offset - layout.L3Offset : 0;
        return kept + sa.LargestPayload(most - kept - (FrontOf(sa, layout) - sa.HeaderLength));
    }

    private static int FrontOf(EspOutboundSa sa, in PacketLayout layout) =>
        sa.HeaderLength + (sa.Udp is null ? 0 : UdpHeader.Length)
        + (sa.Mode == EspMode.Transport ? 0 : layout.IsIPv4 ? IPv4Header.MinLength : IPv6Header.Length);

    /// <summary>The machine itself is the end of the tunnel, under the address that the packet has.</summary>
    private static EspTunnelEnds EndsOf(MachinePeer peer, ReadOnlySpan<byte> packet) => peer.Plan.Peer.IsIPv6
        ? new EspTunnelEnds(new VtepAddress(IPv6Address.Read(packet[AddressesOffset6..])), new VtepAddress(peer.Plan.Peer.V6))
        : new EspTunnelEnds(new VtepAddress(IPv4Address.Read(packet[AddressesOffset4..])), new VtepAddress(peer.Plan.Peer.V4));

    private readonly ServiceVerdict Open(ref ServiceCall call, ref EncryptionState state)
    {
        PacketLayout layout = call.Layout;
        Span<byte> packet = call.Frame[layout.L3Offset..layout.EndOffset];
        if (call.IsError && IsAboutSealed(packet, layout))
        {
            // Who is on the way may say which length fits; nobody can say which packet it was (RFC 4301 section 6).
            Counters.Errors++;
            Counters.PathsLowered += _security.Paths.TryLearn(call.Frame, layout, call.Now) ? 1 : 0;
            return ServiceVerdict.Consume;
        }

        if (!_security.TryFind(packet, isSource: true, out MachinePeer? peer))
        {
            return ServiceVerdict.Pass;
        }

        Span<byte> addresses = stackalloc byte[MaxAddresses];
        addresses = addresses[..(layout.IsIPv4 ? 2 * IPv4Address.Length : MaxAddresses)];
        packet.Slice(layout.IsIPv4 ? AddressesOffset4 : AddressesOffset6, addresses.Length).CopyTo(addresses);
        EspStatus status = _security.Opener.Open(call.Frame, layout, out OpenedFrame opened);
        state.Spi = opened.Spi;
        if (status == EspStatus.Ok && (opened.Owner != peer.Index || !HasAddresses(call.Frame[(opened.Offset + layout.L3Offset)..], addresses)))
        {
            // Authentic, but of another machine, or in another's name (RFC 4301 section 5.2 step 4).
            status = EspStatus.WrongPayload;
        }

        switch (status)
        {
            case EspStatus.Ok:
                Counters.Opened++;
                Note(ref state, opened.Spi);
                call.Resize(-opened.Offset, opened.Offset + opened.Length - call.Frame.Length);
                return ServiceVerdict.ChangeFlow;
            case EspStatus.Ike:
                return ServiceVerdict.Pass;
            case EspStatus.KeepAlive or EspStatus.Dummy:
                return ServiceVerdict.Consume;
            case EspStatus.NotEsp:
                Counters.InClear++;
                (state.Status, call.Reason) = (status, ServiceReason.Unprotected);
                return ServiceVerdict.Drop;
            default:
                Counters.Forged++;
                (state.Status, call.Reason) = (status, ServiceReason.Forged);
                return ServiceVerdict.Drop;
        }
    }

    private readonly ServiceVerdict Refuse(ref ServiceCall call, ref EncryptionState state, EspStatus status)
    {
        Counters.NotSealed++;
        (state.Status, call.Reason) = (status, ServiceReason.Unprotected);
        return ServiceVerdict.Drop;
    }

    private static void Note(ref EncryptionState state, uint spi)
    {
        state.Packets++;
        (state.Spi, state.Status) = (spi, EspStatus.Ok);
    }

    private static bool HasAddresses(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> addresses) =>
        packet[0] >> 4 == (addresses.Length == MaxAddresses ? 6 : 4)
        && packet.Slice(addresses.Length == MaxAddresses ? AddressesOffset6 : AddressesOffset4, addresses.Length).SequenceEqual(addresses);

    /// <summary>Whether an ICMP error quotes a packet with ESP to one of the machines.</summary>
    private readonly bool IsAboutSealed(ReadOnlySpan<byte> packet, in PacketLayout layout)
    {
        ReadOnlySpan<byte> message = packet[(layout.L4Offset - layout.L3Offset)..];
        ReadOnlySpan<byte> quoted = layout.IsIPv4
            ? IcmpView.TryParse(message, out IcmpView icmp) ? icmp.EmbeddedPacket : []
            : IcmpV6View.TryParse(message, out IcmpV6View icmp6) ? icmp6.EmbeddedPacket : [];
        return EmbeddedFlow.TryRead(quoted, out FlowKey4 key4) ? IsSealed(key4.Protocol, key4.DestinationPort) && _security.IsPeer(IPv6Address.MapIPv4(key4.Destination))
            : EmbeddedFlow.TryRead(quoted, out FlowKey6 key6) && IsSealed(key6.Protocol, key6.DestinationPort) && _security.IsPeer(key6.Destination);
    }

    private static bool IsSealed(IpProtocol protocol, ushort port) => protocol == IpProtocol.Esp || (protocol == IpProtocol.Udp && port == EspHeader.UdpPort);
}
