using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Mesh.Records;

/// <summary>The connections of one family, found from either side, each with a timer.</summary>
/// <remarks>
/// The scope of a key is the side that its packets come from, so that a packet of one side never meets a connection from the other side,
/// whatever addresses it has.
/// </remarks>
internal sealed class RecordTable<TKey, TFamily> : IDisposable
    where TKey : unmanaged
    where TFamily : struct, IFamily<TKey>
{
    private const int Slice = 64;

    private readonly SessionTable<TKey, FlowRecord> _sessions;
    private readonly TimerWheel _timers;
    private readonly MeshTranslatorOptions _options;
    private readonly int[] _due = new int[Slice];

    public RecordTable(int capacity, MeshTranslatorOptions options)
    {
        _options = options;
        _sessions = new SessionTable<TKey, FlowRecord>(new FlowTableOptions { Capacity = capacity, Seed = options.Seed });
        _timers = new TimerWheel(new TimerWheelOptions { Capacity = capacity, Resolution = TimeSpan.FromSeconds(1), Start = options.Start });
    }

    public int Count => _sessions.Count;

    public int Capacity => _sessions.Capacity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowHandle Find(in TKey key) => _sessions.Find(in key);

    public ref FlowRecord this[FlowHandle handle] => ref _sessions[handle];

    /// <summary>Translates a packet of a connection.</summary>
    /// <returns>False, with nothing changed, if the connection is over and the packet opens another one.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTranslate(FlowHandle handle, ref byte packet, ref byte transport, IpProtocol protocol, uint seconds, out MeshFlowKind kind)
    {
        ref FlowRecord record = ref _sessions.Get(handle, out TKey forward, out TKey reverse);
        kind = record.Kind;
        if (protocol == IpProtocol.Tcp)
        {
            TcpFlags flags = Transport.FlagsOf(ref transport);
            bool goesOn = record.Stage == MeshFlowStage.Established && (flags & (TcpFlags.Fin | TcpFlags.Rst)) == 0;
            if (!goesOn && !TryChange(handle, ref record, flags, seconds))
            {
                return false;
            }
        }

        record.LastSeen = seconds;
        if (handle.IsReverse)
        {
            TFamily.Rewrite(ref packet, ref transport, protocol, in forward, record.ReverseAddresses, record.ReverseAll);
        }
        else
        {
            TFamily.Rewrite(ref packet, ref transport, protocol, in reverse, record.ForwardAddresses, record.ForwardAll);
        }

        return true;
    }

    /// <summary>The endpoints that a packet of a connection gets.</summary>
    public void Translated(FlowHandle handle, out MeshEndpoint source, out MeshEndpoint destination)
    {
        _ = _sessions.Get(handle, out TKey forward, out TKey reverse);
        TKey opposite = handle.IsReverse ? forward : reverse;
        source = TFamily.DestinationOf(in opposite);
        destination = TFamily.SourceOf(in opposite);
    }

    /// <summary>Makes a connection.</summary>
    /// <param name="kind">Its kind; it tells which side opens it.</param>
    /// <param name="key">The key of the packet that opens it.</param>
    /// <param name="source">What the opener's packets get in place of their source.</param>
    /// <param name="destination">What they get in place of their destination.</param>
    /// <param name="generation">The plan's.</param>
    /// <param name="seconds">Now.</param>
    /// <param name="handle">The connection.</param>
    public MeshDropReason Open(MeshFlowKind kind, in TKey key, MeshEndpoint source, MeshEndpoint destination, long generation, uint seconds, out FlowHandle handle)
    {
        IpProtocol protocol = TFamily.ProtocolOf(in key);
        MeshSide answerer = kind == MeshFlowKind.Redirect ? MeshSide.Agent : MeshSide.Application;
        TKey reverse = TFamily.Make(destination, source, protocol, (uint)answerer);
        FlowAddResult result = _sessions.Add(in key, in reverse, out handle);
        if (result == FlowAddResult.Conflict && _sessions[handle].IsOver)
        {
            Remove(handle);
            result = _sessions.Add(in key, in reverse, out handle);
        }

        if (result != FlowAddResult.Added)
        {
            return result == FlowAddResult.Conflict ? MeshDropReason.Clash : MeshDropReason.TableFull;
        }

        ref FlowRecord record = ref _sessions[handle];
        MeshEndpoint from = TFamily.SourceOf(in key);
        MeshEndpoint to = TFamily.DestinationOf(in key);
        record.ForwardAddresses = Delta(from.Address, source.Address) + Delta(to.Address, destination.Address);
        record.ForwardAll = record.ForwardAddresses + ChecksumDelta.Of(from.Port, source.Port) + ChecksumDelta.Of(to.Port, destination.Port);
        record.ReverseAddresses = Delta(source.Address, from.Address) + Delta(destination.Address, to.Address);
        record.ReverseAll = record.ReverseAddresses + ChecksumDelta.Of(source.Port, from.Port) + ChecksumDelta.Of(destination.Port, to.Port);
        record.LastSeen = seconds;
        record.Generation = (ushort)generation;
        record.Kind = kind;
        record.Stage = protocol == IpProtocol.Tcp ? MeshFlowStage.Opening : MeshFlowStage.Datagrams;
        _timers.Arm(handle.Index, Deadline(in record));
        return MeshDropReason.None;
    }

    /// <summary>Makes a connection that was another table's.</summary>
    public FlowHandle Adopt(in MeshFlow flow, uint seconds)
    {
        bool redirects = flow.Kind == MeshFlowKind.Redirect;
        (MeshEndpoint from, MeshEndpoint to) = redirects ? (flow.Client, flow.Service) : (flow.AgentClient, flow.AgentService);
        (MeshEndpoint newFrom, MeshEndpoint newTo) = redirects ? (flow.AgentClient, flow.AgentService) : (flow.Client, flow.Service);
        TKey key = TFamily.Make(from, to, flow.Protocol, (uint)(redirects ? MeshSide.Application : MeshSide.Agent));
        if (Open(flow.Kind, in key, newFrom, newTo, flow.Generation, seconds - Math.Min(seconds, flow.IdleSeconds), out FlowHandle handle) != MeshDropReason.None)
        {
            return FlowHandle.None;
        }

        ref FlowRecord record = ref _sessions[handle];
        record.Stage = flow.Stage;
        _timers.Arm(handle.Index, Deadline(in record));
        return handle;
    }

    public void Remove(FlowHandle handle)
    {
        _ = _timers.Cancel(handle.Index);
        _ = _sessions.Remove(handle);
    }

    /// <summary>Forgets what has been idle.</summary>
    public int Advance(Timestamp now, int budget)
    {
        int expired = 0;
        int fired;
        do
        {
            fired = _timers.Advance(now, _due, Math.Min(budget, Slice));
            budget -= Math.Max(fired, 1);
            foreach (int timer in _due.AsSpan(0, fired))
            {
                FlowHandle handle = _sessions.HandleAt(timer);
                Timestamp deadline = Deadline(in _sessions[handle]);
                if (deadline > now)
                {
                    _timers.Arm(timer, deadline);
                }
                else
                {
                    _ = _sessions.Remove(handle);
                    expired++;
                }
            }
        }
        while (fired == Slice && budget > 0);
        return expired;
    }

    /// <summary>Copies a slice of the connections.</summary>
    public int CopyTo(ref int cursor, Span<MeshFlow> destination, Span<int> slots, int slotBase, uint seconds)
    {
        Span<FlowHandle> handles = stackalloc FlowHandle[Slice];
        int live = _sessions.Slice(ref cursor, handles);
        for (int i = 0; i < live; i++)
        {
            FlowRecord record = _sessions.Get(handles[i], out TKey forward, out TKey reverse);
            bool opensHere = record.Kind == MeshFlowKind.Redirect;
            MeshEndpoint from = TFamily.SourceOf(in forward);
            MeshEndpoint to = TFamily.DestinationOf(in forward);
            MeshEndpoint newFrom = TFamily.DestinationOf(in reverse);
            MeshEndpoint newTo = TFamily.SourceOf(in reverse);
            destination[i] = new MeshFlow(
                record.Kind, TFamily.ProtocolOf(in forward), opensHere ? from : newFrom, opensHere ? to : newTo, opensHere ? newFrom : from, opensHere ? newTo : to,
                record.Stage, seconds - Math.Min(seconds, record.LastSeen), record.Generation);
            if (!slots.IsEmpty)
            {
                slots[i] = slotBase + handles[i].Index;
            }
        }

        return live;
    }

    public void Dispose() => _sessions.Dispose();

    private static ChecksumDelta Delta(IPv6Address from, IPv6Address to) => MeshAddress.IsIPv4(from)
        ? ChecksumDelta.Of(MeshAddress.ToIPv4(from), MeshAddress.ToIPv4(to))
        : ChecksumDelta.Of(from, to);

    /// <summary>Follows a segment that may change the stage.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryChange(FlowHandle handle, ref FlowRecord record, TcpFlags flags, uint seconds)
    {
        if (record.IsOver && !handle.IsReverse && Transport.Opens(flags))
        {
            return false;
        }

        MeshFlowStage before = record.Stage;
        record.Stage = FlowRecord.Next(before, flags, !handle.IsReverse);
        if (record.IsOver && record.Stage != before)
        {
            record.LastSeen = seconds;
            _timers.Arm(handle.Index, Deadline(in record)); // sooner than the timer that runs; every other change postpones
        }

        return true;
    }

    private Timestamp Deadline(in FlowRecord record)
    {
        TimeSpan patience = record.Stage switch
        {
            MeshFlowStage.Datagrams => _options.Udp,
            MeshFlowStage.Opening or MeshFlowStage.Closed or MeshFlowStage.Reset => _options.TcpTransitory,
            _ => _options.TcpEstablished,
        };
        return _options.Start + TimeSpan.FromSeconds(record.LastSeen) + patience;
    }
}
