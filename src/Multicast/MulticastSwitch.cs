using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// The engine of this package: replicates IP multicast within segments and routes it between them. The first frame of a flow takes the
/// slow path, whose every action is recorded while it is carried out; later frames replay the record.
/// </summary>
/// <remarks>
/// <para>
/// A record names the state that the slow path read. Whatever changes that state (a join, a leave, ageing, a port, a tunnel
/// endpoint, a route) makes the record unusable at once: the very next frame takes the slow path again. A source is part of a
/// flow's key only if the slow path looked at it.
/// </para>
/// <para>
/// Replicas are written one by one from the original, which is never changed; so no replica sees another's edits. Ports are numbered
/// as in <see cref="SnoopingOptions.Ports"/>, remote tunnel endpoints among them. One instance a worker, no locks, nothing
/// allocated for a frame.
/// </para>
/// </remarks>
public sealed partial class MulticastSwitch : IDisposable
{
    private const ushort FirstFlowPort = 49_152; // RFC 7348 section 5: the outer source port is of the dynamic range
    private const int MaxSubnets = 256;

    private readonly SegmentTable _segments;
    private readonly FlowCache _cache;
    private readonly RouteTable _routes;
    private readonly KeyedHash _hash;
    private readonly bool[] _down;
    private readonly ulong[] _ports;
    private readonly bool[] _subnets = new bool[MaxSubnets];
    private MulticastCounters _counters;

    /// <summary>Creates the engine and all the memory it will ever use, routes aside.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public MulticastSwitch(MulticastSwitchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Snooper = new MulticastSnooper(options.Snooping);
        _segments = new SegmentTable(options);
        _cache = new FlowCache(options, Snooper.Versions);
        _routes = new RouteTable(_segments.Count);
        _hash = new KeyedHash(options.Snooping.Seed);
        _down = new bool[options.Snooping.Ports.Count];
        _ports = new ulong[(options.Snooping.Ports.Count + 63) / 64];
    }

    /// <summary>Who listens to what. <see cref="Process"/> feeds it.</summary>
    public MulticastSnooper Snooper { get; }

    /// <summary>What happened to frames so far.</summary>
    public ref readonly MulticastCounters Counters => ref _counters;

    /// <summary>Why <see cref="Process"/> said <see cref="MulticastOutcome.Dropped"/> the last time.</summary>
    public MulticastDropReason LastDrop { get; private set; }

    /// <summary>Flows remembered now.</summary>
    public int FlowCount => _cache.Count;

    /// <summary>Takes a frame from a port, learns from it if it is IGMP or MLD, and hands its replicas to a sink.</summary>
    /// <typeparam name="TSink">A struct, so that calls are direct.</typeparam>
    /// <param name="segment">Segment that the frame belongs to.</param>
    /// <param name="port">Port that received it: for a frame out of a tunnel, that of the remote tunnel endpoint.</param>
    /// <param name="frame">The frame from its Ethernet header on; not changed.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="frame"/>.</param>
    /// <param name="replicateLocally">True if it came out of a tunnel with the mark of two-tier replication.</param>
    /// <param name="now">The time.</param>
    /// <param name="sink">Takes the replicas.</param>
    public MulticastOutcome Process<TSink>(int segment, int port, ReadOnlySpan<byte> frame, in PacketLayout layout, bool replicateLocally, Timestamp now, ref TSink sink)
        where TSink : struct, IReplicaSink
    {
        if (!TryReadFlow(frame, layout, out IPv6Address source, out IPv6Address group))
        {
            return MulticastOutcome.NotMulticast;
        }

        if (layout.IsIPv4 && !InternetChecksum.IsValid(frame[layout.L3Offset..layout.L4Offset]))
        {
            _counters.BadChecksum++;
            LastDrop = MulticastDropReason.HeaderChecksum;
            return MulticastOutcome.Dropped;
        }

        SnoopResult control = Snooper.OnFrame(segment, port, frame, layout, now);
        ushort flowPort = (ushort)(FirstFlowPort + (_hash.Hash(new GroupKey(segment, new IPv6Address(source.High ^ group.High, source.Low ^ group.Low))) & 0x3FFF));
        var editor = new ReplicaEditor<TSink>(frame, layout, _segments, flowPort, ref sink, ref _counters);
        if (control != SnoopResult.Data)
        {
            return ForwardControl(segment, port, replicateLocally, control, !layout.IsIPv4, editor);
        }

        int entry = _cache.Find(segment, port, replicateLocally, group, source);
        if (entry != FlowCache.None && _cache.IsCurrent(entry))
        {
            Replay(entry, now, ref editor);
            return MulticastOutcome.Replayed;
        }

        long frames = 0;
        if (entry != FlowCache.None)
        {
            frames = _cache[entry].Frames;
            _cache.Remove(entry);
            _counters.Invalidated++;
        }

        Record(segment, port, replicateLocally, group, source, frames, now, editor);
        return MulticastOutcome.Recorded;
    }

    /// <summary>Ends what has aged, and makes the queries that are due. Call it once a burst.</summary>
    /// <typeparam name="TSink">A struct, so that calls are direct.</typeparam>
    /// <param name="now">The time.</param>
    /// <param name="queries">Takes the queries.</param>
    /// <param name="budget">Most timers and flows looked at.</param>
    public void Advance<TSink>(Timestamp now, ref TSink queries, int budget = 64)
        where TSink : IControlSink, allows ref struct
    {
        _ = Snooper.Advance(now, ref queries, budget);
        _cache.Sweep(now, budget, ref _counters);
    }

    /// <summary>Takes a port out of replication, or in again. Its memberships stay; <see cref="MulticastSnooper.FlushPort"/> forgets them.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such port.</exception>
    public void SetPortUp(int port, bool up)
    {
        if (_down[port] == up)
        {
            _down[port] = !up;
            Snooper.Versions.Bump(StateVersions.Topology);
        }
    }

    /// <summary>Replaces the members of a segment: ports and tunnel endpoints that came or went. Allocates.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public void SetSegment(int segment, MulticastSegmentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)segment, (uint)_segments.Count);
        options.Validate(segment, _down.Length);
        _segments.Replace(segment, options);
        Snooper.Versions.Bump(StateVersions.Topology);
    }

    /// <summary>Adds a route, or replaces the one of the same group and source. Allocates.</summary>
    /// <exception cref="ArgumentException">The route's group is none that may be routed, or a segment or the threshold is out of range.</exception>
    public void SetRoute(MulticastRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        _routes.Set(route);
        Snooper.Versions.Bump(StateVersions.Topology);
    }

    /// <summary>Removes the route of a group and source.</summary>
    /// <returns>False if there is none.</returns>
    public bool RemoveRoute(IPv6Address group, IPv6Address? source)
    {
        Snooper.Versions.Bump(StateVersions.Topology);
        return _routes.Remove(group, source);
    }

    /// <summary>Copies the remembered flows with their actions, for people to read. Allocates; not for the data path.</summary>
    /// <param name="portName">What a port is called in the actions; its number if this is null.</param>
    public IReadOnlyList<FlowSnapshot> Flows(Func<int, string>? portName = null) => [.. _cache.All().Select(entry => ProgramText.Describe(_cache, entry, portName))];

    /// <summary>Copies the flow that a frame belongs to, if it is remembered. Allocates; not for the data path.</summary>
    /// <param name="segment">Segment where it arrived.</param>
    /// <param name="port">Port where it arrived.</param>
    /// <param name="group">Its group.</param>
    /// <param name="source">Its source.</param>
    /// <param name="portName">What a port is called in the actions; its number if this is null.</param>
    public FlowSnapshot? FindFlow(int segment, int port, IPv6Address group, IPv6Address source, Func<int, string>? portName = null)
    {
        int entry = _cache.Find(segment, port, marked: false, group, source);
        return entry == FlowCache.None ? null : ProgramText.Describe(_cache, entry, portName);
    }

    /// <summary>Frees the tables' memory. The engine must not be used afterwards.</summary>
    public void Dispose()
    {
        Snooper.Dispose();
        _cache.Dispose();
    }

    private static bool TryReadFlow(ReadOnlySpan<byte> frame, in PacketLayout layout, out IPv6Address source, out IPv6Address group)
    {
        source = default;
        group = default;
        if (layout.IsIPv4 && layout.Error is not (LayoutError.IPv4Invalid or LayoutError.IPv4Truncated or LayoutError.IPv4LengthPastEnd))
        {
            ReadOnlySpan<byte> header = frame[layout.L3Offset..];
            source = MulticastAddress.Map(IPv4Address.Read(header[12..]));
            group = MulticastAddress.Map(IPv4Address.Read(header[16..]));
        }
        else if (layout.IsIPv6 && layout.Error is not (LayoutError.IPv6Invalid or LayoutError.IPv6Truncated or LayoutError.IPv6LengthPastEnd))
        {
            ReadOnlySpan<byte> header = frame[layout.L3Offset..];
            source = IPv6Address.Read(header[8..]);
            group = IPv6Address.Read(header[24..]);
        }
        else
        {
            return false;
        }

        // A group in a frame to a single station, or a station in a frame to a group, is not ours to replicate.
        return MulticastAddress.IsGroup(group) && MacAddress.Read(frame[layout.L2Offset..]) == MulticastAddress.ToMac(group);
    }

    private void Replay<TSink>(int entry, Timestamp now, ref ReplicaEditor<TSink> editor)
        where TSink : struct, IReplicaSink
    {
        ref FlowCache.Entry flow = ref _cache[entry];
        flow.LastUsed = now;
        flow.IsUsed = true;
        flow.Frames++;
        _counters.FastPath++;
        int block = flow.FirstBlock;
        while (block != ProgramArena.None)
        {
            ReadOnlySpan<ulong> words = _cache.Arena.Block(block);
            for (int at = 0; at < ProgramArena.BlockWords - 1; at++)
            {
                var operation = new Operation(words[at]);
                if (operation.Kind == OperationKind.End)
                {
                    return;
                }

                editor.Execute(operation);
            }

            block = ProgramArena.Next(words);
        }
    }

    private void Record<TSink>(
        int segment, int port, bool marked, IPv6Address group, IPv6Address source, long frames, Timestamp now, ReplicaEditor<TSink> editor)
        where TSink : struct, IReplicaSink
    {
        _counters.SlowPath++;
        var recorder = new ActionRecorder<TSink>(_cache.Arena, Snooper.Versions, editor);
        Replicate(ref recorder, segment, port, marked, group, source);
        int program = recorder.Finish();
        if (program == ProgramArena.None)
        {
            _counters.Uncached++;
            _cache.EvictOne(ref _counters);
            return;
        }

        var key = new MulticastFlowKey(segment, port, marked, group, recorder.ReadSource ? source : null);
        int entry = _cache.Add(key, source, program, now, ref _counters);
        _cache[entry].Frames = frames + 1;
    }
}
