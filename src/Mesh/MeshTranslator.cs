using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Flows;
using Weft.Mesh.Records;
using Weft.Packets;

namespace Weft.Mesh;

/// <summary>
/// Stands between a machine's applications, its agent and the network, and does what a plan says to TCP and UDP over IPv4 and IPv6: applications see
/// each other's true addresses, and the agent sees listeners and loopback addresses.
/// </summary>
/// <remarks>
/// <para>
/// The first packet of a connection is looked up in the plan and makes a record; all others, both ways, are found by the record. So a plan that
/// takes another's place (<see cref="Swap"/>) decides about new connections only. ICMP errors about a connection are translated with the
/// packet that they embed (RFC 5508 section 4.2).
/// </para>
/// <para>
/// What the mesh connects never leaves in the clear: a segment of a connection that is not known is dropped, never passed. Fragments of TCP and UDP between
/// machines of the mesh are dropped; whoever sends datagrams through it keeps them below the MTU.
/// </para>
/// One thread uses a translator; nothing is allocated after construction but by <see cref="Swap"/>'s caller.
/// </remarks>
public sealed partial class MeshTranslator : IDisposable
{
    private readonly RecordTable<FlowKey4, Family4> _v4;
    private readonly RecordTable<FlowKey6, Family6> _v6;
    private readonly Timestamp _start;
    private readonly bool _allowPlaintext;
    private MeshCounters _counters;

    /// <summary>Allocates the translator.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public MeshTranslator(MeshPlan plan, MeshTranslatorOptions options)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Plan = plan;
        _start = options.Start;
        _allowPlaintext = options.AllowPlaintext;
        _v4 = new RecordTable<FlowKey4, Family4>(options.IPv4Flows, options);
        _v6 = new RecordTable<FlowKey6, Family6>(options.IPv6Flows, options);
    }

    /// <summary>The plan that decides about new connections.</summary>
    public MeshPlan Plan { get; private set; }

    /// <summary>What happened so far.</summary>
    public ref readonly MeshCounters Counters => ref _counters;

    /// <summary>Connections that are remembered.</summary>
    public int Count => _v4.Count + _v6.Count;

    /// <summary>Connections that can be remembered, of both families: <see cref="MeshVerdict.Slot"/> is below it.</summary>
    public int Slots => _v4.Capacity + _v6.Capacity;

    /// <summary>Puts another plan in place of this one, for connections that are opened from now on; all others keep what they have.</summary>
    public void Swap(MeshPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Plan = plan;
        _counters.Swaps++;
    }

    /// <summary>Translates a packet in place, or says why not.</summary>
    /// <param name="frame">The bytes that <paramref name="layout"/> was made from. Lengths never change, so the layout stays right.</param>
    /// <param name="layout">Where the headers are.</param>
    /// <param name="from">Which side the packet comes from.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">The layout is not of the frame: it lies beyond its end.</exception>
    public MeshVerdict Process(Span<byte> frame, in PacketLayout layout, MeshSide from, Timestamp now)
    {
        if (layout.IsIPv4)
        {
            return Process(_v4, slotBase: 0, frame, in layout, from, now);
        }

        if (layout.IsIPv6)
        {
            return Process(_v6, slotBase: _v4.Capacity, frame, in layout, from, now);
        }

        return layout.EtherType is EtherType.IPv4 or EtherType.IPv6 && from != MeshSide.Network ? Drop(MeshDropReason.Malformed) : Pass();
    }

    /// <summary>Forgets connections that are over or have been idle for too long.</summary>
    /// <param name="now">The time.</param>
    /// <param name="budget">Most timers looked at, of each family.</param>
    /// <returns>How many were forgotten.</returns>
    public int Advance(Timestamp now, int budget)
    {
        int expired = _v4.Advance(now, budget) + _v6.Advance(now, budget);
        _counters.Expired += expired;
        return expired;
    }

    /// <summary>Copies connections out, those of IPv4 first, a slice of the table at a time; changes nothing and allocates nothing.</summary>
    /// <param name="cursor">Where to go on: 0 at first, then what the previous call left; 0 again at the end.</param>
    /// <param name="destination">Gets them; 64 at least.</param>
    /// <param name="slots">Gets their places (<see cref="MeshVerdict.Slot"/>); as long, or empty if nobody asks.</param>
    /// <param name="now">The time.</param>
    /// <returns>How many there are, 0 to 64. A connection that lives through a whole round is there exactly once.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than 64, or <paramref name="slots"/> and not empty.</exception>
    public int CopyTo(ref int cursor, Span<MeshFlow> destination, Span<int> slots, Timestamp now)
    {
        const int Slice = 64;
        if (destination.Length < Slice || slots.Length is > 0 and < Slice)
        {
            throw new ArgumentException($"The destination holds {destination.Length} connections; {Slice} are copied at a time.", nameof(destination));
        }

        if (cursor >= 0)
        {
            int live = _v4.CopyTo(ref cursor, destination, slots, slotBase: 0, Seconds(now));
            cursor = cursor == 0 ? ~0 : cursor; // negative cursors are places of the other table
            return live;
        }

        int place = ~cursor;
        int others = _v6.CopyTo(ref place, destination, slots, slotBase: _v4.Capacity, Seconds(now));
        cursor = place == 0 ? 0 : ~place;
        return others;
    }

    /// <summary>Goes on with a connection that another translator had (<see cref="CopyTo"/>), whatever the plan says about new ones.</summary>
    /// <param name="flow">The connection. What it was idle counts here as far as this translator's own time goes back.</param>
    /// <param name="now">The time.</param>
    /// <param name="slot">Its place, as <see cref="MeshVerdict.Slot"/>.</param>
    /// <returns>False if there is no room, its ends are another connection's, or its families or protocol contradict each other.</returns>
    public bool TryAdopt(in MeshFlow flow, Timestamp now, out int slot)
    {
        bool isIPv4 = flow.Client.IsIPv4;
        slot = -1;
        if (flow.Service.IsIPv4 != isIPv4 || flow.AgentClient.IsIPv4 != isIPv4 || flow.AgentService.IsIPv4 != isIPv4
            || flow.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp) || flow.Protocol == IpProtocol.Udp != (flow.Stage == MeshFlowStage.Datagrams))
        {
            return false;
        }

        uint seconds = Seconds(now);
        FlowHandle handle = isIPv4 ? _v4.Adopt(in flow, seconds) : _v6.Adopt(in flow, seconds);
        slot = handle.IsNone ? -1 : handle.Index + (isIPv4 ? 0 : _v4.Capacity);
        return !handle.IsNone;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _v4.Dispose();
        _v6.Dispose();
    }

    private static bool HasPorts(in PacketLayout layout) =>
        (layout.Flags & (LayoutFlags.L4 | LayoutFlags.Fragment)) == LayoutFlags.L4 && layout.Protocol is IpProtocol.Tcp or IpProtocol.Udp && layout.Error == LayoutError.None;

    private MeshVerdict Process<TKey, TFamily>(RecordTable<TKey, TFamily> table, int slotBase, Span<byte> frame, in PacketLayout layout, MeshSide from, Timestamp now)
        where TKey : unmanaged
        where TFamily : struct, IFamily<TKey>
    {
        if (from == MeshSide.Network)
        {
            return ProcessNetwork(frame, in layout);
        }

        if (!HasPorts(in layout))
        {
            return ProcessOther(table, slotBase, frame, in layout, from);
        }

        // The layout says that both headers are whole in the bytes that it was made from; these are to be the same.
        if (layout.L3Offset + TFamily.HeaderBytes > frame.Length || layout.L4Offset + Transport.BytesOf(layout.Protocol) > frame.Length)
        {
            throw new ArgumentException("The layout is not of this frame.", nameof(layout));
        }

        ref byte packet = ref Unsafe.Add(ref MemoryMarshal.GetReference(frame), layout.L3Offset);
        ref byte transport = ref Unsafe.Add(ref MemoryMarshal.GetReference(frame), layout.L4Offset);
        uint seconds = Seconds(now);
        TKey key = TFamily.Read(ref packet, ref transport, layout.Protocol, (uint)from);
        FlowHandle handle = table.Find(in key);
        if (handle.IsNone || !table.TryTranslate(handle, ref packet, ref transport, layout.Protocol, seconds, out MeshFlowKind kind))
        {
            return Open(table, handle, slotBase, in key, ref packet, ref transport, layout.Protocol, from, seconds);
        }

        return new MeshVerdict(Tally(kind, handle.IsReverse), MeshDropReason.None, slotBase + handle.Index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Seconds(Timestamp now) => (uint)Math.Max(0, (now.Nanoseconds - _start.Nanoseconds) / 1_000_000_000L);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MeshAction Tally(MeshFlowKind kind, bool isAnswer)
    {
        if (kind == MeshFlowKind.Redirect)
        {
            (isAnswer ? ref _counters.Unredirected : ref _counters.Redirected)++;
            return isAnswer ? MeshAction.Unredirected : MeshAction.Redirected;
        }

        (isAnswer ? ref _counters.Unrestored : ref _counters.Restored)++;
        return isAnswer ? MeshAction.Unrestored : MeshAction.Restored;
    }

    private MeshVerdict Pass()
    {
        _counters.Passed++;
        return new MeshVerdict(MeshAction.Pass);
    }

    private MeshVerdict Drop(MeshDropReason reason)
    {
        switch (reason)
        {
            case MeshDropReason.Malformed: _counters.Malformed++; break;
            case MeshDropReason.Fragment: _counters.Fragments++; break;
            case MeshDropReason.LoopbackLeak: _counters.LoopbackLeaks++; break;
            case MeshDropReason.SpoofedLoopback: _counters.SpoofedLoopbacks++; break;
            case MeshDropReason.NoRecord: _counters.NoRecord++; break;
            case MeshDropReason.TableFull: _counters.TableFull++; break;
            case MeshDropReason.Clash: _counters.Clashes++; break;
            case MeshDropReason.Plaintext: _counters.Plaintext++; break;
            default: throw new ArgumentOutOfRangeException(nameof(reason), reason, "There is no counter for this reason.");
        }

        return new MeshVerdict(MeshAction.Drop, reason);
    }
}
