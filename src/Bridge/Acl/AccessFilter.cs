using Weft.Flows;
using Weft.Packets;
using Connections4 = Weft.Bridge.AclConnections<Weft.Packets.FlowKey4, Weft.Flows.FragmentKey4, Weft.Bridge.AclFamily4>;
using Connections6 = Weft.Bridge.AclConnections<Weft.Packets.FlowKey6, Weft.Flows.FragmentKey6, Weft.Bridge.AclFamily6>;

namespace Weft.Bridge;

/// <summary>
/// Access control at ports and segments: what machines send is judged where it comes in, what they are sent where it leaves. A packet has to pass
/// the lists of both its port and its segment. With a stateful list, port or segment remember connections, so that what belongs to one passes both
/// ways; a direction without a list of its own then permits everything, and remembers it.
/// </summary>
/// <remarks>One instance a worker, no locks. Nothing is allocated after construction; connections are in native memory.</remarks>
public sealed class AccessFilter : IDisposable
{
    private readonly AccessList[] _lists;
    private readonly AclCount[][] _counts;
    private readonly Zone[] _zones;
    private readonly int _ports;
    private readonly Connections4? _connections4;
    private readonly Connections6? _connections6;

    /// <summary>Creates a filter and all the memory it will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public AccessFilter(AccessFilterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _lists = [.. options.Lists];
        _counts = [.. _lists.Select(list => new AclCount[list.Rules.Count + 1])];
        _ports = options.Ports.Count;
        _zones = [.. options.Ports.Concat(options.Segments).Select(ZoneOf)];
        if (_zones.Any(zone => zone.IsStateful))
        {
            _connections4 = new Connections4(options.Connections, options.Seed);
            _connections6 = new Connections6(options.Connections, options.Seed);
        }
    }

    /// <summary>Connections that are remembered, those included that are over and not yet forgotten.</summary>
    public int ConnectionCount => (_connections4?.Count ?? 0) + (_connections6?.Count ?? 0);

    /// <summary>Connections that were not remembered for want of room.</summary>
    public long ConnectionsRefused => (_connections4?.Refused ?? 0) + (_connections6?.Refused ?? 0);

    /// <summary>What each rule of a list decided about; the last entry is that of its default.</summary>
    public ReadOnlySpan<AclCount> CountsOf(int list) => _counts[list];

    /// <summary>Judges a frame that comes from a port or a tunnel.</summary>
    /// <param name="port">Number of the port; -1 for a tunnel.</param>
    /// <param name="segment">Number of the segment; -1 if there is none.</param>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="now">The time.</param>
    public AclVerdict CheckIn(int port, int segment, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        var fields = new PacketFields(frame, layout);
        AclVerdict first = port < 0 ? Unfiltered : Judge(port, isIn: true, fields, frame, layout, now);
        return first.Passes && segment >= 0 ? Stronger(first, Judge(_ports + segment, isIn: true, fields, frame, layout, now)) : first;
    }

    /// <summary>Judges a frame that is about to leave by a port.</summary>
    /// <param name="port">Number of the port.</param>
    /// <param name="segment">Number of the segment; -1 if there is none.</param>
    /// <param name="frame">The frame as it will be sent.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="now">The time.</param>
    public AclVerdict CheckOut(int port, int segment, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        var fields = new PacketFields(frame, layout);
        AclVerdict first = segment < 0 ? Unfiltered : Judge(_ports + segment, isIn: false, fields, frame, layout, now);
        return first.Passes ? Stronger(first, Judge(port, isIn: false, fields, frame, layout, now)) : first;
    }

    /// <summary>Forgets connections that are over; call it once a burst. Work is bounded.</summary>
    public void Advance(Timestamp now)
    {
        _connections4?.Advance(now);
        _connections6?.Advance(now);
    }

    /// <summary>All connections that are not over. Allocates.</summary>
    public IReadOnlyList<AclConnection> Connections(Timestamp now) => [.. _connections4?.ToList(now) ?? [], .. _connections6?.ToList(now) ?? []];

    /// <summary>Takes a connection over that another filter knew, if the lists that are in force here would permit it.</summary>
    /// <returns>False if they would not, or nobody here remembers connections.</returns>
    public bool Restore(in AclConnection connection)
    {
        if (connection.Zone < 0 || connection.Zone >= _zones.Length || !_zones[connection.Zone].IsStateful)
        {
            return false;
        }

        Zone zone = _zones[connection.Zone];
        int list = connection.IsFromInside ? zone.In : zone.Out;
        int rule = 0;
        if (list >= 0)
        {
            bool hasPorts = connection.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp or IpProtocol.Icmp or IpProtocol.IcmpV6;
            (ushort source, ushort destination) = connection.Protocol switch
            {
                // The identifier of a query is no port: rules speak of type and code, and a query begins a connection.
                IpProtocol.Icmp => ((ushort)0, (ushort)IcmpType.EchoRequest),
                IpProtocol.IcmpV6 => ((ushort)0, (ushort)IcmpV6Type.EchoRequest),
                _ => (connection.SourcePort, connection.DestinationPort),
            };
            rule = _lists[list].Match(new PacketFields(connection.IsIPv4, connection.Source, connection.Destination, connection.Protocol, hasPorts, source, destination));
            if (ActionOf(list, rule) != AclAction.Permit)
            {
                return false;
            }
        }

        var state = new AclState { List = ListNumber(list), Rule = (ushort)rule };
        if (connection.IsIPv4)
        {
            _connections4!.Restore(connection, state);
        }
        else
        {
            _connections6!.Restore(connection, state);
        }

        return true;
    }

    /// <summary>Adds what rules of the same list and name counted in another filter.</summary>
    public void CarryOver(AccessFilter earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        for (int list = 0; list < _lists.Length; list++)
        {
            int before = Array.FindIndex(earlier._lists, known => known.Name == _lists[list].Name);
            if (before < 0)
            {
                continue;
            }

            IReadOnlyList<AclRule> old = earlier._lists[before].Rules;
            var place = old.Select((rule, at) => (rule.Name, at)).DistinctBy(item => item.Name).ToDictionary(item => item.Name, item => item.at, StringComparer.Ordinal);
            for (int rule = 0; rule < _lists[list].Rules.Count; rule++)
            {
                _counts[list][rule] += place.TryGetValue(_lists[list].Rules[rule].Name, out int at) ? earlier._counts[before][at] : default;
            }

            _counts[list][^1] += earlier._counts[before][^1];
        }
    }

    /// <summary>Frees the tables' memory. The filter must not be used afterwards.</summary>
    public void Dispose()
    {
        _connections4?.Dispose();
        _connections6?.Dispose();
    }

    private static AclVerdict Unfiltered => new(AclAction.Permit, AclBasis.Unfiltered);

    private static AclVerdict Stronger(in AclVerdict first, in AclVerdict second) => second.Basis == AclBasis.Unfiltered ? first : second;

    private static ushort ListNumber(int list) => list < 0 ? ushort.MaxValue : (ushort)list;

    private Zone ZoneOf(AclBinding binding) =>
        new(binding.In, binding.Out, (binding.In >= 0 && _lists[binding.In].IsStateful) || (binding.Out >= 0 && _lists[binding.Out].IsStateful));

    private AclVerdict Judge(int number, bool isIn, in PacketFields fields, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        Zone zone = _zones[number];
        int list = isIn ? zone.In : zone.Out;
        if (zone.IsStateful && fields.IsIp)
        {
            return fields.IsIPv4
                ? Track(_connections4!, (uint)number, list, isIn, fields, frame, layout, now)
                : Track(_connections6!, (uint)number, list, isIn, fields, frame, layout, now);
        }

        return list < 0 ? Unfiltered : Decide(list, fields, frame.Length);
    }

    private AclVerdict Track<TKey, TFragment, TFamily>(
        AclConnections<TKey, TFragment, TFamily> connections, uint zone, int list, bool isIn, in PacketFields fields, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
        where TKey : unmanaged
        where TFragment : unmanaged, IEquatable<TFragment>
        where TFamily : struct, IAclFamily<TKey, TFragment>
    {
        if (connections.TryFind(zone, frame, layout, now, out TKey key, out bool hasKey, out AclState state, out AclBasis basis))
        {
            if (state.List >= _lists.Length)
            {
                return new AclVerdict(AclAction.Permit, basis);
            }

            Count(state.List, state.Rule, frame.Length);
            return new AclVerdict(AclAction.Permit, basis, state.List, state.Rule);
        }

        AclVerdict verdict = list < 0 ? Unfiltered : Decide(list, fields, frame.Length);
        // What nobody answers begins no connection.
        if (!verdict.Passes || !hasKey || frame[0] % 2 != 0)
        {
            return verdict;
        }

        state = new AclState { List = ListNumber(list), Rule = (ushort)verdict.Rule, FromInside = (byte)(isIn ? 1 : 0) };
        return connections.TryAdd(key, state, zone, frame, layout, now) ? verdict : new AclVerdict(AclAction.Deny, AclBasis.NoRoom, list, verdict.Rule);
    }

    private AclVerdict Decide(int list, in PacketFields fields, int bytes)
    {
        int rule = _lists[list].Match(fields);
        AclAction action = ActionOf(list, rule);
        bool isDefault = rule == _lists[list].Rules.Count;
        if (isDefault && action != AclAction.Permit && IsNeighborMessage(fields))
        {
            return new AclVerdict(AclAction.Permit, AclBasis.NeighborDiscovery, list, rule);
        }

        Count(list, rule, bytes);
        return new AclVerdict(action, isDefault ? AclBasis.Default : AclBasis.Rule, list, rule);
    }

    private void Count(int list, int rule, int bytes)
    {
        ref AclCount count = ref _counts[list][rule];
        count = new AclCount(count.Packets + 1, count.Bytes + bytes);
    }

    private AclAction ActionOf(int list, int rule) => rule < _lists[list].Rules.Count ? _lists[list].Rules[rule].Action : _lists[list].Default;

    /// <summary>Without them no packet that a rule permits would find its way.</summary>
    private static bool IsNeighborMessage(in PacketFields fields) => fields.EtherType == EtherType.Arp
        || (fields.Protocol == IpProtocol.IcmpV6 && fields.HasPorts && (IcmpV6Type)fields.DestinationPort is IcmpV6Type.NeighborSolicitation or IcmpV6Type.NeighborAdvertisement);

    private readonly record struct Zone(int In, int Out, bool IsStateful);
}
