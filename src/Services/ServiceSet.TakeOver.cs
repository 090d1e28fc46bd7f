using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>Flows of a set of the same machine whose services have changed.</summary>
public sealed partial class ServiceSet
{
    /// <summary>
    /// Takes over the flows and counters of a set that this one replaces, on the same host. A service that both have, by name and kind, keeps its
    /// state, converted if its version has changed; flows visit those that they visited before, and new services only see new flows.
    /// </summary>
    /// <param name="from">The other set, which is empty afterwards. Its services do not learn that flows end: they do not.</param>
    /// <param name="now">The time.</param>
    /// <returns>Flows for which there was no room, or whose state could not be converted; they begin anew.</returns>
    public int TakeOver(ServiceSet from, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(from);
        int[] origin = [.. _slots.Select(slot => Array.FindIndex(from._slots, old => old.Name == slot.Name && old.Info.Kind == slot.Info.Kind))];
        int lost = TakeOver(_flows4, from._flows4, from, origin, now) + TakeOver(_flows6, from._flows6, from, origin, now);
        _counters = from._counters;
        _reasons = from._reasons;
        foreach (ServiceSlot slot in _slots.Where(slot => origin[slot.Index] >= 0))
        {
            slot.Counters = from._slots[origin[slot.Index]].Counters;
        }

        from.Forget();
        return lost;
    }

    private unsafe int TakeOver<TKey, TKind>(FlowSide<TKey, TKind> flows, FlowSide<TKey, TKind> old, ServiceSet from, int[] origin, Timestamp now)
        where TKey : unmanaged
        where TKind : struct, IKeyKind<TKey>
    {
        int lost = 0;
        int cursor = 0;
        do
        {
            int count = old.Slice(ref cursor, from._slice);
            foreach (FlowHandle handle in from._slice.AsSpan(0, count))
            {
                FlowRecord record = old[handle];
                (record.Forward, record.Reverse, record.Generation) = (Renumber(record.Forward, origin), Renumber(record.Reverse, origin), _generation);
                flows.ClearScratch();
                bool isWhole = TryCarryState(old.StateOf(handle), from._slots, origin, flows.Scratch);
                lost += isWhole && flows.Begin(in old.ForwardKeyOf(handle), in old.ReverseKeyOf(handle), record, now, _options.Timeouts, out _) == FlowAddResult.Added ? 0 : 1;
            }
        }
        while (cursor != 0);
        return lost;
    }

    private unsafe bool TryCarryState(byte* state, ServiceSlot[] old, int[] origin, byte* scratch)
    {
        foreach (ServiceSlot slot in _slots)
        {
            if (origin[slot.Index] < 0)
            {
                continue;
            }

            ServiceSlot before = old[origin[slot.Index]];
            if (!slot.TryImport(before.Info.StateVersion, new ReadOnlySpan<byte>(state + before.StateOffset, before.StateBytes), scratch))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The same services by their places in this set.</summary>
    private static ulong Renumber(ulong services, int[] origin)
    {
        ulong renumbered = 0;
        for (int place = 0; place < origin.Length; place++)
        {
            renumbered |= origin[place] >= 0 ? (services >> origin[place] & 1) << place : 0;
        }

        return renumbered;
    }
}
