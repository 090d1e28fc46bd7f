using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>The connections of one IP version, and which fragments belong to them.</summary>
internal sealed class AclConnections<TKey, TFragment, TFamily> : IDisposable
    where TKey : unmanaged
    where TFragment : unmanaged, IEquatable<TFragment>
    where TFamily : struct, IAclFamily<TKey, TFragment>
{
    private const int SweepPlaces = 32;
    private const int FragmentedDatagrams = 4096;
    private const int TcpFlagsOffset = 13;

    /// <summary>RFC 5382 requirement 5, RFC 4787 requirement 5, RFC 5508 requirement 1.</summary>
    private static readonly TimeSpan TcpLong = TimeSpan.FromMinutes(124), TcpShort = TimeSpan.FromMinutes(4), Udp = TimeSpan.FromMinutes(2), Other = TimeSpan.FromMinutes(1);

    private readonly SessionTable<TKey, AclState> _sessions;
    private readonly FragmentTracker<TFragment, AclState> _fragments;
    private SweepPace _pace;
    private int _cursor;

    public AclConnections(int capacity, HashSeed seed)
    {
        _sessions = new SessionTable<TKey, AclState>(new FlowTableOptions { Capacity = capacity, Seed = seed });
        // Fragments are never held here: those that come before the first are judged by their addresses.
        _fragments = new FragmentTracker<TFragment, AclState>(new FragmentTrackerOptions { Datagrams = FragmentedDatagrams, WaitingDatagrams = 1, HeldFragments = 1, HeldPerSource = 1, FragmentBytes = 68, Seed = seed });
    }

    /// <summary>Connections, those included that are over and not yet forgotten.</summary>
    public int Count => _sessions.Count;

    /// <summary>Connections that were not remembered for want of room.</summary>
    public long Refused { get; private set; }

    /// <summary>True if a packet belongs to a connection, or is an error about one, or a fragment of one's packet.</summary>
    public bool TryFind(uint zone, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now, out TKey key, out bool hasKey, out AclState state, out AclBasis basis)
    {
        state = default;
        basis = AclBasis.Established;
        hasKey = TFamily.TryRead(frame, layout, zone, out key);
        if (hasKey)
        {
            FlowHandle handle = _sessions.Find(key);
            if (handle.IsNone || !IsAlive(handle, now))
            {
                return false;
            }

            ref AclState known = ref _sessions[handle];
            if (TFamily.IsTcp(key))
            {
                known.Tcp = TcpTracker.Next(known.Tcp, FlagsOf(frame, layout), outbound: !handle.IsReverse);
            }

            known.Expires = now + LifeOf(key, known.Tcp);
            state = known;
            NoteFragment(zone, frame, layout, state, now);
            return true;
        }

        basis = AclBasis.Related;
        if ((layout.Flags & LayoutFlags.LaterFragment) != 0)
        {
            return TFamily.TryReadFragment(frame, layout, zone, out TFragment fragment) && _fragments.TryFind(fragment, now, out state);
        }

        if (!TFamily.TryReadEmbedded(frame, layout, zone, out TKey cause))
        {
            return false;
        }

        FlowHandle about = _sessions.Find(cause);
        if (about.IsNone || !IsAlive(about, now))
        {
            return false;
        }

        state = _sessions[about];
        return true;
    }

    /// <summary>Remembers a connection that a packet begins. False if there is no room.</summary>
    public bool TryAdd(in TKey key, AclState state, uint zone, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        if (TFamily.IsTcp(key))
        {
            TcpFlags flags = FlagsOf(frame, layout);
            // Connections whose opening was not seen are taken up in their middle: they may be older than the switch.
            state.Tcp = (flags & TcpFlags.Rst) != 0 ? TcpState.Reset : (flags & TcpFlags.Syn) != 0 ? TcpState.SynOut : TcpState.Established;
        }

        state.Expires = now + LifeOf(key, state.Tcp);
        if (!TryPut(key, state))
        {
            return false;
        }

        NoteFragment(zone, frame, layout, state, now);
        return true;
    }

    /// <summary>Takes a connection over.</summary>
    public void Restore(in AclConnection connection, AclState state) =>
        TryPut(TFamily.KeyOf(connection), state with { Tcp = connection.State, Expires = connection.Expires, FromInside = (byte)(connection.IsFromInside ? 1 : 0) });

    /// <summary>Forgets connections that are over, as many places as the time since the last call calls for.</summary>
    public void Advance(Timestamp now)
    {
        int places = _pace.Take(now, Other, _sessions.Capacity, SweepPlaces);
        if (places > 0)
        {
            Span<FlowHandle> handles = stackalloc FlowHandle[SweepPlaces];
            int live = _sessions.Slice(ref _cursor, handles[..places]);
            for (int i = 0; i < live; i++)
            {
                _ = IsAlive(handles[i], now);
            }
        }

        _ = _fragments.Advance(now, budget: 2);
    }

    /// <summary>All connections that are not over.</summary>
    public IEnumerable<AclConnection> ToList(Timestamp now)
    {
        var list = new List<AclConnection>();
        FlowHandle[] handles = new FlowHandle[1024];
        int cursor = 0;
        do
        {
            int live = _sessions.Slice(ref cursor, handles);
            foreach (FlowHandle handle in handles.AsSpan(0, live))
            {
                AclState state = _sessions.Get(handle, out TKey forward, out _);
                if (state.Expires > now)
                {
                    list.Add(TFamily.Describe(forward) with { IsFromInside = state.FromInside != 0, State = state.Tcp, Expires = state.Expires });
                }
            }
        }
        while (cursor != 0);
        return list;
    }

    public void Dispose()
    {
        _sessions.Dispose();
        _fragments.Dispose();
    }

    private bool TryPut(in TKey key, in AclState state)
    {
        FlowAddResult result = _sessions.Add(key, TFamily.Reverse(key), out FlowHandle handle);
        if (result is not (FlowAddResult.Added or FlowAddResult.AlreadyPresent))
        {
            Refused++;
            return false;
        }

        _sessions[handle] = state;
        return true;
    }

    private void NoteFragment(uint zone, ReadOnlySpan<byte> frame, in PacketLayout layout, in AclState state, Timestamp now)
    {
        if (layout.IsFragment && TFamily.TryReadFragment(frame, layout, zone, out TFragment fragment))
        {
            _ = _fragments.Learn(fragment, state, now);
        }
    }

    private bool IsAlive(FlowHandle handle, Timestamp now)
    {
        bool isAlive = _sessions[handle].Expires > now;
        if (!isAlive)
        {
            _ = _sessions.Remove(handle);
        }

        return isAlive;
    }

    private static TcpFlags FlagsOf(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
        layout.EndOffset > layout.L4Offset + TcpFlagsOffset ? (TcpFlags)frame[layout.L4Offset + TcpFlagsOffset] : default;

    private static TimeSpan LifeOf(in TKey key, TcpState state) =>
        TFamily.IsTcp(key) ? TcpTracker.IsLong(state) ? TcpLong : TcpShort : TFamily.IsUdp(key) ? Udp : Other;
}
