using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// How large packets to each remote endpoint may be: learned from "packet too big" messages (RFC 1191, RFC 8201) and, if wanted,
/// from probes that the far end answers (RFC 8899).
/// </summary>
/// <remarks>
/// <para>A message counts only if it quotes a packet of a tunnel in use: own address, a tracked remote, the tunnel's UDP port, a source
/// port of the configured range; on a path that ESP protects (<see cref="Protect"/>) the SPI of an association, its UDP ports and a
/// sequence number that it has used. It never makes a path larger; time does, or a probe.</para>
/// <para>The caller sends probes and hands answers back; a <see cref="PathProber"/> writes and reads them. Work a message is constant; <see cref="TryAdvance"/> looks at each path.</para>
/// </remarks>
public sealed class PathMtuTable
{
    /// <summary>Least MTU of an IPv4 path (RFC 791 section 3.2); what is below it in a message counts as that.</summary>
    public const int IPv4Floor = 68;

    /// <summary>Least MTU of an IPv6 path (RFC 8200 section 5); messages that say less are refused (RFC 8201 section 4).</summary>
    public const int IPv6Floor = 1280;

    /// <summary>BASE_PLPMTU of RFC 8899 section 5.1.2, over IPv4.</summary>
    public const int IPv4Base = 1200;

    /// <summary>Plateaus of RFC 1191 section 7, for routers that name no MTU.</summary>
    private static ReadOnlySpan<ushort> Plateaus => [32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, IPv4Floor];

    private readonly PathMtuOptions _options;
    private readonly Dictionary<VtepAddress, int> _find;
    private readonly PathSearch[] _paths;
    private readonly EspOutboundSa[]?[] _sealedBy;
    private readonly int _base;
    private PathMtuCounters _counters;

    /// <summary>Creates a table.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public PathMtuTable(PathMtuOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _base = Math.Min(options.Address.IsIPv4 ? IPv4Base : IPv6Floor, options.MaxMtuBytes);
        _paths = new PathSearch[options.Capacity];
        _sealedBy = new EspOutboundSa[]?[options.Capacity];
        _find = new Dictionary<VtepAddress, int>(options.Capacity);
    }

    /// <summary>Paths tracked.</summary>
    public int Count => _find.Count;

    /// <summary>What happened so far.</summary>
    public ref readonly PathMtuCounters Counters => ref _counters;

    /// <summary>When <see cref="TryAdvance"/> has something to do; the greatest timestamp if it never has.</summary>
    public Timestamp NextDeadline { get; private set; } = Timestamp.MaxValue;

    /// <summary>Tracks the path to a remote endpoint. Control path.</summary>
    /// <returns>The number of the path, new or old.</returns>
    /// <exception cref="ArgumentException">The address is not a unicast address of the endpoint's family, or the table is full.</exception>
    public int Track(VtepAddress remote, Timestamp now)
    {
        if (!remote.IsUnicast || remote.IsIPv4 != _options.Address.IsIPv4)
        {
            throw new ArgumentException($"The remote endpoint is {remote}; it must be a unicast address of the family of {_options.Address}.", nameof(remote));
        }

        if (_find.TryGetValue(remote, out int path))
        {
            return path;
        }

        if (Count == _paths.Length)
        {
            throw new ArgumentException($"There are {Count} paths already; {nameof(PathMtuOptions.Capacity)} allows no more.", nameof(remote));
        }

        path = Count;
        _paths[path] = _options.Probing ? PathSearch.FromBase(_base, now) : PathSearch.AtRest(_options.MaxMtuBytes, Timestamp.MaxValue);
        _find.Add(remote, path);
        Expect(path);
        return path;
    }

    /// <summary>
    /// Says which associations seal what goes along a path: from now on only messages that quote a packet of one of them count
    /// (RFC 4301 section 8.2, RFC 4303 section 3.3.4). Control path.
    /// </summary>
    /// <param name="path">Number of the path.</param>
    /// <param name="associations">The associations; none of them to take quoted packets of the bare tunnel again.</param>
    public void Protect(int path, IEnumerable<EspOutboundSa> associations)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)path, (uint)Count, nameof(path));
        EspOutboundSa[] all = [.. associations];
        _sealedBy[path] = all.Length > 0 ? all : null;
    }

    /// <summary>Goes on with what another table knows about a path, deadlines included. Control path.</summary>
    /// <param name="path">Number of the path here.</param>
    /// <param name="from">The other table; if its MTU or its way of searching differs, nothing is taken over.</param>
    /// <param name="fromPath">Number of the path there.</param>
    public void CarryOver(int path, PathMtuTable from, int fromPath)
    {
        ArgumentNullException.ThrowIfNull(from);
        if (_options with { Capacity = from._options.Capacity } == from._options)
        {
            _paths.AsSpan(0, Count)[path] = from._paths.AsSpan(0, from.Count)[fromPath];
            Expect(path);
        }
    }

    /// <summary>Largest IP packet that the path carries, as far as is known.</summary>
    public int MtuOf(int path) => _paths.AsSpan(0, Count)[path].Mtu;

    /// <summary>Offers an ICMP message that came to the own address.</summary>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="now">The time.</param>
    /// <param name="path">The path, if it is smaller now.</param>
    public PathMtuVerdict OnPacketTooBig(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now, out int path)
    {
        path = -1;
        if (!layout.HasL4 || layout.IsFragment || layout.Error != LayoutError.None)
        {
            return PathMtuVerdict.NotMine;
        }

        PathMtuVerdict verdict = layout.IsIPv4 && layout.Protocol == IpProtocol.Icmp ? ReadIPv4(frame, layout, out path, out int mtu)
            : layout.IsIPv6 && layout.Protocol == IpProtocol.IcmpV6 ? ReadIPv6(frame, layout, out path, out mtu)
            : NotMine(out mtu);
        if (verdict == PathMtuVerdict.Lowered)
        {
            verdict = _paths[path].Lower(mtu, now, _options) ? PathMtuVerdict.Lowered : PathMtuVerdict.Unchanged;
            Expect(path);
        }

        _counters.Lowered += verdict == PathMtuVerdict.Lowered ? 1 : 0;
        _counters.Unchanged += verdict == PathMtuVerdict.Unchanged ? 1 : 0;
        _counters.Refused += verdict == PathMtuVerdict.Refused ? 1 : 0;
        return verdict;
    }

    /// <summary>Does one thing that is due; call it until it returns false.</summary>
    /// <param name="now">The time.</param>
    /// <param name="next">A probe to send, or a path whose MTU changed.</param>
    public bool TryAdvance(Timestamp now, out PathMtuEvent next)
    {
        for (int path = 0; path < Count; path++)
        {
            while (_paths[path].Due <= now)
            {
                int before = _paths[path].Mtu;
                bool probes = _paths[path].Advance(now, _base, _options, ref _counters);
                if (probes)
                {
                    next = new PathMtuEvent(path, IsProbe: true, _paths[path].ProbeBytes, _paths[path].Token);
                    return true;
                }

                if (_paths[path].Mtu != before)
                {
                    next = new PathMtuEvent(path, IsProbe: false, _paths[path].Mtu, 0);
                    return true;
                }
            }
        }

        next = default;
        NextDeadline = Timestamp.MaxValue;
        for (int path = 0; path < Count; path++)
        {
            Expect(path);
        }

        return false;
    }

    /// <summary>Says that a probe could not be sent: it does not count as lost, and is asked for again.</summary>
    /// <param name="path">Number of the path.</param>
    /// <param name="token">The probe's.</param>
    /// <param name="again">When to ask for it again.</param>
    public void Postpone(int path, uint token, Timestamp again)
    {
        if ((uint)path < (uint)Count && _paths[path].IsAwaiting(token))
        {
            _paths[path].Unsend(again);
            _counters.Probes--;
            Expect(path);
        }
    }

    /// <summary>Says that a probe was answered.</summary>
    /// <param name="path">Number of the path.</param>
    /// <param name="token">What the answer carried.</param>
    /// <param name="now">The time.</param>
    /// <returns>True if the path's MTU changed; late and invented answers change nothing.</returns>
    public bool OnProbeAnswer(int path, uint token, Timestamp now)
    {
        if ((uint)path >= (uint)Count || !_paths[path].IsAwaiting(token))
        {
            return false;
        }

        int before = _paths[path].Mtu;
        _counters.Answers++;
        _paths[path].Confirm(now, _base, _options);
        Expect(path);
        return _paths[path].Mtu != before;
    }

    /// <summary>The deadline may come too early, for a path that has another one since, but never too late.</summary>
    private void Expect(int path) => NextDeadline = _paths[path].Due < NextDeadline ? _paths[path].Due : NextDeadline;

    private static PathMtuVerdict NotMine(out int mtu)
    {
        mtu = 0;
        return PathMtuVerdict.NotMine;
    }

    private PathMtuVerdict ReadIPv4(ReadOnlySpan<byte> frame, in PacketLayout layout, out int path, out int mtu)
    {
        (path, mtu) = (-1, 0);
        if (!_options.Address.IsIPv4
            || !IcmpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpView icmp)
            || icmp.Type != IcmpType.DestinationUnreachable || icmp.Code != 4
            || !IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View ip) || !IsFor(new VtepAddress(ip.Destination)))
        {
            return PathMtuVerdict.NotMine;
        }

        if (!ip.IsChecksumValid || !icmp.IsChecksumValid || !QuotedPacket.TryReadIPv4(icmp.EmbeddedPacket, out QuotedPacket quoted) || !IsOurs(quoted, new VtepAddress(ip.Destination), out path))
        {
            return PathMtuVerdict.Refused;
        }

        mtu = (ushort)icmp.RestOfHeader;
        if (mtu == 0)
        {
            mtu = PlateauBelow(quoted.TotalLength);
        }

        mtu = Math.Max(mtu, IPv4Floor);
        return PathMtuVerdict.Lowered;
    }

    private PathMtuVerdict ReadIPv6(ReadOnlySpan<byte> frame, in PacketLayout layout, out int path, out int mtu)
    {
        (path, mtu) = (-1, 0);
        if (_options.Address.IsIPv4
            || !IcmpV6View.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpV6View icmp)
            || icmp.Type != IcmpV6Type.PacketTooBig
            || !IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View ip) || !IsFor(new VtepAddress(ip.Destination)))
        {
            return PathMtuVerdict.NotMine;
        }

        uint pseudoHeader = InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.IcmpV6, layout.EndOffset - layout.L4Offset);
        mtu = (int)Math.Min(icmp.RestOfHeader, ushort.MaxValue);
        return icmp.IsChecksumValid(pseudoHeader)
            && mtu >= IPv6Floor
            && QuotedPacket.TryReadIPv6(icmp.EmbeddedPacket, out QuotedPacket quoted)
            && IsOurs(quoted, new VtepAddress(ip.Destination), out path)
                ? PathMtuVerdict.Lowered
                : PathMtuVerdict.Refused;
    }

    private bool IsFor(VtepAddress told) => _options.AnySource || told == _options.Address;

    private bool IsOurs(in QuotedPacket quoted, VtepAddress told, out int path)
    {
        path = -1;
        return quoted.Source == told
            && _find.TryGetValue(quoted.Destination, out path)
            && (_sealedBy[path] is EspOutboundSa[] associations
                ? quoted.IsSealedBy(associations)
                : quoted.IsUdp(_options.SourcePortMin, _options.SourcePortMax, _options.UdpPort));
    }

    private static int PlateauBelow(int length)
    {
        foreach (ushort plateau in Plateaus)
        {
            if (plateau < length)
            {
                return plateau;
            }
        }

        return IPv4Floor;
    }
}
